"""Parses and runs the examples on the manual page of a rule.

An example consists of an item, its backlog and the expected result. It is YAML in the docstring of the rule's
module:

    - fail: bottom                     # the expected variant
      name: Created last, never moved  # what the example shows
      options: {severity: info}        # settings of the rule, optional
      item: {title: Dark mode}         # any attribute of a work item
      backlog:                         # optional
        above: [{title: Pay by card}]  # open items above it; `below` for the ones below
        finished: [{count: 40, points: 3, days: 5}]
        ordered: true
        off_board: false               # true: the item is on no board
    - pass: Somebody moved it          # no finding expected

Text and acceptance criteria are in the notation of `rules.text.shorthand`.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any

import msgspec
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from rules.model import Backlog, FinishedItem, ItemKind, StatusCategory, WorkItem
from rules.rule import Hit, Message, Rule
from rules.text import from_shorthand

NOW = datetime(2026, 6, 1, tzinfo=UTC)
"""The time at which examples are judged."""

_FINISHED = NOW - timedelta(days=30)


class Example:
    """One example of a rule's page.

    Attributes:
        name: The case that it shows.
        variant: The expected variant; empty if no finding is expected.
        options: The settings of the rule.
        item: The item that is judged.
        backlog: The backlog with the item in it.

    Raises:
        ValueError: The example is incomplete or has an unknown key.
    """

    def __init__(self, source: Mapping[str, Any]) -> None:
        _check_keys(source, {"fail", "pass", "name", "options", "item", "backlog"})
        if ("fail" in source) is ("pass" in source):
            raise ValueError(f"an example needs either fail or pass: {dict(source)}")
        self.variant = str(source.get("fail", ""))
        self.name = str(source.get("pass") or source.get("name") or "")
        if not self.name or not source.get("item"):
            raise ValueError(f"an example needs a name and an item: {dict(source)}")
        self.options: dict[str, Any] = dict(source.get("options", {}))
        self.item = _item(source["item"], "EX-1")
        self.source: Mapping[str, Any] = source
        self.backlog = _backlog(self.item, source.get("backlog", {}))

    def run(self, rule: type[Rule[Any]]) -> tuple[tuple[str, Message], ...]:
        """Check the item and return the variant and message of each hit.

        Raises:
            ValueError: The rule does not judge this kind of item, so the example shows nothing.
        """
        return tuple((hit.variant, rule.message(hit)) for hit in self.hits(rule))

    def hits(self, rule: type[Rule[Any]]) -> tuple[Hit, ...]:
        """Check the item.

        Raises:
            ValueError: The rule does not judge this kind of item, so the example shows nothing.
        """
        configured = rule(rule.options(**self.options))
        configured.prepare(self.backlog, NOW)
        if not configured.judges(self.item):
            raise ValueError(f"{rule.id} does not judge this item: {self.name}")
        return configured.judge(self.item)


@cache
def examples(source: str) -> tuple[Example, ...]:
    """Parse examples from YAML.

    Raises:
        ValueError: It is not YAML, or not a list of valid examples.
    """
    try:
        loaded = YAML(typ="safe", pure=True).load(source)
    except YAMLError as error:
        raise ValueError(f"the examples are not valid YAML: {error}") from error
    if not isinstance(loaded, list) or not loaded:
        raise ValueError("expected a list of examples")
    return tuple(Example(entry) for entry in loaded)


def _check_keys(source: Mapping[str, Any], known: set[str]) -> None:
    if unknown := sorted(set(source) - known):
        raise ValueError(f"unknown key in an example: {', '.join(unknown)}. Known keys: {', '.join(sorted(known))}")


def _item(source: Mapping[str, Any], key: str) -> WorkItem:
    _check_keys(source, set(WorkItem.__struct_fields__))
    values: dict[str, Any] = {
        "tracker": "example",
        "id": key,
        "key": key,
        "type": str(source.get("kind", "story")).title(),
        "kind": ItemKind.STORY,
        "category": StatusCategory.TO_DO,
    }
    for name, value in source.items():
        if name in ("text", "criteria"):
            values[name] = from_shorthand(value)
        elif name != "due" and isinstance(value, date) and not isinstance(value, datetime):
            values[name] = datetime.combine(value, time(), UTC)
        else:
            values[name] = value
    return msgspec.convert(values, WorkItem)


def _backlog(item: WorkItem, source: Mapping[str, Any]) -> Backlog:
    _check_keys(source, {"above", "below", "finished", "ordered", "off_board"})
    above = tuple(_item(entry, f"EX-A{number}") for number, entry in enumerate(source.get("above", ()), start=1))
    below = tuple(_item(entry, f"EX-B{number}") for number, entry in enumerate(source.get("below", ()), start=1))
    others = frozenset(other.id for other in (*above, *below))
    return Backlog(
        tracker="example",
        items=(*above, item, *below),
        finished=tuple(item for group in source.get("finished", ()) for item in _finished(group)),
        ordered=bool(source.get("ordered", True)),
        on_backlog=others if source.get("off_board") else None,
    )


def _finished(source: Mapping[str, Any]) -> Iterator[FinishedItem]:
    _check_keys(source, {"count", "points", "days", "started_days", "kind"})
    for number in range(int(source.get("count", 1))):
        key = f"EX-F{source.get('points', '')}-{source.get('days', '')}-{number}"
        created, started = source.get("days"), source.get("started_days")
        yield FinishedItem(
            id=key,
            key=key,
            resolved=_FINISHED,
            type=str(source.get("kind", "story")).title(),
            kind=ItemKind(source.get("kind", "story")),
            points=source.get("points"),
            created=None if created is None else _FINISHED - timedelta(days=created),
            started=None if started is None else _FINISHED - timedelta(days=started),
        )
