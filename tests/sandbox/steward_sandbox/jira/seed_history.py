"""The changelog of an issue from what a backlog file tells of its past."""

from collections.abc import Callable, Iterator
from datetime import datetime

from steward_sandbox.backlog import SeedChange, SeedItem, SeedPerson
from steward_sandbox.jira import fields
from steward_sandbox.jira.model import Account, ChangeItem, History, Status
from steward_sandbox.jira.world import World

_SYSTEM_NAMES = {"title": "summary", "type": "issuetype", "component": "components"}
_CUSTOM_NAMES = {
    **fields.PLANNING,
    "story points": fields.POINTS,
    "sprint": fields.SPRINT,
    "flagged": fields.FLAGGED,
}


def is_status(change: SeedChange) -> bool:
    """Whether a change is one of the status."""
    return change.field.casefold() == "status"


class SeedHistory:
    """Turns the changes of a file into entries of a changelog; `account` finds the people."""

    def __init__(self, world: World, account: Callable[[SeedPerson | None], Account]) -> None:
        self._world = world
        self._account = account

    def entries(self, item: SeedItem, status: Status, resolution: str | None) -> Iterator[History]:
        """The entries of an item, oldest first; a resolution without any change of status gets one."""
        entries: list[tuple[datetime, SeedPerson | None, tuple[ChangeItem, ...]]] = [
            (change.at, change.by, (self._change(change),)) for change in item.transitions
        ]
        if item.resolved is not None and not any(map(is_status, item.transitions)):
            catalogue = self._world.site.catalogue
            first = catalogue.statuses["To Do"]
            moved = ChangeItem("status", "status", False, first.id, first.name, status.id, status.name)
            result = catalogue.resolutions[resolution or ""]
            ended = ChangeItem("resolution", "resolution", after=result.id, after_text=result.name)
            entries.append((item.resolved, item.assignee, (moved, ended)))
        for at, by, items in sorted(entries, key=lambda entry: entry[0]):
            yield History(self._world.counters.next("history"), self._account(by).id, at, items)

    def _change(self, change: SeedChange) -> ChangeItem:
        """A change in Jira's words; a field that Jira does not have keeps the file's name."""
        name = change.field.casefold()
        texts = _text(change.before), _text(change.after)
        if name in ("status", "priority"):
            old, new = (self._numbered(name, text) if text else (None, None) for text in texts)
            return ChangeItem(name, name, False, *old, *new)
        if name == "rank":
            moved = "Ranked lower" if texts[1] and "low" in texts[1].casefold() else "Ranked higher"
            return ChangeItem("Rank", fields.RANK, True, "", "", "", moved)
        known = self._world.site.fields.called(_CUSTOM_NAMES.get(name) or _SYSTEM_NAMES.get(name) or change.field)
        if known is None:
            return ChangeItem(change.field, None, before_text=texts[0], after_text=texts[1])
        shown = known.name if known.custom else known.id
        return ChangeItem(shown, known.id, known.custom is not None, None, texts[0], None, texts[1])

    def _numbered(self, field: str, text: str) -> tuple[str, str]:
        catalogue = self._world.site.catalogue
        known = catalogue.statuses[text] if field == "status" else catalogue.priorities[text]
        return known.id, known.name


def _text(value: str | float | None) -> str | None:
    return f"{value:g}" if isinstance(value, (int, float)) else value
