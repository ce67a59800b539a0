"""Which team each open item belongs to, for `steward doctor`."""

from collections.abc import Iterator
from datetime import UTC, datetime

from rules.teams import Teams
from sync.inspect.check import CheckStatus, DoctorCheck
from sync.store import Transaction
from sync.store.backlogs import load_backlog

_MAX_KEYS = 5
_NO_FINISHED_ITEMS = datetime.max.replace(tzinfo=UTC)


def team_checks(transaction: Transaction, tracker: str, teams: Teams) -> Iterator[DoctorCheck]:
    """List the open items of each team on a tracker, and warn of items that match no team.

    Args:
        transaction: The store.
        tracker: The tracker's name.
        teams: The configured teams.
    """
    keys_by_team: dict[str, list[str]] = {}
    unmatched: list[str] = []
    for item in load_backlog(transaction, tracker, _NO_FINISHED_ITEMS, teams=teams, in_memory=False).items:
        (keys_by_team.setdefault(item.team, []) if teams.matches(item) else unmatched).append(item.key)
    for team, keys in sorted(keys_by_team.items()):
        yield DoctorCheck(f"{tracker}.team", CheckStatus.GOOD, f"Team {team}: {_count(keys)}.")
    if unmatched:
        yield DoctorCheck(
            f"{tracker}.team",
            CheckStatus.WARNING,
            f"In no team: {_count(unmatched)}. Their team is called {tracker}, like the tracker.",
            "Name their project, area, component, board or Team field under `teams:` in steward.yaml.",
        )


def _count(keys: list[str]) -> str:
    listed = ", ".join(keys[:_MAX_KEYS])
    more = f" and {len(keys) - _MAX_KEYS} more" if len(keys) > _MAX_KEYS else ""
    return f"{len(keys)} open {'item' if len(keys) == 1 else 'items'} ({listed}{more})"
