"""Converts Slack's error codes to the errors that every connector raises, with hints for the user.

Slack returns most errors as HTTP 200 and `{"ok": false, "error": "…"}`. The codes are documented with each method
(https://docs.slack.dev/reference/methods/chat.postMessage).
"""

from collections.abc import Mapping
from typing import Any, Final

from slack_sdk.errors import SlackApiError

from connectors.errors import ConnectorError, Gone, Misconfigured, Refused, Retriable, Uncertain
from connectors.rate_limit import requested_pause
from connectors.redaction import redact
from connectors.slack.payloads import as_list, as_mapping
from connectors.slack.web import method_name

LOGIN_HINT: Final = "Check `slack.token`: it is the bot token (xoxb-…) of an app that is still installed."
SOCKET_HINT: Final = "Check `slack.app_token`: it is an app-level token (xapp-…) with the scope connections:write."
INVITE_HINT: Final = "Invite the bot: open the channel in Slack and write /invite followed by @ and the bot's name."
_CHANNEL_HINT: Final = (
    "Check the channel's name or id. The bot can see a private channel only after /invite followed by @ and its name."
)
_POLICY_HINT: Final = "A setting of the workspace or channel forbids it; ask a Slack admin."
_SHORTER_HINT: Final = "Shorten the message."
_NEW_MESSAGE_HINT: Final = "The next day's report is posted as a new message."
_RETRY_HINT: Final = "The next round tries again."

_MAX_DETAILS = 5
_MAX_DETAIL_CHARACTERS = 200

_ERRORS_BY_CODE: Final[Mapping[str, tuple[type[ConnectorError], str, str]]] = {
    "not_authed": (Misconfigured, "no token was sent", LOGIN_HINT),
    "invalid_auth": (Misconfigured, "the token is not valid", LOGIN_HINT),
    "account_inactive": (Misconfigured, "the app was removed or its account closed", LOGIN_HINT),
    "token_revoked": (Misconfigured, "the token was revoked", LOGIN_HINT),
    "token_expired": (Misconfigured, "the token has expired", LOGIN_HINT),
    "not_allowed_token_type": (Misconfigured, "this type of token is not allowed", LOGIN_HINT),
    "org_login_required": (Misconfigured, "the workspace is moving to an organisation", _POLICY_HINT),
    "ekm_access_denied": (Misconfigured, "an admin has suspended access", _POLICY_HINT),
    "access_denied": (Misconfigured, "access is denied", _POLICY_HINT),
    "no_permission": (Misconfigured, "the token has no permission for this", _POLICY_HINT),
    "team_access_not_granted": (Misconfigured, "the app has no access to this workspace", _POLICY_HINT),
    "restricted_action": (Misconfigured, "posting is restricted", _POLICY_HINT),
    "restricted_action_read_only_channel": (Misconfigured, "the channel is read-only", _POLICY_HINT),
    "restricted_action_thread_only_channel": (Misconfigured, "the channel accepts only replies", _POLICY_HINT),
    "restricted_action_non_threadable_channel": (Misconfigured, "the channel accepts no replies", _POLICY_HINT),
    "restricted_action_thread_locked": (Refused, "the thread is locked", _POLICY_HINT),
    "channel_not_found": (Misconfigured, "the channel does not exist, or the bot cannot see it", _CHANNEL_HINT),
    "not_in_channel": (Misconfigured, "the bot is not in the channel", INVITE_HINT),
    "is_archived": (Misconfigured, "the channel is archived", "Choose another channel, or unarchive this one."),
    "no_text": (Refused, "the message has no text", ""),
    "msg_too_long": (Refused, "the text is too long", _SHORTER_HINT),
    "msg_blocks_too_long": (Refused, "the blocks contain too much text in total", _SHORTER_HINT),
    "invalid_blocks": (Refused, "the blocks are not valid", ""),
    "invalid_blocks_format": (Refused, "the blocks are not valid", ""),
    "metadata_too_large": (Refused, "the metadata is too large", ""),
    "message_not_found": (Gone, "the message no longer exists", _NEW_MESSAGE_HINT),
    "thread_not_found": (Gone, "the thread no longer exists", _NEW_MESSAGE_HINT),
    "cant_update_message": (Gone, "this app may not edit the message", _NEW_MESSAGE_HINT),
    "edit_window_closed": (Gone, "the message is too old to be edited in this workspace", _NEW_MESSAGE_HINT),
    "message_limit_exceeded": (Retriable, "the workspace has posted too many messages for now", _RETRY_HINT),
    "service_unavailable": (Retriable, "Slack is not available", _RETRY_HINT),
    "request_timeout": (Retriable, "the request arrived incomplete", _RETRY_HINT),
    "team_added_to_org": (Retriable, "the workspace is being moved", _RETRY_HINT),
}
"""The class of the error, what it means, and a hint, by Slack's error code."""
_RATE_LIMIT_CODES: Final = ("ratelimited", "rate_limited")
_PARTIAL_FAILURE_CODES: Final = ("fatal_error", "internal_error")
"""According to Slack, a call that returns one of these codes may have done part of what was requested."""


def convert_error(error: SlackApiError, *, is_read: bool) -> ConnectorError:
    """Return the error to raise for a response with `"ok": false`. `is_read`: whether the method only reads."""
    method, body = method_name(error.response.api_url), as_mapping(error.response.data)
    code = str(body.get("error") or "unknown_error")
    error_attributes: dict[str, Any] = {"status": 200, "code": code}
    if code in _RATE_LIMIT_CODES:
        pause = requested_pause(error.response.headers)
        hint = f"Slack asks to wait {pause:.0f} s." if pause else _RETRY_HINT
        return Retriable(f"Slack: {method} was called too often.", hint=hint, **error_attributes)
    if code in _PARTIAL_FAILURE_CODES:
        message = f"Slack: {method} failed inside Slack ({code})"
        if is_read:
            return Retriable(f"{message}.", hint=_RETRY_HINT, **error_attributes)
        return Uncertain(f"{message}; it may or may not have happened.", **error_attributes)
    if code == "missing_scope":
        needed = _one_line(body.get("needed")) or "that this needs"
        return Misconfigured(
            f"Slack: {method} was refused: the token lacks the scope {needed}.",
            hint="Add it to the app under OAuth & Permissions, Bot Token Scopes, and install the app again.",
            **error_attributes,
        )
    error_type, meaning, hint = _ERRORS_BY_CODE.get(code, (Refused, "", ""))
    # Slack's own messages about what is wrong, and where.
    messages = as_list(as_mapping(body.get("response_metadata")).get("messages"))
    details = "; ".join(_one_line(message) for message in messages[:_MAX_DETAILS])
    message = f"Slack: {method} was refused: " + (f"{meaning} ({_one_line(code)})" if meaning else _one_line(code))
    return error_type(message + (f": {details}." if details else "."), hint=hint, **error_attributes)


def _one_line(value: Any) -> str:
    """Return text from Slack on one line, shortened and without secrets."""
    return redact(" ".join(str(value or "").split()))[:_MAX_DETAIL_CHARACTERS]
