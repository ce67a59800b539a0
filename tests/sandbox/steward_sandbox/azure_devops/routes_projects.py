"""Projects, their teams, and the processes they may follow."""

from typing import Any

from starlette.responses import Response

from steward_sandbox.azure_devops import wire
from steward_sandbox.azure_devops.call import Call
from steward_sandbox.azure_devops.collection import Project
from steward_sandbox.azure_devops.process_data import PROCESSES
from steward_sandbox.azure_devops.processes import Process
from steward_sandbox.azure_devops.routing import ORGANISATION, PROJECTS, Route
from steward_sandbox.azure_devops.wire import Refusal


async def projects(call: Call) -> Response:
    """The projects that the caller may see, a page at a time."""
    found = [project for project in call.collection.projects.values() if call.sees_project(project)]
    start = wire.whole(call.request, "$skip", wire.whole(call.request, "continuationToken", 0))
    size = wire.whole(call.request, "$top", call.behaviour.projects_a_page)
    more = start + size < len(found)
    headers = {"X-MS-ContinuationToken": str(start + size)} if more else None
    return wire.listed((call.nouns.project(p) for p in found[start : start + size]), headers=headers)


async def project(call: Call) -> Response:
    """One project; with `includeCapabilities`, also the process it follows."""
    found = _project(call)
    shown: dict[str, Any] = call.nouns.project(found)
    if wire.flag(call.request, "includeCapabilities"):
        process = {"templateName": found.process.name, "templateTypeId": found.process.id}
        control = {"sourceControlType": "Git", "gitEnabled": "True", "tfvcEnabled": "False"}
        shown["capabilities"] = {"processTemplate": process, "versioncontrol": control}
    team = call.collection.default_team(found)
    shown["defaultTeam"] = {"id": team.id, "name": team.name, "url": call.nouns.team(team)["url"]}
    shown["_links"] = {
        "self": {"href": call.nouns.project_url(found)},
        "collection": {"href": f"{call.base}/_apis/projectCollections/{call.collection.id}"},
        "web": {"href": f"{call.base}/{found.name}"},
    }
    return wire.answer(shown)


async def teams(call: Call) -> Response:
    """The teams of a project, a page at a time."""
    found = call.collection.teams_of(_project(call))
    start, size = wire.whole(call.request, "$skip", 0), wire.whole(call.request, "$top", 100)
    return wire.listed(call.nouns.team(team) for team in found[start : start + size])


async def all_teams(call: Call) -> Response:
    """Every team of the organisation."""
    found = [t for t in call.collection.teams.values() if call.sees_project(call.collection.projects[t.project])]
    start, size = wire.whole(call.request, "$skip", 0), wire.whole(call.request, "$top", 100)
    return wire.listed(call.nouns.team(team) for team in found[start : start + size])


async def team(call: Call) -> Response:
    """One team."""
    found = call.collection.find_team(_project(call), call.params["team"])
    if found is None:
        raise Refusal(404, "TeamNotFoundException", f"The team with id '{call.params['team']}' does not exist.")
    return wire.answer(call.nouns.team(found))


async def members(call: Call) -> Response:
    """Who is in a team."""
    found = call.collection.find_team(_project(call), call.params["team"])
    if found is None:
        raise Refusal(404, "TeamNotFoundException", f"The team with id '{call.params['team']}' does not exist.")
    return wire.listed({"identity": call.nouns.person(account)} for account in found.members)


async def old_processes(call: Call) -> Response:
    """The processes as the older resource lists them."""
    return wire.listed(
        {
            "id": process.id,
            "description": process.description,
            "isDefault": process.name == "Basic",
            "type": "inherited" if process.parent else "system",
            "url": f"{call.base}/_apis/process/processes/{process.id}",
            "name": process.name,
        }
        for process in _processes(call)
    )


async def processes(call: Call) -> Response:
    """The processes as the inherited model lists them."""
    parents = {process.name: process.id for process in PROCESSES.values()}
    return wire.listed(
        {
            "typeId": process.id,
            "name": process.name,
            "referenceName": None,
            "description": process.description,
            "parentProcessTypeId": parents.get(process.parent or "", "00000000-0000-0000-0000-000000000000"),
            "isEnabled": True,
            "isDefault": process.name == "Basic",
            "customizationType": "inherited" if process.parent else "system",
        }
        for process in _processes(call)
    )


def _processes(call: Call) -> list[Process]:
    used = {project.process.name: project.process for project in call.collection.projects.values()}
    return list((PROCESSES | used).values())


def _project(call: Call) -> Project:
    found = call.collection.find_project(call.params["project"])
    if found is None or not call.sees_project(found):
        message = (
            f"TF200016: The following project does not exist: {call.params['project']}. Verify that the name of the "
            "project is correct and that the project exists on the specified Azure DevOps Server."
        )
        raise Refusal(404, "ProjectDoesNotExistWithNameException", message)
    return found


ROUTES = (
    Route("GET", "projects", projects, ORGANISATION, "projects", PROJECTS),
    Route("GET", "projects/{project}", project, ORGANISATION, "projects", PROJECTS),
    Route("GET", "projects/{project}/teams", teams, ORGANISATION, "teams", PROJECTS),
    Route("GET", "projects/{project}/teams/{team}", team, ORGANISATION, "teams", PROJECTS),
    Route("GET", "projects/{project}/teams/{team}/members", members, ORGANISATION, "members", PROJECTS),
    Route("GET", "teams", all_teams, ORGANISATION, "all teams", PROJECTS),
    Route("GET", "process/processes", old_processes, ORGANISATION, "old processes"),
    Route("GET", "work/processes", processes, ORGANISATION, "processes"),
)
