"""What people can see of a site, as plain data, for comparing before and after."""

from typing import Any

from steward_sandbox.jira import adf_text
from steward_sandbox.jira.model import Issue
from steward_sandbox.jira.world import World


def snapshot(world: World) -> dict[str, dict[str, Any]]:
    """By key: labels, the values of the fields, and the comments with their authors.

    Positions, stamps, change logs and properties are left out: nobody reads them on an issue.
    """
    with world.lock:
        return {issue.key: _seen(world, issue) for issue in world.issues.values()}


def _seen(world: World, issue: Issue) -> dict[str, Any]:
    people = world.site.accounts.by_id
    custom = {
        world.site.fields.by_id[name].name: adf_text.to_wiki(value) if isinstance(value, dict) else value
        for name, value in sorted(issue.custom.items())
    }
    return {
        "labels": sorted(issue.labels),
        "fields": {
            "Summary": issue.summary,
            "Description": adf_text.to_wiki(issue.description),
            "Type": issue.type,
            "Status": issue.status,
            "Resolution": issue.resolution,
            "Priority": issue.priority,
            "Components": list(issue.components),
            "Assignee": people[issue.assignee].name if issue.assignee else None,
            "Reporter": people[issue.reporter].name if issue.reporter else None,
            "Parent": world.issues[issue.parent].key if issue.parent in world.issues else None,
            "Sprint": [world.site.sprints[number].name for number in issue.sprints],
            "Flagged": issue.flagged,
            "Security": issue.security,
            **custom,
        },
        "comments": [
            {"author": people[comment.author].name, "text": adf_text.to_wiki(comment.body)}
            for comment in issue.comments
        ],
    }
