"""Lays out a digest as a Slack message: counts, reasons and buttons in the message, details in its thread.

A topic is a question about one or more items, or for the whole team. In shadow mode, nothing is written to the tracker.
A move is a suggestion to rank an item higher. The runway of a team is the number of sprints for which its ready items
last. A pulse is an anonymous survey of a team. `Digest.decisions` are those of `all_decisions` that a message shows.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from connectors.slack import formatting
from sync.messages import Messages
from sync.report.alerts import make_alerts
from sync.report.digest import Digest, TrackerDigest
from sync.report.open_decisions import OpenDecision, count_questions
from sync.report.slack_alerts import alert_blocks, alert_replies
from sync.report.slack_parts import (
    MAX_EVIDENCE_LENGTH,
    MAX_LINE_LENGTH,
    MAX_LISTED,
    MAX_QUESTION_LENGTH,
    MAX_SHORT_NAME_LENGTH,
    Audience,
    Block,
    MessageLayout,
    ReportMessage,
    Topic,
    agenda_line,
    bullet_list,
    buttons,
    format_time,
    header,
    linked_title,
    paragraph,
    rich_paragraph,
    runway_line,
    topic_line,
    truncate,
)
from sync.report.slack_pulse import pulse_blocks, pulse_reply
from sync.report.slack_thread import admin_reply, agenda_reply, details_reply, moves_reply, topic_reply
from sync.report.slack_tracker_lines import add_sections, admin_lines, all_admin_lines

_MAX_COUNTED_TRACKERS = 25
_MAX_TROUBLED_TRACKERS = 5
_MAX_TOPICS = 5
"""The maximum numbers of trackers with counts, of trackers with stale data, and of topics that a message shows."""
_LONG_WAIT = timedelta(weeks=2)
"""A question that has been open for this time is named as waiting."""


def make_message(digest: Digest, layout: MessageLayout) -> ReportMessage:
    """Make the message about a digest. Texts of items are only put where Slack does not parse markup."""
    if layout.channel.audience is Audience.ADMIN:
        return ReportMessage(_fallback_text(digest, layout), _admin_blocks(digest, layout))
    topics = _group_by_question(digest.decisions)[:_MAX_TOPICS]
    alerts = make_alerts(digest, layout.messages)
    blocks = [
        header(_title(digest, layout)),
        *_shadow_note(digest, layout.messages),
        *alert_blocks(alerts, layout.messages),
        *([] if alerts and not topics else _decision_blocks(digest, topics, layout)),
        *_tracker_counts(digest, layout),
        *_thread_summary(digest, layout),
        *pulse_blocks(layout),
        _footer(digest, layout),
    ]
    replies = [
        *alert_replies(alerts, layout),
        *agenda_reply(digest, layout),
        *(topic_reply(topic, layout) for topic in topics),
        *moves_reply(digest, layout),
        *pulse_reply(digest, layout),
        *details_reply(digest, layout),
        *admin_reply(digest, layout),
    ]
    return ReportMessage(_fallback_text(digest, layout), blocks, tuple(replies))


def _group_by_question(decisions: Sequence[OpenDecision]) -> list[Topic]:
    """Group the decisions by their main question, in the order of the first item in each group."""
    topics: dict[str, Topic] = {}
    for decision in decisions:
        question = decision.main_question
        topics.setdefault(question, Topic(question, decision.role, [])).decisions.append(decision)
    return list(topics.values())


def _fallback_text(digest: Digest, layout: MessageLayout) -> str:
    """The message in one line, for notifications and screen readers."""
    texts = layout.messages
    names = truncate(", ".join(part.tracker for part in digest.trackers), MAX_LINE_LENGTH)
    if layout.channel.audience is Audience.ADMIN:
        lines = [line for part in digest.trackers for line in (part.trouble, *admin_lines(part, texts)) if line]
        return texts.text(
            "report.admin-line", first=truncate((lines or [texts.text("report.admin-nothing")])[0], MAX_LINE_LENGTH)
        )
    decisions = digest.decisions
    line = texts.text("report.nothing-line", trackers=names)
    if decisions:
        first = truncate(f"{decisions[0].key} {decisions[0].question}", MAX_QUESTION_LENGTH)
        key = "report.line" if layout.is_agenda else "report.news-line"
        line = texts.text(key, count=count_questions(digest.all_decisions), trackers=names, first=first)
    if alerts := make_alerts(digest, texts):
        alert_line = f"{truncate(alerts[0].heading, MAX_LINE_LENGTH)} {alerts[0].question}"
        line = f"{alert_line} {line}" if decisions else alert_line
    return texts.text("report.line-in-shadow", line=line) if _is_all_shadow(digest) else line


def _title(digest: Digest, layout: MessageLayout) -> str:
    """The title: for an agenda, with the time of the refinement meeting if it is known."""
    names = ", ".join(part.tracker for part in digest.trackers)
    texts = layout.messages
    if _is_all_shadow(digest):
        return texts.text("report.title-in-shadow", trackers=names)
    if layout.is_agenda and layout.refinement is not None:
        at = layout.refinement
        return texts.text("report.agenda-title", day=f"{at:%Y-%m-%d}", time=f"{at:%H:%M}", trackers=names)
    return texts.text("report.title", trackers=names)


def _is_all_shadow(digest: Digest) -> bool:
    """Whether all trackers are in shadow mode, in which nothing is written."""
    return bool(digest.trackers) and all(part.mode == "shadow" for part in digest.trackers)


def _shadow_note(digest: Digest, texts: Messages) -> Iterator[Block]:
    """Yield a paragraph that names the trackers in shadow mode, unless the title says that all are."""
    in_shadow = [part.tracker for part in digest.trackers if part.mode == "shadow"]
    if in_shadow and not _is_all_shadow(digest):
        yield paragraph(truncate(texts.text("report.some-in-shadow", trackers=", ".join(in_shadow)), MAX_LINE_LENGTH))


def _decision_blocks(digest: Digest, topics: Sequence[Topic], layout: MessageLayout) -> Iterator[Block]:
    """Yield the number of open questions, a line for each topic, and the first item with its buttons."""
    texts = layout.messages
    shown = [decision for topic in topics for decision in topic.decisions]
    if not shown:
        yield paragraph(texts.text(_nothing_to_decide_id(digest, layout)))
        return
    count = count_questions(shown)
    count_of_all = count_questions(digest.all_decisions)
    message_id = "report.wanted" if layout.is_agenda else "report.news"
    if count_of_all > count:
        count_line = texts.text(f"{message_id}-first", count=count_of_all, shown=count)
    else:
        count_line = texts.text(message_id, count=count)
    yield formatting.rich_text(
        formatting.rich_text_section(
            formatting.text_element(count_line, bold=True),
            *_more_link(digest, shown, layout),
        ),
        bullet_list(topic_line(topic, texts) for topic in topics),
        *_earlier_line(layout),
    )
    first = next((decision for decision in shown if decision.key), None)
    if first is not None:
        note = f" – {truncate(first.evidence, MAX_EVIDENCE_LENGTH)}" if first.evidence else ""
        yield rich_paragraph(
            formatting.text_element(f"{texts.text('report.first')} ", bold=True),
            *linked_title(first.key, first.title, first.link, note),
        )
        yield from buttons(first, layout)


def _earlier_line(layout: MessageLayout) -> Iterator[Any]:
    """Yield how many questions from earlier messages are still open, if the message is about new ones."""
    if layout.earlier_count and not layout.is_agenda:
        line = layout.messages.text("report.earlier", count=layout.earlier_count)
        yield formatting.rich_text_section(formatting.text_element(line))


def _nothing_to_decide_id(digest: Digest, layout: MessageLayout) -> str:
    """The id of the text that says that there is nothing to decide."""
    if layout.is_agenda:
        return "report.nothing-wanted"
    is_about_admin_tasks = layout.channel.audience is Audience.EVERYBODY and digest.has_admin_tasks
    return "report.nothing-new" if is_about_admin_tasks else "report.news-done"


def _more_link(digest: Digest, shown: Sequence[OpenDecision], layout: MessageLayout) -> Iterator[Any]:
    """Yield a link to all items that need decisions, if there is one tracker. Otherwise, see `_tracker_counts`."""
    if len(digest.trackers) == 1 and len(shown) > 1:
        address = _address_of_all(digest.trackers[0], layout)
        if address:
            yield formatting.text_element(" ")
            yield formatting.link_element(address, layout.messages.text("report.show-all"))


def _address_of_all(part: TrackerDigest, layout: MessageLayout) -> str:
    """The address of the tracker's page that lists all its items with open decisions."""
    keys = list(dict.fromkeys(decision.key for decision in part.decisions if decision.key))
    return layout.channel.list_address(part.tracker, keys)


