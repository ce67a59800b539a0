"""Remembers what a tracker refuses in a whole project, such as labels that no edit screen of the project contains.

A write has parts: the comment, the labels, and each field. The refusal of a part is reported once for the project, and
the part is tried again after a day, instead of on every item in every round. Other parts are not affected.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from connectors.errors import Refused
from sync.store import Transaction, stored_values
from sync.store.records import Call, EditCall

RETRY_AFTER = timedelta(hours=24)
"""How long to wait before a part is tried again, in case an admin has fixed the project."""
COMMENT, LABELS = "comment", "labels"
"""The parts of a write that are not fields; the part for a field is the field's id."""
_MIN_REFUSED_ITEMS = 2
"""The number of items on which a part has to be refused before it counts as refused in their project.

One refusal may be due to the item. If the error message names the part, one is enough."""
_REFUSALS_NAME = "refusals"
"""The name under which the store keeps the refusals of a tracker."""


class ProjectRefusal(Struct, frozen=True):
    """Something that a tracker refuses in a project.

    Attributes:
        project: The project's key or name in the tracker.
        part: `COMMENT` for new comments, `LABELS`, or the id of a field.
        at: When it was last refused.
    """

    project: str
    part: str
    message: str
    at: datetime

    def sentence(self, names: Mapping[str, str]) -> str:
        """The refusal as a message.

        Args:
            names: The configured names of fields, by field id.
        """
        field_is = f'The field "{names.get(self.part, self.part)}" is'
        subject = {COMMENT: "Comments are", LABELS: "Labels are"}.get(self.part, field_is)
        hours = RETRY_AFTER.total_seconds() / 3600
        return f"{subject} refused in this project, and tried again after {hours:g} hours. {self.message}"


def list_parts(call: Call) -> list[str]:
    """The parts that a call would write. Only a new comment counts, because existing ones may still be changed."""
    if isinstance(call, EditCall):
        return [*([LABELS] if call.add_labels or call.remove_labels else []), *call.fields]
    return [COMMENT] if call.action == "add" else []


class Refusals:
    """What is refused in the projects of one tracker."""

    def __init__(
        self, known: Iterable[ProjectRefusal], field_names: Mapping[str, str], label_names: Sequence[str]
    ) -> None:
        """Start with the refusals of earlier rounds.

        Args:
            field_names: The configured names of fields, by id. Trackers use either in their error messages.
            label_names: What the error messages call the field for labels.
        """
        self.by_part = {(refusal.project, refusal.part): refusal for refusal in known}
        self._field_names = field_names
        self._label_names = label_names
        self._refused_items: defaultdict[tuple[str, str], int] = defaultdict(int)

    def includes(self, project: str, part: str) -> bool:
        """Whether a part is refused in a project."""
        return (project, part) in self.by_part

    def record(self, project: str, parts: Iterable[str], refused: Refused, at: datetime) -> list[ProjectRefusal]:
        """Record that parts were refused on one item; return those that now count as refused in the project."""
        new_refusals: list[ProjectRefusal] = []
        for part in parts:
            self._refused_items[project, part] += 1
            if self._refused_items[project, part] >= _MIN_REFUSED_ITEMS or self._is_named(part, refused.message):
                new_refusals.append(ProjectRefusal(project, part, refused.message, at))
        self.by_part |= {(refusal.project, refusal.part): refusal for refusal in new_refusals}
        return new_refusals

    def _is_named(self, part: str, message: str) -> bool:
        """Whether an error message names a part, so that it is about the part rather than the item."""
        if part == COMMENT:
            return False
        names = self._label_names if part == LABELS else (part, self._field_names.get(part, part))
        return any(name.casefold() in message.casefold() for name in names)


def load(transaction: Transaction, tracker: str, now: datetime) -> list[ProjectRefusal]:
    """Load the refusals of a tracker that are not to be tried again yet."""
    refusals = stored_values.load_for_tracker(transaction, tracker, _REFUSALS_NAME, list[ProjectRefusal]) or []
    return [refusal for refusal in refusals if refusal.at > now - RETRY_AFTER]


def save(transaction: Transaction, tracker: str, refusals: Iterable[ProjectRefusal]) -> None:
    """Store the refusals of a tracker."""
    stored_values.save_for_tracker(transaction, tracker, _REFUSALS_NAME, list(refusals))
