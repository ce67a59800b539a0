"""Parses and runs the examples on the manual page of a rule.

An example consists of an item, the backlog with the item, and the expected result. It is written in YAML, in the
docstring of the module of the rule:

    - fail: bottom                     # the expected variant
      name: Created last, never moved  # what the example shows
      options: {severity: info}        # settings of the rule, optional
      item: {title: Dark mode}         # any attribute of a work item
      backlog:                         # optional
        above: [{title: Pay by card}]  # open items above it; `below` for the ones below
        # finished items: `days` from creation to the end, `started_days` from the start of work; also `kind`
        finished: [{count: 40, points: 3, days: 5, started_days: 2}]
        ordered: true                  # whether people see this order in the tracker
        personas: [clerk]              # the personas that the team lists
        off_board: false               # true if the item is on no board or backlog
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

from rules.model import Backlog, FinishedItem, ItemKind, Persona, StatusCategory, WorkItem
from rules.rule import Hit, Rule
from rules.text import from_shorthand

NOW = datetime(2026, 6, 1, tzinfo=UTC)
"""The time at which examples are judged."""

_RESOLVED = NOW - timedelta(days=30)
"""When the finished items of examples were finished."""


class Example:
    """An example of a rule: an item in a backlog, and the expected result.

    Attributes:
        variant: The expected variant of the finding; empty if no finding is expected.
        options: Settings of the rule.
        item: The item that is judged; it is in `backlog`.
        source: The example as it is written.

    Raises:
        ValueError: The example is incomplete or has an unknown key.
    """

    def __init__(self, source: Mapping[str, Any]) -> None:
        _check_keys(source, {"fail", "pass", "name", "options", "item", "backlog"})
        if ("fail" in source) is ("pass" in source):
            raise ValueError("it needs either fail or pass")
        self.variant = str(source.get("fail", ""))
        self.name = str(source.get("pass") or source.get("name") or "")
        if not self.name or not source.get("item"):
            raise ValueError("it needs a name and an item")
        self.options: dict[str, Any] = dict(source.get("options", {}))
        self.item = _make_item(source["item"], "EX-1")
        self.source: Mapping[str, Any] = source
        self.backlog = _make_backlog(self.item, source.get("backlog", {}))

    def hits(self, rule: type[Rule[Any]]) -> tuple[Hit, ...]:
        """Judge the item, and return the hits.

        Raises:
            ValueError: The rule does not judge this item, so the example shows nothing.
        """
        configured = rule(rule.options(**self.options))
        configured.prepare(self.backlog, NOW)
        if not configured.judges(self.item):
            raise ValueError(f"{rule.id} does not judge this item: {self.name}")
        return configured.judge(self.item)


@cache
def parse_examples(source: str) -> tuple[Example, ...]:
    """Parse the examples in a section of a manual page.

    Raises:
        ValueError: The text is not YAML, or not a list of valid examples.
    """
    try:
        loaded = YAML(typ="safe", pure=True).load(source)
    except YAMLError as error:
        raise ValueError(f"the examples are not valid YAML: {error}") from error
    if not isinstance(loaded, list) or not loaded:
        raise ValueError("expected a list of examples")
    return tuple(_parse_example(number, entry) for number, entry in enumerate(loaded, start=1))


def _parse_example(number: int, source: object) -> Example:
    """Parse the example with this number, which error messages name."""
    if not isinstance(source, Mapping):
        raise ValueError(f"example {number} is not a mapping")  # noqa: TRY004 - every mistake in a page is a ValueError
    try:
        return Example(source)
    except ValueError as error:
        raise ValueError(f"example {number}: {error}") from error


def _check_keys(source: Mapping[str, Any], known: set[str]) -> None:
    if unknown := sorted(set(source) - known):
        raise ValueError(f"unknown key: {', '.join(unknown)}. Known keys: {', '.join(sorted(known))}")


def _make_item(source: Mapping[str, Any], key: str) -> WorkItem:
    """Make an open item, which is a story that has not been started, unless the example says otherwise."""
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
            values[name] = datetime.combine(value, time(), UTC)  # only a due date is a day, and not a time
        else:
            values[name] = value
    return msgspec.convert(values, WorkItem)


def _make_backlog(item: WorkItem, source: Mapping[str, Any]) -> Backlog:
    """Make the backlog of an example, with the item between those above and those below it."""
    _check_keys(source, {"above", "below", "finished", "ordered", "off_board", "personas"})
    above = tuple(_make_item(entry, f"EX-A{number}") for number, entry in enumerate(source.get("above", ()), start=1))
    below = tuple(_make_item(entry, f"EX-B{number}") for number, entry in enumerate(source.get("below", ()), start=1))
    ids_on_board = frozenset(neighbor.id for neighbor in (*above, *below))
    return Backlog(
        tracker="example",
        items=(*above, item, *below),
        finished=tuple(item for group in source.get("finished", ()) for item in _make_finished_items(group)),
        ordered=bool(source.get("ordered", True)),
        on_backlog=ids_on_board if source.get("off_board") else None,
        personas=tuple(Persona(str(name)) for name in source.get("personas", ())),
    )


def _make_finished_items(source: Mapping[str, Any]) -> Iterator[FinishedItem]:
    """Make a number of identical finished items. `days` is their lead time, `started_days` their cycle time."""
    _check_keys(source, {"count", "points", "days", "started_days", "kind"})
    for number in range(int(source.get("count", 1))):
        key = f"EX-F{source.get('points', '')}-{source.get('days', '')}-{number}"
        created, started = source.get("days"), source.get("started_days")
        yield FinishedItem(
            id=key,
            key=key,
            resolved=_RESOLVED,
            type=str(source.get("kind", "story")).title(),
            kind=ItemKind(source.get("kind", "story")),
            points=source.get("points"),
            created=None if created is None else _RESOLVED - timedelta(days=created),
            started=None if started is None else _RESOLVED - timedelta(days=started),
        )
