"""An export file as a place: somebody edits it, and that is all that can happen to it."""

import csv
import io
import json
from pathlib import Path
from typing import Any

from contract.seed import BACKLOG, HOME
from support.opening import open_plugin

_JIRA = [
    "Issue key",
    "Summary",
    "Description",
    "Issue Type",
    "Status",
    "Status Category",
    "Priority",
    "Story Points",
    "Created",
    "Updated",
    "Resolved",
    "Sprint",
    "Labels",
    "Parent key",
    "Assignee",
    "Acceptance Criteria",
    "Project key",
    "Rank",
]
_AZURE = [
    "ID",
    "Title",
    "Description",
    "Work Item Type",
    "State",
    "Priority",
    "Story Points",
    "Created Date",
    "Changed Date",
    "Closed Date",
    "Iteration Path",
    "Tags",
    "Parent",
    "Assigned To",
    "Acceptance Criteria",
    "Team Project",
    "Stack Rank",
]


class ExportPlace:
    nobody = "PAY-9999"
    lacks = frozenset()

    def __init__(self, folder: Path, shape: str) -> None:
        self.shape = shape
        items = [json.loads(line) for line in BACKLOG.splitlines()]
        self.lines = [one for one in items if one.get("key", "").startswith(HOME)]
        self.path = folder / ("backlog.jsonl" if shape == "lines" else "backlog.csv")
        self.save()

    def open(self, **changes: Any) -> Any:
        return open_plugin("export", **({"name": "tracker", "path": str(self.path)} | changes))

    def id(self, key: str) -> str:
        return key

    def retitle(self, item: str, title: str) -> None:
        next(line for line in self.lines if line["key"] == item)["title"] = title
        self.save()

    def remove(self, item: str) -> None:
        self.lines = [line for line in self.lines if line["key"] != item]
        self.save()

    def save(self) -> None:
        if self.shape == "lines":
            text = "".join(json.dumps(line) + "\n" for line in self.lines)
        else:
            file = io.StringIO()
            writer = csv.writer(file)
            writer.writerow(_JIRA if self.shape == "jira" else _AZURE)
            writer.writerows(self._row(line, place) for place, line in enumerate(self.lines))
            text = file.getvalue()
        self.path.write_text(text, encoding="utf-8")

    def _row(self, line: dict[str, Any], place: int) -> list[Any]:
        def html(text: str) -> str:
            escaped = text.replace("&", "&amp;").replace("<", "&lt;")
            return "".join(f"<div>{part.removeprefix('* ')}</div>" for part in escaped.split("\n") if part)

        jira = self.shape == "jira"
        text = line.get("description", "")
        criteria = line.get("acceptance_criteria", "")
        sprint = line.get("sprint", "")
        status = line.get("status", "To Do")
        points = line.get("points")
        return [
            line["key"],
            line["title"],
            text if jira else html(text),
            line.get("type", "Story" if jira else "User Story"),
            status,
            *([{"To Do": "To Do", "Done": "Done"}.get(status, "In Progress")] if jira else []),
            "Medium" if jira else 2,
            "" if points is None else points,
            line["created"],
            line.get("updated", line["created"]),
            line.get("resolved", ""),
            sprint if jira else f"PAY\\{sprint}" if sprint else "PAY",
            " ".join(line.get("labels", [])) if jira else "; ".join(line.get("labels", [])),
            line.get("parent", ""),
            line.get("assignee", ""),
            criteria if jira else html(criteria),
            HOME,
            f"{place:04}",
        ]
