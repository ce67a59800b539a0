"""The small things that answers are made of: people, statuses, types, projects, sprints, as Jira shapes them."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from steward_sandbox.jira.model import Account, IssueType, Priority, Project, Sprint, Status
from steward_sandbox.jira.site import Site

_SIZES = {"16x16": "xsmall", "24x24": "small", "32x32": "medium", "48x48": "large"}
_CATEGORIES = {
    "new": (2, "blue-gray", "To Do"),
    "indeterminate": (4, "yellow", "In Progress"),
    "done": (3, "green", "Done"),
}
_AVATARS = {1: 10307, 0: 10315, -1: 10316}


class Nouns:
    """Shapes the things of one site for one version of the API; `base` is the address in every link.

    Attributes:
        epics_are_parents: Whether an issue names its epic as its parent, as a sub-task does its story.
        ids_stand_alone: Whether a list of issues of which only ids are asked for holds nothing else.
    """

    epics_are_parents = True
    ids_stand_alone = True

    def __init__(self, site: Site, base: str, version: int) -> None:
        self.site = site
        self.base = base
        self.version = version
        self.rest = f"{base}/rest/api/{version}"

    def stamp(self, moment: datetime) -> str:
        """A time as Jira writes it: in the site's zone, milliseconds, an offset without a colon."""
        local = moment.astimezone(self.site.zone)
        return f"{local:%Y-%m-%dT%H:%M:%S}.{local.microsecond // 1000:03d}{local:%z}"

    def person(self, account: Account) -> dict[str, Any]:
        """Somebody with the details that everybody may see."""
        return {
            "self": f"{self.rest}/user?accountId={account.id}",
            "accountId": account.id,
            "avatarUrls": self.avatars(f"avatar/{account.id}"),
            "displayName": account.name,
            "active": account.active,
            "timeZone": account.time_zone,
            "accountType": account.type,
        }

    def status(self, status: Status) -> dict[str, Any]:
        """A status with its category."""
        return {
            "self": f"{self.rest}/status/{status.id}",
            "description": "",
            "iconUrl": f"{self.base}/",
            "name": status.name,
            "id": status.id,
            "statusCategory": self.category(status.category),
        }

    def category(self, key: str) -> dict[str, Any]:
        """A status category."""
        number, color, name = _CATEGORIES[key]
        return {
            "self": f"{self.rest}/statuscategory/{number}",
            "id": number,
            "key": key,
            "colorName": color,
            "name": name,
        }

    def issue_type(self, kind: IssueType) -> dict[str, Any]:
        """An issue type."""
        avatar = _AVATARS.get(min(kind.level, 1), 10315)
        return {
            "self": f"{self.rest}/issuetype/{kind.id}",
            "id": kind.id,
            "description": "",
            "iconUrl": f"{self.rest}/universal_avatar/view/type/issuetype/avatar/{avatar}?size=medium",
            "name": kind.name,
            "subtask": kind.level < 0,
            "avatarId": avatar,
            "hierarchyLevel": kind.level,
        }

    def priority(self, priority: Priority) -> dict[str, Any]:
        """A priority."""
        icon = quote(priority.name.lower())
        return {
            "self": f"{self.rest}/priority/{priority.id}",
            "iconUrl": f"{self.base}/images/icons/priorities/{icon}.svg",
            "name": priority.name,
            "id": priority.id,
        }

    def resolution(self, name: str) -> dict[str, Any]:
        """A resolution."""
        number = self.site.catalogue.resolution(name)
        return {"self": f"{self.rest}/resolution/{number}", "id": number, "description": "", "name": name}

    def component(self, project: str, name: str) -> dict[str, Any]:
        """A component of a project."""
        number = self.site.catalogue.component(project, name)
        return {"self": f"{self.rest}/component/{number}", "id": number, "name": name}

    def security(self, name: str) -> dict[str, Any]:
        """A security level."""
        number = self.site.catalogue.security_level(name)
        return {"self": f"{self.rest}/securitylevel/{number}", "id": number, "description": "", "name": name}

    def project(self, project: Project) -> dict[str, Any]:
        """A project as issues name it."""
        return {
            "self": f"{self.rest}/project/{project.id}",
            "id": project.id,
            "key": project.key,
            "name": project.name,
            "projectTypeKey": project.kind,
            "simplified": project.team_managed,
            "avatarUrls": self.avatars(f"project/{project.id}"),
        }

    def seen_by_customers(self, *, public: bool) -> dict[str, Any]:
        """What a comment says about who may read it."""
        return {"jsdPublic": public}

    def sprint(self, sprint: Sprint) -> Any:
        """A sprint as the custom field holds it; its times are in UTC."""
        shown: dict[str, Any] = {
            "id": sprint.id,
            "name": sprint.name,
            "state": sprint.state.value,
            "boardId": sprint.board,
            "goal": sprint.goal,
        }
        return shown | self.sprint_times(sprint)

    def agile_sprint(self, sprint: Sprint) -> dict[str, Any]:
        """A sprint as the board's own resources give it."""
        shown: dict[str, Any] = {
            "id": sprint.id,
            "self": f"{self.base}/rest/agile/1.0/sprint/{sprint.id}",
            "state": sprint.state.value,
            "name": sprint.name,
            "originBoardId": sprint.board,
            "goal": sprint.goal,
        }
        return shown | self.sprint_times(sprint)

    def sprint_times(self, sprint: Sprint) -> dict[str, str]:
        """When a sprint begins, ends and ended, as far as that is known."""
        times = (("startDate", sprint.start), ("endDate", sprint.end), ("completeDate", sprint.completed))
        return {name: _utc(moment) for name, moment in times if moment is not None}

    def avatars(self, owner: str) -> dict[str, str]:
        """The pictures of somebody or something in all sizes."""
        return {size: f"{self.base}/secure/{owner}?size={word}" for size, word in _SIZES.items()}


def _utc(moment: datetime) -> str:
    local = moment.astimezone(UTC)
    return f"{local:%Y-%m-%dT%H:%M:%S}.{local.microsecond // 1000:03d}Z"
