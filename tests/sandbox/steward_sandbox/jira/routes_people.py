"""What people do with an issue besides editing it: watch it, vote for it, log their time."""

from datetime import datetime
from typing import Any

from starlette.responses import Response

from steward_sandbox.app import no_content
from steward_sandbox.jira import responses
from steward_sandbox.jira.call import Call
from steward_sandbox.jira.edits import read_text
from steward_sandbox.jira.model import Account, Issue
from steward_sandbox.jira.responses import JiraError, reply

_WORKLOGS_A_PAGE = 5000
_WORKLOG: dict[str, Any] = {"timeSpentSeconds": int, "timeSpent": str, "started": str, "comment": dict | str}


async def watchers(call: Call) -> Response:
    """Who watches an issue."""
    issue = call.issue()
    watching = call.caller.id in issue.watchers
    counts = {"watchCount": len(issue.watchers), "isWatching": watching}
    return reply({**counts, "watchers": _people(call, issue.watchers), "self": _link(call, issue, "watchers")})


async def add_watcher(call: Call) -> Response:
    """Lets somebody watch an issue; without a body the caller."""
    issue = call.issue_to_write()
    named = await call.json() if await call.request.body() else None
    account = call.caller if named is None else _account(call, named)
    call.world.set_quietly(issue.id, watchers=issue.watchers | {account.id})
    return no_content()


async def remove_watcher(call: Call) -> Response:
    """Ends somebody's watching."""
    issue = call.issue_to_write()
    asked = next((call.query(name) for name in call.deployment.user_parameters if call.query(name)), "")
    call.world.set_quietly(issue.id, watchers=issue.watchers - {_account(call, asked).id})
    return no_content()


async def votes(call: Call) -> Response:
    """Who voted for an issue."""
    issue = call.issue()
    counts = {"votes": issue.votes + len(issue.voters), "hasVoted": call.caller.id in issue.voters}
    return reply({**counts, "voters": _people(call, issue.voters), "self": _link(call, issue, "votes")})


async def vote(call: Call) -> Response:
    """The caller's vote for an issue, or the end of it."""
    issue = call.issue_to_write()
    caller = {call.caller.id}
    voters = issue.voters | caller if call.request.method == "POST" else issue.voters - caller
    call.world.set_quietly(issue.id, voters=voters)
    return no_content()


async def worklogs(call: Call) -> Response:
    """The time that people logged on an issue."""
    issue = call.issue()
    start = max(call.integer("startAt", 0), 0)
    size = min(call.integer("maxResults", _WORKLOGS_A_PAGE), _WORKLOGS_A_PAGE)
    shown = [call.issues.worklog(issue, worklog) for worklog in issue.worklogs[start : start + size]]
    return reply({"startAt": start, "maxResults": size, "total": len(issue.worklogs), "worklogs": shown})


async def add_worklog(call: Call) -> Response:
    """Time that the caller spent."""
    issue = call.issue_to_write("WORK_ON_ISSUES")
    body = await call.body()
    body.pop("id", None)
    responses.expect(body, **_WORKLOG)
    seconds = body.get("timeSpentSeconds") or _seconds(body.get("timeSpent") or "")
    if seconds <= 0:
        raise JiraError(400, errors={"timeLogged": "You must indicate the time spent working."})
    try:
        started = datetime.fromisoformat(body["started"]) if body.get("started") else call.world.clock()
    except ValueError as error:
        raise JiraError(400, errors={"started": "The date is not valid."}) from error
    text = read_text(call, body["comment"], "comment") if body.get("comment") else None
    made = call.world.add_worklog(issue.id, call.caller, seconds, started=started, comment=text)
    return reply(call.issues.worklog(call.world.issue(issue.id), made), 201)


def _seconds(text: str) -> int:
    units = {"m": 60, "h": 3600, "d": 8 * 3600, "w": 40 * 3600}
    parts = text.split()
    if not all(part[:-1].isdecimal() and part[-1] in units for part in parts):
        raise JiraError(400, errors={"timeLogged": "Invalid time duration entered."})
    return sum(int(part[:-1]) * units[part[-1]] for part in parts)


def _account(call: Call, ref: Any) -> Account:
    wanted = dict.fromkeys((*call.deployment.user_parameters, "name"), ref)
    account = call.deployment.account(wanted, call.site.accounts)
    if account is None:
        raise JiraError(404, "The user does not exist.")
    return account


def _people(call: Call, ids: frozenset[str]) -> list[Any]:
    return [call.issues.person(account) for account in sorted(ids)]


def _link(call: Call, issue: Issue, name: str) -> str:
    return f"{call.serialize.rest}/issue/{issue.key}/{name}"


ROUTES = (
    ("GET", "/rest/api/{version:int}/issue/{issue}/watchers", watchers),
    ("POST", "/rest/api/{version:int}/issue/{issue}/watchers", add_watcher),
    ("DELETE", "/rest/api/{version:int}/issue/{issue}/watchers", remove_watcher),
    ("GET", "/rest/api/{version:int}/issue/{issue}/votes", votes),
    ("POST", "/rest/api/{version:int}/issue/{issue}/votes", vote),
    ("DELETE", "/rest/api/{version:int}/issue/{issue}/votes", vote),
    ("GET", "/rest/api/{version:int}/issue/{issue}/worklog", worklogs),
    ("POST", "/rest/api/{version:int}/issue/{issue}/worklog", add_worklog),
)
