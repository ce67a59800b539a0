"""The Slack message of a digest: counts, reasons and buttons first; what to do about each topic in its thread."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from enum import Enum
from itertools import chain
from typing import Any

from msgspec import Struct

from connectors.slack import TEXT_BUDGET, count_text_characters, formatting
from connectors.slack.validation import BUTTON_VALUE
from rules.message_templates import format_day
from sync.decisions.clicks import OFFERED_ANSWERS, OfferedAnswer
from sync.messages import Messages, shipped_messages
from sync.report.agenda import Agenda
from sync.report.digest import Digest, OpenDecision, TrackerDigest

_MAX_QUESTION_LENGTH = 400
_MAX_TITLE_LENGTH = 120
_MAX_LINE_LENGTH = 300
_MAX_WHY_LENGTH = 200
_MAX_NAME_LENGTH = 100
_MAX_SHORT_NAME_LENGTH = 40
_MAX_TRACKERS = 15
_MAX_COUNTED_TRACKERS = 25
_MAX_TROUBLES = 5
_MAX_TOPICS = 5
_MAX_AGENDA_ITEMS = 25
_MAX_LISTED = 3
_MAX_ITEM_BLOCKS = 44
"""Slack allows 50 blocks; the others are the heading, what is left out, and how to answer."""
_ROOM_FOR_THE_REST = 800
"""Characters that are kept free for what follows a list."""

Block = dict[str, Any]
ListAddress = Callable[[str, Sequence[str]], str]
"""The address of a tracker's page that lists some items, by the tracker's name and their keys."""

AGENDA, MOVES, ADMIN, DETAILS = "agenda", "moves", "admin", "details"
"""Topics of replies that are not about a question."""


class Audience(Enum):
    """Who reads a channel."""

    EVERYBODY = "everybody"
    """The team and the admin, whose part comes last."""
    TEAM = "team"
    ADMIN = "admin"


class Layout(Struct, frozen=True, kw_only=True):
    """What a message shows of a digest, and how.

    Attributes:
        now: The current time, in the team's time zone.
        messages: The texts to use.
        audience: Who reads it.
        is_agenda: Whether it is the agenda: all that comes next. Otherwise it is about new decisions.
        refinement: The time of the refinement that the agenda is for; None if it is not known.
        earlier: Number of open decisions that earlier messages told.
        has_buttons: Whether people can answer by buttons.
        list_address: Finds the page that lists some items.
    """

    now: datetime
    messages: Messages
    audience: Audience = Audience.EVERYBODY
    is_agenda: bool = True
    refinement: datetime | None = None
    earlier: int = 0
    has_buttons: bool = False
    list_address: ListAddress = lambda _tracker, _keys: ""


class Reply(Struct, frozen=True):
    """A reply in the thread of a message."""

    topic: str
    text: str
    blocks: list[Block]


class ReportMessage(Struct, frozen=True):
    """A message, its text for notifications and screen readers, and the replies in its thread."""

    text: str
    blocks: list[Block]
    replies: tuple[Reply, ...] = ()


class _Topic(Struct, frozen=True):
    """Decisions with the same question to the same role."""

    question: str
    role: str
    decisions: list[OpenDecision]

    @property
    def id(self) -> str:
        """Identifies its reply."""
        return hashlib.sha256(f"{self.role}\0{self.question}".encode()).hexdigest()[:12]


def make_message(digest: Digest, layout: Layout) -> ReportMessage:
    """The message about a digest. Item text is only put where Slack does not parse markup."""
    if layout.audience is Audience.ADMIN:
        return ReportMessage(fallback_text(digest, layout), _admin_blocks(digest, layout))
    topics = [
        _Topic(decisions[0].question, decisions[0].role, decisions)
        for decisions in list(digest.decisions_by_question.values())[:_MAX_TOPICS]
    ]
    blocks = [
        _header(_title(digest, layout)),
        *_shadow_note(digest, layout.messages),
        *_decisions(digest, topics, layout),
        *_tracker_counts(digest, layout),
        *_in_thread(digest, layout),
        _footer(digest, layout),
    ]
    replies = [
        *_agenda_reply(digest, layout),
        *(_topic_reply(topic, layout) for topic in topics),
        *_moves_reply(digest, layout),
        *_details_reply(digest, layout),
        *_admin_reply(digest, layout),
    ]
    return ReportMessage(fallback_text(digest, layout), blocks, tuple(replies))


def done_reply(topic: str, messages: Messages) -> Reply:
    """What a reply says when nothing is left of its topic."""
    text = messages.text("report.topic-done")
    return Reply(topic, text, [_paragraph(text)])


def fallback_text(digest: Digest, layout: Layout) -> str:
    """The message in one line, for notifications and screen readers."""
    texts = layout.messages
    names = _truncate(", ".join(part.tracker for part in digest.trackers), _MAX_LINE_LENGTH)
    if layout.audience is Audience.ADMIN:
        lines = [line for part in digest.trackers for line in (part.trouble, *_admin_lines(part, texts)) if line]
        return texts.text(
            "report.admin-line", first=_truncate((lines or [texts.text("report.admin-nothing")])[0], _MAX_LINE_LENGTH)
        )
    decisions = digest.decisions
    line = texts.text("report.nothing-line", trackers=names)
    if decisions:
        first = _truncate(f"{decisions[0].key} {decisions[0].question}", _MAX_QUESTION_LENGTH)
        key = "report.line" if layout.is_agenda else "report.news-line"
        line = texts.text(key, count=len(decisions), trackers=names, first=first)
    return texts.text("report.line-in-shadow", line=line) if _is_all_shadow(digest) else line


def as_text(message: ReportMessage, messages: Messages | None = None) -> str:
    """The message with its thread as plain text, for a preview on a terminal."""
    texts = messages or shipped_messages()
    lines = list(_lines(message.blocks))
    if message.replies:
        lines += ["", texts.text("report.thread")]
    for reply in message.replies:
        lines += ["", *(f"  {line}" for line in _lines(reply.blocks))]
    return "\n".join(lines)


def _title(digest: Digest, layout: Layout) -> str:
    names = ", ".join(part.tracker for part in digest.trackers)
    texts = layout.messages
    if _is_all_shadow(digest):
        return texts.text("report.title-in-shadow", trackers=names)
    if layout.is_agenda and layout.refinement is not None:
        at = layout.refinement
        return texts.text("report.agenda-title", day=f"{at:%Y-%m-%d}", time=f"{at:%H:%M}", trackers=names)
    return texts.text("report.title", trackers=names)


def _header(text: str) -> Block:
    return {"type": "header", "text": formatting.plain_text(text, 150)}


def _is_all_shadow(digest: Digest) -> bool:
    return bool(digest.trackers) and all(part.mode == "shadow" for part in digest.trackers)


def _shadow_note(digest: Digest, texts: Messages) -> Iterator[Block]:
    """Which trackers are in shadow mode, unless the title says so."""
    in_shadow = [part.tracker for part in digest.trackers if part.mode == "shadow"]
    if in_shadow and not _is_all_shadow(digest):
        yield _paragraph(
            _truncate(texts.text("report.some-in-shadow", trackers=", ".join(in_shadow)), _MAX_LINE_LENGTH)
        )


def _decisions(digest: Digest, topics: Sequence[_Topic], layout: Layout) -> Iterator[Block]:
    """How many decisions are needed, each topic in a line, and the first item with its buttons."""
    texts = layout.messages
    shown = [decision for topic in topics for decision in topic.decisions]
    if not shown:
        yield _paragraph(texts.text(_nothing_to_decide(digest, layout)))
        return
    more = sum(len(part.decisions) for part in digest.trackers) - len(shown)
    lines = [formatting.rich_text_section(formatting.text_element(_topic_line(topic, texts))) for topic in topics]
    yield formatting.rich_text(
        formatting.rich_text_section(
            formatting.text_element(_count_line(len(shown), more, layout), bold=True),
            *_more_link(digest, shown, layout),
        ),
        formatting.rich_text_list(*lines),
    )
    first = next((decision for decision in shown if decision.key), None)
    if first is not None:
        yield formatting.rich_text(
            formatting.rich_text_section(
                formatting.text_element(f"{texts.text('report.first')} ", bold=True),
                *_item_elements(first),
                *([formatting.text_element(f" – {_truncate(first.why, _MAX_WHY_LENGTH)}")] if first.why else []),
            )
        )
        yield from _buttons(first, layout)


def _nothing_to_decide(digest: Digest, layout: Layout) -> str:
    if layout.is_agenda:
        return "report.nothing-wanted"
    is_for_admin = layout.audience is Audience.EVERYBODY and digest.has_admin_matters
    return "report.nothing-new" if is_for_admin else "report.news-done"


def _count_line(count: int, more: int, layout: Layout) -> str:
    texts = layout.messages
    if not layout.is_agenda:
        line = texts.text("report.news", count=count + more)
        return f"{line} {texts.text('report.earlier', count=layout.earlier)}" if layout.earlier else line
    if more:
        return texts.text("report.wanted-more", count=count, more=more)
    return texts.text("report.wanted", count=count)


def _more_link(digest: Digest, shown: Sequence[OpenDecision], layout: Layout) -> Iterator[Any]:
    """A link to all items behind the count, where there is one tracker. Otherwise each tracker has its own link."""
    if len(digest.trackers) == 1 and len(shown) > 1:
        address = _address_of_all(digest.trackers[0], layout)
        if address:
            yield formatting.text_element(" ")
            yield formatting.link_element(address, layout.messages.text("report.show-all"))


def _address_of_all(part: TrackerDigest, layout: Layout) -> str:
    keys = list(dict.fromkeys(decision.key for decision in part.decisions if decision.key))
    return layout.list_address(part.tracker, keys)


def _topic_line(topic: _Topic, texts: Messages) -> str:
    question = _truncate(topic.question, _MAX_QUESTION_LENGTH)
    about = [decision for decision in topic.decisions if decision.key]
    if not about:
        return texts.text("report.topic-for-team", question=question)
    role = _truncate(topic.role, _MAX_SHORT_NAME_LENGTH)
    key = "report.topic" if role else "report.topic-for-all"
    return texts.text(key, count=len(about), role=role, question=question)


def _tracker_counts(digest: Digest, layout: Layout) -> Iterator[Block]:
    """Where the decisions are, if there are several trackers."""
    if len(digest.trackers) < 2:
        return
    texts = layout.messages
    asking = [part for part in digest.trackers if part.decisions]
    quiet = [_truncate(part.tracker, _MAX_SHORT_NAME_LENGTH) for part in digest.trackers if not part.decisions]
    elements: list[Any] = []
    for part in asking[:_MAX_COUNTED_TRACKERS]:
        elements.append(formatting.text_element(" · " if elements else f"{texts.text('report.by-tracker')} "))
        name = f"{_truncate(part.tracker, _MAX_SHORT_NAME_LENGTH)}: {len(part.decisions)}"
        elements.append(formatting.link_element(_address_of_all(part, layout), name))
    if (hidden := len(asking) - _MAX_COUNTED_TRACKERS) > 0:
        elements.append(formatting.text_element(" " + texts.text("report.more-trackers", count=hidden)))
    if quiet and asking:
        line = texts.text("report.nothing-in", trackers=_truncate(", ".join(quiet), _MAX_LINE_LENGTH))
        elements.append(formatting.text_element(f"\n{line}"))
    if elements:
        yield formatting.rich_text(formatting.rich_text_section(*elements))


def _in_thread(digest: Digest, layout: Layout) -> Iterator[Block]:
    """What else is in the thread, in one line each; the admin's matters last."""
    texts = layout.messages
    lines = []
    if layout.is_agenda:
        lines += [_agenda_line(agenda, texts) for agenda in _agendas(digest)[:_MAX_LISTED]]
        if digest.moves:
            lines.append(texts.text("report.moves-in-thread", count=len(digest.moves)))
    if layout.audience is Audience.EVERYBODY and (count := len(_admin_matters(digest, texts))):
        lines.append(texts.text("report.admin-in-thread", count=count))
    if lines:
        yield formatting.rich_text(
            formatting.rich_text_list(
                *(
                    formatting.rich_text_section(formatting.text_element(_truncate(line, _MAX_LINE_LENGTH)))
                    for line in lines
                )
            )
        )


