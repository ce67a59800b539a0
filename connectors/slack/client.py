"""The Slack client: posts one report per channel and day, edits it in place, and adds details in its thread.

When a response is lost, it is unknown whether a message was posted, and it must never be posted twice. So the metadata
of each message say which report it is, and `find` and `find_reply` find it before it is posted again.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from msgspec import Struct
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from connectors.errors import Misconfigured, Refused
from connectors.http import HttpClient, TrafficStats
from connectors.paging import PageGuard, endless
from connectors.rate_limit import Window
from connectors.redaction import remember_secret
from connectors.slack import formatting, message_tag
from connectors.slack.channels import Channel, check_usable, find_channel, is_id, normalize_name
from connectors.slack.errors import LOGIN_HINT, api_error
from connectors.slack.validation import validate_message
from connectors.slack.web import READS, SlackWebClient, method_name, parse_error

Blocks = Sequence[Mapping[str, Any]]

NEEDED_SCOPES: Final[Mapping[str, str]] = {
    "chat:write": "to post and edit reports",
    "channels:read": "to find a channel by its name",
    "channels:history": "to check whether a report was posted before it is posted again",
}
"""Scopes for public channels. Private channels also need `groups:read` and `groups:history`."""

# Slack allows one message per second in a channel.
RATE_LIMITS: Final[tuple[Window, ...]] = ((1, 1.0),)
_PAGE_SIZE: Final = 200
_MAX_EMPTY_PAGES: Final = 50
# The time zone that is furthest ahead of UTC.
_MAX_UTC_OFFSET: Final = timedelta(hours=14)


class BotAccount(Struct, frozen=True, kw_only=True):
    """The account behind the token, and its scopes."""

    name: str
    user_id: str
    bot_id: str
    team: str
    team_id: str
    scopes: frozenset[str]

    @property
    def missing_scopes(self) -> tuple[str, ...]:
        """Scopes that the service needs and the token lacks."""
        return tuple(scope for scope in NEEDED_SCOPES if scope not in self.scopes)


class Posted(Struct, frozen=True):
    """A message of ours: the id of its channel, and the timestamp that is its id there."""

    channel: str
    ts: str


class Slack:
    """A client for one Slack workspace.

    All methods raise `ConnectorError`: `Misconfigured` if an admin has to change something, `Refused` if Slack does not
    accept a message, `Gone` if a message can no longer be edited, `Retriable` if Slack is busy or down, and `Uncertain`
    if the response to a post was lost.

    Args:
        token: A bot token, xoxb-….
        installation: Id of this installation, which its messages carry.
        base_url: URL of the Web API.
        stop: When set, waits end and no new request is sent.
        writing: Whether messages may be posted and edited.
        ca_bundle: File of certificate authorities to trust in addition to the usual ones.
        timeout: Seconds without a byte before a call is given up.
        rate_limits: Limits on new messages to a channel, as pairs of a number and seconds.
    """

    def __init__(
        self,
        token: str,
        *,
        installation: str,
        base_url: str = "https://slack.com/api/",
        stop: threading.Event | None = None,
        writing: bool = True,
        ca_bundle: str | None = None,
        timeout: float = 30.0,
        rate_limits: tuple[Window, ...] = RATE_LIMITS,
    ) -> None:
        token = token.strip()
        remember_secret(token)
        if not token or not token.isascii() or not token.isprintable() or " " in token:
            raise Misconfigured("The Slack token is empty or contains invalid characters.", hint=LOGIN_HINT)
        self.installation = installation
        self._http = HttpClient(
            "Slack",
            base_url,
            auth_headers=lambda: {"Authorization": f"Bearer {token}"},
            reads=READS,
            writing=writing,
            item_windows=rate_limits,
            stop=stop,
            parse_error=parse_error,
            ca_bundle=ca_bundle,
            timeout=timeout,
        )
        self._web = SlackWebClient(self._http)
        self._account: BotAccount | None = None
        self._channels: dict[str, Channel] = {}

    @property
    def stats(self) -> TrafficStats:
        """Counts of the requests so far."""
        return self._http.stats

    @property
    def account(self) -> BotAccount:
        """The account behind the token; requested once."""
        return self._account or self.connect()

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def connect(self) -> BotAccount:
        """Read the account behind the token, and its scopes."""
        response = self._call(self._web.auth_test)
        headers: Mapping[str, str] = response.headers
        self._account = BotAccount(
            name=str(response.get("user") or ""),
            user_id=str(response.get("user_id") or ""),
            bot_id=str(response.get("bot_id") or ""),
            team=str(response.get("team") or ""),
            team_id=str(response.get("team_id") or ""),
            scopes=frozenset(scope.strip() for scope in headers.get("x-oauth-scopes", "").split(",") if scope.strip()),
        )
        return self._account

    def channel(self, name: str) -> Channel:
        """The channel with this name (with or without `#`) or id; requested once.

        Raises:
            Misconfigured: The bot cannot see such a channel, it is archived, or the bot is not in it.
        """
        wanted = normalize_name(name)
        if wanted not in self._channels:
            if is_id(wanted):
                raw = self._call(self._web.conversations_info, channel=wanted).get("channel") or {}
            else:
                raw = self._find_channel(wanted)
            self._channels[wanted] = check_usable(raw, bot=self.account.name)
        return self._channels[wanted]

    def post(self, channel_id: str, text: str, blocks: Blocks = (), *, day: date) -> Posted:
        """Post the report of a day.

        Args:
            channel_id: The channel.
            text: Plain text for notifications and screen readers; shown if there are no blocks.
            blocks: The content.
            day: The day of the report, by which `find` finds it.

        Raises:
            Uncertain: The response was lost. Call `find` next, because the report may have been posted.
        """
        return self._post(channel_id, text, blocks, message_tag.report_tag(self.installation, channel_id, day))

    def reply(self, to: Posted, part: str, text: str, blocks: Blocks = ()) -> Posted:
        """Post a detail into the thread of a report; `find_reply` finds it by `part`.

        Raises:
            Uncertain: The response was lost. Call `find_reply` next, because the detail may have been posted.
        """
        return self._post(to.channel, text, blocks, message_tag.detail_tag(self.installation, part), thread_ts=to.ts)

    def update(
        self, posted: Posted, text: str, blocks: Blocks = (), *, day: date | None = None, part: str = ""
    ) -> Posted:
        """Replace the content of a message of ours. This notifies nobody and may be repeated.

        Args:
            posted: The message.
            text: As for `post`.
            blocks: As for `post`.
            day: The day of a report, so that `find` still finds it.
            part: The part of a detail, so that `find_reply` still finds it.

        Raises:
            Gone: It was deleted or can no longer be edited.
        """
        tag = message_tag.detail_tag(self.installation, part) if part else None
        if day:
            tag = message_tag.report_tag(self.installation, posted.channel, day)
        response = self._call(
            self._web.chat_update,
            channel=posted.channel,
            ts=posted.ts,
            metadata=tag,
            **_message_arguments(text, blocks),
        )
        return _posted(response, posted.channel)

    def find(self, channel_id: str, day: date) -> Posted | None:
        """Our report of this day, if it is in the channel; the newest if there are several."""
        since = datetime.combine(day, time.min, UTC) - _MAX_UTC_OFFSET
        oldest = f"{since.timestamp():.6f}"
        return self._find_message(
            message_tag.report_tag(self.installation, channel_id, day),
            self._web.conversations_history,
            channel=channel_id,
            oldest=oldest,
        )

    def find_reply(self, to: Posted, part: str) -> Posted | None:
        """Our detail with this name, if it is in the thread.

        Raises:
            Gone: The report was deleted.
        """
        return self._find_message(
            message_tag.detail_tag(self.installation, part),
            self._web.conversations_replies,
            channel=to.channel,
            ts=to.ts,
        )

    def permalink(self, posted: Posted) -> str:
        """The URL of a message, for people."""
        response = self._call(self._web.chat_getPermalink, channel=posted.channel, message_ts=posted.ts)
        return str(response.get("permalink") or "")

    def _post(
        self, channel_id: str, text: str, blocks: Blocks, tag: message_tag.MessageTag, **arguments: str
    ) -> Posted:
        response = self._call(
            self._web.chat_postMessage,
            channel=channel_id,
            metadata=tag,
            unfurl_links=False,
            unfurl_media=False,
            **arguments,
            **_message_arguments(text, blocks),
        )
        return _posted(response, channel_id)

    def _find_message(
        self, tag: message_tag.MessageTag, method: Callable[..., SlackResponse], **arguments: str
    ) -> Posted | None:
        account = self.account
        for message in self._pages(method, "messages", include_all_metadata=True, **arguments):
            is_ours = (
                message.get("bot_id") == account.bot_id if account.bot_id else message.get("user") == account.user_id
            )
            if is_ours and message_tag.has_tag(message, tag):
                return Posted(arguments["channel"], str(message["ts"]))
        return None

    def _find_channel(self, name: str) -> Mapping[str, Any]:
        scopes, all_kinds = self.account.scopes, {"channels:read": "public_channel", "groups:read": "private_channel"}
        # Slack refuses the whole list if the scope for one kind is missing.
        kinds = [kind for scope, kind in all_kinds.items() if scope in scopes] or list(all_kinds.values())
        channels = self._cache_channels(self._pages(self._web.conversations_list, "channels", types=",".join(kinds)))
        return find_channel(channels, name, bot=self.account.name, private="private_channel" in kinds)

    def _cache_channels(self, channels: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
        """Yield the channels, and cache those the bot is in, because a large workspace has many pages."""
        for raw in channels:
            if raw.get("is_member") and not raw.get("is_archived"):
                self._channels.setdefault(str(raw.get("name")), check_usable(raw, bot=self.account.name))
            yield raw

    def _pages(self, method: Callable[..., SlackResponse], key: str, **arguments: Any) -> Iterator[Mapping[str, Any]]:
        cursor: str | None = None
        guard = PageGuard(max_empty=_MAX_EMPTY_PAGES)
        while True:
            response = self._call(method, limit=_PAGE_SIZE, cursor=cursor, **arguments)
            entries = [entry for entry in response.get(key) or () if isinstance(entry, Mapping)]
            yield from entries
            cursor = (response.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return
            if not guard.may_continue([str(entry.get("ts") or entry.get("id")) for entry in entries], str(cursor)):
                # A part is not enough: a report that was not found would be posted again.
                raise endless("Slack")

    def _call(self, method: Callable[..., SlackResponse], **arguments: Any) -> SlackResponse:
        try:
            return method(**arguments)
        except SlackApiError as error:
            response = error.response
            read = self._http.is_read("POST", response.api_url)
            raise api_error(method_name(response.api_url), response.data, response.headers, read=read) from error


def _message_arguments(text: str, blocks: Blocks) -> dict[str, Any]:
    """The arguments of a message, with all automatic formatting switched off."""
    content = list(blocks) or [formatting.rich_text(formatting.rich_text_section(formatting.text_element(text)))]
    fallback = formatting.escape(formatting.clean(text, lines=True))
    validate_message(fallback, content)
    mentions = formatting.mentions({"blocks": content})
    if any(not mention.startswith(("<@", "user ")) for mention in mentions):
        raise Refused(
            f"A message would notify a whole channel or group: {', '.join(mentions)}.", hint="It was not sent."
        )
    return {"text": fallback, "blocks": content, "parse": "none", "link_names": False}


def _posted(response: SlackResponse, channel_id: str) -> Posted:
    return Posted(str(response.get("channel") or channel_id), str(response.get("ts") or ""))
