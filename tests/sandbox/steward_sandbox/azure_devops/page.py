"""The web page: a project's backlog in its order with its comments, and one item with its history."""

from datetime import datetime
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from steward_sandbox import page
from steward_sandbox.azure_devops import backlog_order, names, team_iterations, texts
from steward_sandbox.azure_devops.collection import Project
from steward_sandbox.azure_devops.links import name_of
from steward_sandbox.azure_devops.model import Account, Comment, Revision, Value, WorkItem
from steward_sandbox.azure_devops.processes import COMPLETED, PROPOSED, REMOVED
from steward_sandbox.azure_devops.responses import AzureError
from steward_sandbox.azure_devops.world import World

_CATEGORIES = {PROPOSED: "new", COMPLETED: "done", REMOVED: "done"}
_FRAMES = {"current": "active", "past": "closed", "future": "future"}
_NOT_SHOWN = frozenset({names.COMMENTS, names.STATE_CHANGED, names.REASON})

_templates = page.templates("steward_sandbox.azure_devops")


class Row(page.Row):
    """An item as a line of the list."""

    id: int


def respond(world: World, request: Request) -> Response:
    """The page for a path outside the API."""
    path, shown = request.url.path.strip("/"), _Page(world)
    item = world.find(path.rpartition("/")[2])
    if item is not None:
        return shown.item(item)
    if path.casefold() in ("", world.collection.base_path.strip("/").casefold()):
        return shown.backlog(request)
    raise AzureError("no_page")


