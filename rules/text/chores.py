"""Recognizes titles that are their own criterion: "Replace library X by Y", "Show the full name on the test page"."""

import re
from collections.abc import Sequence

from rules.model import WorkItem
from rules.text.lexicon import Lexicon
from rules.text.tokens import Sentence, tokenize
from rules.text.vocabulary.vocabulary import phrases

_REMOVAL_VERBS = frozenset(
    phrases("remove, drop, uninstall, decommission, retire, deprecate, entfernen, entferne, ausbauen, abschalten")
)
"""Verbs for removal. Titles with other verbs also have to say what something is changed to, or name a version."""

_CHANGE_PREPOSITIONS = frozenset(phrases("by, with, to, from, into, durch, mit, auf, nach, von"))
"""Prepositions before what something is changed to or from."""
_MIN_TITLE_WORDS, _MAX_TITLE_WORDS = 2, 12
"""The lengths of titles of chores: shorter ones name nothing, longer ones usually describe a feature."""
_SMALL_CHANGE_VERBS = frozenset(
    phrases("add, show, display, hide, disable, enable, expose, delete, return, mention, zeige, ergänze")
)
"""First words of a title that names a small change."""
_LAST_VERBS = frozenset(
    phrases("anzeigen, ausblenden, hinzufügen, ergänzen, löschen, aktivieren, deaktivieren, protokollieren")
)
"""Last words of a German title that names a small change."""
_PLACES = frozenset(
    phrases("""
        in, to, on, from, for, after, when, if, by, into, at, upon, during, next, as, im, am, auf, zu, zur, zum, bei,
        nach, aus, unter, für
    """)
)
"""Prepositions that begin the place or the moment of a change."""
_WORDS_OF_LARGER_CHANGES = frozenset(
    phrases("ability, support, and, und, various, some, more, better, improved, tests, unterstützung, möglichkeit")
)
"""Words of a title that names more than one small change."""
_MAX_SMALL_POINTS = 3
"""The largest estimate of a small change."""
_PROBLEM = re.compile(
    r"\b(?:does not|doesn't|do not|don't|cannot|can't|no longer|not able to|unable to|unresponsive|regression"
    r"|stack ?trace|mismatch(?:es)?|funktioniert nicht|stürzt ab)\b",
    re.IGNORECASE,
)
"""Words of a title that says what is wrong."""


def is_chore(item: WorkItem, lexicon: Lexicon) -> bool:
    """Whether a title says what to change, so that anybody can see whether it is done.

    A user story is not a chore, whatever its title.
    """
    words = tokenize(item.title)
    if not _MIN_TITLE_WORDS <= len(words) <= _MAX_TITLE_WORDS or any(
        Sentence.parse(block.text) in lexicon.wish_openings for block in item.text
    ):
        return False
    verb = _find_verb(words, lexicon)
    content_words = [word for word in words if word not in lexicon.stop_words and word != verb]
    if not verb or not content_words or any(word in lexicon.vague.words for word in content_words):
        return False
    return (
        verb in _REMOVAL_VERBS
        or any(word in _CHANGE_PREPOSITIONS for word in words[1:])
        or any(word[0].isdigit() for word in words[1:])
    )


def _find_verb(words: Sequence[str], lexicon: Lexicon) -> str:
    """Return the verb of a chore: the first word in English, the first or last one in German; "" if there is none."""
    return next((word for word in (words[0], words[-1]) if word in lexicon.chores), "")


def is_small_visible_change(item: WorkItem, lexicon: Lexicon) -> bool:
    """Whether a title names a small change and its place: "Show the full name on the test page".

    A user story is never such a change, and neither is an item of more than three points.
    """
    words = tokenize(item.title)
    if (
        not _MIN_TITLE_WORDS + 2 <= len(words) <= _MAX_TITLE_WORDS + 2
        or (item.points or 0) > _MAX_SMALL_POINTS
        or any(Sentence.parse(block.text) in lexicon.wish_openings for block in item.text)
    ):
        return False
    return (
        ((words[0] in _SMALL_CHANGE_VERBS and words[1] != "of") or words[-1] in _LAST_VERBS)
        and not _PLACES.isdisjoint(words[2:-1])
        and _WORDS_OF_LARGER_CHANGES.isdisjoint(words)
        and not any(word in lexicon.vague.words for word in words)
    )


def names_problem(item: WorkItem) -> bool:
    """Whether a title says what is wrong, so that anybody can see whether it is gone."""
    return _PROBLEM.search(item.title.replace("’", "'")) is not None
