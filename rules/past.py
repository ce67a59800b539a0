"""Reconstructs a backlog as it was at an earlier time, from the histories of its items.

Status, size, priority, title, sprints, the flag and most times get their earlier values. All else is as it is today,
because histories rarely contain descriptions, links, labels or the order. Of a text, only the
time of the last change is known, and of the questions in comments, only the last one; if that is later than the day, it
is left out.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import compress

import msgspec
from msgspec import Struct

from rules.model import (
    Backlog,
    FieldChange,
    FinishedItem,
    OutlinedItems,
    PackedItems,
    Sprint,
    SprintSource,
    SprintState,
    StatusCategory,
    TextLoader,
    WorkItem,
    split_sprint_names,
)

ItemHistory = tuple[WorkItem, Sequence[FieldChange]]
"""An item as it is now, and its changes, oldest first."""


class PastBacklog(Struct, frozen=True):
    """A backlog at an earlier time.

    Attributes:
        omitted: The number of items that are left out, because it is unknown when they were open.
    """

    backlog: Backlog
    omitted: int

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for people about what could not be reconstructed."""
        unchanged = "Descriptions, links, labels and the order are those of today."
        left_out = f"{self.omitted} items are left out, because it is not known when they were open."
        return (unchanged, left_out) if self.omitted else (unchanged,)


@dataclass(frozen=True)
class _KnownValues:
    """The statuses and sprints that occur in the items of the backlog.

    Attributes:
        categories: The category of each status, by its name in lower case.
        sprints: The sprints, by id and also by name.
    """

    categories: Mapping[str, StatusCategory]
    sprints: Mapping[str, Sprint]


def backlog_as_of(
    tracker: str,
    get_histories: Callable[[], Iterable[ItemHistory]],
    as_of: datetime,
    finished_within: timedelta,
    *,
    ordered: bool = True,
    load_texts: TextLoader | None = None,
) -> PastBacklog:
    """Reconstruct a backlog as it was at an earlier time. Its items are packed, to save memory.

    It is unknown whether an item without a status was open. It counts as open only if no other item is known to have
    been open, as in exported files that contain a status only for items that had already been closed.

    Args:
        get_histories: Returns all items with their changes, open or not, in today's order. It is called twice.
        finished_within: How long before that time an item may have been finished to be included.
        ordered: Whether the order is the one that people see in the tracker.
        load_texts: Loads the texts when they are needed. If it is given, the items are kept without them.
    """
    known_values = _collect_known_values(get_histories())
    are_known_to_be_open: list[bool] = []
    finished: list[FinishedItem] = []
    omitted = 0

    def reconstruct() -> Iterator[tuple[WorkItem, bytes]]:
        """Yield the items that may have been open."""
        nonlocal omitted
        for item, changes in get_histories():
            closed_at = _find_closing_time(item, changes)
            if item.created is None or (closed_at is None and not item.is_open):
                omitted += 1
            elif item.created > as_of:
                continue
            elif closed_at is None or closed_at > as_of:
                are_known_to_be_open.append(bool(closed_at or item.status))
                past_item = _reconstruct_item(item, changes, as_of, known_values)
                yield past_item if load_texts is None else past_item.without_texts(), b""
            elif item.category is StatusCategory.DONE and closed_at >= as_of - finished_within:
                closed_item = msgspec.structs.replace(item, resolved=closed_at)
                finished.append(msgspec.convert(closed_item, FinishedItem, from_attributes=True))

    items = OutlinedItems(reconstruct())
    if any(are_known_to_be_open) and not all(are_known_to_be_open):
        omitted += are_known_to_be_open.count(False)
        items = OutlinedItems((item, b"") for item in compress(items, are_known_to_be_open))
    # A past sprint that is unknown now will never be known.
    backlog = Backlog(
        tracker,
        items,
        PackedItems(FinishedItem, finished),
        ordered,
        sprint_source=SprintSource.NOWHERE,
        load_texts=load_texts,
    )
    return PastBacklog(backlog, omitted)


def _collect_known_values(histories: Iterable[ItemHistory]) -> _KnownValues:
    """Collect the statuses and sprints. If a status has several categories, the most frequent one is used."""
    counts_by_status: dict[str, Counter[StatusCategory]] = {}
    sprints: dict[str, Sprint] = {}
    for item, _ in histories:
        counts_by_status.setdefault(item.status.casefold(), Counter())[item.category] += 1
        for sprint in item.sprints:
            sprints |= {sprint.id: sprint, sprint.name: sprint}
    return _KnownValues({status: counts.most_common(1)[0][0] for status, counts in counts_by_status.items()}, sprints)


