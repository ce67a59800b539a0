"""Recognises chores whose title is their own criterion: "Replace library X by Y", "Remove module Z"."""

from collections.abc import Sequence

from rules.model import WorkItem
from rules.text.lexicon import Lexicon
from rules.text.tokens import Sentence, tokens
from rules.text.vocabulary.vocabulary import phrases

_ENDS = frozenset(
    phrases("remove, drop, uninstall, decommission, retire, deprecate, entfernen, entferne, ausbauen, abschalten")
)
"""Verbs after which something is gone. The others say what takes its place."""

_REPLACED = frozenset(phrases("by, with, to, from, into, durch, mit, auf, nach, von"))
_SHORTEST, _LONGEST = 2, 12


def is_chore(item: WorkItem, lexicon: Lexicon) -> bool:
    """Whether a title says what is to be changed, so that anybody can see whether it has been done.

    The wish of a user is no chore, whatever its title.
    """
    words = tokens(item.title)
    if not _SHORTEST <= len(words) <= _LONGEST or any(
        Sentence.of(block.text) in lexicon.wish_openings for block in item.text
    ):
        return False
    verb = _verb(words, lexicon)
    rest = [word for word in words if word not in lexicon.stop_words and word != verb]
    if not verb or not rest or any(word in lexicon.vague.words for word in rest):
        return False
    return verb in _ENDS or any(word in _REPLACED for word in words[1:]) or any(word[0].isdigit() for word in words[1:])


def _verb(words: Sequence[str], lexicon: Lexicon) -> str:
    """The verb of a chore: the first word in English, the first or last one in German."""
    return next((word for word in (words[0], words[-1]) if word in lexicon.chores), "")
