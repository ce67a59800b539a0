"""The lines of a Slack message about each tracker: for the team, and for the admin.

A finding is what a rule flagged in an item; it is raised if a comment or a label may be written for it.
"""

from collections.abc import Callable, Iterator, Sequence

from connectors.slack import TEXT_BUDGET, count_text_characters
from sync.messages import Messages
from sync.report.digest import Digest, TrackerDigest
from sync.report.slack_parts import (
    MAX_LINE_LENGTH,
    MAX_LISTED,
    MAX_NAME_LENGTH,
    RESERVED_CHARACTERS,
    Block,
    MessageLayout,
    paragraph,
    truncate,
)

MAX_SECTIONS = 15
"""The maximum number of trackers or teams that a message has a paragraph for."""


def add_sections(
    blocks: list[Block],
    digest: Digest,
    layout: MessageLayout,
    get_lines: Callable[[TrackerDigest, Messages], Iterator[str]],
) -> list[Block]:
    """Add a paragraph for each tracker to a message, until it is full.

    Trackers with stale data (`trouble`) come first.
    """
    texts = layout.messages
    sections = []
    for part in sorted(digest.trackers, key=lambda part: not part.trouble):
        lines = list(get_lines(part, texts))
        if lines and len(digest.trackers) > 1:
            lines[0] = f"{truncate(part.tracker, MAX_NAME_LENGTH)}: {lines[0]}"
        if lines:
            sections.append(paragraph("\n".join(lines)))
    for number, section in enumerate(sections):
        # A footer may follow, with a line for each tracker with stale data. It is longer than what follows other lists.
        has_room = count_text_characters([*blocks, section]) <= TEXT_BUDGET - 2 * RESERVED_CHARACTERS
        if number == MAX_SECTIONS or not has_room:
            return [*blocks, paragraph(texts.text("report.more-trackers", count=len(sections) - number))]
        blocks = [*blocks, section]
    return blocks


def all_admin_lines(digest: Digest, texts: Messages) -> list[str]:
    """The lines for the admin about all trackers."""
    return [line for part in digest.trackers for line in admin_lines(part, texts)]


def team_lines(part: TrackerDigest, texts: Messages) -> Iterator[str]:
    """Yield lines about a tracker: its open items, what was written, which findings are not raised, the priority
    scores, what could not be judged, and the answers.
    """
    yield texts.text("report.open", count=part.open_items)
    yield from _writing_lines(part, texts)
    yield from _unraised_lines(part, texts)
    yield from (truncate(line, MAX_LINE_LENGTH) for line in part.scores)
    yield from (
        texts.text("report.not-judged", what=truncate(limit, MAX_LINE_LENGTH)) for limit in part.limits[:MAX_LISTED]
    )
    yield from _list_texts("report.answers", part.answers, texts)


def news_lines(part: TrackerDigest, texts: Messages) -> Iterator[str]:
    """Yield lines about what was written and answered today; nothing that is the same on other days."""
    if part.written:
        yield from _writing_lines(part, texts)
    yield from _list_texts("report.answers", part.answers, texts)


def admin_lines(part: TrackerDigest, texts: Messages) -> Iterator[str]:
    """Yield the lines for an admin: what to approve, notes, and items that could not be read, judged or written."""
    if part.approval:
        yield truncate(part.approval, MAX_LINE_LENGTH)
    yield from (truncate(note, MAX_LINE_LENGTH) for note in part.notes[:MAX_LISTED])
    yield from _list_texts("report.skipped", part.skipped, texts)


def _writing_lines(part: TrackerDigest, texts: Messages) -> Iterator[str]:
    """Yield what was written, and why the rest of the plan was not."""
    effects = ((count, texts.name("report.effects", effect)) for effect, count in part.written.items() if count)
    written = ", ".join(f"{effect} ({count})" for count, effect in effects)
    yield texts.text("report.written", what=written) if written else texts.text("report.nothing-written")
    if part.mode == "shadow" and part.planned:
        yield texts.text("report.shadow", count=part.planned)
    if part.blocked_reason and part.mode == "write":
        yield texts.text("report.not-written", why=truncate(part.blocked_reason, MAX_LINE_LENGTH))
    if part.waiting:
        yield texts.text("report.waiting", count=part.waiting)


def _unraised_lines(part: TrackerDigest, texts: Messages) -> Iterator[str]:
    """Yield how many findings were not raised, by state."""
    counts = [f"{count} ({texts.name('report.states', state)})" for state, count in part.unraised_by_state.items()]
    if counts:
        yield texts.text("report.held", what=", ".join(counts))


def _list_texts(text_id: str, listed: Sequence[str], texts: Messages) -> Iterator[str]:
    """Yield a line that lists the first of some texts, and counts the others if there are any."""
    what = "; ".join(truncate(text, MAX_NAME_LENGTH) for text in listed[:MAX_LISTED])
    if len(listed) > MAX_LISTED:
        yield texts.text(f"{text_id}-more", count=len(listed) - MAX_LISTED, what=what)
    elif listed:
        yield texts.text(text_id, what=what)
