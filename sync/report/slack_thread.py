"""Lays out the replies in the thread of a Slack message: one for each topic, the agenda, suggested moves, details, and
what only an admin can act on.

A decision here is one that people still have to make, about an item or for the whole team. A topic is all decisions
with the same question. A move is a suggestion to rank an item higher.

A digest is the content of the whole message, which is either an agenda for a refinement meeting, with all open
questions, or about new questions.
"""

from collections.abc import Iterator, Sequence

from connectors.slack import TEXT_BUDGET, count_text_characters, formatting
from sync.decisions.clicks import OfferedAnswer
from sync.decisions.question_kinds import MOVE_ANSWERS, QuestionKind
from sync.messages import Messages
from sync.report.agenda import Agenda
from sync.report.digest import Digest
from sync.report.slack_parts import (
    MAX_EVIDENCE_LENGTH,
    MAX_LINE_LENGTH,
    MAX_NAME_LENGTH,
    MAX_QUESTION_LENGTH,
    RESERVED_CHARACTERS,
    Audience,
    Block,
    MessageLayout,
    Reply,
    Topic,
    agenda_line,
    answer_buttons,
    answer_instructions,
    buttons,
    linked_title,
    paragraph,
    rich_paragraph,
    topic_line,
    truncate,
)
from sync.report.slack_tracker_lines import (
    MAX_SECTIONS,
    add_sections,
    admin_lines,
    all_admin_lines,
    news_lines,
    team_lines,
)

AGENDA, MOVES, ADMIN, DETAILS = "agenda", "moves", "admin", "details"
"""The values of `Reply.topic` for replies that are not about a question."""
_MAX_AGENDA_ITEMS = 25
"""The maximum number of items in a reply with agendas."""
_MAX_ITEM_BLOCKS = 44
"""The maximum number of blocks up to the last item of a reply. Slack allows 50 in total."""


def done_reply(topic: str, messages: Messages) -> Reply:
    """The new content of a posted reply when no decision of its topic is left to make."""
    text = messages.text("report.topic-done")
    return Reply(topic, text, [paragraph(text)])


def agenda_reply(digest: Digest, layout: MessageLayout) -> Iterator[Reply]:
    """Yield the reply with the agenda of each team, if the message is an agenda."""
    agendas = digest.agendas_with_entries
    if not agendas or not layout.is_agenda:
        return
    texts = layout.messages
    text = texts.text("report.action-for-agenda")
    blocks = [paragraph(text, bold=True)]
    shown = 0
    for agenda in agendas:
        sections = []
        for entry in agenda.entries:
            minutes = texts.text("agenda.minutes", count=entry.minutes)
            roles = texts.join(tuple(dict.fromkeys(question.role for question in entry.questions)))
            note = f" ({minutes}, {truncate(roles, MAX_NAME_LENGTH)})"
            sections.append(formatting.rich_text_section(*linked_title(entry.key, entry.title, entry.link, note)))
        fitting = sections[: max(0, _MAX_AGENDA_ITEMS - shown)]
        block = formatting.rich_text(
            formatting.rich_text_section(formatting.text_element(agenda_line(agenda, texts))),
            *([formatting.rich_text_list(*fitting, ordered=True)] if fitting else []),
        )
        if count_text_characters([*blocks, block]) > TEXT_BUDGET - RESERVED_CHARACTERS or len(blocks) > MAX_SECTIONS:
            blocks.append(paragraph(texts.text("report.more-teams", count=len(agendas) - len(blocks) + 1)))
            break
        shown += len(fitting)
        blocks.append(block)
    blocks += _item_to_rewrite(agendas, texts)
    yield Reply(AGENDA, text, blocks)


def _item_to_rewrite(agendas: Sequence[Agenda], texts: Messages) -> Iterator[Block]:
    """Suggest rewriting the item with the most open questions, if it has several and each other item has fewer.

    If there is no other item, suggest nothing.
    """
    entries = sorted((entry for agenda in agendas for entry in agenda.entries), key=lambda entry: -len(entry.questions))
    counts = [len(entry.questions) for entry in entries[:2]]
    if len(entries) > 1 and counts[0] > max(counts[1], 1):
        yield rich_paragraph(
            formatting.text_element(f"{texts.text('report.most-questions', count=counts[0])} "),
            *linked_title(entries[0].key, entries[0].title, entries[0].link),
        )