class _Page:
    def __init__(self, world: World) -> None:
        self.world = world
        self.collection = world.collection
        self.frames: dict[int, str] = {}
        for team in world.collection.teams.values():
            self.frames |= team_iterations.timeframes(world, team)

    def backlog(self, request: Request) -> Response:
        """One project's items in their order."""
        projects = list(self.collection.projects.values())
        project = self.collection.find_project(request.query_params.get("project", "")) or projects[0]
        ordered = self._ordered(project)
        listed = page.listing(request.query_params, ordered, self._is_shown)
        places = self._places(ordered)
        return self._render(
            "items.html",
            list=listed,
            rows=[self._row(item, places) for item in listed.items],
            projects=[(p.name, quote(p.name), p.process.name) for p in projects],
            project=project.name,
            link=f"/?project={quote(project.name)}&show=",
        )

    def item(self, item: WorkItem) -> Response:
        """One item with everything that people can see of it."""
        project, fields = self.world.project_of(item), self.collection.fields
        main = self.world.type_of(item).text_field
        others = [
            ref for ref in sorted(item.fields) if not ref.startswith("System.") and ref not in (*_NOT_SHOWN, main)
        ]
        where = {"Area": names.AREA_ID, "Iteration": names.ITERATION_ID, "Assigned to": names.ASSIGNED}
        return self._render(
            "item.html",
            row=self._row(item, self._places(self._ordered(project))),
            description=self._html(item, main),
            texts=[(fields[ref].name, self._html(item, ref)) for ref in others if fields[ref].long],
            facts=[(fields[ref].name, self._text(item.now, ref)) for ref in others if not fields[ref].long],
            where=[("Project", f"{project.name} ({project.process.name})")]
            + [(title, self._text(item.now, ref) or "nobody") for title, ref in where.items()],
            links=[
                (name_of(link.rel), self.world.items[link.other])
                for link in self.world.links.of(item.id)
                if link.other in self.world.items
            ],
            revision=item.rev,
            created=_day(item.revisions[0].at),
            updated=_day(item.now.at),
            gone=item.deleted,
            history=[self._entry(*pair) for pair in reversed(_pairs(item))],
        )

    def _ordered(self, project: Project) -> list[WorkItem]:
        items = [item for item in self.world.items.values() if not item.deleted]
        return backlog_order.in_order(self.world, [i for i in items if self.world.project_of(i).id == project.id])

    def _places(self, ordered: list[WorkItem]) -> dict[int, str]:
        """Positions as people count them, among open items; what was never ranked has none."""
        waiting = [item for item in ordered if backlog_order.is_open(self.world, item)]
        return {
            item.id: str(place) if backlog_order.order_of(self.world, item) is not None else "?"
            for place, item in enumerate(waiting, start=1)
        }

    def _is_shown(self, item: WorkItem, name: str) -> bool:
        match name:
            case "comments":
                return bool(item.shown_comments)
            case "changed":
                return any(self._account(revision.by).is_program for revision in item.revisions[1:])
            case "open":
                return backlog_order.is_open(self.world, item)
        return True

    def _row(self, item: WorkItem, places: dict[int, str]) -> Row:
        changed, added = page.by_programs(
            (self._account(after.by).is_program, "labels" if name == "Tags" else name, old, new)
            for before, after in _pairs(item)
            for name, old, new in self._changes(before, after)
        )
        node = self.collection.trees.by_id[item.now.node(names.ITERATION_ID)]
        effort = self.world.project_of(item).process.effort_of(item.type)
        return Row(
            place=places.get(item.id, ""),
            id=item.id,
            key=item.key or "",
            title=item.title,
            type=item.type,
            status=item.state,
            category=_CATEGORIES.get(self.world.type_of(item).category(item.state), "indeterminate"),
            points=self._text(item.now, effort) if effort else "",
            sprint=node.name if node.parent is not None else "",
            sprint_state=_FRAMES[self.frames.get(node.id, "future")],
            labels=[(tag, _one_word(tag) in added) for tag in item.tags],
            changed=list(changed.items()),
            comments=[self._comment(comment) for comment in item.shown_comments],
            flagged=item.fields.get(names.BLOCKED) == "Yes",
            hidden=item.hidden,
        )

    def _comment(self, comment: Comment) -> page.Said:
        first = comment.versions[0]
        return page.Said(
            **self._author(first.by),
            at=_day(first.at),
            edited=len(comment.versions) > 1,
            restricted="",
            html=texts.shown(comment.now.text, comment.format),
        )

    def _entry(self, before: Revision, after: Revision) -> dict[str, Any]:
        items = self._changes(before, after)
        if after.about_comment:
            items.append(("Comment", "", "added" if after.history is not None else "edited or deleted"))
        if after.deleted:
            items.append(("Recycle bin", "", "deleted"))
        return {**self._author(after.by), "at": _day(after.at), "items": items}

    def _changes(self, before: Revision, after: Revision) -> list[tuple[str, str, str]]:
        """The fields that a revision changed, with the values before and after."""
        refs = [ref for ref in {**after.fields, **before.fields} if ref not in _NOT_SHOWN]
        return [
            (self.collection.fields[ref].name, self._text(before, ref), self._text(after, ref))
            for ref in refs
            if before.fields.get(ref) != after.fields.get(ref)
        ]

    def _text(self, revision: Revision, ref: str) -> str:
        value, field = revision.fields.get(ref), self.collection.fields[ref]
        if value is None:
            return ""
        if ref in (names.AREA_ID, names.ITERATION_ID):
            return self.collection.trees.path(revision.node(ref))
        if field.identity:
            return self._account(str(value)).name
        if field.long:
            return texts.plain(str(value), revision.formats.get(ref, "html"))
        return _plain(value)

    def _html(self, item: WorkItem, ref: str) -> Any:
        return texts.shown(str(item.fields.get(ref, "")), item.now.formats.get(ref, "html"))

    def _account(self, number: str) -> Account:
        return self.collection.accounts.by_id[number]

    def _author(self, number: str) -> dict[str, str]:
        account = self._account(number)
        return {"author": account.name, "kind": "service" if account.is_program else account.kind}

    def _render(self, template: str, **values: Any) -> Response:
        kind = f"Azure DevOps Server {self.collection.server}" if self.collection.server else "Azure DevOps"
        more = {"now": _day(self.world.clock()), "organisation": self.collection.name, "kind": kind}
        text = _templates.get_template(template).render(**values, **more)
        return HTMLResponse(text, headers=page.HEADERS)


def _pairs(item: WorkItem) -> list[tuple[Revision, Revision]]:
    return list(zip(item.revisions, item.revisions[1:], strict=False))


def _plain(value: Value) -> str:
    if isinstance(value, datetime):
        return _day(value)
    if isinstance(value, tuple):
        return " ".join(map(_one_word, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _one_word(tag: str) -> str:
    return tag.replace(" ", "\N{NO-BREAK SPACE}")


def _day(moment: datetime) -> str:
    return f"{moment:%d %b %Y, %H:%M}"
