"""The life of one item of a backlog file: what it was at first, and every step to what it is."""

from collections.abc import Callable, Iterator
from datetime import datetime

from msgspec import Struct

from steward_sandbox.azure_devops import field_data as names
from steward_sandbox.azure_devops import seeding_words, texts
from steward_sandbox.azure_devops.collection import Project
from steward_sandbox.azure_devops.model import Format, Value
from steward_sandbox.azure_devops.processes import Type
from steward_sandbox.backlog import SeedChange, SeedItem, SeedPerson

_TEXTS = {"title": names.TITLE, "summary": names.TITLE, "reason": names.REASON}


class Step(Struct):
    """One save: new values, or a comment.

    Attributes:
        own: Whether it was the assignee's doing when the file names nobody.
    """

    at: datetime
    by: SeedPerson | None
    fields: dict[str, Value | None]
    comment: str | None = None
    own: bool = False


class Life:
    """What an item was at first, and the steps from there, in order.

    Args:
        item: The line of the file.
        kind: Its type in the end.
        project: Where it lives.
        final: Its fields in the end, without state and iteration.
        planned: The iterations it was planned into, with their starts.
        earliest: The earliest date of the file, for an item without any.
        latest: The latest date of the file.
        now: The organisation's idea of now; nobody plans into an iteration later than that.
        person: The id of somebody's account.
        iteration: The id of an iteration by name.
        form: Format of long texts.
    """

    def __init__(
        self,
        item: SeedItem,
        kind: Type,
        project: Project,
        final: dict[str, Value],
        *,
        planned: list[tuple[int, datetime | None]],
        earliest: datetime,
        latest: datetime,
        now: datetime,
        person: Callable[[SeedPerson], str],
        iteration: Callable[[str], int],
        form: Format,
    ) -> None:
        self.item, self.kind, self.project, self.form = item, kind, project, form
        self._iteration = iteration
        self._readers: dict[str, Callable[[str], dict[str, Value | None]]] = {
            "status": self._state,
            "state": self._state,
            "points": self._points,
            "story points": self._points,
            "priority": lambda text: {names.PRIORITY: seeding_words.priority_of(text) if text else None},
            "type": self._type,
            "description": lambda text: {seeding_words.text_field(kind): texts.written(text, form) or None},
            "acceptance_criteria": self._criteria,
            "assignee": lambda text: {names.ASSIGNED: person(SeedPerson(text)) if text else None},
            "sprint": self._sprint,
            "iteration": self._sprint,
            "labels": lambda text: {names.TAGS: tuple(tag for tag in text.replace(";", " ").split() if tag)},
        }
        self.created = item.created or min(item.dates, default=earliest)
        self._updated = max(item.updated or max((self.created, *item.dates)), self.created)
        if not item.dates:
            self._updated = latest
        state = seeding_words.state_of(item.status, kind, resolved=item.resolved is not None)
        final = {**final, names.TYPE: kind.name, names.STATE: state.name}
        if planned:
            final[names.ITERATION_ID] = planned[-1][0]
        self._final = final
        self.first: dict[str, Value] = dict(final)
        self.first_kind = kind
        self.formats: dict[str, Format] = dict.fromkeys(_long(kind), form) if form != "html" else {}
        changes = sorted(item.transitions, key=lambda change: change.at)
        self.steps = sorted(self._all(changes, planned, now), key=lambda step: step.at)
        self._finish()

    def _all(
        self, changes: list[SeedChange], planned: list[tuple[int, datetime | None]], now: datetime
    ) -> Iterator[Step]:
        told = {change.field.casefold() for change in changes}
        for change in reversed(changes):
            self._rewind(self._values(change, change.before))
        for change in changes:
            yield Step(max(change.at, self.created), change.by, self._values(change, change.after))
        for said in self.item.comments:
            yield Step(max(said.at, self.created), said.by, {}, comment=said.text)
        if "status" not in told:
            yield from self._state_steps()
        if not told & {"sprint", "iteration"}:
            yield from self._sprint_steps(planned, now)

    def _state_steps(self) -> Iterator[Step]:
        """From the first state to the last: when it was resolved, else with the last change."""
        first = seeding_words.state_of(None, self.first_kind, resolved=False).name
        if self._final[names.STATE] == first:
            return
        at = self.item.resolved or self._updated
        if at <= self.created:
            return
        fields: dict[str, Value | None] = {names.STATE: self._final[names.STATE]}
        if self.item.resolution:
            fields[names.REASON] = self.item.resolution
        self.first[names.STATE] = first
        yield Step(at, None, fields, own=True)

    def _sprint_steps(self, planned: list[tuple[int, datetime | None]], now: datetime) -> Iterator[Step]:
        """Into every iteration as it begins; into one without dates, or one still to come, from the start."""
        dated = [(node, start) for node, start in planned if start is not None and self.created < start <= now]
        if not dated:
            return
        before = [node for node, start in planned if start is None or start <= self.created]
        self.first.pop(names.ITERATION_ID, None)
        if before:
            self.first[names.ITERATION_ID] = before[-1]
        for node, start in dated:
            yield Step(start, None, {names.ITERATION_ID: node})

    def _finish(self) -> None:
        """The last step leads to what the item is now; where the file tells of no change, it was a drag."""
        now = dict[str, Value | None](self.first)
        for step in self.steps:
            now |= step.fields
        missing = {ref: value for ref, value in self._final.items() if now.get(ref) != value}
        last = max((step.at for step in self.steps), default=self.created)
        order = self.project.process.order
        if self._updated > last:
            if order in self.first:
                missing[order] = self.first.pop(order)
            self.steps.append(Step(self._updated, None, dict(missing)))
        elif missing and self.steps:
            self.steps.append(Step(last, None, dict(missing)))
        else:
            self.first |= missing

    def _rewind(self, values: dict[str, Value | None]) -> None:
        for ref, value in values.items():
            if ref == names.TYPE and value is not None:
                self.first_kind = self.project.process.types[str(value)]
            if value is None:
                self.first.pop(ref, None)
            else:
                self.first[ref] = value

    def _values(self, change: SeedChange, said: str | float | None) -> dict[str, Value | None]:
        """What a change of the file means for fields; one that has no field here is a save without any."""
        name = change.field.casefold()
        text = "" if said is None else str(said).strip()
        if name in _TEXTS:
            return {_TEXTS[name]: text} if text else {}
        reader = self._readers.get(name)
        return reader(text) if reader is not None else {}

    def _state(self, text: str) -> dict[str, Value | None]:
        found = seeding_words.state_of(text, self.first_kind, resolved=False) if text else self.kind.states[0]
        return {names.STATE: found.name}

    def _points(self, text: str) -> dict[str, Value | None]:
        effort = self.project.process.effort_of(self.kind.name)
        return {effort: float(text) if text else None} if effort else {}

    def _type(self, text: str) -> dict[str, Value | None]:
        return {names.TYPE: seeding_words.type_of(text, self.project.process, under_story=False).name}

    def _criteria(self, text: str) -> dict[str, Value | None]:
        return {names.CRITERIA: texts.written(text, self.form) or None} if names.CRITERIA in self.kind.fields else {}

    def _sprint(self, text: str) -> dict[str, Value | None]:
        return {names.ITERATION_ID: self._iteration(text) if text else self.project.iterations}


def _long(kind: Type) -> list[str]:
    return [ref for ref in (names.DESCRIPTION, names.REPRO, names.CRITERIA) if ref in kind.fields]
