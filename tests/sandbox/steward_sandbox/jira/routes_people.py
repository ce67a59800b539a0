"""What people do with an issue besides editing it: watch it, vote for it, log their time."""

from datetime import datetime
from typing import Any

from steward_sandbox.jira.call import Call
from steward_sandbox.jira.edits import read_text
from steward_sandbox.jira.model import Account, Worklog
from steward_sandbox.jira.responses import JiraError, reply
from steward_sandbox.jira.routing import route

_PEOPLE = {"issue/{issue}/watchers": "watchers", "issue/{issue}/votes": "voters"}
"""The people by the path."""
_UNITS = {"m": 60, "h": 3600, "d": 8 * 3600, "w": 40 * 3600}


@route("GET", *_PEOPLE)
async def people(call: Call) -> Any:
    """Who watches an issue, or votes for it."""
    issue, path = call.issue(), call.request.url.path.rpartition("/")[2]
    return call.serialize.fill(path, issue, mine=call.caller.id in getattr(issue, _PEOPLE[f"issue/{{issue}}/{path}"]))


@route("POST", *_PEOPLE)
@route("DELETE", *_PEOPLE)
async def join_or_leave(call: Call) -> None:
    """Lets somebody watch an issue, or vote for it, or no longer; only a watcher may be another than the caller."""
    issue, path, leaves = (
        call.issue_to_write(),
        call.request.url.path.rpartition("/")[2],
        call.request.method == "DELETE",
    )
    named = await call.json() if await call.request.body() else call.query("accountId") or call.query("username")
    account = _account(call, named) if path == "watchers" and (named or leaves) else call.caller
    name = _PEOPLE[f"issue/{{issue}}/{path}"]
    others = getattr(issue, name) - {account.id}
    call.world.set_quietly(issue.id, **{name: others if leaves else others | {account.id}})


@route("GET", "issue/{issue}/worklog")
async def worklogs(call: Call) -> Any:
    issue = call.issue()
    rows = call.serialize.each("worklog", issue.worklogs, issue=issue.id)
    return call.plain_page(rows, "worklogs", most=5000)


@route("POST", "issue/{issue}/worklog")
async def add_worklog(call: Call) -> Any:
    issue = call.issue_to_write("WORK_ON_ISSUES")
    body = await call.body("worklog")
    seconds = body.get("timeSpentSeconds") or _seconds(body.get("timeSpent") or "")
    started = datetime.fromisoformat(body["started"]) if body.get("started") else call.world.clock()
    text = read_text(call, body["comment"], "comment") if body.get("comment") else None
    number, now = next(call.world.counters["worklog"]), call.world.stamp()
    made = Worklog(number, call.caller.id, started, seconds, now, text)
    call.world.set_quietly(issue.id, worklogs=(*issue.worklogs, made), updated=now)
    return reply(call.serialize.fill("worklog", made, issue=issue.id), 201)


def _seconds(text: str) -> int:
    try:
        return sum(int(part[:-1]) * _UNITS[part[-1]] for part in text.split())
    except (KeyError, ValueError) as error:
        raise JiraError(400, errors={"timeLogged": "Invalid time duration entered."}) from error


def _account(call: Call, ref: Any) -> Account:
    account = call.deployment.account({"accountId": ref, "name": ref}, call.site.accounts)
    if account is None:
        raise JiraError(404, "The user does not exist.")
    return account
