"""The web page: a project's backlog in its order with its comments, and one item with its history."""

from itertools import pairwise
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from steward_sandbox import page
from steward_sandbox.azure_devops import backlog_order, names, texts
from steward_sandbox.azure_devops.collection import Project
from steward_sandbox.azure_devops.links import name_of
from steward_sandbox.azure_devops.model import Revision, WorkItem
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
    path, shown = request.url.path.strip("/"), _Page(world)
    item = world.find(path.rpartition("/")[2])
    if item is not None:
        row = next(row for row in shown.rows(world.project_of(item)) if row["id"] == item.id)
        return shown.render("item.html", item=item, row=row)
    if path.casefold() not in ("", world.collection.base_path.strip("/").casefold()):
        raise AzureError("no_page")
    projects = list(world.collection.projects.values())
    project = world.collection.find_project(request.query_params.get("project", "")) or projects[0]
    listed = page.listing(request.query_params, shown.rows(project))
    return shown.render("items.html", list=listed, projects=projects, project=project)


class _Page:
    def __init__(self, world: World) -> None:
        self.world, self.collection = world, world.collection
        self.name_of = name_of
        self._fill = ReplyTemplates("azure_devops", "services", day=day, show=self).fill
        teams, now = world.collection.teams.values(), world.clock()
        self._frames = {node.id: frame for team in teams for node, frame in world.collection.timeframes(team, now)}

    def rows(self, project: Project) -> list[page.Row]:
        """The items of a project in their order, those in the recycle bin at the end."""
        items = [item for item in self.world.items.values() if self.world.project_of(item).id == project.id]
        ordered = backlog_order.in_order(self.world, items)
        return page.complete(self._row(item) for item in sorted(ordered, key=lambda item: item.deleted))

    def others(self, item: WorkItem) -> list[str]:
        known = (*_NOT_SHOWN, self.world.type_of(item).text_field)
        return [ref for ref in sorted(item.fields) if not ref.startswith("System.") and ref not in known]

    def text(self, revision: Revision, ref: str) -> str:
        return as_text(self.world, revision, ref)

    def html(self, item: WorkItem, ref: str) -> Any:
        return texts.shown(str(item.fields.get(ref, "")), item.now.formats.get(ref, "html"))

    def render(self, template: str, **values: Any) -> Response:
        kind = f"Azure DevOps Server {self.collection.server}" if self.collection.server else "Azure DevOps"
        more = {"show": self, "now": day(self.world.clock()), "day": day, "kind": kind, "names": names}
        html = _templates.get_template(template).render(**values, **more, organisation=self.collection.name)
        return HTMLResponse(html, headers=page.HEADERS)

    def _row(self, item: WorkItem) -> page.Row:
        node = self.collection.trees.by_id[item.now.node(names.ITERATION_ID)]
        effort = self.world.project_of(item).process.effort_of(item.type)
        comments = [
            self._fill("page_comment", comment=comment, html=texts.shown(comment.now.text, comment.format))
            for comment in item.shown_comments
        ]
        row: page.Row = self._fill(
            "page_row",
            item=item,
            open=not item.deleted and backlog_order.is_open(self.world, item),
            ranked=backlog_order.order_of(self.world, item) is not None,
            category=_CATEGORIES.get(self.world.type_of(item).category(item.state), "indeterminate"),
            points=self.text(item.now, effort) if effort else "",
            iteration=node,
            sprint_state=_FRAMES[self._frames.get(node.id, "future")],
            flagged=item.fields.get(names.BLOCKED) == "Yes",
            labels=[as_words((tag,)) for tag in item.tags],
        )
        history = [self._entry(before, after) for before, after in pairwise(item.revisions)]
        return row | {"comments": comments, "history": history}

    def _entry(self, before: Revision, after: Revision) -> Any:
        refs = [ref for ref in {**after.fields, **before.fields} if ref not in _NOT_SHOWN]
        changes = [
            (self.collection.fields[ref].name, self.text(before, ref), self.text(after, ref))
            for ref in refs
            if before.fields.get(ref) != after.fields.get(ref)
        ]
        if after.about_comment:
            changes.append(("Comment", "", "added" if after.history is not None else "edited or deleted"))
        if after.deleted:
            changes.append(("Recycle bin", "", "deleted"))
        return self._fill("page_entry", by=after.by, at=after.at, changes=changes)
