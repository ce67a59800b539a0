"""The web page: a project's backlog in its order with its comments, and one item with its history."""

from itertools import pairwise
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from steward_sandbox import page
from steward_sandbox.azure_devops import backlog_order, names, texts
from steward_sandbox.azure_devops.collection import Project
from steward_sandbox.azure_devops.links import name_of
from steward_sandbox.azure_devops.model import Comment, Revision, WorkItem
from steward_sandbox.azure_devops.processes import COMPLETED, PROPOSED, REMOVED
from steward_sandbox.azure_devops.responses import AzureError
from steward_sandbox.azure_devops.values import as_text, as_words, day
from steward_sandbox.azure_devops.world import World
from steward_sandbox.reply_templates import ReplyTemplates

_CATEGORIES = {PROPOSED: "new", COMPLETED: "done", REMOVED: "done"}
_FRAMES = {"current": "active", "past": "closed", "future": "future"}
_NOT_SHOWN = frozenset({names.COMMENTS, names.STATE_CHANGED, names.REASON})

_templates = page.templates("steward_sandbox.azure_devops")


def respond(world: World, request: Request) -> Response:
    """The page for a path outside the API."""
    path, shown = request.url.path.strip("/"), _Page(world)
    item = world.find(path.rpartition("/")[2])
    if item is not None:
        ordered = shown.ordered(world.project_of(item))
        return shown.render("item.html", item=item, row=shown.row(item, shown.places(ordered)))
    if path.casefold() not in ("", world.collection.base_path.strip("/").casefold()):
        raise AzureError("no_page")
    projects = list(world.collection.projects.values())
    project = world.collection.find_project(request.query_params.get("project", "")) or projects[0]
    ordered = shown.ordered(project)
    places, listed = shown.places(ordered), page.listing(request.query_params, ordered, shown.is_listed)
    rows = [shown.row(item, places) for item in listed.items]
    return shown.render("items.html", list=listed, rows=rows, projects=projects, project=project)


class _Page:
    """What the templates show of an organisation."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.collection = world.collection
        self.name_of = name_of
        self._fill = ReplyTemplates("steward_sandbox.azure_devops", "services", day=day).fill
        teams, now = world.collection.teams.values(), world.clock()
        self._frames = {node.id: frame for team in teams for node, frame in world.collection.timeframes(team, now)}

    def ordered(self, project: Project) -> list[WorkItem]:
        """The items of a project in their order."""
        items = [item for item in self.world.items.values() if not item.deleted]
        return backlog_order.in_order(self.world, [i for i in items if self.world.project_of(i).id == project.id])

    def places(self, ordered: list[WorkItem]) -> dict[int, str]:
        """Positions as people count them, among open items; what was never ranked has none."""
        waiting = [item for item in ordered if backlog_order.is_open(self.world, item)]
        ranked = {item.id for item in waiting if backlog_order.order_of(self.world, item) is not None}
        return {item.id: str(n) if item.id in ranked else "?" for n, item in enumerate(waiting, start=1)}

    def is_listed(self, item: WorkItem, name: str) -> bool:
        """Whether a filter of the list keeps an item."""
        people = self.collection.accounts.by_id
        if name == "comments":
            return bool(item.shown_comments)
        if name == "changed":
            return any(people[revision.by].is_program for revision in item.revisions[1:])
        return name == "all" or backlog_order.is_open(self.world, item)

    def row(self, item: WorkItem, places: dict[int, str]) -> dict[str, Any]:
        """An item as a line of the list."""
        people = self.collection.accounts.by_id
        changed, added = page.by_programs(
            (people[after.by].is_program, "labels" if name == "Tags" else name, old, new)
            for before, after in pairwise(item.revisions)
            for name, old, new in self._changes(before, after)
        )
        node = self.collection.trees.by_id[item.now.node(names.ITERATION_ID)]
        effort = self.world.project_of(item).process.effort_of(item.type)
        row: dict[str, Any] = self._fill(
            "page_row",
            item=item,
            place=places.get(item.id, ""),
            category=_CATEGORIES.get(self.world.type_of(item).category(item.state), "indeterminate"),
            points=self.text(item.now, effort) if effort else "",
            iteration=node,
            sprint_state=_FRAMES[self._frames.get(node.id, "future")],
            flagged=item.fields.get(names.BLOCKED) == "Yes",
        )
        labels = [(tag, as_words((tag,)) in added) for tag in item.tags]
        said = [self._comment(comment) for comment in item.shown_comments]
        return row | {"labels": labels, "changed": changed.items(), "comments": said}

    def others(self, item: WorkItem) -> list[str]:
        """The fields that have no place of their own on the page of an item."""
        known = (*_NOT_SHOWN, self.world.type_of(item).text_field)
        return [ref for ref in sorted(item.fields) if not ref.startswith("System.") and ref not in known]

    def history(self, item: WorkItem) -> list[dict[str, Any]]:
        """The revisions with what they changed, the newest first."""
        entries = []
        for before, after in reversed(list(pairwise(item.revisions))):
            items = self._changes(before, after)
            if after.about_comment:
                items.append(("Comment", "", "added" if after.history is not None else "edited or deleted"))
            if after.deleted:
                items.append(("Recycle bin", "", "deleted"))
            entries.append({**self._author(after.by), "at": day(after.at), "items": items})
        return entries

    def text(self, revision: Revision, ref: str) -> str:
        """The value of a field."""
        return as_text(self.world, revision, ref)

    def html(self, item: WorkItem, ref: str) -> Any:
        """A long text."""
        return texts.shown(str(item.fields.get(ref, "")), item.now.formats.get(ref, "html"))

    def render(self, template: str, **values: Any) -> Response:
        """A page."""
        kind = f"Azure DevOps Server {self.collection.server}" if self.collection.server else "Azure DevOps"
        more = {"show": self, "now": day(self.world.clock()), "day": day, "kind": kind, "names": names}
        html = _templates.get_template(template).render(**values, **more, organisation=self.collection.name)
        return HTMLResponse(html, headers=page.HEADERS)

    def _comment(self, comment: Comment) -> dict[str, Any]:
        html = texts.shown(comment.now.text, comment.format)
        return {**self._fill("page_comment", comment=comment, html=html), **self._author(comment.versions[0].by)}

    def _changes(self, before: Revision, after: Revision) -> list[tuple[str, str, str]]:
        """The fields that a revision changed, with the values before and after."""
        refs = [ref for ref in {**after.fields, **before.fields} if ref not in _NOT_SHOWN]
        return [
            (self.collection.fields[ref].name, self.text(before, ref), self.text(after, ref))
            for ref in refs
            if before.fields.get(ref) != after.fields.get(ref)
        ]

    def _author(self, number: str) -> dict[str, str]:
        account = self.collection.accounts.by_id[number]
        return {"author": account.name, "kind": "service" if account.is_program else account.kind}
