"""Checks texts against the English ones, which define the texts that exist and the placeholders of each.

No text may drop a placeholder that carries the evidence.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from rules.message_templates import BUILT_IN, MessageTemplate, Placeholder, TemplateError
from rules.registry import all_rules
from sync.messages.catalogue import Texts
from sync.messages.suggestions import did_you_mean, did_you_mean_or_list

COUNTED = {"one", "other"}
"""The keys of a text that depends on a number."""

_FINDING_TEXTS = ("question", "evidence", "resolution")
_UNITS = ("form", "counts")

_Path = tuple[str, ...]


class TextIssue(NamedTuple):
    """One thing that is wrong with a text.

    Attributes:
        path: The keys that lead to the text.
        at_key: Whether it is about the key rather than the text.
    """

    path: _Path
    message: str
    at_key: bool = False


class TextChecker:
    """Checks texts of one language."""

    def __init__(self, merged: Texts, units: Iterable[str]) -> None:
        """Prepare a check.

        Args:
            merged: The texts to check, merged into the shipped ones.
            units: The units that a number can have in this language.
        """
        self._merged = merged
        self._forms = sorted({*BUILT_IN, *units})

    def check(self, texts: Any, english: Any, path: _Path = ()) -> Iterator[TextIssue]:
        """Check texts for unknown keys and unknown or missing placeholders.

        Args:
            texts: The texts at `path`.
            english: The English texts at `path`.
            path: The keys that lead there.
        """
        if path[:2] == _UNITS and len(path) == 3:
            english = {"one": "{n}", "other": "{n}"}
        if isinstance(english, str):
            yield from self._text(texts, path, allowed=_names(english), required=_names(english))
        elif english.keys() == COUNTED and isinstance(texts, str):
            yield from self._text(texts, path, allowed=_names(*english.values()), required=_names(english["other"]))
        elif not isinstance(texts, Mapping):
            yield TextIssue(path, f"Expected texts by name: {', '.join(english)}.")
        else:
            issues = [issue for key in texts for issue in self._entry(key, texts[key], english, path)]
            yield from issues
            if english.keys() == {*_FINDING_TEXTS} and not issues:
                yield from self._missing_evidence(texts, english, path)

    def _entry(self, key: str, text: Any, english: Mapping[str, Any], parent: _Path) -> Iterator[TextIssue]:
        path = (*parent, key)
        if parent == _UNITS:
            yield from self.check(text, {}, path)
        elif key not in english:
            yield TextIssue(path, f'Unknown text "{key}".{did_you_mean_or_list(key, english)}', at_key=True)
        elif english.keys() == COUNTED:
            yield from self._text(text, path, allowed=_names(*english.values()), required=_names(english[key]))
        elif english.keys() == {*_FINDING_TEXTS}:
            allowed = _names(*english.values()) | _unshown_facts(parent)
            yield from self._text(text, path, allowed=allowed, required=frozenset())
        else:
            yield from self.check(text, english[key], path)

    def _missing_evidence(
        self, texts: Mapping[str, Any], english: Mapping[str, str], path: _Path
    ) -> Iterator[TextIssue]:
        """The three texts of a finding count together: each fact of the evidence has to be in one of them."""
        merged: Any = self._merged
        for key in path:
            merged = merged[key]
        missing = _names(english["evidence"]) - _names(*(str(merged.get(name, "")) for name in _FINDING_TEXTS))
        changed = next((name for name in ("evidence", *texts) if name in texts), None)
        if missing and changed:
            yield TextIssue((*path, changed), f"Add {_listed(missing)}: without it, the evidence is not shown.")

    def _text(
        self, text: object, path: _Path, *, allowed: frozenset[str], required: frozenset[str]
    ) -> Iterator[TextIssue]:
        if not isinstance(text, str):
            yield TextIssue(path, "Expected a text. Put it in quotation marks.")
            return
        if not text.strip():
            yield TextIssue(path, "The text is empty. Remove the line to keep the shipped text.")
            return
        if "\n" in text.strip():
            yield TextIssue(path, "The text has more than one line. Write it as one line.")
            return
        try:
            places = MessageTemplate(text).placeholders
        except TemplateError as error:
            yield TextIssue(path, f"{error}.")
            return
        issues = [issue for place in dict.fromkeys(places) for issue in self._placeholder(place, allowed, path)]
        yield from issues
        missing = required - _names(text)
        if missing and not issues:
            yield TextIssue(path, f"Add {_listed(missing)}: this text has to show it.")

    def _placeholder(self, place: Placeholder, allowed: frozenset[str], path: _Path) -> Iterator[TextIssue]:
        if place.name not in allowed:
            hint = did_you_mean_or_list(place.name, sorted(allowed), "{%s}") or " This text has no placeholders."
            yield TextIssue(path, f"Unknown placeholder {{{place.name}}}.{hint}")
        elif place.format and place.format not in self._forms:
            shown = f"{{{place.name}:%s}}"
            hint = did_you_mean(place.format, self._forms, shown) or f" Expected one of: {', '.join(self._forms)}."
            yield TextIssue(path, f'Unknown format "{place.format}".{hint}')


def _unshown_facts(path: _Path) -> frozenset[str]:
    """Facts of a rule's variant that no shipped sentence shows."""
    rule = all_rules().get(str(path[-2])) if len(path) > 1 else None
    return rule.unshown.get(str(path[-1]), frozenset()) if rule else frozenset()


def _names(*texts: str) -> frozenset[str]:
    names: set[str] = set()
    for text in texts:
        try:
            names |= MessageTemplate(text).names
        except TemplateError:
            continue
    return frozenset(names)


def _listed(names: Iterable[str]) -> str:
    return " and ".join(f"{{{name}}}" for name in sorted(names))
