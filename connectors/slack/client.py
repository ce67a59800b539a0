"""The Slack client: posts one report a day to each channel, and later replaces its content.

If a response is lost, it is unknown whether the report was posted, and a report must never be posted twice. So the
metadata of each message identifies its report, and `find_report` searches for the report before it is posted again.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, Final

import msgspec
from msgspec import Struct
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from connectors.errors import Misconfigured, Uncertain
from connectors.http import TrafficStats
from connectors.paging import PageGuard, endless_list_error
from connectors.rate_limit import Window
from connectors.slack import formatting
from connectors.slack.account import BotAccount
from connectors.slack.channels import Channel, check_usable, find_channel, is_id, normalize_name
from connectors.slack.errors import LOGIN_HINT, convert_error
from connectors.slack.message_tag import has_tag, report_tag, tagged_topic
from connectors.slack.payloads import as_list, as_mapping
from connectors.slack.validation import validate_message
from connectors.slack.web import SlackWebClient, open_http_client

Blocks = Sequence[Mapping[str, Any]]
"""The content of a message, in the format of Slack's Block Kit."""

RATE_LIMITS: Final[tuple[Window, ...]] = ((10, 10.0),)
"""Slack allows one message a second in each channel, and short bursts.

Source: https://docs.slack.dev/apis/web-api/rate-limits
"""
_PAGE_SIZE: Final = 200
"""The number of entries per page that Slack recommends for lists of channels."""
_MAX_EMPTY_PAGES: Final = 50
"""The maximum number of empty pages in a row. If there are more, the list counts as endless."""
_MAX_UTC_OFFSET: Final = timedelta(hours=14)
"""The offset of the time zone that is furthest ahead of UTC. A day begins there first."""


class PostedMessage(Struct, frozen=True):
    """A message that this service posted. Slack identifies it by the id of its channel and its timestamp (`ts`)."""

    channel: str
    ts: str


