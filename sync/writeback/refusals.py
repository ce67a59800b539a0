"""What a tracker refuses in a whole project, such as labels that are on no edit screen.

It is said once a project and tried again after a day, not on every item in every round. A comment is written all the
same.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from connectors.errors import Refused
from sync.store import Transaction, rounds
from sync.store.records import Call, EditCall

HOLDS = timedelta(hours=24)
"""How long something refused is not tried again."""
COMMENT, LABELS = "comment", "labels"
_LABEL_NAMES = (LABELS, "System.Tags", "field Tags")
"""What trackers call labels in their error messages."""
_ITEMS = 2
"""On how many items of a project an unexplained refusal counts for the project."""
_KEY = "refusals"


class ProjectRefusal(Struct, frozen=True):
    """Something that a tracker refuses in a project.

    Attributes:
        part: `COMMENT` for new comments, `LABELS`, or the id of a field.
        message: What the tracker said.
    """

    project: str
    part: str
    message: str
    at: datetime

    def sentence(self, names: Mapping[str, str]) -> str:
        """For people, with the configured names of fields."""
        what = {COMMENT: "Comments", LABELS: "Labels"}.get(self.part, f'The field "{names.get(self.part, self.part)}"')
        verb = "are" if self.part in (COMMENT, LABELS) else "is"
        hours = HOLDS.total_seconds() / 3600
        return f"{what} {verb} refused in this project, and tried again after {hours:g} hours. {self.message}"


def parts_of(call: Call) -> list[str]:
    """What a call would write, part by part; a comment that is already there may be changed all the same."""
    if isinstance(call, EditCall):
        return [*([LABELS] if call.add_labels or call.remove_labels else []), *call.fields]
    return [COMMENT] if call.action == "add" else []


class Refusals:
    """What is refused in the projects of one tracker."""

    def __init__(self, known: Iterable[ProjectRefusal] = (), names: Mapping[str, str] | None = None) -> None:
        """Start with what is known.

        Args:
            known: Earlier refusals.
            names: The configured names of fields, by id; trackers name fields in their messages.
        """
        self.by_part = {(refusal.project, refusal.part): refusal for refusal in known}
        self._names = names or {}
        self._items: defaultdict[tuple[str, str], int] = defaultdict(int)

    def includes(self, project: str, part: str) -> bool:
        """Whether a part is refused in a project."""
        return (project, part) in self.by_part

    def note(self, project: str, parts: Iterable[str], refused: Refused, at: datetime) -> list[ProjectRefusal]:
        """Note that parts were refused on one item; return those that now count as refused in the project."""
        new: list[ProjectRefusal] = []
        for part in parts:
            self._items[project, part] += 1
            if self._items[project, part] >= _ITEMS or self._is_named(part, refused.message):
                new.append(ProjectRefusal(project, part, refused.message, at))
        self.by_part |= {(refusal.project, refusal.part): refusal for refusal in new}
        return new

    def _is_named(self, part: str, message: str) -> bool:
        names = _LABEL_NAMES if part == LABELS else () if part == COMMENT else (part, self._names.get(part, part))
        return any(name.casefold() in message.casefold() for name in names)


def load(reading: Transaction, tracker: str, now: datetime) -> list[ProjectRefusal]:
    """The refusals of a tracker that still hold."""
    stored = rounds.tracker_fact(reading, tracker, _KEY)
    known = msgspec.json.decode(stored, type=list[ProjectRefusal]) if stored is not None else []
    return [refusal for refusal in known if refusal.at > now - HOLDS]


def save(transaction: Transaction, tracker: str, refusals: Iterable[ProjectRefusal]) -> None:
    """Remember the refusals of a tracker."""
    rounds.save_tracker_fact(transaction, tracker, _KEY, msgspec.json.encode(list(refusals)))
