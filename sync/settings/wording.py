"""Reads the wording: the shipped texts, and an admin's own file on top of them, checked before anything is said.

The English texts are the measure: they say which texts there are, and which facts each can hold. Another text may leave
out none of the facts that carry the evidence.
"""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import sync
from rules.message_templates import BUILT_IN, Place, Sentence, SentenceError
from sync.messages.catalogue import Texts, Wording
from sync.settings.yaml_file import ConfigurationError, Mistake, YamlFile

ENGLISH = "en"
_COUNTED = {"one", "other"}
_ABOUT_A_FINDING = ("question", "evidence", "resolution")
_COUNTS = ("form", "counts")
_GENERATED = "# What the rules say."

_Path = tuple[str, ...]


def defaults() -> Path:
    """The folder of presets and wording: inside an installed package, else the repository's own `config/`."""
    packaged = Path(sync.__file__).parent / "_defaults"
    return packaged if packaged.is_dir() else Path(sync.__file__).parent.parent / "config"


@cache
def languages() -> tuple[str, ...]:
    """The languages that are shipped."""
    return tuple(sorted(file.stem for file in (defaults() / "wording").glob("*.yaml")))


@cache
def shipped(language: str) -> Texts:
    """The texts of a language as they are shipped."""
    return YamlFile(defaults() / "wording" / f"{language}.yaml", shown=f"wording/{language}.yaml").values


@cache
def built_in(language: str = ENGLISH) -> Wording:
    """A shipped language."""
    return Wording(language, shipped(language))


def read_wording(path: Path, language: str | None) -> Wording:
    """An admin's own file on top of the language that it extends.

    Args:
        path: The file.
        language: The language that was chosen elsewhere; None if none was.

    Raises:
        ConfigurationError: With every mistake that was found.
    """
    file = YamlFile(path)
    own = dict(file.values)
    base = own.pop("extends", language or ENGLISH)
    if base not in languages():
        near = difflib.get_close_matches(str(base), languages(), n=1)
        meant = f' Did you mean "{near[0]}"?' if near else f" There are {', '.join(languages())}."
        raise ConfigurationError([file.mistake(("extends",), f'"{base}" is no language that is shipped.{meant}')])
    if language not in (None, base):
        said = f'it extends "{base}", and steward.yaml chooses "{language}"; let both name the same.'
        raise ConfigurationError([file.mistake(("extends",), said)])
    mistakes = list(mistakes_in(file, own, base))
    if mistakes:
        raise ConfigurationError(sorted(mistakes, key=lambda one: (one.line, one.column)))
    return Wording(base, _merged(shipped(base), own), own)


def mistakes_in(file: YamlFile, own: Texts, base: str = ENGLISH) -> Iterator[Mistake]:
    """Everything that is wrong with some texts: unknown ones, and those that cannot hold their facts.

    Args:
        file: Where they stand.
        own: The texts.
        base: The language below them.
    """
    counts = own.get("form", {}).get("counts", {}) if isinstance(own.get("form"), Mapping) else {}
    forms = {*BUILT_IN, *shipped(base)["form"]["counts"], *(counts if isinstance(counts, Mapping) else ())}
    yield from _Check(file, _merged(shipped(base), own), forms).walk(own, shipped(ENGLISH), ())


