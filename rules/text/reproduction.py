"""Recognises whether a bug report says how to see the bug."""

import re

from rules.model import BlockKind, WorkItem
from rules.text.lexicon import Lexicon, SectionKind
from rules.text.lines import OPAQUE, lines
from rules.text.sections import split_sections
from rules.text.tokens import tokens
from rules.text.vocabulary.vocabulary import phrases

_SHOWS = re.compile(
    r"https?://|\b[A-Z][A-Z0-9_]+-\d+\b|[\w/\\]+\.\w+:\d+|\bexception\b|\bstack ?trace\b|\berror\b.*:"
    r"|\b(?:steps?|repro\w*|expected|example|e\.g|for instance|zum beispiel|schritte|erwartet)\b",
    re.IGNORECASE,
)
"""Signs of an example: an address, another item, a place in a program, a message, or the word itself."""
_WHEN = frozenset(
    phrases("when, whenever, if, after, once, while, upon, without, ohne, wenn, nach, beim, sobald, nachdem")
)
_TRIGGERS = _WHEN | frozenset(
    phrases("""
        try, tried, trying, click, clicking, type, typing, run, running, open, opening, attempt, attempting, start,
        starting, create, creating, using, select, selecting, enter, entering, press, upload, uploading, deploy,
        deploying, go, restart, restarting, execute, executing, enable, setting, klicken, klick, öffnen, starten,
        eingeben, auswählen
    """)
)
"""Words for what somebody does, or for when something happens."""
_LONG = 12
"""Words from which on a report is taken to say how."""
_WORK = frozenset(
    phrases("""
        add, fix, remove, clean, cleanup, configure, enable, disable, update, upgrade, pass, rename, restructure,
        refactor, revert, code, move, make, use, change, support, implement, allow, improve, document, replace, convert,
        handle,
        ensure, set, create, provide, investigate, reduce, increase, don't, do, should, drop, bump, check, stop, expose,
        avoid, restore, prevent, spell, rewrite, introduce, hinzufügen, entfernen, aktualisieren, aufräumen
    """)
)
"""First words of a title that says what to do and not what goes wrong."""


def says_how_to_reproduce(item: WorkItem, lexicon: Lexicon) -> bool:
    """Whether a bug report says how to see the bug: steps, what was expected, an example, or when it happens."""
    text = lines(item.text)
    if any(line.kind in OPAQUE or line.kind is BlockKind.ROW for line in text):
        return True
    sections = split_sections(text, lexicon)
    if any(section.kind in (SectionKind.STEPS, SectionKind.EXPECTED, SectionKind.ACTUAL) for section in sections):
        return True
    said = "\n".join(line.text for line in text)
    words = tokens(said)
    title = tokens(item.title)
    if not title or title[0] in _WORK or title[0].endswith("ing") or not _WHEN.isdisjoint(title):
        return True
    return len(words) >= _LONG or _SHOWS.search(said) is not None or not _TRIGGERS.isdisjoint(words)