def _tracker_counts(digest: Digest, layout: MessageLayout) -> Iterator[Block]:
    """Yield a block with the number of open questions of each tracker, if there are several trackers."""
    with_decisions = [part for part in digest.trackers if part.decisions]
    if len(digest.trackers) < 2 or not with_decisions or (len(digest.all_decisions) < 2 and not layout.is_agenda):
        return
    texts = layout.messages
    names_without = [truncate(part.tracker, MAX_SHORT_NAME_LENGTH) for part in digest.trackers if not part.decisions]
    text_before = f"{texts.text('report.by-tracker', count=count_questions(digest.all_decisions))} "
    elements = []
    for part in with_decisions[:_MAX_COUNTED_TRACKERS]:
        elements.append(formatting.text_element(text_before))
        text_before = " · "
        name = f"{truncate(part.tracker, MAX_SHORT_NAME_LENGTH)}: {count_questions(part.decisions)}"
        elements.append(formatting.link_element(_address_of_all(part, layout), name))
    if (hidden := len(with_decisions) - _MAX_COUNTED_TRACKERS) > 0:
        elements.append(formatting.text_element(" " + texts.text("report.more-trackers", count=hidden)))
    if names_without and layout.is_agenda:
        line = texts.text("report.nothing-in", trackers=truncate(", ".join(names_without), MAX_LINE_LENGTH))
        elements.append(formatting.text_element(f"\n{line}"))
    yield rich_paragraph(*elements)


