"""Slack's own names of what went wrong, turned into our errors with a way out for people.

Slack answers nearly everything with HTTP 200 and `{"ok": false, "error": "…"}`. What each name means is on the page
of its method (https://docs.slack.dev/reference/methods/chat.postMessage).
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from connectors.errors import ConnectorError, Gone, Misconfigured, Refused, Retriable, Uncertain
from connectors.rate_limit import asked_pause
from connectors.redaction import redact

LOGIN_HINT: Final = "Check `slack.token`: it is the bot token (xoxb-…) of an app that is still installed."
INVITE_HINT: Final = "Invite the bot: open the channel in Slack and write /invite followed by @ and the bot's name."
_CHANNEL_HINT: Final = (
    "Check the channel's name or id; the bot sees a private channel only after /invite followed by @ and its name."
)
_POLICY_HINT: Final = "A setting of the workspace or channel forbids it; ask a Slack admin."
_SHORTER_HINT: Final = "Put less into the message, and the rest into its thread."
_ANEW_HINT: Final = "Post a new message instead."
_LATER_HINT: Final = "Slack has a problem; the next round tries again."

_KNOWN: Final[Mapping[str, tuple[type[ConnectorError], str, str]]] = {
    "not_authed": (Misconfigured, "no token was sent", LOGIN_HINT),
    "invalid_auth": (Misconfigured, "the token is not valid", LOGIN_HINT),
    "account_inactive": (Misconfigured, "the app was removed or its account closed", LOGIN_HINT),
    "token_revoked": (Misconfigured, "the token was revoked", LOGIN_HINT),
    "token_expired": (Misconfigured, "the token has expired", LOGIN_HINT),
    "not_allowed_token_type": (Misconfigured, "this kind of token may not do this", LOGIN_HINT),
    "org_login_required": (Misconfigured, "the workspace is moving to an organisation", _POLICY_HINT),
    "ekm_access_denied": (Misconfigured, "an admin has suspended access", _POLICY_HINT),
    "access_denied": (Misconfigured, "access is denied", _POLICY_HINT),
    "no_permission": (Misconfigured, "the token may not do this", _POLICY_HINT),
    "team_access_not_granted": (Misconfigured, "the app has no access to this workspace", _POLICY_HINT),
    "restricted_action": (Misconfigured, "posting is restricted", _POLICY_HINT),
    "restricted_action_read_only_channel": (Misconfigured, "the channel is read-only", _POLICY_HINT),
    "restricted_action_thread_only_channel": (Misconfigured, "the channel takes replies only", _POLICY_HINT),
    "restricted_action_non_threadable_channel": (Misconfigured, "the channel takes no replies", _POLICY_HINT),
    "restricted_action_thread_locked": (Refused, "the thread is locked", _POLICY_HINT),
    "channel_not_found": (Misconfigured, "no such channel, or one that the bot cannot see", _CHANNEL_HINT),
    "not_in_channel": (Misconfigured, "the bot is not in the channel", INVITE_HINT),
    "is_archived": (Misconfigured, "the channel is archived", "Choose another channel, or unarchive this one."),
    "no_text": (Refused, "the message has no text", ""),
    "msg_too_long": (Refused, "the text is too long", _SHORTER_HINT),
    "msg_blocks_too_long": (Refused, "the blocks hold too much text in all", _SHORTER_HINT),
    "invalid_blocks": (Refused, "the blocks are not valid", ""),
    "invalid_blocks_format": (Refused, "the blocks are not valid", ""),
    "metadata_too_large": (Refused, "the metadata is too large", ""),
    "message_not_found": (Gone, "the message is not there any more", _ANEW_HINT),
    "thread_not_found": (Gone, "the thread is not there any more", _ANEW_HINT),
    "cant_update_message": (Gone, "this app may not edit the message", _ANEW_HINT),
    "edit_window_closed": (Gone, "the message is too old to be edited in this workspace", _ANEW_HINT),
    "message_limit_exceeded": (Retriable, "the workspace has posted too many messages for now", _LATER_HINT),
    "service_unavailable": (Retriable, "Slack is not available", _LATER_HINT),
    "request_timeout": (Retriable, "the request arrived broken off", _LATER_HINT),
    "team_added_to_org": (Retriable, "the workspace is being moved", _LATER_HINT),
}
_LIMITED: Final = ("ratelimited", "rate_limited")
# Slack says of these that part of the call may have happened.
_HALF_DONE: Final = ("fatal_error", "internal_error")


def refusal(method: str, body: Mapping[str, Any], headers: Mapping[str, str], *, read: bool) -> ConnectorError:
    """Our error for an answer that says `"ok": false`.

    Args:
        method: What was called, such as "chat.postMessage".
        body: The answer.
        headers: Its headers, names in lower case.
        read: Whether the call changes nothing at Slack.
    """
    code = str(body.get("error") or "unknown_error")
    about: dict[str, Any] = {"status": 200, "code": code}
    if code in _LIMITED:
        pause = asked_pause(headers)
        until = None if pause is None else datetime.now(UTC) + timedelta(seconds=pause)
        hint = f"Slack asks to wait {pause:.0f} s." if pause else _LATER_HINT
        return Retriable(f"Slack: {method} came too often.", hint=hint, until=until, **about)
    if code in _HALF_DONE:
        message = f"Slack: {method} failed inside Slack ({code})"
        if read:
            return Retriable(f"{message}.", hint=_LATER_HINT, **about)
        return Uncertain(f"{message}; it may or may not have happened.", **about)
    if code == "missing_scope":
        needed = _words(body.get("needed")) or "one that Slack does not name"
        return Misconfigured(
            f"Slack: {method} was refused: the token lacks the scope {needed}.",
            hint="Add it to the app under OAuth & Permissions, Bot Token Scopes, and install the app again.",
            **about,
        )
    kind, meaning, hint = _KNOWN.get(code, (Refused, "", ""))
    said = "; ".join(_details(body))
    message = f"Slack: {method} was refused: " + (f"{meaning} ({_words(code)})" if meaning else _words(code))
    return kind(message + (f": {said}." if said else "."), hint=hint, **about)


def _details(body: Mapping[str, Any]) -> list[str]:
    """Slack's own words about what is wrong with a message, and where."""
    metadata = body.get("response_metadata")
    said = metadata.get("messages") if isinstance(metadata, Mapping) else None
    return [_words(message) for message in said[:5]] if isinstance(said, list) else []


def _words(value: Any) -> str:
    return redact(" ".join(str(value or "").split()))[:200]
