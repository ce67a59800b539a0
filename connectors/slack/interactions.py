"""What people do in Slack: clicks on buttons, submitted dialogs and slash commands, as Socket Mode sends them.

Format: https://docs.slack.dev/reference/interaction-payloads
"""

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

from connectors.slack import formatting

_ANSWER_VIEW: Final = "steward-answer"


class Click(Struct, frozen=True):
    """A click on a button.

    Attributes:
        user: Id of the person.
        channel: Id of the channel.
        trigger: Allows to open a dialog within three seconds.
        value: The value of the button.
    """

    user: str
    channel: str
    trigger: str
    value: str


class Submission(Struct, frozen=True):
    """A submitted dialog.

    Attributes:
        user: Id of the person.
        state: What `input_view` was given.
        inputs: The texts that were entered, by the names of the inputs.
    """

    user: str
    state: str
    inputs: Mapping[str, str]


class SlashCommand(Struct, frozen=True):
    """A slash command. `text` is what follows the command's name."""

    user: str
    channel: str
    text: str


Interaction = Click | Submission | SlashCommand


class Input(Struct, frozen=True):
    """A text input of a dialog."""

    name: str
    label: str
    optional: bool = False


def parse_interaction(kind: str, payload: Mapping[str, Any]) -> Interaction | None:
    """Parse the payload of a Socket Mode request; None if it is nothing that the service offers."""
    user = str(_mapping(payload.get("user")).get("id") or payload.get("user_id") or "")
    if kind == "slash_commands":
        return SlashCommand(user, str(payload.get("channel_id") or ""), str(payload.get("text") or ""))
    if kind != "interactive":
        return None
    if payload.get("type") == "block_actions":
        action = next((_mapping(action) for action in payload.get("actions") or ()), {})
        channel = str(_mapping(payload.get("channel")).get("id") or "")
        return Click(user, channel, str(payload.get("trigger_id") or ""), str(action.get("value") or ""))
    view = _mapping(payload.get("view"))
    if payload.get("type") == "view_submission" and view.get("callback_id") == _ANSWER_VIEW:
        inputs = {
            name: str(_mapping(_mapping(element).get(name)).get("value") or "")
            for name, element in _mapping(_mapping(view.get("state")).get("values")).items()
        }
        return Submission(user, str(view.get("private_metadata") or ""), inputs)
    return None


def input_view(  # noqa: PLR0917 - the parts of a dialog
    title: str, about: str, inputs: tuple[Input, ...], submit: str, cancel: str, state: str
) -> dict[str, Any]:
    """A dialog with text inputs.

    Args:
        title: Its title, at most 24 characters are shown.
        about: A line above the inputs.
        inputs: The inputs.
        submit: The label of the button that submits it.
        cancel: The label of the button that closes it.
        state: Comes back with the submission.
    """
    return {
        "type": "modal",
        "callback_id": _ANSWER_VIEW,
        "private_metadata": state,
        "title": formatting.plain_text(title, 24),
        "submit": formatting.plain_text(submit, 24),
        "close": formatting.plain_text(cancel, 24),
        "blocks": [
            formatting.rich_text(formatting.rich_text_section(formatting.text_element(formatting.clean(about)))),
            *(
                {
                    "type": "input",
                    "block_id": field.name,
                    "optional": field.optional,
                    "label": formatting.plain_text(field.label),
                    "element": {
                        "type": "plain_text_input",
                        "action_id": field.name,
                        "multiline": True,
                        "max_length": 500,
                    },
                }
                for field in inputs
            ),
        ],
    }


def input_errors(errors: Mapping[str, str]) -> dict[str, Any]:
    """The response to a submission whose inputs are not accepted: a text for each input."""
    return {"response_action": "errors", "errors": dict(errors)}


def private_response(text: str, *paragraphs: str) -> dict[str, Any]:
    """The response to a slash command, which only the person sees."""
    lines = [formatting.clean(line, keep_lines=True) for line in (text, *paragraphs)]
    return {
        "response_type": "ephemeral",
        "text": formatting.escape(formatting.clean(text)),
        "blocks": [
            formatting.rich_text(
                formatting.rich_text_section(formatting.text_element(formatting.truncate(line, 2_500)))
            )
            for line in lines
        ],
    }


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
