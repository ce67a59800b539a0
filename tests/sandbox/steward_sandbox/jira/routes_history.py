"""Changelogs: of one issue page by page, and of many at once."""

import base64
from typing import Any

from starlette.responses import Response

from steward_sandbox.jira import responses
from steward_sandbox.jira.call import Call
from steward_sandbox.jira.model import History
from steward_sandbox.jira.responses import JiraError, reply

_ENTRIES_A_PAGE = 100
_MOST_ISSUES = 1000
_MOST_FIELDS = 10
_MOST_ENTRIES = 10_000


async def changelog(call: Call) -> Response:
    """The changelog of an issue, oldest first."""
    issue = call.issue()
    size = min(call.integer("maxResults", _ENTRIES_A_PAGE), _ENTRIES_A_PAGE)
    rows = [call.issues.history(entry) for entry in issue.history]
    address = f"{call.serialize.rest}/issue/{issue.id}/changelog"
    return reply(responses.page(rows, call.integer("startAt", 0), size, address=address))


async def bulk_changelog(call: Call) -> Response:
    """The changelogs of many issues; one issue's may continue on the next page."""
    body = await call.body()
    responses.expect(body, issueIdsOrKeys=list[str | int], fieldIds=list[str], maxResults=int, nextPageToken=str)
    refs, wanted = body.get("issueIdsOrKeys") or [], body.get("fieldIds") or []
    size = body.get("maxResults") or 1000
    if not 1 <= len(refs) <= _MOST_ISSUES or len(wanted) > _MOST_FIELDS or not 1 <= size <= _MOST_ENTRIES:
        raise JiraError(400, "Too many or too few issues, fields or results were asked for.")
    issues = {issue.id: issue for ref in refs if (issue := call.world.find(ref)) is not None and call.sees(issue)}
    rows = [
        (number, entry)
        for number, issue in sorted(issues.items())
        for entry in issue.history
        if not wanted or any(item.field_id in wanted for item in entry.items)
    ]
    start = _start(body.get("nextPageToken"))
    entries: dict[int, list[Any]] = {}
    for number, entry in rows[start : start + size]:
        entries.setdefault(number, []).append(_entry(call, entry))
    shown: dict[str, Any] = {
        "issueChangeLogs": [{"issueId": str(number), "changeHistories": parts} for number, parts in entries.items()]
    }
    if start + size < len(rows):
        shown["nextPageToken"] = base64.urlsafe_b64encode(str(start + size).encode()).decode()
    return reply(shown)


def _entry(call: Call, entry: History) -> Any:
    if not call.options.epoch_changelogs:
        return call.issues.history(entry)
    return call.issues.history_at(entry, int(entry.at.timestamp() * 1000))


def _start(token: str | None) -> int:
    try:
        return int(base64.urlsafe_b64decode(token)) if token else 0
    except ValueError as error:
        raise JiraError(400, "The provided nextPageToken is invalid or expired.") from error


ROUTES = ()
CLOUD_ROUTES = (
    ("GET", "/rest/api/{version:int}/issue/{issue}/changelog", changelog),
    ("POST", "/rest/api/{version:int}/changelog/bulkfetch", bulk_changelog),
)
