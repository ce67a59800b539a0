"""Acts on a site: what people and programs do there, by hand or through the API.

A change writes the changelog and moves `updated` as Jira does: editing, moving, transitions and a new comment do;
a new rank, an edited or deleted comment, a vote, and a property do not.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msgspec.structs import replace

from steward_sandbox.backlog import AccountType, SprintState
from steward_sandbox.jira import adf, adf_text, changelog, fields, lexorank, schemas
from steward_sandbox.jira.model import Account, ChangeItem, Comment, Doc, Issue, Value
from steward_sandbox.jira.site import DEFAULT_RESOLUTION
from steward_sandbox.jira.world import Mail, World

Ref = str | int


class Actor:
    """Somebody who works on the site; everything they do looks as Jira makes it look."""

    def __init__(self, world: World, who: str | Account, *, type: AccountType = "atlassian") -> None:  # noqa: A002 - Jira's word
        self.world = world
        self.account = world.site.accounts.named(who, type) if isinstance(who, str) else who

    def create(self, project: str, title: str, **values: Any) -> Issue:
        with self.world.lock:
            draft = self.world.draft(self.world.site.project(project).key, self.account)
            return self.world.put(replace(draft, **self._values(draft, {"title": title, **values})))

    def edit(self, ref: Ref, **values: Any) -> Issue:
        """Change fields: title, description, acceptance_criteria, points, business_value, time_criticality,
        risk_reduction, wsjf, moscow, priority, type, labels, components, flagged, security, assignee (a name),
        parent (a key), sprint (a name), or any custom field by id. None empties a field.
        """
        with self.world.lock:
            return self.world.edit(ref, self.account, **self._values(self.world.issue(ref), values))

    def label(self, ref: Ref, *add: str, remove: Iterable[str] = ()) -> Issue:
        kept = [label for label in self.world.issue(ref).labels if label not in set(remove)]
        return self.edit(ref, labels=dict.fromkeys((*kept, *add)))

    def transition(self, ref: Ref, status: str) -> Issue:
        with self.world.lock:
            statuses = self.world.site.catalogue.statuses
            old, new = statuses[self.world.issue(ref).status], statuses[status]
            values: dict[str, Any] = {"status": new.name}
            if old.category != new.category:
                now, done = self.world.clock(), new.category == "done"
                values["status_changed"] = now
                values["resolution"] = DEFAULT_RESOLUTION if done else None
                values["resolved"] = now if done else None
            return self.world.edit(ref, self.account, **values)

    def rank(self, *refs: Ref, before: Ref | None = None, after: Ref | None = None) -> None:
        """Put issues, in the order given, before or after another one."""
        with self.world.lock:
            moved = [self.world.issue(ref) for ref in refs]
            ids = {issue.id for issue in moved}
            others = [issue for issue in self.world.ordered() if issue.id not in ids]
            anchor = self.world.issue(before if before is not None else after or "")
            place = others.index(anchor) + (after is not None)
            low = others[place - 1].rank if place else None
            high = others[place].rank if place < len(others) else None
            for issue in moved:
                low = lexorank.between(low, high)
                item = changelog.ranked(higher=low < issue.rank)
                self.world.record(issue, self.account, item, at=self.world.stamp(), rank=low)

    def move(self, ref: Ref, project: str) -> Issue:
        """Move an issue to another project: it gets a new key and keeps its id."""
        with self.world.lock:
            key = self.world.next_key(self.world.site.project(project).key)
            return self.world.edit(ref, self.account, project=project, key=key, sprints=())

    def link(self, ref: Ref, phrase: str, other: Ref) -> None:
        """Link two issues: `link("A-1", "blocks", "A-2")`."""
        self.world.link(ref, phrase, other, self.account)

    def delete(self, ref: Ref) -> None:
        self.world.delete(ref)

    def hide(self, ref: Ref, level: str = "Confidential") -> Issue:
        """Put an issue under a security level without the callers; nothing tells them so."""
        self.edit(ref, security=level)
        return self.world.hide(ref)

    def unhide(self, ref: Ref) -> Issue:
        self.world.hide(ref, hidden=False)
        return self.edit(ref, security=None)

    def comment(self, ref: Ref, text: str | Doc, **details: Any) -> Comment:
        world = self.world
        with world.lock:
            issue, number, now = world.issue(ref), next(world.counters["comment"]), world.stamp()
            made = Comment(number, self.account.id, _stored(text, number), now, now, self.account.id, **details)
            world.set_quietly(issue.id, comments=(*issue.comments, made), updated=now)
            world.mails.append(Mail(issue.key, self.account.name, "comment"))
            return made

    def edit_comment(self, comment: int, text: str | Doc, *, notify: bool = True, **details: Any) -> Comment:
        """Rewrite a comment, whoever wrote it; `details` as for a new one."""
        world = self.world
        with world.lock:
            issue, old = world.comment(comment)
            details["properties"] = {**old.properties, **details.get("properties", {})}
            edited = {"body": _stored(text, comment), "updated": world.stamp(), "editor": self.account.id}
            made = replace(old, **edited, **details)
            world.replace_comment(issue, comment, made)
            if notify:
                world.mails.append(Mail(issue.key, self.account.name, "comment edit"))
            return made

    def delete_comment(self, comment: int) -> None:
        """Delete a comment, whoever wrote it; its words go to the history."""
        with self.world.lock:
            issue, old = self.world.comment(comment)
            left = self.world.replace_comment(issue, comment)
            item = ChangeItem("Comment", None, before_text=adf_text.to_wiki(old.body))
            self.world.record(left, self.account, item, at=self.world.clock())

    def start_sprint(self, name: str) -> None:
        self._set_sprint(name, SprintState.ACTIVE)

    def close_sprint(self, name: str) -> None:
        """Close a sprint; what is not done stays in it until somebody plans it again."""
        self._set_sprint(name, SprintState.CLOSED)

    def _set_sprint(self, name: str, state: SprintState) -> None:
        with self.world.lock:
            for sprint in [s for s in self.world.site.sprints.values() if s.name == name]:
                self.world.site.set_sprint(sprint.id, state, at=self.world.clock())

    def _values(self, issue: Issue, given: Mapping[str, Any]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        custom: dict[str, Value] = dict(issue.custom)
        readers: dict[str, Callable[[Any], Any]] = {
            "description": adf.from_text,
            "assignee": lambda name: self.world.site.accounts.named(name).id,
            "parent": lambda key: self.world.issue(key).id,
        }
        for name, value in given.items():
            if name in readers:
                values[name] = readers[name](value) if value else None
            elif name in ("labels", "components"):
                values[name] = tuple(value or ())
            elif name == "sprint":
                values["sprints"] = self._sprints(issue, value)
            elif name in ("title", "priority", "type", "flagged", "security"):
                values["summary" if name == "title" else name] = value
            else:
                self._set_custom(custom, name, value)
        return values | {"custom": custom}

    def _set_custom(self, custom: dict[str, Value], name: str, value: Any) -> None:
        field = self.world.site.fields.named(fields.PLANNING.get(name, name))
        if value is None:
            custom.pop(field.id, None)
        elif field.edit == "rich":
            custom[field.id] = adf.from_text(value)
        else:
            custom[field.id] = float(value) if isinstance(value, int) else value

    def _sprints(self, issue: Issue, name: str | None) -> tuple[int, ...]:
        closed = self.world.closed_sprints(issue)
        if name is None:
            return closed
        board = self.world.site.project(issue.project).board
        sprint = self.world.site.sprint_named(board, name) if board is not None else None
        if sprint is None:
            raise KeyError(f"no sprint {name!r} on the board of {issue.project}")
        return tuple(dict.fromkeys((*closed, sprint.id)))


def _stored(text: str | Doc, comment: int) -> Doc:
    return schemas.stored(adf.from_text(text) if isinstance(text, str) else text, f"comment/{comment}")
