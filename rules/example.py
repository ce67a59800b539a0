"""Examples in a rule's manual page, and how they are run.

An example is one item, the backlog around it, and what the rule has to make of it. It is written in YAML inside the
docstring of the rule's module:

    - fail: bottom                     # the variant that must be found
      name: Created last, never moved  # what the example shows
      options: {severity: info}        # settings of the rule, where they matter
      item: {title: Dark mode}         # any attribute of a work item
      backlog:                         # where it matters
        above: [{title: Pay by card}]  # open items above it, and below: the ones below it
        finished: [{count: 40, points: 3, days: 5}]
        ordered: true
        off_board: false               # true: no board shows the item
    - pass: Somebody moved it          # nothing must be found

Text and acceptance criteria are sketched, see `rules.text.shorthand`.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

import msgspec
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from rules.model import Backlog, FinishedItem, ItemKind, StatusCategory, WorkItem
from rules.rule import Hit, Rule
from rules.text import from_shorthand

NOW = datetime(2026, 6, 1, tzinfo=UTC)
"""The moment at which examples are judged."""

_FINISHED = NOW - timedelta(days=30)


class Said(NamedTuple):
    """The sentences of a finding, filled in."""

    variant: str
    evidence: str
    question: str
    resolution: str


class Example:
    """One example of a rule's page.

    Attributes:
        name: What it shows.
        variant: The variant that must be found; empty when nothing must be.
        options: The settings it is judged with.
        item: The item that is judged.
        backlog: The item with what stands around it.

    Raises:
        ValueError: The example is written in a way that nobody can run.
    """

    def __init__(self, given: Mapping[str, Any]) -> None:
        _known(given, {"fail", "pass", "name", "options", "item", "backlog"})
        if ("fail" in given) is ("pass" in given):
            raise ValueError(f"an example is either fail or pass: {dict(given)}")
        self.variant = str(given.get("fail", ""))
        self.name = str(given.get("pass") or given.get("name") or "")
        if not self.name or not given.get("item"):
            raise ValueError(f"an example needs a name and an item: {dict(given)}")
        self.options: dict[str, Any] = dict(given.get("options", {}))
        self.item = _item(given["item"], "EX-1")
        self.source: Mapping[str, Any] = given
        self.backlog = _backlog(self.item, given.get("backlog", {}))

    def run(self, rule: type[Rule[Any]]) -> tuple[Said, ...]:
        """What a rule says about the item.

        Raises:
            ValueError: The rule does not judge such an item at all, so the example shows nothing.
        """
        return tuple(Said(hit.variant, *rule.says(hit)) for hit in self.hits(rule))

    def hits(self, rule: type[Rule[Any]]) -> tuple[Hit, ...]:
        """What a rule notices about the item.

        Raises:
            ValueError: The rule does not judge such an item at all, so the example shows nothing.
        """
        ready = rule(rule.options(**self.options))
        ready.study(self.backlog, NOW)
        if not ready.judges(self.item):
            raise ValueError(f"{rule.id} does not judge this item: {self.name}")
        return tuple(ready.check(self.item))


def examples(source: str) -> tuple[Example, ...]:
    """The examples written in YAML.

    Raises:
        ValueError: It is not YAML, or no list of examples.
    """
    try:
        loaded = YAML(typ="safe", pure=True).load(source)
    except YAMLError as error:
        raise ValueError(f"the examples are not YAML: {error}") from error
    if not isinstance(loaded, list) or not loaded:
        raise ValueError("the examples are not a list")
    return tuple(Example(one) for one in loaded)


def _known(given: Mapping[str, Any], names: set[str]) -> None:
    if unknown := sorted(set(given) - names):
        raise ValueError(f"unknown in an example: {', '.join(unknown)}")


def _item(given: Mapping[str, Any], key: str) -> WorkItem:
    _known(given, set(WorkItem.__struct_fields__))
    values: dict[str, Any] = {
        "tracker": "example",
        "id": key,
        "key": key,
        "type": str(given.get("kind", "story")).title(),
        "kind": ItemKind.STORY,
        "category": StatusCategory.TO_DO,
    }
    for name, value in given.items():
        if name in ("text", "criteria"):
            values[name] = from_shorthand(value)
        elif isinstance(value, date) and not isinstance(value, datetime):
            values[name] = datetime.combine(value, time(), UTC)
        else:
            values[name] = value
    return msgspec.convert(values, WorkItem)


def _backlog(item: WorkItem, given: Mapping[str, Any]) -> Backlog:
    _known(given, {"above", "below", "finished", "ordered", "off_board"})
    above = tuple(_item(one, f"EX-A{place}") for place, one in enumerate(given.get("above", ()), start=1))
    below = tuple(_item(one, f"EX-B{place}") for place, one in enumerate(given.get("below", ()), start=1))
    around = frozenset(one.id for one in (*above, *below))
    return Backlog(
        tracker="example",
        items=(*above, item, *below),
        finished=tuple(one for some in given.get("finished", ()) for one in _finished(some)),
        ordered=bool(given.get("ordered", True)),
        on_backlog=around if given.get("off_board") else None,
    )


def _finished(given: Mapping[str, Any]) -> Iterator[FinishedItem]:
    _known(given, {"count", "points", "days", "started_days"})
    for number in range(int(given.get("count", 1))):
        key = f"EX-F{given.get('points', '')}-{given.get('days', '')}-{number}"
        created, started = given.get("days"), given.get("started_days")
        yield FinishedItem(
            id=key,
            key=key,
            resolved=_FINISHED,
            type="Story",
            kind=ItemKind.STORY,
            points=given.get("points"),
            created=None if created is None else _FINISHED - timedelta(days=created),
            started=None if started is None else _FINISHED - timedelta(days=started),
        )
