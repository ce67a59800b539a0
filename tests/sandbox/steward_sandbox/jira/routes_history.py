"""Changelogs: of one issue page by page, and of many at once."""

import base64
from typing import Any

from steward_sandbox.jira.call import Call
from steward_sandbox.jira.responses import JiraError
from steward_sandbox.jira.routing import route

_MOST_ISSUES = 1000
_MOST_FIELDS = 10
_MOST_ENTRIES = 10_000


@route("GET", "issue/{issue}/changelog", only="cloud")
async def changelog(call: Call) -> Any:
    """The changelog of an issue, oldest first."""
    issue = call.issue()
    rows = [call.serialize.build("history", entry) for entry in issue.history]
    return call.page(rows, f"issue/{issue.id}/changelog", most=100)


@route("POST", "changelog/bulkfetch", only="cloud")
async def bulk_changelog(call: Call) -> Any:
    """The changelogs of many issues; one issue's may continue on the next page."""
    body = await call.body(issueIdsOrKeys=list[str | int], fieldIds=list[str], maxResults=int, nextPageToken=str)
    refs, wanted = body.get("issueIdsOrKeys") or [], body.get("fieldIds") or []
    size = body.get("maxResults") or 1000
    if not 1 <= len(refs) <= _MOST_ISSUES or len(wanted) > _MOST_FIELDS or not 1 <= size <= _MOST_ENTRIES:
        raise JiraError(400, "Too many or too few issues, fields or results were asked for.")
    rows = [
        (issue.id, entry)
        for issue in call.visible(refs)
        for entry in issue.history
        if not wanted or any(item.field_id in wanted for item in entry.items)
    ]
    start = _start(body.get("nextPageToken"))
    entries: dict[int, list[Any]] = {}
    for number, entry in rows[start : start + size]:
        epoch = {"epoch": int(entry.at.timestamp() * 1000)} if call.options.epoch_changelogs else {}
        entries.setdefault(number, []).append(call.serialize.fill("history", entry, **epoch))
    shown: dict[str, Any] = {
        "issueChangeLogs": [{"issueId": str(number), "changeHistories": parts} for number, parts in entries.items()]
    }
    if start + size < len(rows):
        shown["nextPageToken"] = base64.urlsafe_b64encode(str(start + size).encode()).decode()
    return shown


def _start(token: str | None) -> int:
    try:
        return int(base64.urlsafe_b64decode(token)) if token else 0
    except ValueError as error:
        raise JiraError(400, "The provided nextPageToken is invalid or expired.") from error
