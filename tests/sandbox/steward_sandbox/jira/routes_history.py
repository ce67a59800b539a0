"""Changelogs of many issues at once."""

import base64
from typing import Any

from steward_sandbox.jira.call import Call
from steward_sandbox.jira.responses import JiraError
from steward_sandbox.jira.routing import route


@route("POST", "changelog/bulkfetch", only="cloud")
async def bulk_changelog(call: Call) -> Any:
    """The changelogs of many issues; one issue's may continue on the next page."""
    body = await call.body("bulk_changelog")
    wanted, size = body.get("fieldIds"), body.get("maxResults") or 1000
    rows = [
        (issue.id, entry)
        for issue in call.visible(body["issueIdsOrKeys"])
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
