"""The writable trackers as the end-to-end tests see them: one backlog, and what the service left on it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from steward_sandbox import StoppedClock, azure_devops, jira
from steward_sandbox.backlog import Backlog


@dataclass(frozen=True)
class Site:
    """A served tracker.

    Attributes:
        app: The sandbox.
        section: Its part of the configuration, with `{url}` for where it is reached.
        reads: Ends of paths to which a POST only reads.
        comments: Texts of the service's comments by item key.
        labels: Labels by item key.
        seen: All that people see.
    """

    app: Any
    section: str
    reads: tuple[str, ...]
    comments: Callable[[], dict[str, list[str]]]
    labels: Callable[[], dict[str, list[str]]]
    seen: Callable[[], Any]

    def ours(self) -> dict[str, int]:
        """Comments of the service by item key; items without one are left out."""
        return {key: len(texts) for key, texts in self.comments().items() if texts}

    def changes(self, method: str, path: str) -> bool:
        """Whether a request is one that changes something."""
        return method in {"PUT", "DELETE", "PATCH"} or (
            method == "POST" and not path.split("?", maxsplit=1)[0].endswith(self.reads)
        )


def _jira(app: Any, world: Any, section: str) -> Site:
    def comments() -> dict[str, list[str]]:
        return {
            issue.key: [
                jira.adf_text.to_wiki(one.body) for one in issue.comments if "backlog-steward" in one.properties
            ]
            for issue in world.issues.values()
        }

    def labels() -> dict[str, list[str]]:
        return {issue.key: sorted(issue.labels) for issue in world.issues.values() if issue.labels}

    return Site(
        app,
        section,
        ("/search/jql", "/bulkfetch", "/comment/list", "/search"),
        comments,
        labels,
        lambda: jira.snapshot(world),
    )


def jira_cloud(held: Backlog, clock: StoppedClock) -> Site:
    """Jira Cloud."""
    world = jira.build_world(held, clock=clock)
    return _jira(
        jira.JiraCloud(world),
        world,
        "kind: jira\n    url: {url}\n    email: steward@example.com\n    scope: project = PAY",
    )


def jira_data_center(held: Backlog, clock: StoppedClock) -> Site:
    """Jira Data Center."""
    world = jira.build_world(held, site=jira.Site(absent_fields=jira.CLOUD_FIELDS), clock=clock)
    return _jira(jira.JiraDataCenter(world), world, "kind: jira\n    url: {url}\n    scope: project = PAY")


def _azure(held: Backlog, clock: StoppedClock, collection: azure_devops.Collection) -> Site:
    world = azure_devops.build_world(held, collection=collection, clock=clock)
    app = azure_devops.AzureDevOps(world)
    us = collection.accounts

    def comments() -> dict[str, list[str]]:
        return {
            item.key: [
                one.now.text
                for one in item.comments
                if us.by_id[one.versions[0].by].name == "Steward" and not one.now.deleted
            ]
            for item in world.items.values()
        }

    def labels() -> dict[str, list[str]]:
        return {item.key: sorted(item.tags) for item in world.items.values() if item.tags}

    return Site(
        app,
        "kind: azure-devops\n    url: {url}" + app.base_path + "\n    project: PAY",
        ("/wiql", "/workitemsbatch", "/workitemrevisions"),
        comments,
        labels,
        lambda: azure_devops.snapshot(world),
    )


def azure_services(held: Backlog, clock: StoppedClock) -> Site:
    """Azure DevOps Services."""
    return _azure(held, clock, azure_devops.Collection(process="Inherited Scrum"))


def azure_server(held: Backlog, clock: StoppedClock) -> Site:
    """Azure DevOps Server."""
    return _azure(held, clock, azure_devops.Collection("Main", process="Inherited Agile", server="2022"))


SITES = {
    "jira cloud": jira_cloud,
    "jira data center": jira_data_center,
    "azure services": azure_services,
    "azure server": azure_server,
}
