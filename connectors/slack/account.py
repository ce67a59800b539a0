"""The account of the bot in a Slack workspace, and the permissions that it needs."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

NEEDED_SCOPES: Final[Mapping[str, str]] = {
    "chat:write": "to post and edit reports",
    "channels:read": "to find a channel by its name",
    "channels:history": "to check whether a report was posted before it is posted again",
}
"""The permissions ("scopes") that the service needs for public channels, and why it needs each of them.

Private channels also need `groups:read` and `groups:history`. The manifest of the Slack app has two more:
`metadata.message:read`, with which a report is found again if the response to it was lost, and `commands`, for the
slash command.
"""


class BotAccount(Struct, frozen=True, kw_only=True):
    """The account to which the token belongs, its workspace ("team"), and its scopes."""

    name: str
    user_id: str
    bot_id: str
    team: str
    scopes: frozenset[str]

    @property
    def missing_scopes(self) -> tuple[str, ...]:
        """The scopes that the service needs and the token lacks."""
        return tuple(scope for scope in NEEDED_SCOPES if scope not in self.scopes)
