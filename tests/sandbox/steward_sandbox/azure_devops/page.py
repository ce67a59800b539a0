"""The page for people: a project's backlog in its order, what was written under it, and what changed."""

from datetime import datetime
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from steward_sandbox import page
from steward_sandbox.azure_devops import backlog_view, seeding_words, team_iterations, texts
from steward_sandbox.azure_devops import field_data as names
from steward_sandbox.azure_devops.call import Azure
from steward_sandbox.azure_devops.collection import Project
from steward_sandbox.azure_devops.links import direction
from steward_sandbox.azure_devops.model import Account, Comment, Revision, Value, WorkItem
from steward_sandbox.azure_devops.processes import COMPLETED, PROPOSED, REMOVED
from steward_sandbox.azure_devops.wire import PlainRefusal
from steward_sandbox.azure_devops.world import World

_CATEGORIES = {PROPOSED: "new", COMPLETED: "done", REMOVED: "done"}
_UNTOLD = frozenset({names.COMMENTS, names.STATE_CHANGED, names.REASON})

_templates = page.templates("steward_sandbox.azure_devops")


class Row(page.Row):
    """An item as a line of the list shows it."""

    id: int


def answer(azure: Azure, request: Request) -> Response:
    """The page for a path outside the API.

    Raises:
        PlainRefusal: There is none.
    """
    shown = _Page(azure.world)
    parts = [part for part in request.url.path.split("/") if part]
    if parts and parts[-1].isdecimal() and int(parts[-1]) in azure.world.items:
        return shown.item(azure.world.items[int(parts[-1])])
    if not parts or "/".join(parts).casefold() == azure.world.collection.base_path.strip("/").casefold():
        return shown.backlog(request)
    raise PlainRefusal(404, "The resource cannot be found.")


