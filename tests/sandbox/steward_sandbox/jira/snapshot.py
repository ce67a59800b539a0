"""What people can see of a site, as plain data, for comparing before and after."""

from typing import Any

import msgspec

from steward_sandbox.jira import adf_text
from steward_sandbox.jira.changelog import as_text
from steward_sandbox.jira.model import Issue
from steward_sandbox.jira.world import World

_UNSEEN = (
    "rank",
    "updated",
    "status_changed",
    "history",
    "properties",
    "comments",
    "links",
    "worklogs",
    "voters",
    "watchers",
)
"""Positions, stamps, change logs and properties: nobody reads them on an issue."""


def snapshot(world: World) -> dict[str, dict[str, Any]]:
    """By key: labels, the values of the fields, and the comments with their authors."""
    with world.lock:
        return {issue.key: _seen(world, issue) for issue in world.issues.values()}


def _seen(world: World, issue: Issue) -> dict[str, Any]:
    people = world.site.accounts.by_id
    comments = [{"author": people[c.author].name, "text": adf_text.to_wiki(c.body)} for c in issue.comments]
    fields = {name: value for name, value in msgspec.structs.asdict(issue).items() if name not in _UNSEEN}
    custom = {name: as_text(value) for name, value in sorted(issue.custom.items())}
    texts = {"description": adf_text.to_wiki(issue.description), "custom": custom}
    return {**fields, **texts, "labels": sorted(issue.labels), "comments": comments}
