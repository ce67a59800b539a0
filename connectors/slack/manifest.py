"""The manifest from which an admin creates the Slack app.

Format: https://docs.slack.dev/reference/app-manifest
"""

from connectors.comments import COMMAND, SERVICE_NAME
from connectors.slack.account import NEEDED_SCOPES

_PRIVATE_CHANNEL_SCOPES = ("groups:read", "groups:history")
_METADATA_SCOPE = "metadata.message:read"
"""The scope for reading the metadata of messages, by which `Slack.find_report` recognises a report."""


def manifest() -> dict[str, object]:
    """Return the manifest of an app with a bot and the scopes that the service needs in public and private channels."""
    return {
        "display_information": {
            "name": SERVICE_NAME,
            "description": "Keeps the backlog ready: the agenda of each refinement, and what has to be decided.",
            "background_color": "#1c7c54",
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
        "oauth_config": {"scopes": {"bot": [*NEEDED_SCOPES, _METADATA_SCOPE, *_PRIVATE_CHANNEL_SCOPES, "commands"]}},
        "settings": {
            "interactivity": {"is_enabled": True},
            "org_deploy_enabled": False,
            "socket_mode_enabled": True,
            "token_rotation_enabled": False,
        },
    }
