"""Change logs: of one issue page by page, and of many at once."""

import base64
from typing import Any

from starlette.responses import Response

from steward_sandbox.jira import wire
from steward_sandbox.jira.call import Call
from steward_sandbox.jira.model import History
from steward_sandbox.jira.wire import Refusal

_ENTRIES_A_PAGE = 100
_MOST_ISSUES = 1000
_MOST_FIELDS = 10
_MOST_ENTRIES = 10_000


async def changelog(call: Call) -> Response:
    """The change log of an issue, oldest first."""
    issue = call.issue()
    size = min(wire.whole(call.request, "maxResults", _ENTRIES_A_PAGE), _ENTRIES_A_PAGE)
    rows = [call.answers.history(entry) for entry in issue.history]
    address = f"{call.nouns.rest}/issue/{issue.id}/changelog"
    return wire.answer(wire.page(rows, wire.whole(call.request, "startAt", 0), size, address=address))


async def bulk_changelog(call: Call) -> Response:
    """The change logs of many issues; one issue's may go on on the next page."""
    body = await wire.read_object(call.request)
    wire.expect(body, issueIdsOrKeys=list[str | int], fieldIds=list[str], maxResults=int, nextPageToken=str)
    refs, wanted = body.get("issueIdsOrKeys") or [], body.get("fieldIds") or []
    size = body.get("maxResults") or 1000
    if not 1 <= len(refs) <= _MOST_ISSUES or len(wanted) > _MOST_FIELDS or not 1 <= size <= _MOST_ENTRIES:
        raise Refusal(400, "Too many or too few issues, fields or results were asked for.")
    found = {issue.id: issue for ref in refs if (issue := call.world.find(ref)) is not None and call.sees(issue)}
    rows = [
        (number, entry)
        for number, issue in sorted(found.items())
        for entry in issue.history
        if not wanted or any(item.field_id in wanted for item in entry.items)
    ]
    start = _start(body.get("nextPageToken"))
    shown: dict[str, Any] = {"issueChangeLogs": []}
    for number, entry in rows[start : start + size]:
        if not shown["issueChangeLogs"] or shown["issueChangeLogs"][-1]["issueId"] != str(number):
            shown["issueChangeLogs"].append({"issueId": str(number), "changeHistories": []})
        shown["issueChangeLogs"][-1]["changeHistories"].append(_entry(call, entry))
    if start + size < len(rows):
        shown["nextPageToken"] = base64.urlsafe_b64encode(str(start + size).encode()).decode()
    return wire.answer(shown)


def _entry(call: Call, entry: History) -> Any:
    if not call.behaviour.epoch_changelogs:
        return call.answers.history(entry)
    return call.answers.history_at(entry, int(entry.at.timestamp() * 1000))


def _start(token: str | None) -> int:
    try:
        return int(base64.urlsafe_b64decode(token)) if token else 0
    except ValueError as error:
        raise Refusal(400, "The provided nextPageToken is invalid or expired.") from error


CLOUD_ROUTES = (
    ("GET", "/rest/api/{version:int}/issue/{issue}/changelog", changelog),
    ("POST", "/rest/api/{version:int}/changelog/bulkfetch", bulk_changelog),
)