class _Check:
    """One file against the English texts."""

    def __init__(self, file: YamlFile, whole: Texts, forms: Iterable[str]) -> None:
        self._file = file
        self._whole = whole
        self._forms = sorted(forms)

    def walk(self, own: Any, known: Any, path: _Path) -> Iterator[Mistake]:
        if path[:2] == _COUNTS and len(path) == 3:
            known = {"one": "{n}", "other": "{n}"}
        if isinstance(known, str):
            yield from self._leaf(own, known, path)
        elif known.keys() == _COUNTED and isinstance(own, str):
            yield from self._leaf(own, known["other"], path, allowed=_names(*known.values()))
        elif not isinstance(own, Mapping):
            yield self._wrong(path, f"texts by their names were expected: {', '.join(known)}.")
        else:
            yield from self._mapping(own, known, path)

    def _mapping(self, own: Mapping[str, Any], known: Mapping[str, Any], path: _Path) -> Iterator[Mistake]:
        wrong = [mistake for key, value in own.items() for mistake in self._entry(key, value, known, path)]
        yield from wrong
        if _is_message(known) and not wrong:
            yield from self._lost(own, known, path)

    def _entry(self, key: str, value: Any, known: Mapping[str, Any], path: _Path) -> Iterator[Mistake]:
        here = (*path, key)
        if path == _COUNTS:
            yield from self.walk(value, {}, here)
        elif key not in known:
            yield self._file.mistake(here, f"is no text that is known here.{_near(key, known)}", at_key=True)
        elif known.keys() == _COUNTED:
            yield from self._leaf(value, known[key], here, allowed=_names(*known.values()))
        elif _is_message(known):
            allowed = _names(*(known[name] for name in _ABOUT_A_FINDING))
            yield from self._leaf(value, known[key], here, allowed=allowed, needed=frozenset())
        else:
            yield from self.walk(value, known[key], here)

    def _lost(self, own: Mapping[str, Any], known: Mapping[str, str], path: _Path) -> Iterator[Mistake]:
        """The three texts of a finding count together: what was seen has to stand in one of them."""
        whole: Any = self._whole
        for step in path:
            whole = whole[step]
        said = [whole[name] for name in _ABOUT_A_FINDING if isinstance(whole.get(name), str)]
        lost = sorted(_names(known["evidence"]) - _names(*said))
        touched = next((name for name in ("evidence", *own) if name in own), None)
        if lost and touched:
            yield self._wrong((*path, touched), _without(lost, "what was seen would not be told"))

    def _leaf(
        self,
        own: Any,
        known: str,
        path: _Path,
        *,
        allowed: frozenset[str] | None = None,
        needed: frozenset[str] | None = None,
    ) -> Iterator[Mistake]:
        if not isinstance(own, str):
            yield self._wrong(path, "a text was expected; put it in quotation marks.")
            return
        if not own.strip():
            yield self._wrong(path, "is empty; leave the line out to keep the shipped text.")
            return
        if "\n" in own.strip():
            yield self._wrong(path, "is more than one line; every text is one line of a comment.")
            return
        try:
            places = Sentence(own).places
        except SentenceError as error:
            yield self._wrong(path, f"{error}.")
            return
        known_here = _names(known) if allowed is None else allowed
        wrong = list(self._misplaced(places, known_here, path))
        yield from wrong
        lost = sorted((_names(known) if needed is None else needed) - _names(own))
        if lost and not wrong:
            yield self._wrong(path, _without(lost, "this text would not say it"))

    def _misplaced(self, places: Iterable[Place], allowed: frozenset[str], path: _Path) -> Iterator[Mistake]:
        for place in dict.fromkeys(places):
            if place.name not in allowed:
                here = f" Known here: {', '.join(f'{{{name}}}' for name in sorted(allowed))}." if allowed else ""
                near = _near(place.name, allowed, "{%s}") or here or " This text has none."
                yield self._wrong(path, f"{{{place.name}}} is no placeholder of this text.{near}")
            elif place.form and place.form not in self._forms:
                near = _near(place.form, self._forms, f"{{{place.name}:%s}}", otherwise=True)
                yield self._wrong(path, f'"{place.form}" is no form of a figure.{near}')

    def _wrong(self, path: _Path, message: str) -> Mistake:
        return self._file.mistake(path, message)


def schema() -> dict[str, Any]:
    """What an editor completes and checks an admin's own file by."""
    known = _shape(shipped(ENGLISH))
    known["properties"]["extends"] = {"enum": list(languages()), "description": "The language below these texts."}
    known["properties"]["form"]["properties"]["counts"]["additionalProperties"] = _COUNTED_SHAPE
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Wording", **known}


_TEXT: dict[str, Any] = {"type": "string", "minLength": 1}
_COUNTED_SHAPE: dict[str, Any] = {
    "anyOf": [
        _TEXT,
        {"type": "object", "properties": {"one": _TEXT, "other": _TEXT}, "additionalProperties": False},
    ]
}


def _shape(known: Any) -> dict[str, Any]:
    if isinstance(known, str):
        return {**_TEXT, "description": known}
    if known.keys() == _COUNTED:
        return {**_COUNTED_SHAPE, "description": known["other"]}
    below = {name: _shape(inner) for name, inner in known.items()}
    return {"type": "object", "properties": below, "additionalProperties": False}


def with_rules(text: str, said: Mapping[str, Any]) -> str:
    """The English file with what the rules say written anew below its last heading."""
    head, heading, _ = text.partition(_GENERATED)
    rest = text[len(head) :].partition("\n")[0] if heading else f"{_GENERATED} `make docs` writes it here."
    return f"{head}{rest}\n\nrules:\n" + "".join(_yaml(said, 1))


def _yaml(node: Mapping[str, Any], depth: int) -> Iterator[str]:
    for key, value in node.items():
        lead = "  " * depth + key
        if isinstance(value, Mapping):
            yield f"{lead}:\n"
            yield from _yaml(value, depth + 1)
        else:
            yield f"{lead}: '{value.replace(chr(39), chr(39) * 2)}'\n"


def _merged(base: Any, own: Any) -> Any:
    if not isinstance(base, Mapping):
        return own
    if isinstance(own, str):
        return {"one": own, "other": own} if base.keys() == _COUNTED else base
    if not isinstance(own, Mapping):
        return base
    return {**base, **{key: _merged(base.get(key), value) for key, value in own.items()}}


def _is_message(known: Mapping[str, Any]) -> bool:
    return known.keys() == {*_ABOUT_A_FINDING}


def _names(*texts: str) -> frozenset[str]:
    found: set[str] = set()
    for text in texts:
        try:
            found |= Sentence(text).names
        except SentenceError:
            continue
    return frozenset(found)


def _without(lost: Iterable[str], why: str) -> str:
    return f"without {' and '.join(f'{{{name}}}' for name in lost)} {why}; put it back."


def _near(word: str, known: Iterable[str], shown: str = '"%s"', *, otherwise: bool = False) -> str:
    some = [str(one) for one in known]
    near = difflib.get_close_matches(str(word), some, n=1, cutoff=0.6)
    if near:
        return f" Did you mean {shown % near[0]}?"
    listed = ", ".join(some[:12])
    return f" Known here: {listed}." if listed and (otherwise or shown == '"%s"') else ""
