"""The manifest from which an admin creates the Slack app.

Format: https://docs.slack.dev/reference/app-manifest
"""

from connectors.slack.client import NEEDED_SCOPES
from connectors.tracker import COMMAND, SERVICE_NAME

_PRIVATE_CHANNELS = ("groups:read", "groups:history")
_OWN_TAGS = "metadata.message:read"
"""To read the hidden tag of our own messages, so that a lost response does not double one."""
_SLASH_COMMANDS = "commands"
_COLOUR = "#1c7c54"


def manifest() -> dict[str, object]:
    """The app with its bot user and the permissions that the service needs, for public and private channels."""
    return {
        "display_information": {
            "name": SERVICE_NAME,
            "description": "Keeps the backlog ready: the agenda of each refinement, and what has to be decided.",
            "background_color": _COLOUR,
        },
        "features": {
            "bot_user": {"display_name": SERVICE_NAME, "always_online": False},
            "slash_commands": [
                {
                    "command": COMMAND,
                    "description": "What Backlog Steward knows about an item.",
                    "usage_hint": "KEY",
                    "should_escape": False,
                }
            ],
        },
        "oauth_config": {"scopes": {"bot": [*NEEDED_SCOPES, _OWN_TAGS, *_PRIVATE_CHANNELS, _SLASH_COMMANDS]}},
        "settings": {
            "interactivity": {"is_enabled": True},
            "org_deploy_enabled": False,
            "socket_mode_enabled": True,
            "token_rotation_enabled": False,
        },
    }
