"""Checks message texts against the English texts, which define the keys and their placeholders.

The texts about a finding have to show its evidence, which is what the rule found in the item: together they have to
contain each placeholder of the English text "evidence".
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from rules.message_templates import BUILT_IN_FORMATS, Placeholder, TemplateError, find_placeholders
from rules.registry import all_rules
from sync.messages.catalogue import Texts
from sync.messages.suggestions import did_you_mean, did_you_mean_or_list

PLURAL_KEYS = {"one", "other"}
"""The keys of a text that depends on a number."""

_FINDING_KEYS = ("question", "evidence", "resolution")
_UNITS_PATH = ("form", "counts")
"""The path of the units: nouns such as "day" and "days" that can follow a number in a text."""

_RETIRED_PATHS = frozenset({("report", "wanted-more")})
"""The paths of texts that are no longer shown. Admins' files may still contain them."""

_Path = tuple[str, ...]
"""The keys that lead to a text."""


class TextIssue(NamedTuple):
    """An error in a text.

    Attributes:
        at_key: Whether the error is in the key rather than the text.
    """

    path: _Path
    message: str
    at_key: bool = False


class TextChecker:
    """Checks texts of one language."""

    def __init__(self, merged: Texts, units: Iterable[str]) -> None:
        """Initialize a checker.

        Args:
            merged: The texts to check, merged into the shipped ones.
            units: The units that can follow a number in this language.
        """
        self._merged = merged
        self._formats = sorted({*BUILT_IN_FORMATS, *units})

    def check(self, texts: Any, english: Any, path: _Path = ()) -> Iterator[TextIssue]:
        """Check texts for unknown keys and unknown or missing placeholders.

        Args:
            texts: A text or a group of texts.
            english: The English text or group in its place.
            path: The keys that lead to these texts.
        """
        forms = {"other": english} if isinstance(english, str) else english
        # One text is enough for all numbers, where English has one for 1 and one for all others.
        if isinstance(english, str) or (english.keys() == PLURAL_KEYS and isinstance(texts, str)):
            allowed, required = _placeholder_names(*forms.values()), _placeholder_names(forms["other"])
            yield from self._check_text(texts, path, allowed=allowed, required=required)
        elif not isinstance(texts, Mapping):
            yield TextIssue(path, f"Expected texts by name: {', '.join(english)}.")
        else:
            issues = [issue for key in texts for issue in self._check_entry(key, texts[key], english, path)]
            yield from issues
            if english.keys() == {*_FINDING_KEYS} and not issues:
                yield from self._check_evidence(texts, english, path)

    def _check_entry(self, key: str, text: Any, english: Mapping[str, Any], parent: _Path) -> Iterator[TextIssue]:
        """Check one entry of a group of texts.

        Args:
            text: The text or group of texts at that key.
            english: The English group.
            parent: The keys that lead to the group.
        """
        path = (*parent, key)
        if parent == _UNITS_PATH:
            # A language may have units that English lacks, so the texts of a unit are not compared with English ones.
            yield from self.check(text, {"one": "{n}", "other": "{n}"}, path)
        elif path in _RETIRED_PATHS:
            return
        elif key not in english:
            yield TextIssue(path, f'Unknown text "{key}".{did_you_mean_or_list(key, english)}', at_key=True)
        elif english.keys() == PLURAL_KEYS:
            yield from self._check_text(
                text, path, allowed=_placeholder_names(*english.values()), required=_placeholder_names(english[key])
            )
        elif english.keys() == {*_FINDING_KEYS}:
            allowed = _placeholder_names(*english.values()) | _unshown_facts(parent)
            yield from self._check_text(text, path, allowed=allowed, required=frozenset())
        else:
            yield from self.check(text, english[key], path)

    def _check_evidence(self, texts: Mapping[str, Any], english: Mapping[str, str], path: _Path) -> Iterator[TextIssue]:
        """Check that each placeholder of the evidence is in one of the three texts of a finding."""
        merged_texts: Any = self._merged
        for key in path:
            merged_texts = merged_texts[key]
        missing = _placeholder_names(english["evidence"]) - _placeholder_names(
            *(str(merged_texts.get(name, "")) for name in _FINDING_KEYS)
        )
        changed_key = next((name for name in ("evidence", *texts) if name in texts), None)
        if missing and changed_key:
            yield TextIssue(
                (*path, changed_key), f"Add {_join_placeholders(missing)}: without it, the evidence is not shown."
            )

    def _check_text(
        self, text: object, path: _Path, *, allowed: frozenset[str], required: frozenset[str]
    ) -> Iterator[TextIssue]:
        """Check one text.

        Args:
            allowed: The placeholders that it may contain.
            required: The placeholders that it has to contain.
        """
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
            placeholders = find_placeholders(text)
        except TemplateError as error:
            yield TextIssue(path, f"{error}.")
            return
        issues = [
            issue
            for placeholder in dict.fromkeys(placeholders)
            for issue in self._check_placeholder(placeholder, allowed, path)
        ]
        yield from issues
        missing = required - _placeholder_names(text)
        if missing and not issues:
            yield TextIssue(path, f"Add {_join_placeholders(missing)}: this text has to show it.")

    def _check_placeholder(self, placeholder: Placeholder, allowed: frozenset[str], path: _Path) -> Iterator[TextIssue]:
        """Check the name and the format of one placeholder."""
        if placeholder.name not in allowed:
            hint = (
                did_you_mean_or_list(placeholder.name, sorted(allowed), "{%s}")
                or " No placeholders are allowed in this text."
            )
            yield TextIssue(path, f"Unknown placeholder {{{placeholder.name}}}.{hint}")
        elif placeholder.format and placeholder.format not in self._formats:
            display = f"{{{placeholder.name}:%s}}"
            hint = (
                did_you_mean(placeholder.format, self._formats, display)
                or f" Expected one of: {', '.join(self._formats)}."
            )
            yield TextIssue(path, f'Unknown format "{placeholder.format}".{hint}')


def _unshown_facts(path: _Path) -> frozenset[str]:
    """The facts (values of placeholders) of a kind of finding that no shipped text shows but a custom text may show.

    Args:
        path: The keys that lead to the texts of the finding; the last two are the rule and the variant of the finding.
    """
    rule = all_rules().get(str(path[-2])) if len(path) > 1 else None
    return rule.facts_not_shown.get(str(path[-1]), frozenset()) if rule else frozenset()


def _placeholder_names(*texts: str) -> frozenset[str]:
    """The placeholders in texts. Invalid texts have none."""
    names: set[str] = set()
    for text in texts:
        try:
            names |= {placeholder.name for placeholder in find_placeholders(text)}
        except TemplateError:
            continue
    return frozenset(names)


def _join_placeholders(names: Iterable[str]) -> str:
    """The placeholders in braces, joined by "and"."""
    return " and ".join(f"{{{name}}}" for name in sorted(names))