def topic_reply(topic: Topic, layout: MessageLayout) -> Reply:
    """Make the reply about a topic: what to do, its items, each with its buttons, and how to answer without them."""
    texts = layout.messages
    actions = list(dict.fromkeys(decision.action for decision in topic.decisions))
    is_same_action = len(actions) == 1
    action = (actions[0] or topic.question) if is_same_action else texts.text("report.action-for-each")
    action = truncate(action, MAX_QUESTION_LENGTH)
    line = topic_line(topic, texts)
    user = layout.channel.user_to_mention(topic.role)
    mention = [formatting.text_element(" "), formatting.mention_element(user)] if user else []
    blocks = [
        formatting.rich_text(
            formatting.rich_text_section(formatting.text_element(f"{action}\n", bold=True)),
            formatting.rich_text_section(formatting.text_element(line), *mention),
        )
    ]
    item_decisions = [decision for decision in topic.decisions if decision.key]
    has_same_evidence = len({decision.evidence for decision in item_decisions}) == 1 and len(item_decisions) > 1
    if has_same_evidence and item_decisions[0].evidence:
        blocks.append(paragraph(truncate(item_decisions[0].evidence, MAX_LINE_LENGTH)))
    for index, decision in enumerate(item_decisions):
        further_questions = " ".join(decision.further_questions)
        details = [
            "" if has_same_evidence else decision.evidence,
            "" if is_same_action else decision.action,
            texts.text("report.also", what=further_questions) if further_questions else "",
        ]
        explanation = "".join(f"\n{truncate(detail, MAX_EVIDENCE_LENGTH)}" for detail in details if detail)
        item = [
            rich_paragraph(*linked_title(decision.key, decision.title, decision.link, explanation)),
            *buttons(decision, layout),
        ]
        has_room = count_text_characters([*blocks, *item]) < TEXT_BUDGET - RESERVED_CHARACTERS
        if not has_room or len(blocks) + len(item) > _MAX_ITEM_BLOCKS:
            blocks.append(paragraph(texts.text("report.more-items", count=len(item_decisions) - index)))
            break
        blocks += item
    if item_decisions:
        instructions = answer_instructions(item_decisions[0], layout)
        blocks.append({"type": "context", "elements": [formatting.plain_text(instructions)]})
    return Reply(topic.id, f"{action} {line}", blocks)


def moves_reply(digest: Digest, layout: MessageLayout) -> Iterator[Reply]:
    """Yield the reply with the suggested moves, if the message is an agenda."""
    if not digest.moves or not layout.is_agenda:
        return
    text = layout.messages.text("report.action-for-moves")
    blocks = [paragraph(text, bold=True)]
    for move in digest.moves:
        is_accepted = move.key in digest.accepted_moves
        notes = [move.reasons[0], *([layout.messages.text("report.move-accepted")] if is_accepted else [])]
        lines = "".join(f"\n{truncate(line, MAX_LINE_LENGTH)}" for line in notes)
        blocks.append(rich_paragraph(*linked_title(move.key, move.title, move.url, lines)))
        if not is_accepted:
            answers = [OfferedAnswer(kind, move.tracker, move.key) for kind in MOVE_ANSWERS]
            blocks += answer_buttons(answers, QuestionKind.ORDER, move.url, layout)
    if not layout.channel.has_buttons:
        instructions = layout.messages.text("report.how-to-answer.decision", rule="")
        blocks.append({"type": "context", "elements": [formatting.plain_text(instructions)]})
    yield Reply(MOVES, text, blocks)


def details_reply(digest: Digest, layout: MessageLayout) -> Iterator[Reply]:
    """Yield the reply about what was written and answered and, in an agenda, about open items, scores and findings that
    are only reported.
    """
    texts = layout.messages
    text = texts.text("report.details")
    get_lines = team_lines if layout.is_agenda else news_lines
    blocks = add_sections([paragraph(text, bold=True)], digest, layout, get_lines)
    if len(blocks) > 1:
        yield Reply(DETAILS, text, blocks)


def admin_reply(digest: Digest, layout: MessageLayout) -> Iterator[Reply]:
    """Yield the reply with what only an admin can act on, unless admins have a channel of their own."""
    if layout.channel.audience is not Audience.EVERYBODY or not all_admin_lines(digest, layout.messages):
        return
    text = layout.messages.text("report.for-admin")
    blocks = add_sections([paragraph(text, bold=True)], digest, layout, admin_lines)
    yield Reply(ADMIN, text, blocks)
