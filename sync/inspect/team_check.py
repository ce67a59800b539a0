"""The checks of `steward doctor` about teams: how many open items each has, and which items match no team."""

from collections.abc import Iterator

from rules.teams import Teams
from sync.inspect.check import CheckStatus, DoctorCheck
from sync.store import Transaction
from sync.store.backlogs import NO_FINISHED_ITEMS, load_backlog

_MAX_LISTED_KEYS = 5
"""The maximum number of items that a check names, so that it stays readable."""


def team_checks(transaction: Transaction, tracker: str, teams: Teams) -> Iterator[DoctorCheck]:
    """List the open items of each team on a tracker, and warn of items that match no team."""
    keys_by_team: dict[str, list[str]] = {}
    unmatched: list[str] = []
    # Each item is needed only once, so they are not all held in memory.
    for item in load_backlog(transaction, tracker, NO_FINISHED_ITEMS, teams=teams, in_memory=False).items:
        keys = keys_by_team.setdefault(item.team, []) if teams.matches(item) else unmatched
        keys.append(item.key)
    for team, keys in sorted(keys_by_team.items()):
        yield DoctorCheck(f"{tracker}.team", CheckStatus.GOOD, f"Team {team}: {_describe_items(keys)}.")
    if unmatched:
        yield DoctorCheck(
            f"{tracker}.team",
            CheckStatus.WARNING,
            f"In no team: {_describe_items(unmatched)}. They count as a team called {tracker}, like the tracker.",
            "Name their project, area, component, board or Team field under `teams:` in steward.yaml.",
        )


def _describe_items(keys: list[str]) -> str:
    """The number of items, and the keys of the first ones."""
    listed = ", ".join(keys[:_MAX_LISTED_KEYS])
    more = f" and {len(keys) - _MAX_LISTED_KEYS} more" if len(keys) > _MAX_LISTED_KEYS else ""
    return f"{len(keys)} open {'item' if len(keys) == 1 else 'items'} ({listed}{more})"