def _footer(digest: Digest, layout: Layout) -> Block:
    """The time of the last successful round, and since when data is stale."""
    texts, now = layout.messages, layout.now
    named = len(digest.trackers) > 1
    troubled = [part for part in digest.trackers if part.trouble]
    lines = []
    for part in troubled[:_MAX_TROUBLES]:
        since = part.last_good or part.trouble_since or now
        line = texts.text("report.stale", at=_time(since, now, texts), why=part.trouble)
        lines.append(f"{_truncate(part.tracker, _MAX_SHORT_NAME_LENGTH)}: {line}" if named else line)
    if (hidden := len(troubled) - _MAX_TROUBLES) > 0:
        lines.append(texts.text("report.more-trackers", count=hidden))
    good = [part.last_good for part in digest.trackers if part.last_good and not part.trouble]
    if good:
        lines.append(texts.text("report.last-good", at=_time(min(good), now, texts)))
    lines = lines or [texts.text("report.no-round")]
    lines.append(texts.text("report.answer-in-thread") if digest.decisions else "Backlog Steward")
    return {"type": "context", "elements": [formatting.plain_text(line, _MAX_LINE_LENGTH) for line in lines]}


def _agendas(digest: Digest) -> list[Agenda]:
    return [agenda for part in digest.trackers for agenda in part.agendas if agenda.entries]


