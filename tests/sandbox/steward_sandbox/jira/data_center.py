"""Jira Data Center: people by name and key, sprints as strings, wiki markup kept as it was written.

Shapes are those of recorded answers of Jira Server and of what the official client expects.
"""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from steward_sandbox.jira import wiki
from steward_sandbox.jira.accounts import Accounts
from steward_sandbox.jira.behaviour import Behaviour
from steward_sandbox.jira.flavour import credentials, is_wrong, refuse_wrong, user_and_secret
from steward_sandbox.jira.model import Account, Doc, IssueType, Project, Sprint
from steward_sandbox.jira.nouns import Nouns
from steward_sandbox.jira.site import Site

CONTEXT = "/jira"
"""The site answers here as well as at the root, as one behind a reverse proxy does."""
CLOUD_FIELDS = ("Story point estimate", "Status Category", "Status Category Changed", "Restrict to")
"""Names of fields that only Cloud has."""
_OWNER = "steward@example.com"
"""Who made every personal access token."""
_LIMIT = 70


def username(account: Account) -> str:
    """What people sign in with."""
    return account.email.partition("@")[0]


def user_key(account: Account) -> str:
    """What a person is known by for good."""
    return f"JIRAUSER{int(account.id[2:10], 16)}"


class DataCenterNouns(Nouns):
    """The small things as Data Center shapes them."""

    epics_are_parents = False
    ids_stand_alone = False

    def person(self, account: Account) -> dict[str, Any]:
        """Somebody with name, key and address."""
        name = username(account)
        return {
            "self": f"{self.rest}/user?username={name}",
            "name": name,
            "key": user_key(account),
            "emailAddress": account.email,
            "avatarUrls": self.avatars(f"useravatar/{name}"),
            "displayName": account.name,
            "active": account.active,
            "timeZone": account.time_zone,
        }

    def issue_type(self, kind: IssueType) -> dict[str, Any]:
        """An issue type, which knows of sub-tasks and of no other level."""
        return {name: value for name, value in super().issue_type(kind).items() if name != "hierarchyLevel"}

    def project(self, project: Project) -> dict[str, Any]:
        """A project as issues name it."""
        return {name: value for name, value in super().project(project).items() if name != "simplified"}

    def seen_by_customers(self, *, public: bool) -> dict[str, Any]:
        """A comment does not say who may read it."""
        del public
        return {}

    def sprint(self, sprint: Sprint) -> str:
        """A sprint as the custom field holds it: the string that the Java object prints."""
        times = self.sprint_times(sprint)
        parts = {
            "completeDate": times.get("completeDate", "<null>"),
            "activatedDate": times.get("startDate", "<null>"),
            "autoStartStop": "false",
            "endDate": times.get("endDate", "<null>"),
            "goal": sprint.goal or "<null>",
            "id": sprint.id,
            "incompleteIssuesDestinationId": "<null>",
            "name": sprint.name,
            "rapidViewId": sprint.board,
            "sequence": sprint.id,
            "startDate": times.get("startDate", "<null>"),
            "state": sprint.state.value.upper(),
            "synced": "false",
        }
        told = ",".join(f"{name}={value}" for name, value in parts.items())
        return f"com.atlassian.greenhopper.service.sprint.Sprint@{sprint.id + 0x5791:x}[{told}]"


class DataCenter:
    """Jira Data Center 9."""

    versions = frozenset({2})
    nouns: type[Nouns] = DataCenterNouns
    names_of_people: tuple[str, ...] = ("username", "key")
    throttled: Mapping[str, str] = {
        "X-RateLimit-Limit": str(_LIMIT),
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-FillRate": "5",
        "X-RateLimit-Interval-Seconds": "1",
    }
    pages_by_position = True
    checks_screens = True

    def inner_path(self, path: str, site: Site) -> tuple[str, bool]:
        """There is no gateway; the site may be asked with its context path."""
        del site
        return (path.removeprefix(CONTEXT) if path.startswith(f"{CONTEXT}/") else path), False

    def server(self, site: Site) -> dict[str, Any]:
        """The version that runs; "Server" is what Data Center calls itself."""
        del site
        return {
            "version": "9.12.15",
            "versionNumbers": [9, 12, 15],
            "deploymentType": "Server",
            "buildNumber": 9120015,
            "databaseBuildNumber": 9120015,
        }

    def caller(self, request: Request, site: Site, behaviour: Behaviour) -> Account | None:
        """A personal access token, or a name with a password; a wrong token is nobody's and opens what anybody sees."""
        del behaviour
        kind, credential = credentials(request)
        if kind == "bearer":
            return None if is_wrong(credential) else site.accounts.caller(_OWNER)
        if kind != "basic":
            return None
        name, password = user_and_secret(credential)
        refuse_wrong(password)
        return site.accounts.caller(name if "@" in name else f"{name}@example.com")

    def headers(self, account: Account | None) -> Mapping[str, str]:
        """Who asked, which node answered and, for those who signed in, how fast they may go on."""
        known = {"X-AUSERNAME": username(account) if account else "anonymous", "X-ANODEID": "node1"}
        if account is None:
            return known
        return known | {**self.throttled, "X-RateLimit-Remaining": str(_LIMIT - 1), "Retry-After": "0"}

    def account(self, value: Any, accounts: Accounts) -> Account | None:
        """Somebody by name or key."""
        named = value if isinstance(value, Mapping) else {}
        name, key = named.get("name", named.get("username")), named.get("key")
        everybody = accounts.by_id.values()
        return next((one for one in everybody if username(one) == name or user_key(one) == key), None)

    def document(self, text: str) -> Doc:
        """Wiki markup is kept as it was written."""
        return wiki.document(text)

    def shown(self, most: int) -> int:
        """All of them."""
        return max(most, 1_000_000)
