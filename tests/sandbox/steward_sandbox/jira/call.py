"""One request to a Jira site: who calls, and what they may see and do."""

from collections.abc import Iterable, Sequence
from typing import Any

from starlette.requests import Request

from steward_sandbox.app import BaseCall
from steward_sandbox.jira import schemas
from steward_sandbox.jira.actor import Actor
from steward_sandbox.jira.deployment import Cloud, unauthorised
from steward_sandbox.jira.model import Account, Comment, Issue, Project
from steward_sandbox.jira.options import Options, WriteLimits
from steward_sandbox.jira.responses import INVALID_PAYLOAD, NOT_FOUND, JiraError
from steward_sandbox.jira.serializers import Selection, Serializer
from steward_sandbox.jira.world import Index, World

QUIET_REFUSED = "To discard the user notification either admin or project admin permissions are required."


class Backend:
    def __init__(self, world: World, options: Options, deployment: Cloud) -> None:
        self.world, self.options, self.deployment = world, options, deployment
        self.index = Index(world, options)
        self.limits = WriteLimits()
        self._serializers: dict[tuple[str, int], Serializer] = {}

    def serializer(self, base: str, version: int) -> Serializer:
        key = (base, version)
        if key not in self._serializers:
            self._serializers[key] = Serializer(self.world, base, version, cloud=self.deployment.is_cloud)
        return self._serializers[key]


class Call(BaseCall):
    """One request; without an account it is anonymous."""

    def __init__(self, backend: Backend, request: Request) -> None:
        super().__init__(request)
        self.backend, self.world, self.site = backend, backend.world, backend.world.site
        self.options, self.deployment = backend.options, backend.deployment
        version = str(request.path_params.get("version", 2)).replace("latest", str(max(self.deployment.versions)))
        self.version = int(version) if version.isdecimal() else 0
        if self.version not in self.deployment.versions:
            raise JiraError(404, "There is no such version of the API.")
        self.base = f"{request.url.scheme}://{request.url.netloc}"
        self.serialize = backend.serializer(self.base, self.version)
        self.account = self.deployment.caller(request, self.site, self.options)

    def invalid(self, message: str) -> JiraError:
        return JiraError(400, message)

    @property
    def actor(self) -> Actor:
        if self.account is None:
            raise unauthorised()
        return Actor(self.world, self.account)

    @property
    def caller(self) -> Account:
        return self.actor.account

    def number(self, name: str) -> int:
        """A number in the path; 0 for what is none."""
        text = self.param(name)
        return int(text) if text.isascii() and text.isdecimal() else 0

    async def body(self, schema: str) -> dict[str, Any]:
        body = await self.json()
        self.check(body, schema)
        return dict(body)

    def check(self, asked: Any, schema: str) -> None:
        """Refuse what does not follow the schema of this name."""
        if not isinstance(asked, dict) or not schemas.is_request(asked, schema):
            raise JiraError(400, INVALID_PAYLOAD)

    def plain_page(self, rows: Sequence[Any], name: str, *, most: int) -> dict[str, Any]:
        start, size = max(self.integer("startAt", 0), 0), max(min(self.integer("maxResults", most), most), 0)
        return {"startAt": start, "maxResults": size, "total": len(rows), name: rows[start : start + size]}

    def page(self, rows: Sequence[Any], path: str = "", *, most: int = 50) -> dict[str, Any]:
        """The page of a list that is asked for, with its address and the next one's if there is a path."""
        shown = self.plain_page(rows, "values", most=most)
        size, end = shown["maxResults"], shown["startAt"] + shown["maxResults"]
        shown["isLast"] = end >= len(rows)
        if path:
            shown["self"] = f"{self.serialize.rest}/{path}"
        if path and not shown["isLast"]:
            shown["nextPage"] = f"{shown['self']}?startAt={end}&maxResults={size}"
        return shown

    def sees(self, issue: Issue) -> bool:
        return self.account is not None and not issue.hidden and self.may("BROWSE_PROJECTS", issue.project)

    def may(self, permission: str, project: str | None = None) -> bool:
        return self.account is not None and self.options.allows(permission, project)

    def issue(self, ref: str | None = None) -> Issue:
        issue = self.world.find(ref if ref is not None else self.param("issue"))
        if issue is None or not self.sees(issue):
            raise JiraError(404, NOT_FOUND)
        return issue

    def visible(self, refs: Iterable[str | int]) -> list[Issue]:
        """Those of these issues that the caller may see, by their ids."""
        issues = {issue.id: issue for ref in refs if (issue := self.world.find(ref)) is not None and self.sees(issue)}
        return [issue for _, issue in sorted(issues.items())]

    def issue_to_write(self, *permissions: str) -> Issue:
        """The issue in the path, with the caller's write to it counted."""
        caller = self.caller
        issue = self.issue()
        for permission in permissions:
            if not self.may(permission, issue.project):
                raise JiraError(400, f"{caller.name} does not have the permission {permission} for this issue.")
        self.count_write(issue)
        return issue

    def comment(self, issue: Issue | None = None) -> tuple[Issue, Comment]:
        """The comment in the path and its issue; with `issue`, only if it is under that one."""
        pair = self.world.find_comment(self.number("comment"))
        if pair is None or not self.sees(pair[0]) or (issue is not None and pair[0].id != issue.id):
            raise JiraError(404, f"Can not find a comment for the id: {self.param('comment')}.")
        return pair

    def project(self, ref: str | None = None) -> Project:
        """The project in the path, or another one, that the caller may see."""
        wanted = ref if ref is not None else self.param("project")
        project = self.site.find_project(wanted)
        if project is None or not self.may("BROWSE_PROJECTS", project.key):
            raise JiraError(404, f"No project could be found with key '{wanted}'.")
        return project

    def notifies(self, issue: Issue) -> bool:
        """Whether people are told about an edit; leaving that out is for admins."""
        notify = self.flag("notifyUsers", default=True)
        if notify is None or not (notify or self.may("ADMINISTER_PROJECTS", issue.project)):
            raise JiraError(403, QUIET_REFUSED)
        return notify

    def count_write(self, issue: Issue) -> None:
        wait = self.backend.limits.seconds_to_wait(issue.id) if self.options.write_limits else 0.0
        if wait > 0:
            headers = {"Retry-After": str(int(wait) + 1), "RateLimit-Reason": "jira-per-issue-on-write"}
            raise JiraError(429, "Rate limit exceeded.", headers=headers)

    def select(self, wanted: Sequence[str], expand: Iterable[str] = (), *, single: bool = False) -> Selection:
        """The parts of issues that a reply holds; a single issue shows more of its history than a list does."""
        known, cut = self.options, self.deployment.is_cloud
        entries, comments = (100, 100) if single else (known.changelog_shown, known.comments_shown)
        shown = (entries, comments) if cut else (None, None)
        return Selection(self.serialize, wanted, "changelog" in expand, *shown)
