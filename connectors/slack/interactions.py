"""Parses the actions of people in Slack: clicks on buttons, submitted dialogs and slash commands.

It also makes the dialogs and responses that people see. Slack sends the actions over a WebSocket ("Socket
Mode"), with the ids of the person (`user`) and the channel.

Format: https://docs.slack.dev/reference/interaction-payloads
"""

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

from connectors.slack import formatting
from connectors.slack.payloads import as_mapping

_DIALOG_CALLBACK_ID: Final = "steward-answer"
"""The `callback_id` of this service's dialog, by which its submissions are recognised."""
_MAX_TITLE_LENGTH: Final = 24
"""Slack's limit for the title and the buttons of a dialog, in characters."""
_MAX_INPUT_LENGTH: Final = 500
"""The maximum number of characters that a person can enter into an input, such as the reason for a decision."""
_MAX_OPTION_LENGTH: Final = 75
"""Slack's limit for the label of a radio button, in characters."""
_MAX_LINE_LENGTH: Final = 2_500
"""The maximum number of characters in a line of a response, which is one block. Slack allows 3,000 in a block."""


class Click(Struct, frozen=True):
    """A click on a button.

    Attributes:
        trigger_id: The id with which a dialog can be opened for the person within three seconds.
        value: The value that was set when the button was made.
    """

    user: str
    channel: str
    trigger_id: str
    value: str


class Submission(Struct, frozen=True):
    """A submitted dialog: the `state` that was passed to `make_dialog`, and the texts by the names of the inputs."""

    user: str
    state: str
    inputs: Mapping[str, str]


class SlashCommand(Struct, frozen=True):
    """A command that a person typed, such as "/steward PAY-1". `text` is what follows the name of the command."""

    user: str
    channel: str
    text: str


Interaction = Click | Submission | SlashCommand


class DialogInput(Struct, frozen=True):
    """A text input of a dialog. `name` is the key of its text in `Submission.inputs`; `label` is shown above it."""

    name: str
    label: str
    optional: bool = False


class DialogChoice(Struct, frozen=True):
    """A group of radio buttons in a dialog, of which one has to be chosen.

    `options` are their labels by value. `name` and `label` are as in `DialogInput`.
    """

    name: str
    label: str
    options: Mapping[str, str]


def parse_interaction(kind: str, payload: Mapping[str, Any]) -> Interaction | None:
    """Parse the payload of a Socket Mode request of this kind; None if the service does not offer the interaction."""
    user = str(as_mapping(payload.get("user")).get("id") or payload.get("user_id") or "")
    if kind == "slash_commands":
        return SlashCommand(user, str(payload.get("channel_id") or ""), str(payload.get("text") or ""))
    if kind != "interactive":
        return None
    if payload.get("type") == "block_actions":
        action = next((as_mapping(action) for action in payload.get("actions") or ()), {})
        channel = str(as_mapping(payload.get("channel")).get("id") or "")
        return Click(user, channel, str(payload.get("trigger_id") or ""), str(action.get("value") or ""))
    view = as_mapping(payload.get("view"))
    if payload.get("type") == "view_submission" and view.get("callback_id") == _DIALOG_CALLBACK_ID:
        inputs = {
            name: _entered_text(as_mapping(as_mapping(block).get(name)))
            for name, block in as_mapping(as_mapping(view.get("state")).get("values")).items()
        }
        return Submission(user, str(view.get("private_metadata") or ""), inputs)
    return None


def _entered_text(element: Mapping[str, Any]) -> str:
    """The text that was entered into an input, or the value that was chosen; empty if there is none."""
    return str(element.get("value") or as_mapping(element.get("selected_option")).get("value") or "")


def make_dialog(  # noqa: PLR0917 - the parts of a dialog
    title: str, about: str, inputs: tuple[DialogInput | DialogChoice, ...], submit: str, cancel: str, state: str
) -> dict[str, Any]:
    """Make a dialog with inputs.

    Args:
        title: The title. The first 24 characters are shown.
        about: A line above the inputs that describes the subject of the dialog.
        submit: The label of the button that submits the dialog.
        cancel: The label of the button that closes it.
        state: Any text, which Slack returns with the submission.
    """
    return {
        "type": "modal",
        "callback_id": _DIALOG_CALLBACK_ID,
        "private_metadata": state,
        "title": formatting.plain_text(title, _MAX_TITLE_LENGTH),
        "submit": formatting.plain_text(submit, _MAX_TITLE_LENGTH),
        "close": formatting.plain_text(cancel, _MAX_TITLE_LENGTH),
        "blocks": [
            formatting.rich_text(formatting.rich_text_section(formatting.text_element(formatting.clean(about)))),
            *(
                {
                    "type": "input",
                    "block_id": field.name,
                    "optional": isinstance(field, DialogInput) and field.optional,
                    "label": formatting.plain_text(field.label),
                    "element": _input_element(field),
                }
                for field in inputs
            ),
        ],
    }


def _input_element(field: DialogInput | DialogChoice) -> dict[str, Any]:
    if isinstance(field, DialogInput):
        return {
            "type": "plain_text_input",
            "action_id": field.name,
            "multiline": True,
            "max_length": _MAX_INPUT_LENGTH,
        }
    options = [
        {"text": formatting.plain_text(label, _MAX_OPTION_LENGTH), "value": value}
        for value, label in field.options.items()
    ]
    return {"type": "radio_buttons", "action_id": field.name, "options": options}


def input_errors(errors: Mapping[str, str]) -> dict[str, Any]:
    """Make the response to a submission with invalid inputs: what is wrong, by the name of the input."""
    return {"response_action": "errors", "errors": dict(errors)}


def private_response(text: str, *paragraphs: str) -> dict[str, Any]:
    """Make the response to a slash command, which only its sender sees. Notifications show the first line."""
    lines = [formatting.clean(line, keep_lines=True) for line in (text, *paragraphs)]
    return {
        "response_type": "ephemeral",
        "text": formatting.escape(formatting.clean(text)),
        "blocks": [
            formatting.rich_text(
                formatting.rich_text_section(formatting.text_element(formatting.truncate(line, _MAX_LINE_LENGTH)))
            )
            for line in lines
        ],
    }
