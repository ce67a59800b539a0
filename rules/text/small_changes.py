"""Recognises small changes that need no acceptance criteria, because their titles say enough.

An example is "Show the full name on the test page".
"""

import re
from itertools import islice

from rules.model import WorkItem
from rules.text.lexicon import Lexicon
from rules.text.open_questions import open_questions
from rules.text.story_role import is_user_story, story_role
from rules.text.tokens import stem_words, tokenize
from rules.text.vocabulary.vocabulary import phrases

_MAX_POINTS = 3
"""The maximum estimate of a small change, in points."""
_VERBS = frozenset(
    phrases("""
        access, add, adjust, align, allow, annotate, append, apply, archive, attach, avoid, backport, bind, block,
        build, bump, call, capture, catch, center, change, check, clarify, clear, close, collapse, collect, combine,
        compile, configure, connect, convert, copy, correct, create, declare, decode, decrease, default, delete,
        deploy, detach, disable, disallow, discard, display, document, download, drop, embed, emit, enable, encode,
        escape, exclude, expand, expose, extend, extract, fail, fetch, flush, forward, freeze, generate, get, hide,
        highlight, ignore, include, indent, inject, inline, insert, install, instrument, invoke, keep, limit, link,
        lint, list, load, lock, log, lower, make, mark, mention, merge, mock, modify, move, mute, notify, open,
        override, parse, pass, persist, pin, place, populate, post, prefix, prevent, print, propagate, prune, pull,
        push, put, quote, raise, read, record, redirect, reduce, register, reject, release, reload, remove, rename,
        render, reorder, replace, reset, resize, restart, restrict, retain, retrieve, retry, return, reuse, revert,
        rotate, run, sanitize, save, schedule, send, separate, set, show, silence, skip, sort, specify, split,
        start, stop, store, strip, submit, supply, suppress, swap, switch, tag, toggle, trigger, trim, truncate,
        turn, unify, unset, update, upload, use, validate, vendor, verify, wait, warn, wire, wrap, write, ändere,
        entferne, ergänze, nutze, protokolliere, setze, verwende, zeige
    """)
)
"""First words of a title that names a change. An estimate of a few points shows that the team knows what it means."""
_LAST_VERBS = frozenset(
    phrases("""
        aktivieren, aktualisieren, ändern, anlegen, anpassen, anzeigen, aufrufen, ausblenden, auslesen,
        deaktivieren, dokumentieren, einbinden, einlesen, entfernen, ergänzen, ersetzen, erstellen, exportieren,
        hinzufügen, ignorieren, importieren, kopieren, korrigieren, laden, löschen, nutzen, protokollieren, prüfen,
        schreiben, senden, setzen, sortieren, speichern, umbenennen, umstellen, verschieben, verwenden, zeigen
    """)
)
"""Last words of a German title that names a change."""
_CREATION_VERBS = frozenset(phrases("add, create, make, write, generate, extract, anlegen, erstellen, schreiben"))
"""Verbs for something new, which needs a description."""
_TARGET_VERBS = frozenset(phrases("rename, update, umbenennen, aktualisieren"))
"""Verbs that need a new name or state: "Update the script to use the new address"."""
_TARGET_PREPOSITIONS = frozenset(phrases("by, with, to, from, into, in, durch, mit, auf, nach, von"))
"""Words before such a name or state."""
_WORDS_OF_UNKNOWN_EXTENT = frozenset(
    phrases("""
        ability, pluggable, unterstützung, möglichkeit, various, some, better, improved, improvements, design, strategy,
        concept, plan, framework, approach, architecture, infrastructure, prototype, poc, konzept, entwurf, strategie
    """)
)
"""Words in a title that leave open how much it asks for, even if the estimate is low."""
_SUPPORT_POSITIONS = (1, 2, -1)
"""The positions of "support" among the words of a title that asks for it, which leaves open how much it asks for.

"Add AMQP support" does so, but not "Include the log in support bundles".
"""
_DOUBT = re.compile(
    r"\b(?:figure out|decide (?:on )?(?:how|what|which|whether|if)|decisions? (?:must|needs?|has|have)|some way|somehow"
    r"|not sure|unsure|it depends|i guess|or (?:something )?similar|(?:something )?more extensive"
    r"|something (?:similar|more|better)|(?:it would|it['’]d) be (?:nice|good|great|useful|helpful)"
    r"|herausfinden|irgendwie|unsicher|oder so|es wäre (?:schön|gut|hilfreich))\b",
    re.IGNORECASE,
)
"""Matches words of authors who wish for something, or do not know yet what is wanted."""
_AREA = re.compile(r"\W*(?:\[[^\]]{1,40}\]|[\w./ -]{1,40}?(?::| [-–—]))\s+(?=\S)")
"""A prefix of a title that names the place of a change: "[UI]", "system.yml:", "Build -"."""
_DEVELOPERS = frozenset(
    phrases("""
        developer, dev, engineer, programmer, committer, contributor, maintainer, tester, team, entwickler,
        entwicklerin, programmierer, programmiererin, testerin
    """)
)
"""Roles in stories about the work of the team itself."""
_MIN_CHANGED_WORDS = 2
"""The minimum number of words in a title, without its verb and stop words, that say what is changed."""
_MIN_CHANGED_WORDS_ALONE = 4
"""The same for an item without a description."""
_MIN_WORDS_FOR_CREATION = 9
"""The minimum number of such words in the title and the description together, if the title asks for something new."""
_MAX_DESCRIBED_WORDS = 100
"""The number of words of a description that are counted."""
_VISIBLE_VERBS = frozenset(
    phrases("add, show, display, hide, disable, enable, expose, delete, return, mention, zeige, ergänze")
)
"""First words of a title that names a small, visible change."""
_CONDITION_OPENINGS = frozenset(phrases("for, when, if, in, on, after, wenn, bei, nach, für"))
"""Words that begin a clause before a small change: "For failed tasks, show the command on the page"."""
_LAST_VISIBLE_VERBS = frozenset(
    phrases("anzeigen, ausblenden, hinzufügen, ergänzen, löschen, aktivieren, deaktivieren, protokollieren")
)
"""Last words of a German title that names a small, visible change."""
_PLACE_PREPOSITIONS = frozenset(
    phrases("""
        in, to, on, from, for, after, when, if, by, into, at, upon, during, next, as, im, am, auf, zu, zur, zum, bei,
        nach, aus, unter, für
    """)
)
"""Prepositions that begin the place or the moment of a change."""
_WORDS_OF_LARGER_CHANGES = frozenset(
    phrases("ability, support, and, und, various, some, more, better, improved, tests, unterstützung, möglichkeit")
)
"""Words in the titles of larger changes."""
_MIN_VISIBLE_WORDS, _MAX_VISIBLE_WORDS = 4, 14
"""The lengths of titles that name a visible change and its place, in words."""