def _thread_summary(digest: Digest, layout: MessageLayout) -> Iterator[Block]:
    """Yield the link to the report page, and a list of what else is in the thread, the part for the admin last."""
    texts = layout.messages
    lines = []
    if layout.is_agenda:
        lines += [agenda_line(agenda, texts) for agenda in digest.agendas_with_entries[:MAX_LISTED]]
        lines += [runway_line(runway, texts) for runway in digest.runways[:MAX_LISTED]]
        lines += _waiting_longest(digest, texts)
        if digest.moves:
            lines.append(texts.text("report.moves-in-thread", count=len(digest.moves)))
    if layout.channel.audience is Audience.EVERYBODY and (count := len(all_admin_lines(digest, texts))):
        lines.append(texts.text("report.admin-in-thread", count=count))
    if layout.channel.page_url:
        yield rich_paragraph(formatting.link_element(layout.channel.page_url, texts.text("report.page-link")))
    if lines:
        yield formatting.rich_text(bullet_list(truncate(line, MAX_LINE_LENGTH) for line in lines))


def _waiting_longest(digest: Digest, texts: Messages) -> Iterator[str]:
    """Yield a line about the question that has been open for longest, if it has been open for some weeks."""
    waiting = [(decision.since, decision.key) for decision in digest.all_decisions if decision.since is not None]
    since, key = min(waiting, default=(digest.day, ""))
    if digest.day - since >= _LONG_WAIT:
        count = sum(1 for day, _ in waiting if digest.day - day >= _LONG_WAIT)
        yield texts.text("report.waiting-longest", count=count, item=key, since=since.isoformat())


def _footer(digest: Digest, layout: MessageLayout) -> Block:
    """The block with the time of the last successful round (pass over a tracker), and since when data is stale."""
    texts, now = layout.messages, layout.now
    has_several_trackers = len(digest.trackers) > 1
    troubled = [part for part in digest.trackers if part.trouble]
    lines = []
    for part in troubled[:_MAX_TROUBLED_TRACKERS]:
        since = part.last_good or part.trouble_since or now
        line = texts.text("report.stale", at=format_time(since, now, texts), why=part.trouble)
        lines.append(f"{truncate(part.tracker, MAX_SHORT_NAME_LENGTH)}: {line}" if has_several_trackers else line)
    if (hidden := len(troubled) - _MAX_TROUBLED_TRACKERS) > 0:
        lines.append(texts.text("report.more-trackers", count=hidden))
    last_rounds = [part.last_good for part in digest.trackers if part.last_good and not part.trouble]
    if last_rounds:
        lines.append(texts.text("report.last-good", at=format_time(min(last_rounds), now, texts)))
    lines = lines or [texts.text("report.no-round")]
    lines.append(texts.text("report.answer-in-thread") if digest.decisions else "Backlog Steward")
    return {"type": "context", "elements": [formatting.plain_text(line, MAX_LINE_LENGTH) for line in lines]}


def _admin_blocks(digest: Digest, layout: MessageLayout) -> list[Block]:
    """The blocks of the message for the admin, which is short and has no thread."""
    texts = layout.messages
    names = ", ".join(part.tracker for part in digest.trackers)
    blocks = [header(texts.text("report.admin-title", trackers=names))]
    if not digest.has_admin_tasks:
        blocks.append(paragraph(texts.text("report.admin-nothing")))
    return [*add_sections(blocks, digest, layout, admin_lines), _footer(digest, layout)]
