"""Finds the configured channel, or says why the bot cannot use it."""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, Final

from msgspec import Struct

from connectors.errors import Misconfigured

_ID: Final = re.compile(r"[CG][A-Z0-9]{7,}")


class Channel(Struct, frozen=True):
    """A channel that the bot is in."""

    id: str
    name: str
    private: bool = False


def normalize_name(name: str) -> str:
    """A channel's name or id as Slack stores it: without `#`, and names in lower case."""
    normalized = name.strip().removeprefix("#")
    return normalized if is_id(normalized) else normalized.lower()


def is_id(name: str) -> bool:
    """Whether this is a channel's id. Names are never in capitals."""
    return _ID.fullmatch(name) is not None


def find_channel(channels: Iterable[Mapping[str, Any]], name: str, *, bot: str, private: bool) -> Mapping[str, Any]:
    """Find a channel by its name; reads only as many channels as needed.

    Args:
        channels: The channels that Slack lists.
        name: A normalized name.
        bot: The bot's name, for the hint.
        private: Whether private channels are listed.

    Raises:
        Misconfigured: There is no such channel.
    """
    names: list[str] = []
    for raw in channels:
        if name in (raw.get("name"), raw.get("name_normalized")):
            return raw
        names.append(str(raw.get("name") or ""))
    close = get_close_matches(name, names, n=3)
    hint = f"Did you mean {' or '.join(f'#{other}' for other in close)}?" if close else "Check the name."
    scope = "" if private else ", and with the scope groups:read"
    raise Misconfigured(
        f"Slack has no channel #{name} that the bot can see.",
        hint=f"{hint} The bot can see a private channel only after /invite @{bot}{scope}.",
        code="channel_not_found",
    )


def check_usable(raw: Mapping[str, Any], *, bot: str) -> Channel:
    """The channel, if the bot can post there and read its own messages.

    Raises:
        Misconfigured: It is archived, or the bot is not in it.
    """
    channel = Channel(str(raw.get("id") or ""), str(raw.get("name") or ""), bool(raw.get("is_private")))
    if raw.get("is_archived"):
        raise Misconfigured(
            f"The Slack channel #{channel.name} is archived.",
            hint="Choose another channel, or unarchive this one.",
            code="is_archived",
        )
    if not raw.get("is_member"):
        raise Misconfigured(
            f"The bot is not in the Slack channel #{channel.name}.",
            hint=f"Invite the bot: open #{channel.name} in Slack and write /invite @{bot}.",
            code="not_in_channel",
        )
    return channel
