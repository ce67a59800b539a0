"""One request to the pretended site: who asks, through which door, and what they may see and do."""

from collections import deque
from typing import Any, NamedTuple

from starlette.requests import Request

from steward_sandbox.jira.answers import Answers
from steward_sandbox.jira.behaviour import Behaviour
from steward_sandbox.jira.flavour import Flavour, unauthorised
from steward_sandbox.jira.index import Index
from steward_sandbox.jira.limits import WriteLimits
from steward_sandbox.jira.model import Account, Comment, Issue
from steward_sandbox.jira.selection import Selection
from steward_sandbox.jira.wire import NOT_FOUND, Refusal
from steward_sandbox.jira.world import World

_REMEMBERED_CALLS = 50_000


class Seen(NamedTuple):
    """A request that the site answered."""

    method: str
    path: str
    status: int


class Jira:
    """Everything behind the routes of one pretended site.

    Attributes:
        flavour: Which of the two Jiras it pretends to be.
        calls: What was asked lately, oldest first.
    """

    def __init__(self, world: World, behaviour: Behaviour, flavour: Flavour) -> None:
        self.flavour = flavour
        self.world = world
        self.behaviour = behaviour
        self.index = Index(world, behaviour)
        self.limits = WriteLimits()
        self.calls: deque[Seen] = deque(maxlen=_REMEMBERED_CALLS)
        self._answers: dict[tuple[str, int], Answers] = {}

    def answers(self, base: str, version: int) -> Answers:
        """The answers for callers at this address, kept from call to call."""
        key = (base, version)
        if key not in self._answers:
            self._answers[key] = Answers(self.world, self.flavour.nouns(self.world.site, base, version))
        return self._answers[key]


class Call:
    """One request.

    Attributes:
        account: Who asks; None is anonymous.
        version: Of the API, 2 or 3; agile resources count as 2.
    """

    def __init__(self, jira: Jira, request: Request) -> None:
        self.jira = jira
        self.request = request
        self.world = jira.world
        self.site = jira.world.site
        self.behaviour = jira.behaviour
        self.flavour = jira.flavour
        self.version = int(request.path_params.get("version", 2))
        if self.version not in self.flavour.versions:
            raise Refusal(404, "There is no such version of the API.")
        self.base = f"{request.url.scheme}://{request.url.netloc}"
        self.answers = jira.answers(self.base, self.version)
        self.nouns = self.answers.nouns
        self.account = self.flavour.caller(request, self.site, self.behaviour)

    @property
    def caller(self) -> Account:
        """Who asks.

        Raises:
            Refusal: Nobody says so.
        """
        if self.account is None:
            raise unauthorised()
        return self.account

    def param(self, name: str) -> str:
        """A part of the path."""
        return str(self.request.path_params[name])

    def sees(self, issue: Issue) -> bool:
        """Whether the caller may see an issue."""
        return self.account is not None and not issue.hidden and self.may("BROWSE_PROJECTS", issue.project)

    def may(self, permission: str, project: str | None = None) -> bool:
        """Whether the caller has a permission."""
        return self.account is not None and self.behaviour.allows(permission, project)

    def issue(self, ref: str | None = None) -> Issue:
        """The issue in the path, or another one.

        Raises:
            Refusal: It is not there, or not for this caller.
        """
        found = self.world.find(ref if ref is not None else self.param("issue"))
        if found is None or not self.sees(found):
            raise Refusal(404, NOT_FOUND)
        return found

    def issue_to_write(self, *permissions: str) -> Issue:
        """The issue in the path, with the caller's write to it counted.

        Raises:
            Refusal: It is not there, the caller lacks a permission, or it takes no more writes for now.
        """
        by = self.caller
        issue = self.issue()
        for permission in permissions:
            if not self.may(permission, issue.project):
                raise Refusal(400, f"{by.name} does not have the permission {permission} for this issue.")
        self.count_write(issue)
        return issue

    def comment(self, ref: str, issue: Issue | None = None) -> tuple[Issue, Comment]:
        """A comment the caller may see, under this issue where one is given."""
        found = self.world.find_comment(int(ref)) if ref.isascii() and ref.isdecimal() else None
        if found is None or not self.sees(found[0]) or (issue is not None and found[0].id != issue.id):
            raise Refusal(404, f"Can not find a comment for the id: {ref}.")
        return found

    @property
    def reading(self) -> dict[str, Any]:
        """How texts and names that the caller sent are to be understood."""
        return {"flavour": self.flavour, "version": self.version, "text_limit": self.behaviour.text_limit}

    def count_write(self, issue: Issue) -> None:
        """Counts a write to an issue.

        Raises:
            Refusal: It takes no more writes for now.
        """
        wait = self.jira.limits.seconds_to_wait(issue.id) if self.behaviour.write_limits else 0.0
        if wait > 0:
            raise Refusal(
                429,
                "Rate limit exceeded.",
                headers={"Retry-After": str(int(wait) + 1), "RateLimit-Reason": "jira-per-issue-on-write"},
            )

    def select(
        self, wanted: Any, *, expand: Any = (), properties: Any = (), agile: bool = False, single: bool = False
    ) -> Selection:
        """What an answer with issues holds; a single issue shows more of its history than a list does."""
        return Selection(
            self.answers,
            wanted,
            expand=expand,
            properties=properties,
            agile=agile,
            changelog=self.flavour.shown(100 if single else self.behaviour.changelog_shown),
            comments=self.flavour.shown(100 if single else self.behaviour.comments_shown),
        )
