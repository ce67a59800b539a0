"""The parts of which Slack messages consist: what a message shows, and its paragraphs, links and buttons.

Slack calls the parts of a message blocks. Texts of items are only put into elements in which Slack parses no markup.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Any

from msgspec import Struct

from connectors.slack import formatting
from connectors.slack.validation import BUTTON_VALUE
from rules.message_templates import format_day
from rules.model import DecisionKind
from sync.decisions.clicks import OfferedAnswer
from sync.decisions.question_kinds import ANSWERS, QuestionKind
from sync.messages import Messages
from sync.report.agenda import Agenda
from sync.report.open_decisions import OpenDecision
from sync.report.runway import Runway
from sync.store.pulses import OpenPulse

# Lengths are numbers of characters. Longer texts are cut, so that no single text fills a message.
MAX_QUESTION_LENGTH = 400
"""The maximum length of a question, or of what to do about it."""
MAX_LINE_LENGTH = 300
"""The maximum length of a line of text about several items."""
MAX_EVIDENCE_LENGTH = 200
"""The maximum length of the text about what rules found in one item."""
_MAX_TITLE_LENGTH = 120
MAX_NAME_LENGTH = 100
"""The maximum length of a key, of a name, or of an entry in a list within a sentence."""
MAX_SHORT_NAME_LENGTH = 40
"""The maximum length of the name of a tracker, a team, a sprint or a role within a sentence."""
MAX_LISTED = 3
"""The maximum number of entries of a list that are shown; the others are only counted."""
_MAX_HEADER_LENGTH = 150
"""The maximum length that Slack allows for a header."""
RESERVED_CHARACTERS = 800
"""The number of characters that are kept free for what follows a list."""

Block = dict[str, Any]
"""A part of a message, as Slack's API defines it."""
ListAddress = Callable[[str, Sequence[str]], str]
"""Returns the address of a tracker's page that lists given items, from the tracker's name and the items' keys."""


class Audience(Enum):
    """The readers of a channel."""

    EVERYBODY = "everybody"
    """The team and the admin, whose part comes last."""
    TEAM = "team"
    """Only the team, because the admin has a channel of their own."""
    ADMIN = "admin"
    """Only the admin, who gets what only an admin can act on."""


class ReportChannel(Struct, frozen=True, kw_only=True):
    """A Slack channel, and how its messages look.

    Attributes:
        name: The name of the channel in the configuration; empty for a message that is not sent to Slack.
        due_refinement: The time of the refinement meeting whose agenda is due; None if there is none.
        has_buttons: Whether people can answer with buttons.
        list_address: Returns the address of the page that lists given items in their tracker.
        mentions: The ids of the people to mention for roles, by the displayed name of the role.
        page_url: The address of the report page; empty if people cannot open it.
        pulse_team: The team whose pulse (an anonymous survey) is opened in this channel; empty if there is none.
        due_pulse: The period that a pulse in the next new message has to be about; empty if none has to be opened.
    """

    name: str = ""
    audience: Audience = Audience.EVERYBODY
    due_refinement: datetime | None = None
    has_buttons: bool = False
    list_address: ListAddress = lambda _tracker, _keys: ""
    mentions: Mapping[str, str] = {}
    page_url: str = ""
    pulse_team: str = ""
    due_pulse: str = ""

    def user_to_mention(self, role: str) -> str:
        """The id of the person to mention for a role; empty if there is nobody."""
        return next((user for name, user in self.mentions.items() if name.casefold() == role.casefold()), "")


class MessageLayout(Struct, frozen=True, kw_only=True):
    """Which parts of a digest a message shows, and how.

    Attributes:
        now: The current time, in the team's time zone.
        is_agenda: Whether it is the agenda of a refinement meeting, with all open decisions, or else about new ones.
        refinement: The time of the refinement meeting that the agenda is for; None if it is not known.
        earlier_count: The number of open questions that earlier messages have already shown.
        pulse: The pulse whose button the message has; None if it has none.
    """

    now: datetime
    messages: Messages
    channel: ReportChannel = ReportChannel()
    is_agenda: bool = True
    refinement: datetime | None = None
    earlier_count: int = 0
    pulse: OpenPulse | None = None


class Reply(Struct, frozen=True):
    """A reply in the thread of a message.

    Attributes:
        topic: The id of the topic, or another name that distinguishes the reply from the others in the thread.
        text: The text for notifications and screen readers.
    """

    topic: str
    text: str
    blocks: list[Block]


class ReportMessage(Struct, frozen=True):
    """A message, its text for notifications and screen readers, and the replies in its thread."""

    text: str
    blocks: list[Block]
    replies: tuple[Reply, ...] = ()


class Topic(Struct, frozen=True):
    """Decisions with the same main question, which is the first if several questions are about the same item.

    Attributes:
        role: The displayed name of the role that the first decision is for; empty for the whole team.
    """

    question: str
    role: str
    decisions: list[OpenDecision]

    @property
    def id(self) -> str:
        """A short hash, by which a later run finds the reply about this topic."""
        return hashlib.sha256(f"{self.role}\0{self.question}".encode()).hexdigest()[:12]