def is_small_visible_change(item: WorkItem, lexicon: Lexicon) -> bool:
    """Whether a title names a small change and the place where it can be seen: "Show the full name on the test page".

    A user story is never such a change, and neither is an item of more than three points.
    """
    condition, comma, change = item.title.partition(", ")
    has_condition = comma and any(word in _CONDITION_OPENINGS for word in tokenize(condition)[:1])
    words = tokenize(change if has_condition else item.title)
    if not _MIN_VISIBLE_WORDS <= len(words) <= _MAX_VISIBLE_WORDS or (item.points or 0) > _MAX_POINTS:
        return False
    return (
        # Before "of", the first word is a noun: "Display of totals".
        ((words[0] in _VISIBLE_VERBS and words[1] != "of") or words[-1] in _LAST_VISIBLE_VERBS)
        and not _PLACE_PREPOSITIONS.isdisjoint(words[2:-1])
        and _WORDS_OF_LARGER_CHANGES.isdisjoint(words)
        and not any(word in lexicon.vague_terms.words for word in words)
        and not is_user_story(item)
    )


def is_estimated_change(item: WorkItem, lexicon: Lexicon) -> bool:
    """Whether a title says what is changed, such as "Retry failed jobs", and the team has estimated the item as small.

    An item that leaves something open never counts, and neither does a user story, unless it is about the team itself.
    """
    return (
        item.points is not None
        and item.points <= _MAX_POINTS
        and "?" not in item.title
        and _names_change(item, lexicon)
        and next(open_questions(item.text), None) is None
        and not any(_DOUBT.search(block.text) for block in item.text)
        and not (is_user_story(item) and _DEVELOPERS.isdisjoint(tokenize(story_role(item))))
    )


def _names_change(item: WorkItem, lexicon: Lexicon) -> bool:
    """Whether the title names a change and what is changed. Something new needs a description besides."""
    area = _AREA.match(item.title)
    words = tokenize(item.title[area.end() :] if area else item.title)
    if len(words) > 1 and words[0].endswith("ly") and words[0] not in _VERBS:
        words = words[1:]  # An adverb, as in "Automatically retry jobs"
    changed_words = stem_words(words[1:], lexicon.stop_words)
    is_described = any(block.text.strip() for block in item.text)
    if (
        len(changed_words) < (_MIN_CHANGED_WORDS if is_described else _MIN_CHANGED_WORDS_ALONE)
        or not _WORDS_OF_UNKNOWN_EXTENT.isdisjoint(words)
        or "support" in (words[position] for position in _SUPPORT_POSITIONS)
        or any(word in lexicon.vague_terms.words for word in words[1:])
    ):
        return False
    verbs = ({words[0]} & _VERBS) | ({words[-1]} & _LAST_VERBS)
    described_words = islice((word for block in item.text for word in tokenize(block.text)), _MAX_DESCRIBED_WORDS)
    if len(changed_words) + len(set(described_words) - lexicon.stop_words - set(words)) < _MIN_WORDS_FOR_CREATION:
        verbs -= _CREATION_VERBS
    if _TARGET_PREPOSITIONS.isdisjoint(words):
        verbs -= _TARGET_VERBS
    return bool(verbs)
