"""The history of one item of a backlog file: its first values, and every save from there to what it is."""

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from steward_sandbox.azure_devops import names, seed_values
from steward_sandbox.azure_devops.given import Values, field_values
from steward_sandbox.azure_devops.seed_fields import SeedFields
from steward_sandbox.backlog import SeedItem, SeedPerson


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
        seed: Looks up what it names.
        span: The earliest and the latest date of the file, for an item without any.
        now: Nobody plans into an iteration that starts later.
    """

    def __init__(self, item: SeedItem, seed: SeedFields, *, span: tuple[datetime, datetime], now: datetime) -> None:
        self._item, self._seed, self._now = item, seed, now
        self._project, self.first_type = seed.project(item), seed.type(item)
        self._iterations = [seed.iteration(self._project, sprint) for sprint in item.sprint]
        self.created, self._updated = item.lifetime(span)
        self._final = seed.values(item)
        if self._iterations:
            self._final[names.ITERATION_ID] = self._iterations[-1].id
        # Without a value of its own a field would get the default of its type.
        self.first: Values = {names.PRIORITY: None, **self._final}
        steps = list(self._changes())
        changed = {seed_values.meaning_of(change.field) for change in item.transitions}
        if "state" not in changed:
            steps += self._end_of_work()
        if "iteration" not in changed:
            steps += self._plannings()
        self.steps = sorted(steps, key=lambda step: step.at)
        self._add_what_is_missing()

    def _changes(self) -> Iterator[Step]:
        """The changes and comments of the file; the first values are what was before them."""
        changes = sorted(self._item.transitions, key=lambda change: change.at)
        for change in reversed(changes):
            values = self._values(change.field, change.before)
            if names.TYPE in values:
                self.first_type = self._project.process.types[str(values[names.TYPE])]
            self.first |= values
        for change in changes:
            yield Step(max(change.at, self.created), change.by, self._values(change.field, change.after))
        for comment in self._item.comments:
            yield Step(max(comment.at, self.created), comment.by, {}, comment.text)

    def _end_of_work(self) -> Iterator[Step]:
        """From the first state to the last: when it was resolved, else with the last change."""
        first = seed_values.state_of(None, self.first_type)
        at = self._item.resolved or self._updated
        if self._final[names.STATE] != first and at > self.created:
            fields: Values = {names.STATE: self._final[names.STATE]}
            if self._item.resolution:
                fields[names.REASON] = self._item.resolution
            self.first[names.STATE] = first
            yield Step(at, self._item.assignee, fields)

    def _plannings(self) -> Iterator[Step]:
        """Into every iteration as it starts; into one without dates, or one still to come, from the beginning."""
        starts = [(node.id, node.start) for node in self._iterations]
        dated = [(node, start) for node, start in starts if start and self.created < start <= self._now]
        if dated:
            before = [node for node, start in starts if start is None or start <= self.created]
            self.first[names.ITERATION_ID] = before[-1] if before else self._project.iterations
        for node, start in dated:
            yield Step(start, None, {names.ITERATION_ID: node})

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

    def _values(self, field: str, value: str | float | None) -> Values:
        """What a change of the file's history sets; one without a counterpart is a save without any field."""
        meaning, text = seed_values.meaning_of(field), "" if value is None else str(value).strip()
        if not meaning or (meaning in ("title", "reason") and not text):
            return {}
        given = text.replace(";", " ").split() if meaning == "tags" else text
        return field_values(self._seed.collection, self._project, self.first_type, {meaning: given})
