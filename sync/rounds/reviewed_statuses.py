"""The statuses of the findings about the items that a round reviews.

A round reviews all items, or only those about which something may have changed; see `sync.rounds.review`. The statuses
of a large backlog take much memory. So they are determined whenever they are needed, for a few hundred items at a time,
and not kept.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from rules.engine import Judgement
from rules.lifecycle import FindingStatus, LifecycleInputs, finding_statuses, statuses_of_next_items
from rules.model import Backlog, ItemOutline, WorkItem

_ITEMS_PER_CHUNK = 500
"""The number of items whose statuses are in memory at the same time."""


@dataclass(frozen=True, eq=False)
class ReviewedStatuses(Mapping[str, Sequence[FindingStatus]]):
    """The statuses of the findings about the reviewed items, by item id; for one item, in the order of the rules.

    It is fast to look up the items in the order in which they are reviewed.

    Attributes:
        judgement: The judgement of the backlog. `Judgement.judge_changes` has been called, as `assess` requires.
        reviewed: The reviewed items; all items of the backlog, or some of them.
        inputs: What the statuses depend on.
    """

    judgement: Judgement
    backlog: Backlog
    reviewed: Sequence[WorkItem]
    inputs: LifecycleInputs
    _current_chunk: dict[int, Mapping[str, Sequence[FindingStatus]]] = field(default_factory=dict, init=False)
    """The number of the chunk that was used last, with its statuses by item id."""

    def all(self) -> Iterator[FindingStatus]:
        """Yield all statuses: for some hundred items at a time, in the order of the rules."""
        for start in range(0, len(self.reviewed), _ITEMS_PER_CHUNK):
            yield from self._determine(self.reviewed[start : start + _ITEMS_PER_CHUNK])

    def __getitem__(self, item_id: str) -> Sequence[FindingStatus]:
        number = self._chunk_numbers[item_id]
        if number not in self._current_chunk:
            self._current_chunk.clear()
            start = number * _ITEMS_PER_CHUNK
            by_item: dict[str, list[FindingStatus]] = {}
            for status in self._determine(self.reviewed[start : start + _ITEMS_PER_CHUNK]):
                by_item.setdefault(status.finding.item, []).append(status)
            self._current_chunk[number] = by_item
        return self._current_chunk[number].get(item_id, ())

    def __iter__(self) -> Iterator[str]:
        return iter(self._chunk_numbers)

    def __len__(self) -> int:
        return len(self._chunk_numbers)

    @cached_property
    def _chunk_numbers(self) -> Mapping[str, int]:
        """The number of the chunk that contains each item, by item id."""
        is_complete = len(self.reviewed) == len(self.backlog.items)
        # The ids of outlines are in memory already.
        items: Sequence[WorkItem | ItemOutline] = self.backlog.outlines if is_complete else self.reviewed
        return {item.id: index // _ITEMS_PER_CHUNK for index, item in enumerate(items)}

    @cached_property
    def _statuses_of_next_items(self) -> Mapping[str, FindingStatus]:
        """The statuses that depend on those of other items, by finding id.

        They are about the items that teams start next. Saturated rules, which flag most of the backlog, may ask about a
        limited number of these.
        """
        items = self.backlog.items_by_id
        next_ids = dict.fromkeys(item_id for team in self.inputs.next_up.values() for item_id in team.items)
        findings = (finding for item_id in next_ids for finding in self.judgement.assess([items[item_id]]).findings)
        return statuses_of_next_items(findings, self.backlog, self.inputs)

    def _determine(self, items: Sequence[WorkItem]) -> Sequence[FindingStatus]:
        """Determine the statuses of the findings about some items."""
        assessment = self.judgement.assess(items)
        return finding_statuses(assessment, self.backlog, self.inputs, self._statuses_of_next_items)
