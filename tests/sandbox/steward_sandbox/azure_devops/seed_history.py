"""The history of one item of a backlog file: its first values, and every save from there to what it is."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from msgspec import Struct

from steward_sandbox.azure_devops import names, seed_values, texts
from steward_sandbox.azure_devops.collection import Project
from steward_sandbox.azure_devops.model import Account, Format, Node, Value
from steward_sandbox.azure_devops.processes import Type
from steward_sandbox.backlog import SeedChange, SeedItem, SeedPerson

Values = dict[str, Value | None]


_ALWAYS_FILLED = ("state", "type", "iteration")


class Step(Struct):
    """One save: new values, or a comment."""

    at: datetime
    by: SeedPerson | None
    fields: Values
    comment: str | None = None


class SeedHistory:
    """The first values and type of an item, and the steps from there, in order.

    Args:
        item: The line of the file.
        kind: Its type in the end.
        project: Where it is.
        final: Its fields in the end, without state and iteration.
        iterations: Those it was planned into.
        span: The earliest and the latest date of the file, for an item without any.
        now: Nobody plans into an iteration that starts later.
        account: Finds a person.
        iteration: Finds an iteration by its name.
        form: Format of long texts.
    """

    def __init__(
        self,
        item: SeedItem,
        kind: Type,
        project: Project,
        final: dict[str, Value],
        *,
        iterations: Sequence[Node],
        span: tuple[datetime, datetime],
        now: datetime,
        account: Callable[[SeedPerson | None], Account],
        iteration: Callable[[str], int],
        form: Format,
    ) -> None:
        self._item, self._project = item, project
        self._refs = {
            "title": names.TITLE,
            "reason": names.REASON,
            "state": names.STATE,
            "points": project.process.effort_of(kind.name),
            "priority": names.PRIORITY,
            "type": names.TYPE,
            "description": kind.text_field,
            "criteria": names.CRITERIA if names.CRITERIA in kind.fields else None,
            "assignee": names.ASSIGNED,
            "iteration": names.ITERATION_ID,
            "tags": names.TAGS,
        }
        self._readers: dict[str, Callable[[str], Value]] = {
            "title": str,
            "reason": str,
            "state": lambda text: seed_values.state_of(text, self.first_type),
            "points": float,
            "priority": seed_values.priority_of,
            "type": lambda text: seed_values.type_of(text, project.process, under_story=False).name,
            "description": lambda text: texts.typed(text, form),
            "criteria": lambda text: texts.typed(text, form),
            "assignee": lambda text: account(SeedPerson(text)).id,
            "iteration": lambda text: iteration(text) if text else project.iterations,
            "tags": lambda text: tuple(text.replace(";", " ").split()),
        }
        self.created = item.created or min(item.dates, default=span[0])
        updated = item.updated or max((self.created, *item.dates))
        self._updated = max(updated, self.created) if item.dates else span[1]
        state = seed_values.state_of(item.status, kind, resolved=item.resolved is not None)
        self._final = {**final, names.TYPE: kind.name, names.STATE: state}
        if iterations:
            self._final[names.ITERATION_ID] = iterations[-1].id
        self.first: Values = {names.PRIORITY: None, **self._final}
        self.first_type = kind
        steps = list(self._changes())
        told = {seed_values.meaning_of(change.field) for change in item.transitions}
        if "state" not in told:
            steps += self._end_of_work()
        if "iteration" not in told:
            steps += self._plannings(iterations, now)
        self.steps = sorted(steps, key=lambda step: step.at)
        self._add_what_is_missing()

    def _changes(self) -> Iterator[Step]:
        """The changes and comments of the file; the first values are what was before them."""
        changes = sorted(self._item.transitions, key=lambda change: change.at)
        for change in reversed(changes):
            self._rewind(self._values(change, change.before))
        for change in changes:
            yield Step(max(change.at, self.created), change.by, self._values(change, change.after))
        for comment in self._item.comments:
            yield Step(max(comment.at, self.created), comment.by, {}, comment.text)

    def _rewind(self, values: Values) -> None:
        if names.TYPE in values:
            self.first_type = self._project.process.types[str(values[names.TYPE])]
        self.first |= values

    def _end_of_work(self) -> Iterator[Step]:
        """From the first state to the last: when it was resolved, else with the last change."""
        first = seed_values.state_of(None, self.first_type)
        at = self._item.resolved or self._updated
        if self._final[names.STATE] == first or at <= self.created:
            return
        fields: Values = {names.STATE: self._final[names.STATE]}
        if self._item.resolution:
            fields[names.REASON] = self._item.resolution
        self.first[names.STATE] = first
        yield Step(at, self._item.assignee, fields)

    def _plannings(self, iterations: Sequence[Node], now: datetime) -> Iterator[Step]:
        """Into every iteration as it starts; into one without dates, or one still to come, from the beginning."""
        dated = [(node.id, node.start) for node in iterations if node.start and self.created < node.start <= now]
        if not dated:
            return
        before = [node.id for node in iterations if node.start is None or node.start <= self.created]
        self.first[names.ITERATION_ID] = before[-1] if before else self._project.iterations
        for number, start in dated:
            yield Step(start, None, {names.ITERATION_ID: number})

    def _add_what_is_missing(self) -> None:
        """The last step leads to what the item is now; where the file tells of no change, the item was dragged."""
        reached = dict(self.first)
        for step in self.steps:
            reached |= step.fields
        missing: Values = {ref: value for ref, value in self._final.items() if reached.get(ref) != value}
        last = max((step.at for step in self.steps), default=self.created)
        order = self._project.process.order
        if self._updated > last:
            if order in self.first:
                missing[order] = self.first.pop(order)
            self.steps.append(Step(self._updated, None, missing))
        elif missing and self.steps:
            self.steps.append(Step(last, None, missing))
        else:
            self.first |= missing

    def _values(self, change: SeedChange, value: str | float | None) -> Values:
        """What a change of the file means for fields; one without a counterpart is a save without any."""
        text = "" if value is None else str(value).strip()
        meaning = seed_values.meaning_of(change.field)
        ref = self._refs.get(meaning)
        if ref is None or (not text and meaning in ("title", "reason")):
            return {}
        return {ref: self._readers[meaning](text) if text or meaning in _ALWAYS_FILLED else None}
