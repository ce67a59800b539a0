"""Finds the channel that an admin named, or says what keeps the bot out of it."""

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


def plain_name(name: str) -> str:
    """A channel's name or id as Slack stores it: without `#`, and names in lower case."""
    bare = name.strip().removeprefix("#")
    return bare if is_id(bare) else bare.lower()


def is_id(name: str) -> bool:
    """Whether this is a channel's id rather than its name, which is never in capitals."""
    return _ID.fullmatch(name) is not None


def by_name(listed: Iterable[Mapping[str, Any]], name: str, *, bot: str, private: bool) -> Mapping[str, Any]:
    """The channel of this name among those that Slack lists; reads no further than it.

    Args:
        listed: Slack's list, which may come page by page.
        name: As Slack stores it.
        bot: The bot's name, for the hint.
        private: Whether private channels are listed.

    Raises:
        Misconfigured: It is not there.
    """
    names: list[str] = []
    for raw in listed:
        if name in (raw.get("name"), raw.get("name_normalized")):
            return raw
        names.append(str(raw.get("name") or ""))
    close = get_close_matches(name, names, n=3)
    hint = f"Did you mean {' or '.join(f'#{other}' for other in close)}?" if close else "Check the name."
    scope = "" if private else ", and with the scope groups:read"
    raise Misconfigured(
        f"Slack has no channel #{name} that the bot can see.",
        hint=f"{hint} A private channel is seen only after /invite @{bot}{scope}.",
        code="channel_not_found",
    )


def usable(raw: Mapping[str, Any], *, bot: str) -> Channel:
    """The channel, if the bot can post there and see what it has posted.

    Raises:
        Misconfigured: It is archived, or the bot is not in it.
    """
    found = Channel(str(raw.get("id") or ""), str(raw.get("name") or ""), bool(raw.get("is_private")))
    if raw.get("is_archived"):
        raise Misconfigured(
            f"The Slack channel #{found.name} is archived.",
            hint="Choose another channel, or unarchive this one.",
            code="is_archived",
        )
    if not raw.get("is_member"):
        raise Misconfigured(
            f"The bot is not in the Slack channel #{found.name}.",
            hint=f"Invite the bot: open #{found.name} in Slack and write /invite @{bot}.",
            code="not_in_channel",
        )
    return found
