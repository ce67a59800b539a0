"""Finds the configured channel, or raises an error that says why the bot cannot use it."""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, Final

from msgspec import Struct

from connectors.errors import Misconfigured

_CHANNEL_ID: Final = re.compile(r"[CG][A-Z0-9]{7,}")


class Channel(Struct, frozen=True):
    """A channel in which the bot can post."""

    id: str
    name: str


def normalize_name(name: str) -> str:
    """Convert a channel's name or id to the form that Slack uses: without `#`, and a name in lower case."""
    normalized = name.strip().removeprefix("#")
    return normalized if is_id(normalized) else normalized.lower()


def is_id(name: str) -> bool:
    """Whether a string is the id of a channel, which is in upper case, and not a name, which is in lower case."""
    return _CHANNEL_ID.fullmatch(name) is not None


def find_channel(
    channels: Iterable[Mapping[str, Any]], name: str, *, bot: str, includes_private: bool
) -> Mapping[str, Any]:
    """Find a channel by its name.

    Args:
        channels: Channels in the format of Slack's API. Those after the one that is found are not read.
        name: The name, as `normalize_name` returns it.
        bot: The name of the bot, for the hint.
        includes_private: Whether `channels` includes private channels.

    Raises:
        Misconfigured: There is no such channel.
    """
    names: list[str] = []
    for listed_channel in channels:
        if name in (listed_channel.get("name"), listed_channel.get("name_normalized")):
            return listed_channel
        names.append(str(listed_channel.get("name") or ""))
    close_names = get_close_matches(name, names, n=3)
    hint = (
        f"Did you mean {' or '.join(f'#{close_name}' for close_name in close_names)}?"
        if close_names
        else "Check the name."
    )
    scope_hint = "" if includes_private else ", and with the scope groups:read"
    raise Misconfigured(
        f"Slack has no channel #{name} that the bot can see.",
        hint=f"{hint} The bot can see a private channel only after /invite @{bot}{scope_hint}.",
        code="channel_not_found",
    )


def check_usable(listed_channel: Mapping[str, Any], *, bot: str) -> Channel:
    """Check that the bot can post to a channel and read its own messages there.

    Raises:
        Misconfigured: The channel is archived, or the bot is not in it.
    """
    channel = Channel(str(listed_channel.get("id") or ""), str(listed_channel.get("name") or ""))
    if listed_channel.get("is_archived"):
        raise Misconfigured(
            f"The Slack channel #{channel.name} is archived.",
            hint="Choose another channel, or unarchive this one.",
            code="is_archived",
        )
    if not listed_channel.get("is_member"):
        raise Misconfigured(
            f"The bot is not in the Slack channel #{channel.name}.",
            hint=f"Invite the bot: open #{channel.name} in Slack and write /invite @{bot}.",
            code="not_in_channel",
        )
    return channel