class _Page:
    def __init__(self, world: World) -> None:
        self.world = world
        self.collection = world.collection
        self.frames = {
            number: frame
            for team in world.collection.teams.values()
            for number, frame in team_iterations.timeframes(world, team).items()
        }

    def backlog(self, request: Request) -> Response:
        """One project's items in their order."""
        asked = request.query_params
        project = self._project(asked.get("project", ""))
        ordered = backlog_view.in_order(self.world, self._items(project))
        places = self._places(ordered)
        listed = page.listing(asked, ordered, self._wanted)
        return self._render(
            "items.html",
            list=listed,
            rows=[self._row(item, places) for item in listed.items],
            projects=[(p.name, quote(p.name), p.process.name) for p in self.collection.projects.values()],
            project=project.name,
            link=f"/?project={quote(project.name)}&show=",
        )

    def item(self, item: WorkItem) -> Response:
        """One item with everything people can see of it."""
        project = self.world.project_of(item)
        places = self._places(backlog_view.in_order(self.world, self._items(project)))
        trees = self.collection.trees
        kind = self.world.type_of(item)
        main = seeding_words.text_field(kind)
        long = [ref for ref in item.fields if ref != main and self.collection.fields[ref].type == "html"]
        return self._render(
            "item.html",
            row=self._row(item, places),
            description=self._text(item, main),
            texts=[(self.collection.fields[ref].name, self._text(item, ref)) for ref in long],
            facts=self._facts(item),
            where=[
                ("Project", f"{project.name} ({project.process.name})"),
                ("Area", trees.path(int(str(item.fields[names.AREA_ID])))),
                ("Iteration", trees.path(int(str(item.fields[names.ITERATION_ID])))),
                ("Assigned to", self._name(item.fields.get(names.ASSIGNED))),
            ],
            links=[
                (way[0].name(forward=way[1]), self.world.items[relation.other])
                for relation in self.world.links.of(item.id)
                if (way := direction(relation.rel)) and relation.other in self.world.items
            ],
            revision=item.rev,
            created=self._day(item.revisions[0].at),
            updated=self._day(item.now.at),
            gone=item.deleted is not None,
            history=[self._entry(item, number) for number in range(len(item.revisions), 1, -1)],
        )

    def _project(self, name: str) -> Project:
        found = self.collection.find_project(name) if name else None
        return found or next(iter(self.collection.projects.values()))

    def _items(self, project: Project) -> list[WorkItem]:
        items = self.world.items.values()
        return [i for i in items if i.deleted is None and self.world.project_of(i).id == project.id]

    def _places(self, ordered: list[WorkItem]) -> dict[int, str]:
        """Positions as people count them, among what is open; what was never ranked has none."""
        waiting = [item for item in ordered if self._wanted(item, "open")]
        return {
            item.id: str(place) if backlog_view.order_of(self.world, item) is not None else "?"
            for place, item in enumerate(waiting, start=1)
        }

    def _wanted(self, item: WorkItem, shown: str) -> bool:
        match shown:
            case "comments":
                return any(not comment.now.deleted for comment in item.comments)
            case "changed":
                return any(is_service(self._account(revision.by)) for revision in item.revisions[1:])
            case "open":
                return self.world.type_of(item).category(item.state) not in (COMPLETED, REMOVED)
        return True

    def _row(self, item: WorkItem, places: dict[int, str]) -> Row:
        changed, added = self._by_service(item)
        node = self.collection.trees.by_id[int(str(item.fields[names.ITERATION_ID]))]
        effort = self.world.project_of(item).process.effort_of(item.type)
        points = item.fields.get(effort or "")
        frame = self.frames.get(node.id, "future")
        return Row(
            place=places.get(item.id, ""),
            id=item.id,
            key=item.key or "",
            title=item.title,
            type=item.type,
            status=item.state,
            category=_CATEGORIES.get(self.world.type_of(item).category(item.state), "indeterminate"),
            points=f"{points:g}" if isinstance(points, (int, float)) else "",
            sprint=node.name if node.parent is not None else "",
            sprint_state={"current": "active", "past": "closed"}.get(frame, frame),
            labels=[(tag, tag in added) for tag in item.tags],
            changed=list(changed.items()),
            comments=[self._said(comment) for comment in item.comments if not comment.now.deleted],
            flagged=item.fields.get(names.BLOCKED) == "Yes",
            hidden=item.hidden,
        )

    def _by_service(self, item: WorkItem) -> tuple[dict[str, str], set[str]]:
        """The fields whose value, and the tags whose presence, is a program's doing and nobody's since."""
        values: dict[str, str] = {}
        tags: set[str] = set()
        for before, after in zip(item.revisions, item.revisions[1:], strict=False):
            program = is_service(self._account(after.by))
            for ref in _changed(before, after):
                if ref == names.TAGS:
                    added = _tags(after) - _tags(before)
                    tags = tags | added if program else tags - added
                elif program:
                    values[self.collection.fields[ref].name] = self._shown(after, ref) or "emptied"
                else:
                    values.pop(self.collection.fields[ref].name, None)
        return values, tags

    def _said(self, comment: Comment) -> page.Said:
        first = comment.versions[0]
        author = self._account(first.by)
        return page.Said(
            author=author.name,
            kind="service" if is_service(author) else author.kind,
            at=self._day(first.at),
            edited=len(comment.versions) > 1,
            restricted="",
            html=texts.shown(comment.now.text, comment.format),
        )

    def _entry(self, item: WorkItem, number: int) -> dict[str, Any]:
        before, after = item.revisions[number - 2], item.revisions[number - 1]
        author = self._account(after.by)
        items = [
            (self.collection.fields[ref].name, self._shown(before, ref), self._shown(after, ref))
            for ref in _changed(before, after)
        ]
        if after.comment is not None:
            items.append(("Comment", "", "added" if after.history is not None else "edited or deleted"))
        if after.deleted:
            items.append(("Recycle bin", "", "deleted"))
        kind = "service" if is_service(author) else author.kind
        return {"author": author.name, "kind": kind, "at": self._day(after.at), "items": items}

    def _facts(self, item: WorkItem) -> list[tuple[str, str]]:
        said = {names.TITLE, names.TYPE, names.STATE, names.TAGS, names.ASSIGNED, names.COMMENTS, names.STATE_CHANGED}
        kept = (r for r in sorted(item.fields) if r not in said and not r.startswith("System."))
        return [
            (self.collection.fields[r].name, self._shown(item.now, r))
            for r in kept
            if not self.collection.fields[r].long
        ]

    def _shown(self, revision: Revision, ref: str) -> str:
        value = revision.fields.get(ref)
        if value is None:
            return ""
        field = self.collection.fields[ref]
        if ref in (names.AREA_ID, names.ITERATION_ID):
            return self.collection.trees.path(int(str(value)))
        if field.identity:
            return self._name(value)
        if field.long:
            return texts.plain(str(value), revision.formats.get(ref, "html"))
        return self._plain(value)

    def _plain(self, value: Value) -> str:
        if isinstance(value, datetime):
            return self._day(value)
        if isinstance(value, tuple):
            return "; ".join(value)
        return f"{value:g}" if isinstance(value, float) else str(value)

    def _text(self, item: WorkItem, ref: str) -> Any:
        value = item.fields.get(ref)
        return texts.shown(str(value), item.now.formats.get(ref, "html")) if value else ""

    def _account(self, number: str) -> Account:
        return self.collection.accounts.by_id[number]

    def _name(self, number: Value | None) -> str:
        return self._account(str(number)).name if number else "nobody"

    def _day(self, moment: Any) -> str:
        return f"{moment:%d %b %Y, %H:%M}"

    def _render(self, template: str, **values: Any) -> Response:
        name = self.collection.name
        kind = f"Azure DevOps Server {self.collection.server}" if self.collection.server else "Azure DevOps"
        now = self._day(self.world.clock())
        text = _templates.get_template(template).render(**values, now=now, organisation=name, kind=kind)
        return HTMLResponse(text, headers=page.HEADERS)


def is_service(account: Account) -> bool:
    """Whether this account is a program: a service, or whoever came with a token that no person has."""
    return account.through_api or account.kind == "service"


def _changed(before: Revision, after: Revision) -> list[str]:
    refs = {**after.fields, **before.fields}
    return [ref for ref in refs if ref not in _UNTOLD and before.fields.get(ref) != after.fields.get(ref)]


def _tags(revision: Revision) -> set[str]:
    tags = revision.fields.get(names.TAGS, ())
    return set(tags) if isinstance(tags, tuple) else set()