def _find_closing_time(item: WorkItem, changes: Sequence[FieldChange]) -> datetime | None:
    """Return when an item was closed; None if it is open or the time is unknown."""
    if item.is_open:
        return None
    closed_times = [change.at for change in changes if change.field == "status" and change.after == item.status]
    return item.resolved or max(closed_times, default=None)


def _reconstruct_item(
    item: WorkItem, changes: Sequence[FieldChange], as_of: datetime, known_values: _KnownValues
) -> WorkItem:
    """Return the item with the values that it had at that time.

    The value of a field is the one before the first later change, or today's value if there is no later change.
    """
    earlier_values = {change.field: change.before for change in reversed(changes) if change.at > as_of}
    past_changes = [change for change in changes if change.at <= as_of]
    started = _keep_if_past(item.started, as_of)
    changes_by_person = [change for change in past_changes if change.by_person]
    rank_times = [change.at for change in changes_by_person if change.field == "rank"]
    sprints, sprints_known = _reconstruct_sprints(item, earlier_values.get("sprint"), as_of, known_values)
    unknown = {*item.unknown, *(() if sprints_known else ("sprints",))}
    values: dict[str, object] = {
        "started": started,
        "resolved": None,
        "updated": _keep_if_past(item.updated, as_of)
        or max((change.at for change in past_changes), default=item.created),
        "changed_by_person": _keep_if_past(item.changed_by_person, as_of)
        or max((change.at for change in changes_by_person), default=item.created),
        "discussed": _keep_if_past(item.discussed, as_of),
        "text_changed": _keep_if_past(item.text_changed, as_of),
        "question_asked": _keep_if_past(item.question_asked, as_of),
        "ranked_by_person": max(rank_times, default=_keep_if_past(item.ranked_by_person, as_of)),
        "sprints": sprints,
        "unknown": tuple(sorted(unknown)),
        **{name: parse(earlier_values[name]) for name, parse in _PARSERS.items() if name in earlier_values},
        # "summary" is what Jira calls the title.
        "title": earlier_values.get("title") or earlier_values.get("summary") or item.title,
    }
    if "status" in earlier_values or not item.is_open:
        status = earlier_values.get("status", "")
        values["status"] = status
        values["category"] = _determine_category(status, known_values, is_started=started is not None)
    return msgspec.structs.replace(item, **values)


def _determine_category(status: str, known_values: _KnownValues, *, is_started: bool) -> StatusCategory:
    """Return the category of an item that was open, by the name of its status, or else by whether work had begun."""
    category = known_values.categories.get(status.casefold()) if status else None
    if category in (StatusCategory.TO_DO, StatusCategory.IN_PROGRESS):
        return category
    return StatusCategory.IN_PROGRESS if is_started else StatusCategory.TO_DO


def _reconstruct_sprints(
    item: WorkItem, before: str | None, as_of: datetime, known_values: _KnownValues
) -> tuple[tuple[Sprint, ...], bool]:
    """Return the sprints of an item at that time, with their states then, and whether all of them are known.

    `before` is the value of the sprint field before its first later change: names or ids separated by commas, or an
    iteration path of Azure DevOps. None if the field did not change later.
    """
    if before is None:
        return tuple(_reconstruct_sprint(sprint, as_of) for sprint in item.sprints), True
    names = split_sprint_names(before)
    known_sprints = [known_values.sprints[name] for name in names if name in known_values.sprints]
    return tuple(_reconstruct_sprint(sprint, as_of) for sprint in known_sprints), len(known_sprints) == len(names)


def _reconstruct_sprint(sprint: Sprint, as_of: datetime) -> Sprint:
    """Return the sprint with the state that it had then, judging by its dates; without dates, with today's state."""
    if sprint.end is not None and sprint.end <= as_of:
        state = SprintState.CLOSED
    elif sprint.start is not None:
        state = SprintState.ACTIVE if sprint.start <= as_of else SprintState.FUTURE
    else:
        state = sprint.state
    return msgspec.structs.replace(sprint, state=state)


def _keep_if_past(at: datetime | None, as_of: datetime) -> datetime | None:
    """Return a time; None if it is unknown or later than `as_of`."""
    return at if at is not None and at <= as_of else None


def _parse_number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


_PARSERS: Mapping[str, Callable[[str], object]] = {
    "flagged": bool,
    "points": _parse_number,
    "priority": lambda text: text or None,
}
"""How to read a value from the text in a history, by attribute."""
