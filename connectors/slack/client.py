"""What the service says to Slack: one report a channel a day, edited in place, its details in the thread.

A reply that is lost leaves a post uncertain, and a post must never appear twice. So every message of ours carries
metadata that say which report it is, and `find` and `find_reply` look for it before anything is posted again.
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
from connectors.rate_limit import Window
from connectors.redaction import remember_secret
from connectors.slack import message_tag
from connectors.slack import text as words
from connectors.slack.channels import Channel, by_name, is_id, plain_name, usable
from connectors.slack.errors import LOGIN_HINT, refusal
from connectors.slack.validation import validate_message
from connectors.slack.web import READS, SlackWebClient, explain, method_of

Blocks = Sequence[Mapping[str, Any]]

NEEDED_SCOPES: Final[Mapping[str, str]] = {
    "chat:write": "to post and edit reports",
    "channels:read": "to find a channel by its name",
    "channels:history": "to look whether a post has arrived before it is sent again",
}
"""What a bot needs in public channels; private ones need `groups:read` and `groups:history` as well."""

# Slack allows one message a second in a channel; channel lists and histories are read in pages of this size.
RATE_LIMITS: Final[tuple[Window, ...]] = ((1, 1.0),)
_PAGE: Final = 200
# Somewhere the day has begun so long before it begins in UTC.
_EARLIEST_ZONE: Final = timedelta(hours=14)


class BotAccount(Struct, frozen=True, kw_only=True):
    """Who Slack takes us for, and what the token allows."""

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
    """A message of ours: its channel's id, and the stamp that is its id there."""

    channel: str
    ts: str