def topic_line(topic: Topic, texts: Messages) -> str:
    """A line with a question, the role that it is for, and the number of its items."""
    question = truncate(topic.question, MAX_QUESTION_LENGTH)
    item_count = sum(1 for decision in topic.decisions if decision.key)
    if not item_count:
        return texts.text("report.topic-for-team", question=question)
    role = truncate(topic.role, MAX_SHORT_NAME_LENGTH)
    key = "report.topic" if role else "report.topic-for-all"
    return texts.text(key, count=item_count, role=role, question=question)


def agenda_line(agenda: Agenda, texts: Messages) -> str:
    """A sentence that sums up an agenda."""
    return texts.text(
        "report.agenda-in-thread-for-sprint" if agenda.sprint else "report.agenda-in-thread",
        count=agenda.open_count,
        team=truncate(agenda.team, MAX_SHORT_NAME_LENGTH),
        sprint=truncate(agenda.sprint, MAX_SHORT_NAME_LENGTH),
        all=agenda.next_up_count,
        minutes=agenda.minutes,
    )


def runway_line(runway: Runway, texts: Messages) -> str:
    """A sentence that says how long the ready items of a team last."""
    team = truncate(runway.team, MAX_SHORT_NAME_LENGTH)
    if runway.sprints is None:
        line = texts.text(
            "report.ready-without-pace", count=runway.ready, team=team, all=runway.judged, finished=runway.finished
        )
    else:
        line = texts.text(
            "report.runway",
            count=runway.ready,
            team=team,
            all=runway.judged,
            sprints=runway.sprints,
            finished=runway.finished,
        )
    return f"{line} {texts.text('report.runway-unknown', count=runway.unknown)}" if runway.unknown else line


def buttons(decision: OpenDecision, layout: MessageLayout) -> Iterator[Block]:
    """Yield the buttons that answer a question about an item: a link to the item, and the answers that fit."""
    answers = [
        OfferedAnswer(kind, decision.tracker, decision.key, _answered_rules(kind, decision))
        for kind in ANSWERS[decision.kind]
        if kind.is_about_the_item or decision.rules
    ]
    yield from answer_buttons(answers, decision.kind, decision.link, layout)


def answer_buttons(
    answers: Sequence[OfferedAnswer], kind: QuestionKind, link: str, layout: MessageLayout
) -> Iterator[Block]:
    """Yield a row of buttons for answers; none if a value would be too long for Slack.

    Args:
        answers: The answers, all about the same item.
        kind: The kind of the question, which some labels depend on.
    """
    if not layout.channel.has_buttons or not answers or not answers[0].key:
        return
    if any(len(answer.encode()) > BUTTON_VALUE.max for answer in answers):
        return
    texts = layout.messages
    open_item = formatting.link_button(texts.text("report.open-item", item=answers[0].key), "open-item", link)
    yield formatting.actions(
        *([open_item] if open_item else []),
        *(
            formatting.button(answer_label(answer.kind, kind, texts), f"answer-{answer.kind}", answer.encode())
            for answer in answers
        ),
    )


def answer_label(answer: DecisionKind, kind: QuestionKind, texts: Messages) -> str:
    """The label of a button. The label for "waive" depends on the kind of question."""
    name = f"{answer}-{kind}" if answer is DecisionKind.WAIVE else answer
    return texts.name("report.buttons", name)


def answer_instructions(decision: OpenDecision, layout: MessageLayout) -> str:
    """Say how to answer a question about an item: by commands or, if there are buttons, by changing the item."""
    group = "how-to-answer-with-buttons" if layout.channel.has_buttons else "how-to-answer"
    rule = decision.rules[0] if decision.rules else ""
    return layout.messages.text(f"report.{group}.{decision.kind}", rule=rule)


def _answered_rules(kind: DecisionKind, decision: OpenDecision) -> tuple[str, ...]:
    """The rules that an answer is about. "Wrong" is only about the first rule, whose question the message shows."""
    if kind.is_about_the_item:
        return ()
    return decision.rules[:1] if kind is DecisionKind.WRONG else decision.rules


def header(text: str) -> Block:
    return {"type": "header", "text": formatting.plain_text(text, _MAX_HEADER_LENGTH)}


def paragraph(text: str, *, bold: bool = False) -> Block:
    """A paragraph of plain text."""
    return rich_paragraph(formatting.text_element(text, bold=bold))


def rich_paragraph(*elements: Block) -> Block:
    """A paragraph of texts and links."""
    return formatting.rich_text(formatting.rich_text_section(*elements))


def bullet_list(lines: Iterable[str]) -> Block:
    """A list of plain texts, as part of a block."""
    return formatting.rich_text_list(*(formatting.rich_text_section(formatting.text_element(line)) for line in lines))


def linked_title(key: str, title: str, link: str, note: str = "") -> list[Block]:
    """A linked key and a title, followed by a note if there is one."""
    return [
        formatting.link_element(link, truncate(key, MAX_NAME_LENGTH)),
        formatting.text_element(f" {truncate(title, _MAX_TITLE_LENGTH)}"),
        *([formatting.text_element(note)] if note else []),
    ]


def format_time(time: datetime, now: datetime, texts: Messages) -> str:
    """Format a time in the time zone of `now`, which is the team's."""
    local = time.astimezone(now.tzinfo)
    return f"{format_day(f'{local:%Y-%m-%d}', texts.locale_format)} {local:%H:%M %Z}"


def truncate(text: str, max_length: int) -> str:
    """Convert a text to one line of limited length."""
    return formatting.truncate(" ".join(text.split()), max_length)