def _agenda_line(agenda: Agenda, texts: Messages) -> str:
    count = len(agenda.entries) + len(agenda.later)
    return texts.text(
        "report.agenda-in-thread",
        count=count,
        team=_truncate(agenda.team, _MAX_SHORT_NAME_LENGTH),
        all=agenda.next_up_count,
        minutes=agenda.minutes,
    )


def _agenda_reply(digest: Digest, layout: Layout) -> Iterator[Reply]:
    agendas = _agendas(digest)
    if not agendas or not layout.is_agenda:
        return
    texts = layout.messages
    text = texts.text("report.action-for-agenda")
    blocks = [_paragraph(text, bold=True)]
    shown = 0
    for agenda in agendas:
        sections = []
        for entry in agenda.entries:
            minutes = texts.text("agenda.minutes", count=entry.minutes)
            roles = texts.join(tuple(dict.fromkeys(question.role for question in entry.questions)))
            sections.append(
                formatting.rich_text_section(
                    *_elements(entry.key, entry.title, entry.link),
                    formatting.text_element(f" ({minutes}, {_truncate(roles, _MAX_NAME_LENGTH)})"),
                )
            )
        fitting = sections[: max(0, _MAX_AGENDA_ITEMS - shown)]
        block = formatting.rich_text(
            formatting.rich_text_section(formatting.text_element(_agenda_line(agenda, texts))),
            *([formatting.rich_text_list(*fitting, ordered=True)] if fitting else []),
        )
        if count_text_characters([*blocks, block]) > TEXT_BUDGET - _ROOM_FOR_THE_REST or len(blocks) > _MAX_TRACKERS:
            blocks.append(_paragraph(texts.text("report.more-teams", count=len(agendas) - len(blocks) + 1)))
            break
        shown += len(fitting)
        blocks.append(block)
    yield Reply(AGENDA, text, blocks)