class Slack:
    """A client for one Slack workspace.

    All methods raise `ConnectorError`: `Misconfigured` if an admin has to change something, `Refused` if Slack does not
    accept a message, `Gone` if a message can no longer be edited, `Retriable` if Slack is busy or down, and `Uncertain`
    if the response to a post was lost.

    Args:
        token: The token of a bot, which begins with xoxb-.
        installation: The id of this installation of the service. It is part of the metadata of its messages.
        stop: Set when the service stops: waits end, and no new request is sent.
        allow_writes: Whether messages may be posted and edited.
        rate_limits: Limits on new messages to a channel: pairs of a maximum number and a period in seconds.
        time_zone: The team's time zone, for times in error messages.
    """

    def __init__(
        self,
        token: str,
        *,
        installation: str,
        base_url: str = "https://slack.com/api/",
        stop: threading.Event | None = None,
        allow_writes: bool = True,
        rate_limits: tuple[Window, ...] = RATE_LIMITS,
        time_zone: tzinfo = UTC,
    ) -> None:
        token = token.strip()
        if not token or not token.isascii() or not token.isprintable() or " " in token:
            raise Misconfigured("The Slack token is empty or contains invalid characters.", hint=LOGIN_HINT)
        self.installation = installation
        self._http = open_http_client(
            token,
            base_url,
            allow_writes=allow_writes,
            item_windows=rate_limits,
            stop=stop,
            time_zone=time_zone,
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
        """The account to which the token belongs. It is requested once."""
        return self._account or self.connect()

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def connect(self) -> BotAccount:
        """Request the account to which the token belongs, and its scopes."""
        response = self._call(self._web.auth_test)
        headers: Mapping[str, str] = response.headers
        self._account = BotAccount(
            name=str(response.get("user") or ""),
            user_id=str(response.get("user_id") or ""),
            bot_id=str(response.get("bot_id") or ""),
            team=str(response.get("team") or ""),
            scopes=frozenset(scope.strip() for scope in headers.get("x-oauth-scopes", "").split(",") if scope.strip()),
        )
        return self._account

    def channel(self, name: str) -> Channel:
        """The channel with this id, or with this name, which may start with `#`. Each channel is requested once.

        Raises:
            Misconfigured: The bot cannot see such a channel, it is archived, or the bot is not in it.
        """
        normalized = normalize_name(name)
        if normalized not in self._channels:
            if is_id(normalized):
                raw = as_mapping(self._call(self._web.conversations_info, channel=normalized).get("channel"))
            else:
                raw = self._find_channel(normalized)
            self._channels[normalized] = check_usable(raw, bot=self.account.name)
        return self._channels[normalized]

    def post_report(
        self, channel_id: str, text: str, blocks: Blocks = (), *, day: date, thread: str = "", topic: str = ""
    ) -> PostedMessage:
        """Post the report of a day, or a reply in its thread.

        Args:
            text: The text for notifications and screen readers. It is the content if there are no blocks.
            day: The day of the report, by which `find_report` finds it.
            thread: Timestamp of the report to reply to; empty for the report itself.
            topic: The topic of the reply, by which `find_replies` finds it: any text that is unique in the thread.

        Raises:
            Uncertain: The response was lost. Call `find_report` or `find_replies` next, because the message may have
                been posted.
        """
        response = self._call(
            self._web.chat_postMessage,
            channel=channel_id,
            metadata=report_tag(self.installation, channel_id, day, topic),
            unfurl_links=False,
            unfurl_media=False,
            **({"thread_ts": thread} if thread else {}),
            **_message_arguments(text, blocks),
        )
        posted = _to_posted_message(response, channel_id)
        if not posted.ts:
            raise Uncertain("Slack: chat.postMessage returned no timestamp. The message may or may not have been sent.")
        return posted

    def update_report(
        self, posted: PostedMessage, text: str, blocks: Blocks = (), *, day: date, topic: str = ""
    ) -> PostedMessage:
        """Replace the content of a report or of a reply. This notifies nobody, and repeating it changes nothing.

        Args:
            text, blocks: As for `post_report`.
            day, topic: Those with which it was posted, so that it is still found.

        Raises:
            Gone: The message was deleted or can no longer be edited.
        """
        response = self._call(
            self._web.chat_update,
            channel=posted.channel,
            ts=posted.ts,
            metadata=report_tag(self.installation, posted.channel, day, topic),
            **_message_arguments(text, blocks),
        )
        return _to_posted_message(response, posted.channel)

    def find_report(self, channel_id: str, day: date) -> PostedMessage | None:
        """Find the report of a day in a channel; the newest if there are several, and None if there is none."""
        since = datetime.combine(day, time.min, UTC) - _MAX_UTC_OFFSET
        oldest = f"{since.timestamp():.6f}"
        messages = self._messages_about(channel_id, day, self._web.conversations_history, oldest=oldest)
        return next((PostedMessage(channel_id, str(message.get("ts") or "")) for message in messages), None)

    def find_replies(self, report: PostedMessage, day: date) -> dict[str, PostedMessage]:
        """Find the service's replies in the thread of a day's report, by topic."""
        messages = self._messages_about(report.channel, day, self._web.conversations_replies, ts=report.ts)
        return {
            topic: PostedMessage(report.channel, str(message.get("ts") or ""))
            for message in messages
            if (topic := tagged_topic(message))
        }

    def _messages_about(
        self, channel_id: str, day: date, method: Callable[..., SlackResponse], **arguments: Any
    ) -> Iterator[Mapping[str, Any]]:
        """Yield the messages in a list that this service posted about a day: its report and the replies to it."""
        account, tag = self.account, report_tag(self.installation, channel_id, day)
        own_key, own_id = ("bot_id", account.bot_id) if account.bot_id else ("user", account.user_id)
        for message in self._entries(method, "messages", channel=channel_id, include_all_metadata=True, **arguments):
            if message.get(own_key) == own_id and has_tag(message, tag):
                yield message

    def open_dialog(self, trigger_id: str, dialog: Mapping[str, Any]) -> None:
        """Open a dialog, which Slack calls a view, at most three seconds after the click with this trigger id."""
        self._call(self._web.views_open, trigger_id=trigger_id, view=dialog)

    def show_to(self, channel_id: str, user_id: str, text: str) -> None:
        """Show a text in a channel to one person only."""
        self._call(
            self._web.chat_postEphemeral,
            channel=channel_id,
            user=user_id,
            **_message_arguments(formatting.clean(text), ()),
        )

    def find_layout_errors(self, blocks: Blocks) -> list[str]:
        """Let Slack check blocks, and return the problems that it finds.

        Source: https://docs.slack.dev/reference/methods/blocks.validate
        """
        try:
            self._web.api_call("blocks.validate", json={"blocks": msgspec.json.encode(list(blocks)).decode()})
        except SlackApiError as error:
            problems = as_list(error.response.get("errors"))
            if error.response.get("error") == "invalid_blocks" and problems:
                return [f"{problem.get('pointer')}: {problem.get('message')}" for problem in problems]
            raise convert_error(error, is_read=True) from error
        return []

    def _find_channel(self, name: str) -> Mapping[str, Any]:
        """Find a channel by its name, among the kinds of channels that the scopes of the token allow."""
        kinds_by_scope = {"channels:read": "public_channel", "groups:read": "private_channel"}
        # Slack rejects a request for several kinds if the scope for one of them is missing.
        kinds = [kind for scope, kind in kinds_by_scope.items() if scope in self.account.scopes]
        kinds = kinds or list(kinds_by_scope.values())
        channels = self._cache_channels(self._entries(self._web.conversations_list, "channels", types=",".join(kinds)))
        return find_channel(channels, name, bot=self.account.name, includes_private="private_channel" in kinds)

    def _cache_channels(self, channels: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
        """Yield channels, and remember those that the bot can use, so that they need not be read again."""
        for raw in channels:
            if raw.get("is_member") and not raw.get("is_archived"):
                self._channels.setdefault(str(raw.get("name")), check_usable(raw, bot=self.account.name))
            yield raw

    def _entries(self, method: Callable[..., SlackResponse], key: str, **arguments: Any) -> Iterator[Mapping[str, Any]]:
        """Yield the entries of a list, which is requested page by page.

        Args:
            method: The method of the Web API that returns a page.
            key: The key under which a page contains the entries.

        Raises:
            ConnectorError: The list does not end: Slack repeats entries, or returns many empty pages in a row.
        """
        cursor: str | None = None
        guard = PageGuard(max_empty=_MAX_EMPTY_PAGES)
        while True:
            response = self._call(method, limit=_PAGE_SIZE, cursor=cursor, **arguments)
            entries = [entry for entry in as_list(response.get(key)) if isinstance(entry, Mapping)]
            yield from entries
            cursor = as_mapping(response.get("response_metadata")).get("next_cursor")
            if not cursor:
                return
            if not guard.may_continue([str(entry.get("ts") or entry.get("id")) for entry in entries], str(cursor)):
                # If only a part of the list were searched, a report could be missed and posted twice.
                raise endless_list_error("Slack")

    def _call(self, method: Callable[..., SlackResponse], **arguments: Any) -> SlackResponse:
        try:
            return method(**arguments)
        except SlackApiError as error:
            raise convert_error(error, is_read=self._http.is_read("POST", error.response.api_url)) from error


def _message_arguments(text: str, blocks: Blocks) -> dict[str, Any]:
    """The arguments of a message, with all automatic formatting switched off."""
    content = list(blocks) or [formatting.rich_text(formatting.rich_text_section(formatting.text_element(text)))]
    fallback = formatting.escape(formatting.clean(text, keep_lines=True))
    validate_message(fallback, content)
    return {"text": fallback, "blocks": content, "parse": "none", "link_names": False}


def _to_posted_message(response: SlackResponse, channel_id: str) -> PostedMessage:
    return PostedMessage(str(response.get("channel") or channel_id), str(response.get("ts") or ""))
