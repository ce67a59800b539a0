"""What searches see: the issues as they were a while ago, when the index is late."""

import random
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

import msgspec

from steward_sandbox.jira.behaviour import Behaviour
from steward_sandbox.jira.model import Issue
from steward_sandbox.jira.world import Past, World
from steward_sandbox.lag import Lag


class Index:
    """The view of searches on a world; other reads do not pass here."""

    def __init__(self, world: World, behaviour: Behaviour) -> None:
        self._world = world
        self._behaviour = behaviour
        self._chance = random.Random(behaviour.seed)

    def issues(self, fresh: Collection[int] = ()) -> list[Issue]:
        """The issues as searches see them; those named in `fresh` as they are."""
        lag, rank_lag = self._behaviour.search_lag, self._behaviour.rank_lag
        current = self._world.issues
        if not lag and not rank_lag:
            return list(current.values())
        seen: dict[int, Issue | None] = dict(current)
        for past in self._since(lag):
            if past.issue not in fresh:
                seen[past.issue] = past.before
        for past in self._since(rank_lag):
            shown = seen.get(past.issue)
            if past.only_rank and past.issue not in fresh and shown is not None and past.before is not None:
                seen[past.issue] = msgspec.structs.replace(shown, rank=past.before.rank)
        return [issue for _, issue in sorted(seen.items()) if issue is not None]

    def flickers(self, issues: Iterable[Issue], fresh: Collection[int] = ()) -> list[Issue]:
        """The issues of one answer, some of which may be missing from it by chance."""
        share = self._behaviour.flicker
        if not share:
            return list(issues)
        return [issue for issue in issues if issue.id in fresh or self._chance.random() >= share]

    def _since(self, lag: Lag) -> list[Past]:
        """What such an index has not heard of yet, latest first."""
        if not lag:
            return []
        known = self._world.past
        horizon: datetime = self._world.clock() - timedelta(seconds=lag.seconds)
        late: list[Past] = []
        for number, past in enumerate(reversed(known)):
            if number >= lag.changes and (past.at <= horizon or not lag.seconds):
                break
            late.append(past)
        return late