def _topic_reply(topic: _Topic, layout: Layout) -> Reply:
    """What to do about a topic, then its items, each with its buttons, and how to answer without them."""
    texts = layout.messages
    actions = list(dict.fromkeys(decision.action for decision in topic.decisions))
    is_same_action = len(actions) == 1
    action = (actions[0] or topic.question) if is_same_action else texts.text("report.action-for-each")
    action = _truncate(action, _MAX_QUESTION_LENGTH)
    line = _topic_line(topic, texts)
    blocks = [
        formatting.rich_text(
            formatting.rich_text_section(formatting.text_element(f"{action}\n", bold=True)),
            formatting.rich_text_section(formatting.text_element(line)),
        )
    ]
    about = [decision for decision in topic.decisions if decision.key]
    same_why = len({decision.why for decision in about}) == 1 and len(about) > 1
    if same_why and about[0].why:
        blocks.append(_paragraph(_truncate(about[0].why, _MAX_LINE_LENGTH)))
    for number, decision in enumerate(about):
        reasons = ["" if same_why else decision.why, "" if is_same_action else decision.action]
        why = "\n".join(_truncate(reason, _MAX_WHY_LENGTH) for reason in reasons if reason)
        item = [
            formatting.rich_text(
                formatting.rich_text_section(
                    *_item_elements(decision), *([formatting.text_element(f"\n{why}")] if why else [])
                )
            ),
            *_buttons(decision, layout),
        ]
        has_room = count_text_characters([*blocks, *item]) < TEXT_BUDGET - _ROOM_FOR_THE_REST
        if not has_room or len(blocks) + len(item) > _MAX_ITEM_BLOCKS:
            blocks.append(_paragraph(texts.text("report.more-items", count=len(about) - number)))
            break
        blocks += item
    if about:
        rule = topic.decisions[0].rules[0] if topic.decisions[0].rules else ""
        how = texts.text("report.commands", rule=rule) if rule else texts.text("report.commands-for-item")
        blocks.append({"type": "context", "elements": [formatting.plain_text(how)]})
    return Reply(topic.id, f"{action} {line}", blocks)


