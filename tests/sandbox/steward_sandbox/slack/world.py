"""A pretended Slack workspace: channels, people, messages with all their versions, and what it is told to refuse."""

import threading
from collections import Counter
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Final

from steward_sandbox.clock import Clock, real_clock
from steward_sandbox.faults import FaultError, Faults
from steward_sandbox.slack.socket_mode import SocketMode

Json = dict[str, Any]

EVERY_SCOPE: Final = frozenset(
    {"chat:write", "channels:read", "channels:history", "groups:read", "groups:history", "metadata.message:read"}
)
BOT_USER: Final = "U0STEWARD1"
BOT: Final = "B0STEWARD1"
PERSON: Final = "U0PERSON01"


@dataclass
class Version:
    text: str
    blocks: list[Json]
    at: datetime


@dataclass
class Message:
    """A message with all it has ever said; `text` and `blocks` are the latest."""

    ts: str
    user: str = BOT_USER
    name: str = "Backlog Steward"
    bot_id: str = ""
    metadata: Json | None = None
    thread_ts: str = ""
    versions: list[Version] = field(default_factory=list)
    replies: list["Message"] = field(default_factory=list)

    @property
    def text(self) -> str:
        return self.versions[-1].text

    @property
    def blocks(self) -> list[Json]:
        return self.versions[-1].blocks

    @property
    def posted(self) -> datetime:
        return self.versions[0].at


@dataclass
class Whisper:
    """What the app showed to one person only."""

    channel: str
    user: str
    text: str
    blocks: list[Json]
    at: datetime


@dataclass
class Dialog:
    """A dialog that the app opened for a person, with what is wrong with what they entered."""

    id: str
    user: str
    channel: str
    view: Json
    errors: dict[str, str] = field(default_factory=dict)
    entered: dict[str, str] = field(default_factory=dict)
    is_open: bool = True


@dataclass
class Channel:
    id: str
    name: str
    private: bool = False
    archived: bool = False
    member: bool = True
    topic: str = ""
    messages: list[Message] = field(default_factory=list)

    @property
    def kind(self) -> str:
        return "private_channel" if self.private else "public_channel"


class World:
    """A workspace in memory. Tests and demos change it and look at it directly, over the same lock as its API.

    Attributes:
        person: The id of the person who looks at the page and clicks.
        triggers: Who clicked and in which channel, by the id with which a dialog can be opened once.
        changes: How often anything was posted, edited, shown or opened.
        edit_window: Messages older than this can no longer be edited.
        address: Where its page is, as the last caller called it.
    """

    def __init__(
        self, channels: Iterable[str] = ("general",), *, now: Clock = real_clock, faults: Faults | None = None
    ) -> None:
        self.now = now
        self.faults = faults or Faults()
        self.zone: tzinfo = UTC
        self.person = PERSON
        self.socket = SocketMode()
        self.whispers: list[Whisper] = []
        self.dialogs: list[Dialog] = []
        self.triggers: dict[str, tuple[str, str]] = {}
        self.checked: list[list[Json]] = []
        self.changes = 0
        self.scopes = set(EVERY_SCOPE)
        self.edit_window: timedelta | None = None
        self.page_limit = 999
        self.address = "/"
        self.calls: Counter[str] = Counter()
        self.lock = threading.RLock()
        self.channels: list[Channel] = []
        self._refusals: dict[str, list[Json]] = {}
        self._last = 0
        for name in channels:
            self.add_channel(name)

    def add_channel(self, name: str, **more: Any) -> Channel:
        made = Channel(f"C{len(self.channels) + 1:09d}", name.removeprefix("#"), **more)
        self.channels.append(made)
        return made

    def channel(self, name: str) -> Channel | None:
        bare = name.removeprefix("#")
        return next((channel for channel in self.channels if bare in (channel.id, channel.name)), None)

    def messages(self, channel: str) -> list[Message]:
        """The messages of a channel, oldest first; what stands in threads hangs below them."""
        return list(self._known(channel).messages)

    def say(self, channel: str, name: str, text: str, *, thread_ts: str = "") -> Message:
        return self.store(self._known(channel), text, [], user=f"U{name.upper()[:8]}", name=name, thread_ts=thread_ts)

    def delete(self, channel: str, ts: str) -> None:
        with self.lock:
            place = self._known(channel)
            place.messages = [message for message in place.messages if message.ts != ts]
            for message in place.messages:
                message.replies = [reply for reply in message.replies if reply.ts != ts]

    def fail_next(self, kind: str, method: str = "chat.postMessage", *, times: int = 1, **details: Any) -> None:
        """The next calls of a method go wrong, by a fault or with one of Slack's own errors and its details."""
        with self.lock:
            try:
                self.faults.add(f"{kind}#1-{times}@POST /api/{method}")
            except FaultError:
                self._refusals.setdefault(method, []).extend([{"error": kind, **details}] * times)

    def refusal(self, method: str) -> Json | None:
        """The error that `fail_next` has prepared for this call, if there is one; it is given once."""
        prepared = self._refusals.get(method)
        return prepared.pop(0) if prepared else None

    def store(self, channel: Channel, text: str, blocks: list[Json], *, thread_ts: str = "", **more: Any) -> Message:
        """Keeps a new message; `more` are attributes of it."""
        with self.lock:
            now = self.now().astimezone(UTC)
            self.changes += 1
            made = Message(self._stamp(now), thread_ts=thread_ts, **deepcopy(more))
            made.versions.append(Version(text, deepcopy(blocks), now))
            threads = {message.ts: message.replies for message in channel.messages}
            (threads[thread_ts] if thread_ts else channel.messages).append(made)
            return made

    def edit(self, message: Message, text: str, blocks: list[Json], metadata: Json | None) -> None:
        with self.lock:
            self.changes += 1
            message.versions.append(Version(text, deepcopy(blocks), self.now().astimezone(UTC)))
            if metadata is not None:
                message.metadata = deepcopy(metadata) or None

    def whisper(self, channel: Channel, user: str, text: str, blocks: list[Json]) -> Whisper:
        with self.lock:
            self.changes += 1
            self.whispers.append(Whisper(channel.id, user, text, deepcopy(blocks), self.now().astimezone(UTC)))
            return self.whispers[-1]

    def open_dialog(self, user: str, channel: str, view: Json) -> Dialog:
        with self.lock:
            self.changes += 1
            self.dialogs.append(Dialog(f"V{len(self.dialogs) + 1:09d}", user, channel, deepcopy(view)))
            return self.dialogs[-1]

    def _known(self, name: str) -> Channel:
        found = self.channel(name)
        if found is None:
            raise KeyError(name)
        return found

    def _stamp(self, now: datetime) -> str:
        # Stamps are ids: they rise even while the clock stands still or is put back.
        self._last = max(self._last + 1, int(now.timestamp() * 1_000_000))
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"
