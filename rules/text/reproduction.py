"""Recognises whether a bug report says how to reproduce the bug."""

import re

from rules.model import BlockKind, WorkItem
from rules.text.lexicon import Lexicon, SectionKind
from rules.text.lines import NON_PROSE_KINDS, Line, split_lines
from rules.text.placeholders import is_placeholder
from rules.text.scenarios import is_filled_row
from rules.text.sections import split_sections
from rules.text.tokens import tokenize
from rules.text.vocabulary.vocabulary import phrases

_EXAMPLE = re.compile(
    r"https?://|\b[A-Z][A-Z0-9_]+-\d+\b|[\w/\\]+\.\w+:\d+|\bexception\b|\bstack ?trace\b|\berror\b.*:"
    r"|\b(?:steps?|repro\w*|expected|example|e\.g|for instance|zum beispiel|schritte|erwartet)\b",
    re.IGNORECASE,
)
"""Signs of an example: an address, another item, a source location, an error message, or a word such as "steps"
or "example"."""
_CONDITION_WORDS = frozenset(
    phrases("when, whenever, if, after, once, while, upon, without, ohne, wenn, nach, beim, sobald, nachdem")
)
_TRIGGER_WORDS = _CONDITION_WORDS | frozenset(
    phrases("""
        try, tried, trying, click, clicking, type, typing, run, running, open, opening, attempt, attempting, start,
        starting, create, creating, using, select, selecting, enter, entering, press, upload, uploading, deploy,
        deploying, go, restart, restarting, execute, executing, enable, setting, klicken, klick, öffnen, starten,
        eingeben, auswählen
    """)
)
"""Words for actions of a user, or for conditions."""
_LONG_REPORT_WORDS = 12
"""The minimum number of words in a report that is assumed to say how to reproduce the bug."""
_TASK_VERBS = frozenset(
    phrases("""
        add, fix, remove, clean, cleanup, configure, enable, disable, update, upgrade, pass, rename, restructure,
        refactor, revert, code, move, make, use, change, support, implement, allow, improve, document, replace, convert,
        handle, ensure, set, create, provide, investigate, reduce, increase, don't, do, should, drop, bump, check, stop,
        expose, avoid, restore, prevent, spell, rewrite, introduce, hinzufügen, entfernen, aktualisieren, aufräumen
    """)
)
"""First words of titles that say what to do and not what is wrong."""
_NOT_REPRODUCED = re.compile(
    r"\b(?:can['’]?t|cannot|can not|could not|couldn['’]t|unable to|not able to) (?:yet )?re-?produce\w*", re.IGNORECASE
)
"""Words that say that the bug could not be reproduced."""
_EMPTY_STEP = re.compile(
    r"(?:step|schritt|étape|paso)\s*\d{0,2}\W*|see error\W*|.{0,30}['\"“‘]?\.{3,}['\"”’]?\W*", re.IGNORECASE
)
"""Matches a step of a template that was left as it was, such as "Step 1" or "Click on '...'"."""
_REPORT_SECTIONS = (SectionKind.STEPS, SectionKind.EXPECTED, SectionKind.ACTUAL)


def says_how_to_reproduce(item: WorkItem, lexicon: Lexicon) -> bool:
    """Whether a bug report contains steps, an expected result, an example, or the condition under which it happens.

    A title that says what to do, such as "Fix the export", is not a bug report and needs none of these. Sections of a
    template that nobody has filled in do not count, and neither does "cannot reproduce".
    """
    title = tokenize(item.title)
    # A title such as "Saving a draft fails" names the condition, and one such as "Cleaning up the logs" a task.
    if not title or title[0] in _TASK_VERBS or title[0].endswith("ing") or not _CONDITION_WORDS.isdisjoint(title):
        return True
    text = split_lines(item.text)
    # Code, logs, pictures, links and quotations may show the bug, and so may a table that says something.
    if any(is_filled_row(line.text) if line.kind is BlockKind.ROW else line.kind in NON_PROSE_KINDS for line in text):
        return True
    sections = split_sections(text, lexicon)
    if any(
        section.kind in _REPORT_SECTIONS and any(_says_something(line, lexicon) for line in section.lines)
        for section in sections
    ):
        return True
    other_lines = (line for section in sections if section.kind not in _REPORT_SECTIONS for line in section.lines)
    prose = _NOT_REPRODUCED.sub(" ", "\n".join(line.text for line in other_lines if _says_something(line, lexicon)))
    words = tokenize(prose)
    return (
        len(words) >= _LONG_REPORT_WORDS or _EXAMPLE.search(prose) is not None or not _TRIGGER_WORDS.isdisjoint(words)
    )


def _says_something(line: Line, lexicon: Lexicon) -> bool:
    """Whether a line is neither a placeholder nor a step of a template that was left as it was."""
    return not is_placeholder(line.text, lexicon) and _EMPTY_STEP.fullmatch(line.text.strip()) is None