def _buttons(decision: OpenDecision, layout: Layout) -> Iterator[Block]:
    if not layout.has_buttons or not decision.key:
        return
    answers = [
        OfferedAnswer(kind, decision.tracker, decision.key, () if kind.is_about_the_item else decision.rules)
        for kind in OFFERED_ANSWERS
        if kind.is_about_the_item or decision.rules
    ]
    if all(len(answer.encode()) <= BUTTON_VALUE.max for answer in answers):
        yield formatting.actions(
            *(
                formatting.button(
                    layout.messages.name("report.buttons", answer.kind), f"answer-{answer.kind}", answer.encode()
                )
                for answer in answers
            )
        )


def _moves_reply(digest: Digest, layout: Layout) -> Iterator[Reply]:
    if not digest.moves or not layout.is_agenda:
        return
    text = layout.messages.text("report.action-for-moves")
    moves = [
        formatting.rich_text_section(
            *_elements(move.key, move.title, move.url),
            formatting.text_element(f": {_truncate(move.reasons[0], _MAX_LINE_LENGTH)}"),
        )
        for move in digest.moves
    ]
    yield Reply(MOVES, text, [_paragraph(text, formatting.rich_text_list(*moves), bold=True)])


def _details_reply(digest: Digest, layout: Layout) -> Iterator[Reply]:
    texts = layout.messages
    text = texts.text("report.details")
    blocks = list(_with_sections([_paragraph(text, bold=True)], digest, layout, _team_lines))
    if len(blocks) > 1:
        yield Reply(DETAILS, text, blocks)


def _admin_reply(digest: Digest, layout: Layout) -> Iterator[Reply]:
    if layout.audience is not Audience.EVERYBODY or not _admin_matters(digest, layout.messages):
        return
    text = layout.messages.text("report.for-admin")
    blocks = _with_sections([_paragraph(text, bold=True)], digest, layout, _admin_lines)
    yield Reply(ADMIN, text, list(blocks))


def _admin_matters(digest: Digest, texts: Messages) -> list[str]:
    return [line for part in digest.trackers for line in _admin_lines(part, texts)]


def _admin_blocks(digest: Digest, layout: Layout) -> list[Block]:
    """The message for the admin, which is short enough to be read without a thread."""
    texts = layout.messages
    names = ", ".join(part.tracker for part in digest.trackers)
    blocks = [_header(texts.text("report.admin-title", trackers=names))]
    if not digest.has_admin_matters:
        blocks.append(_paragraph(texts.text("report.admin-nothing")))
    return [*_with_sections(blocks, digest, layout, _admin_lines), _footer(digest, layout)]


def _with_sections(
    blocks: list[Block],
    digest: Digest,
    layout: Layout,
    get_lines: Callable[[TrackerDigest, Messages], Iterator[str]],
) -> list[Block]:
    """Add the lines of each tracker, as far as they fit. Trackers with errors come first."""
    texts = layout.messages
    sections = []
    for part in sorted(digest.trackers, key=lambda part: not part.trouble):
        lines = list(get_lines(part, texts))
        if lines and len(digest.trackers) > 1:
            lines[0] = f"{_truncate(part.tracker, _MAX_NAME_LENGTH)}: {lines[0]}"
        if lines:
            sections.append(_paragraph("\n".join(lines)))
    for number, section in enumerate(sections):
        has_room = count_text_characters([*blocks, section]) <= TEXT_BUDGET - 2 * _ROOM_FOR_THE_REST
        if number == _MAX_TRACKERS or not has_room:
            return [*blocks, _paragraph(texts.text("report.more-trackers", count=len(sections) - number))]
        blocks = [*blocks, section]
    return blocks


