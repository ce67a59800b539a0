"""Suggests known names for an unknown one, in error messages."""

import difflib
from collections.abc import Iterable

_WORDS_FOR_OFF = frozenset({"no", "false", "none", "never", "disabled"})
"""Words that people write for "off"; YAML reads "no" as false."""
_MAX_LISTED_NAMES = 12


def did_you_mean(word: object, known: Iterable[object], template: str = '"%s"') -> str:
    """Return " Did you mean …?" with the most similar known name; empty if no name is similar.

    Args:
        template: The format of a name in the message.
    """
    similar = find_similar(word, known)
    return f" Did you mean {template % similar}?" if similar else ""


def find_similar(word: object, known: Iterable[object]) -> str:
    """The most similar known name; empty if no name is similar. YAML's "no" means "off" if that is a known name."""
    names = [str(name) for name in known]
    if str(word).casefold() in _WORDS_FOR_OFF and "off" in names:
        return "off"
    return next(iter(difflib.get_close_matches(str(word), names, n=1)), "")


def did_you_mean_or_list(word: object, known: Iterable[object], template: str = '"%s"') -> str:
    """Return " Did you mean …?" with the most similar known name, or else " Expected one of: …" with known names."""
    names = [str(name) for name in known]
    listed = ", ".join(names[:_MAX_LISTED_NAMES]) + (", …" if len(names) > _MAX_LISTED_NAMES else "")
    return did_you_mean(word, names, template) or (f" Expected one of: {listed}." if listed else "")