class Slack:
    """The way to one Slack workspace.

    All its methods raise `ConnectorError`s: `Misconfigured` for what an admin has to change, `Refused` for a message
    that Slack does not take, `Gone` for one that can no longer be edited, `Retriable` when Slack is busy or down, and
    `Uncertain` when the reply to a post was lost.

    Args:
        token: A bot token, xoxb-….
        installation: This installation's id, by which it knows its own messages from another's.
        base_url: Where Slack's Web API is.
        stop: When set, waits end and nothing new leaves.
        writing: Whether messages may leave; without it everything but reading is stopped.
        ca_bundle: File of certificate authorities to trust beside the system's own.
        timeout: Seconds without a byte before a call is given up.
        rate_limits: Most new messages to a channel, as pairs of a number and seconds.
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
            raise Misconfigured("The Slack token is empty or holds characters that no token has.", hint=LOGIN_HINT)
        self.installation = installation
        self._http = HttpClient(
            "Slack",
            base_url,
            sign=lambda: {"Authorization": f"Bearer {token}"},
            reads=READS,
            writing=writing,
            item_windows=rate_limits,
            stop=stop,
            explain=explain,
            ca_bundle=ca_bundle,
            timeout=timeout,
        )
        self._web = SlackWebClient(self._http)
        self._account: BotAccount | None = None
        self._channels: dict[str, Channel] = {}

    @property
    def stats(self) -> TrafficStats:
        """What has passed between us and Slack."""
        return self._http.stats

    @property
    def account(self) -> BotAccount:
        """Who Slack takes us for; asked once."""
        return self._account or self.connect()

    def close(self) -> None:
        """Lets go of all connections."""
        self._http.close()

    def connect(self) -> BotAccount:
        """Asks Slack who we are and what the token allows."""
        got = self._call(self._web.auth_test)
        headers: Mapping[str, str] = got.headers
        self._account = BotAccount(
            name=str(got.get("user") or ""),
            user_id=str(got.get("user_id") or ""),
            bot_id=str(got.get("bot_id") or ""),
            team=str(got.get("team") or ""),
            team_id=str(got.get("team_id") or ""),
            scopes=frozenset(scope.strip() for scope in headers.get("x-oauth-scopes", "").split(",") if scope.strip()),
        )
        return self._account

    def channel(self, name: str) -> Channel:
        """The channel of this name, with or without `#`, or of this id; looked up once.

        Raises:
            Misconfigured: There is none that the bot can see, it is archived, or the bot is not in it; the message
                says what to do.
        """
        wanted = plain_name(name)
        if wanted not in self._channels:
            if is_id(wanted):
                raw = self._call(self._web.conversations_info, channel=wanted).get("channel") or {}
            else:
                raw = self._listed(wanted)
            self._channels[wanted] = usable(raw, bot=self.account.name)
        return self._channels[wanted]

    def post(self, channel_id: str, text: str, blocks: Blocks = (), *, day: date) -> Posted:
        """Posts the report of a day.

        Args:
            channel_id: Where to.
            text: In plain words, for notifications and screen readers; shown as it is when there are no blocks.
            blocks: What is shown.
            day: The day it is the report of; `find` finds it again by this.

        Raises:
            Uncertain: The reply was lost. Call `find` before anything else: it may be there.
        """
        return self._post(channel_id, text, blocks, message_tag.report(self.installation, channel_id, day))

    def reply(self, to: Posted, part: str, text: str, blocks: Blocks = ()) -> Posted:
        """Posts a detail into the thread of a report; `part` names it, so that `find_reply` finds it again.

        Raises:
            Uncertain: The reply was lost. Call `find_reply` before anything else: it may be there.
        """
        return self._post(to.channel, text, blocks, message_tag.detail(self.installation, part), thread_ts=to.ts)

    def update(
        self, posted: Posted, text: str, blocks: Blocks = (), *, day: date | None = None, part: str = ""
    ) -> Posted:
        """Replaces a message of ours in place, which notifies nobody; doing it twice does no harm.

        Args:
            posted: The message.
            text: As for `post`.
            blocks: As for `post`.
            day: For a report, the day it is of, so that it can still be found by it.
            part: The same for a detail.

        Raises:
            Gone: It was deleted, or may no longer be edited: post a new one.
        """
        mark = message_tag.detail(self.installation, part) if part else None
        if day:
            mark = message_tag.report(self.installation, posted.channel, day)
        got = self._call(
            self._web.chat_update,
            channel=posted.channel,
            ts=posted.ts,
            metadata=mark,
            **_contents(text, blocks),
        )
        return _posted(got, posted.channel)

    def find(self, channel_id: str, day: date) -> Posted | None:
        """Our report of this day, if it is in the channel; the newest, should there be several."""
        since = datetime.combine(day, time.min, UTC) - _EARLIEST_ZONE
        oldest = f"{since.timestamp():.6f}"
        return self._look(
            message_tag.report(self.installation, channel_id, day),
            self._web.conversations_history,
            channel=channel_id,
            oldest=oldest,
        )

    def find_reply(self, to: Posted, part: str) -> Posted | None:
        """Our detail of this name, if it is in the thread.

        Raises:
            Gone: The report itself was deleted.
        """
        return self._look(
            message_tag.detail(self.installation, part), self._web.conversations_replies, channel=to.channel, ts=to.ts
        )

    def permalink(self, posted: Posted) -> str:
        """The address of a message, for people."""
        got = self._call(self._web.chat_getPermalink, channel=posted.channel, message_ts=posted.ts)
        return str(got.get("permalink") or "")

    def _post(self, channel_id: str, text: str, blocks: Blocks, mark: message_tag.MessageTag, **where: str) -> Posted:
        got = self._call(
            self._web.chat_postMessage,
            channel=channel_id,
            metadata=mark,
            unfurl_links=False,
            unfurl_media=False,
            **where,
            **_contents(text, blocks),
        )
        return _posted(got, channel_id)

    def _look(self, mark: message_tag.MessageTag, verb: Callable[..., SlackResponse], **where: str) -> Posted | None:
        us = self.account
        for message in self._pages(verb, "messages", include_all_metadata=True, **where):
            ours = message.get("bot_id") == us.bot_id if us.bot_id else message.get("user") == us.user_id
            if ours and message_tag.carries(message, mark):
                return Posted(where["channel"], str(message["ts"]))
        return None

    def _listed(self, name: str) -> Mapping[str, Any]:
        scopes, both = self.account.scopes, {"channels:read": "public_channel", "groups:read": "private_channel"}
        # Without the scope of a kind Slack refuses the whole list, the other kind with it.
        kinds = [kind for scope, kind in both.items() if scope in scopes] or list(both.values())
        listed = self._remembered(self._pages(self._web.conversations_list, "channels", types=",".join(kinds)))
        return by_name(listed, name, bot=self.account.name, private="private_channel" in kinds)

    def _remembered(self, listed: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
        """What is listed, keeping what may be asked for next: a large workspace has many pages."""
        for raw in listed:
            if raw.get("is_member") and not raw.get("is_archived"):
                self._channels.setdefault(str(raw.get("name")), usable(raw, bot=self.account.name))
            yield raw

    def _pages(self, verb: Callable[..., SlackResponse], key: str, **arguments: Any) -> Iterator[Mapping[str, Any]]:
        cursor: str | None = None
        seen: set[str] = set()
        while True:
            got = self._call(verb, limit=_PAGE, cursor=cursor, **arguments)
            yield from got.get(key) or ()
            cursor = (got.get("response_metadata") or {}).get("next_cursor")
            if not cursor or cursor in seen:
                return
            seen.add(cursor)

    def _call(self, verb: Callable[..., SlackResponse], **arguments: Any) -> SlackResponse:
        try:
            return verb(**arguments)
        except SlackApiError as error:
            got = error.response
            read = self._http.is_read("POST", got.api_url)
            raise refusal(method_of(got.api_url), got.data, got.headers, read=read) from error


def _contents(text: str, blocks: Blocks) -> dict[str, Any]:
    """A message as it is sent, with everything off by which Slack would read more into the text than it says."""
    shown = list(blocks) or [words.rich_text(words.line(words.words(text)))]
    said = words.escape(words.clean(text, lines=True))
    validate_message(said, shown)
    pings = words.pings({"blocks": shown})
    if any(not ping.startswith(("<@", "user ")) for ping in pings):
        raise Refused(
            f"A message would have pinged a whole channel or group: {', '.join(pings)}.", hint="It was not sent."
        )
    return {"text": said, "blocks": shown, "parse": "none", "link_names": False}


def _posted(got: SlackResponse, channel_id: str) -> Posted:
    return Posted(str(got.get("channel") or channel_id), str(got.get("ts") or ""))