def _team_lines(part: TrackerDigest, texts: Messages) -> Iterator[str]:
    yield texts.text("report.open", count=part.open_items)
    yield from _writing(part, texts)
    yield from _unraised(part, texts)
    yield from (_truncate(line, _MAX_LINE_LENGTH) for line in part.scores)
    yield from (
        texts.text("report.not-judged", what=_truncate(limit, _MAX_LINE_LENGTH)) for limit in _first(part.limits)
    )
    yield from _answers(part, texts)


def _admin_lines(part: TrackerDigest, texts: Messages) -> Iterator[str]:
    """What only an admin can do something about: an approval, notes, and what was refused or could not be read."""
    if part.approval:
        yield _truncate(part.approval, _MAX_LINE_LENGTH)
    yield from (_truncate(note, _MAX_LINE_LENGTH) for note in _first(part.notes))
    yield from _skipped(part, texts)


def _first(entries: Iterable[Any]) -> list[Any]:
    return list(entries)[:_MAX_LISTED]


def _writing(part: TrackerDigest, texts: Messages) -> Iterator[str]:
    effects = ((count, texts.name("report.effects", effect)) for effect, count in part.written.items() if count)
    written = ", ".join(f"{count} {effect}" for count, effect in effects)
    yield texts.text("report.written", what=written) if written else texts.text("report.nothing-written")
    if part.mode == "shadow" and part.planned:
        yield texts.text("report.shadow", count=part.planned)
    if part.blocked_reason and part.mode == "write":
        yield texts.text("report.not-written", why=_truncate(part.blocked_reason, _MAX_LINE_LENGTH))
    if part.waiting:
        yield texts.text("report.waiting", count=part.waiting)


def _unraised(part: TrackerDigest, texts: Messages) -> Iterator[str]:
    counts = [f"{count} ({texts.name('report.states', state)})" for state, count in part.unraised_by_state.items()]
    if counts:
        yield texts.text("report.held", what=", ".join(counts))


def _skipped(part: TrackerDigest, texts: Messages) -> Iterator[str]:
    listed = "; ".join(_truncate(problem, _MAX_NAME_LENGTH) for problem in part.skipped[:_MAX_LISTED])
    more = len(part.skipped) - _MAX_LISTED
    if more > 0:
        yield texts.text("report.skipped-more", count=more, what=listed)
    elif listed:
        yield texts.text("report.skipped", what=listed)


def _answers(part: TrackerDigest, texts: Messages) -> Iterator[str]:
    listed = "; ".join(_truncate(answer, _MAX_NAME_LENGTH) for answer in part.answers[:_MAX_LISTED])
    more = len(part.answers) - _MAX_LISTED
    if more > 0:
        yield texts.text("report.answers-more", count=more, what=listed)
    elif listed:
        yield texts.text("report.answers", what=listed)


def _item_elements(decision: OpenDecision) -> list[Any]:
    return _elements(decision.key, decision.title, decision.link)


def _elements(key: str, title: str, link: str) -> list[Any]:
    return [
        formatting.link_element(link, _truncate(key, _MAX_NAME_LENGTH)),
        formatting.text_element(f" {_truncate(title, _MAX_TITLE_LENGTH)}"),
    ]


def _paragraph(text: str, *more: Any, bold: bool = False) -> Block:
    return formatting.rich_text(formatting.rich_text_section(formatting.text_element(text, bold=bold)), *more)


def _time(time: datetime, now: datetime, texts: Messages) -> str:
    """A time, formatted in the time zone of `now`, which is the team's."""
    local = time.astimezone(now.tzinfo)
    return f"{format_day(f'{local:%Y-%m-%d}', texts.locale_format)} {local:%H:%M %Z}"


def _truncate(text: str, max_length: int) -> str:
    return formatting.truncate(" ".join(text.split()), max_length)


def _lines(blocks: Iterable[Block]) -> Iterator[str]:
    return chain.from_iterable(_block_lines(block) for block in blocks)


def _block_lines(block: Block) -> Iterator[str]:
    match block["type"]:
        case "header":
            yield block["text"]["text"]
        case "context":
            yield from (element["text"] for element in block["elements"])
        case "rich_text":
            for part in block["elements"]:
                is_list = part["type"] == "rich_text_list"
                for section in part["elements"] if is_list else [part]:
                    words = "".join(element["text"] for element in section["elements"])
                    yield from ([f"- {words}"] if is_list else words.rstrip("\n").split("\n"))
