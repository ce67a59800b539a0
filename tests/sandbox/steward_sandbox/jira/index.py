"""What searches see: the issues as they were a while ago, if the index is late."""

import random
from collections.abc import Collection, Iterable
from datetime import timedelta

import msgspec

from steward_sandbox.clock import Lag
from steward_sandbox.jira.model import Issue
from steward_sandbox.jira.options import Options
from steward_sandbox.jira.world import Past, World


class Index:
    """The view of searches on a world; other reads see the world itself."""

    def __init__(self, world: World, options: Options) -> None:
        self._world = world
        self._options = options
        self._random = random.Random(options.seed)

    def issues(self, fresh: Collection[int] = ()) -> list[Issue]:
        """The issues as searches see them; those in `fresh` as they are now."""
        lag, rank_lag = self._options.search_lag, self._options.rank_lag
        if not lag and not rank_lag:
            return list(self._world.issues.values())
        seen: dict[int, Issue | None] = dict(self._world.issues)
        for past in self._missed(lag):
            if past.issue not in fresh:
                seen[past.issue] = past.before
        for past in self._missed(rank_lag):
            issue = seen.get(past.issue)
            if past.only_rank and past.issue not in fresh and issue is not None and past.before is not None:
                seen[past.issue] = msgspec.structs.replace(issue, rank=past.before.rank)
        return [issue for _, issue in sorted(seen.items()) if issue is not None]

    def flickering(self, issues: Iterable[Issue], fresh: Collection[int] = ()) -> list[Issue]:
        """The issues of one reply, some of which may be missing from it by chance."""
        share = self._options.flicker
        return [i for i in issues if not share or i.id in fresh or self._random.random() >= share]

    def _missed(self, lag: Lag) -> list[Past]:
        """The changes that an index with this lag has not seen yet, latest first."""
        if not lag:
            return []
        horizon = self._world.clock() - timedelta(seconds=lag.seconds)
        late: list[Past] = []
        for number, past in enumerate(reversed(self._world.past)):
            if number >= lag.changes and (past.at <= horizon or not lag.seconds):
                break
            late.append(past)
        return late
