"""Acts as people and other programs on a site: what tests and demos do behind the service's back."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from steward_sandbox.backlog import AccountType, SprintState
from steward_sandbox.jira import adf, fields
from steward_sandbox.jira.model import Account, Comment, Issue, Value
from steward_sandbox.jira.world import World

Ref = str | int


class Actor:
    """Somebody who works on the site by hand; everything they do looks as Jira makes it look.

    Args:
        world: The site's issues.
        name: Who it is; the same name is the same account.
        type: Whether it is a person (`atlassian`), another program (`app`) or a customer of a service desk.
    """

    def __init__(self, world: World, name: str, *, type: AccountType = "atlassian") -> None:  # noqa: A002 - Jira's word
        self.world = world
        self.account: Account = world.site.accounts.named(name, type)

    def create(self, project: str, title: str, **values: Any) -> Issue:
        """Add an issue at the end of the backlog; `values` as for `edit`."""
        with self.world.lock:
            key = self.world.site.project(project).key
            made = self.world.put(msgspec.structs.replace(self.world.draft(key, self.account), summary=title))
            return self.world.put(msgspec.structs.replace(made, **self._values(made, values)))

    def edit(self, ref: Ref, **values: Any) -> Issue:
        """Change fields: title, description, acceptance_criteria, points, business_value, time_criticality,
        risk_reduction, wsjf, moscow, priority, type, labels, components, flagged, security, assignee (a name),
        parent (a key), sprint (a name), or any custom field by id. None empties a field.
        """
        with self.world.lock:
            return self.world.edit(ref, self.account, **self._values(self.world.issue(ref), values))

    def label(self, ref: Ref, *add: str, remove: Iterable[str] = ()) -> Issue:
        """Add and remove labels."""
        kept = [label for label in self.world.issue(ref).labels if label not in set(remove)]
        return self.edit(ref, labels=[*kept, *(label for label in add if label not in kept)])

    def vote(self, ref: Ref) -> Issue:
        """Vote for an issue."""
        return self.world.set_quietly(ref, voters=self.world.issue(ref).voters | {self.account.id})

    def transition(self, ref: Ref, status: str) -> Issue:
        """Move an issue to another status."""
        return self.world.transition(ref, status, self.account)

    def rank(self, *refs: Ref, before: Ref | None = None, after: Ref | None = None) -> None:
        """Move issues before or after another one."""
        self.world.rank(refs, self.account, before=before, after=after)

    def comment(self, ref: Ref, text: str, *, properties: Mapping[str, Any] | None = None) -> Comment:
        """Write a comment."""
        return self.world.add_comment(ref, self.account, adf.from_text(text), properties=properties)

    def edit_comment(self, comment: int, text: str) -> Comment:
        """Rewrite a comment, whoever wrote it."""
        return self.world.edit_comment(comment, self.account, body=adf.from_text(text))

    def delete_comment(self, comment: int) -> None:
        """Delete a comment, whoever wrote it."""
        self.world.delete_comment(comment, self.account)

    def link(self, ref: Ref, phrase: str, other: Ref) -> Issue:
        """Link two issues: `link("A-1", "blocks", "A-2")`."""
        return self.world.link(ref, phrase, other, self.account)

    def move(self, ref: Ref, project: str) -> Issue:
        """Move an issue to another project; it gets a new key."""
        return self.world.move(ref, project, self.account)

    def delete(self, ref: Ref) -> None:
        """Delete an issue."""
        self.world.delete(ref)

    def hide(self, ref: Ref, level: str = "Confidential") -> Issue:
        """Put an issue under a security level without the callers; nothing tells them so."""
        self.world.edit(ref, self.account, security=level)
        return self.world.hide(ref)

    def unhide(self, ref: Ref) -> Issue:
        """Take the security level off again."""
        self.world.hide(ref, hidden=False)
        return self.world.edit(ref, self.account, security=None)

    def start_sprint(self, name: str) -> None:
        """Start a sprint."""
        self._set_sprint(name, SprintState.ACTIVE)

    def close_sprint(self, name: str) -> None:
        """Close a sprint; what is not done stays in it until somebody plans it again."""
        self._set_sprint(name, SprintState.CLOSED)

    def _set_sprint(self, name: str, state: SprintState) -> None:
        with self.world.lock:
            for sprint in [s for s in self.world.site.sprints.values() if s.name == name]:
                self.world.site.set_sprint(sprint.id, state, at=self.world.clock())

    def _values(self, issue: Issue, given: Mapping[str, Any]) -> dict[str, Any]:
        """The values as an issue holds them."""
        values: dict[str, Any] = {}
        custom: dict[str, Value] = dict(issue.custom)
        for name, value in given.items():
            match name:
                case "title":
                    values["summary"] = value
                case "description":
                    values[name] = adf.from_text(value) if value else None
                case "labels" | "components":
                    values[name] = tuple(value or ())
                case "assignee" | "reporter":
                    values[name] = self.world.site.accounts.named(value).id if value else None
                case "parent":
                    values[name] = self.world.issue(value).id if value else None
                case "sprint":
                    values["sprints"] = self._sprints(issue, value)
                case "priority" | "type" | "flagged" | "security":
                    values[name] = value
                case _:
                    self._set_custom(custom, name, value)
        if custom != dict(issue.custom):
            values["custom"] = custom
        return values

    def _set_custom(self, custom: dict[str, Value], name: str, value: Any) -> None:
        field = self.world.site.fields.named(fields.PLANNING.get(name, name))
        if value is None:
            custom.pop(field.id, None)
        elif field.edit == "rich" and isinstance(value, str):
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
