"""Recognises chores: items whose title alone says when they are done, such as "Replace library X by Y"."""

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
_MIN_TITLE_WORDS, _MAX_TITLE_WORDS = 2, 12
"""The lengths of titles of chores: shorter ones name nothing, longer ones usually describe a feature."""


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
    rest = [word for word in words if word not in lexicon.stop_words and word != verb]
    if not verb or not rest or any(word in lexicon.vague.words for word in rest):
        return False
    return (
        verb in _REMOVAL_VERBS
        or any(word in _CHANGE_PREPOSITIONS for word in words[1:])
        or any(word[0].isdigit() for word in words[1:])
    )


def _find_verb(words: Sequence[str], lexicon: Lexicon) -> str:
    """Return the verb of a chore: the first word in English, the first or last one in German; "" if there is none."""
    return next((word for word in (words[0], words[-1]) if word in lexicon.chores), "")
