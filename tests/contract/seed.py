"""The backlog that every place holds when a test begins: what is asserted about it is true of every tracker."""

from datetime import UTC, datetime

NOW = datetime(2024, 5, 6, 8, 0, tzinfo=UTC)
"""A Monday in the second sprint."""

HOME = "PAY"
"""The project that is looked after."""
ELSEWHERE = "OPS"
"""Another project of the same place, outside the scope."""
SPRINTS = ("Sprint 1", "Sprint 2", "Sprint 3")
"""A closed one, the one under way, and one to come."""

BACKLOG = """\
{"sprints": [{"name": "Sprint 1", "state": "closed", "start": "2024-04-15", "end": "2024-04-26"}, \
{"name": "Sprint 2", "state": "active", "start": "2024-04-29", "end": "2024-05-12"}, \
{"name": "Sprint 3", "state": "future", "start": "2024-05-13", "end": "2024-05-26"}]}
{"key": "PAY-1", "title": "Pay in instalments", "description": "As a buyer I pay in parts.\\n\\n* one\\n* two", \
"points": 8, "status": "In Progress", "sprint": "Sprint 2", "labels": ["checkout"], "parent": "PAY-8", \
"created": "2024-03-01T09:00:00Z", "updated": "2024-04-29T09:00:00Z", "assignee": "Ana Silva", "reporter": "Kim Berg", \
"acceptance_criteria": "* it works\\n* it is paid", "links": [{"kind": "blocks", "target": "PAY-3"}], \
"transitions": [{"at": "2024-04-29T09:00:00Z", "field": "status", "from": "To Do", "to": "In Progress", \
"by": "Ana Silva"}], "comments": [{"at": "2024-04-02T10:00:00Z", "by": "Ana Silva", "text": "Legal wants a say."}]}
{"key": "PAY-2", "title": "Show the price before tax", "created": "2024-03-02T09:00:00Z", "reporter": "Kim Berg"}
{"key": "PAY-3", "title": "Export invoices", "points": 2, "sprint": "Sprint 3", "reporter": "Kim Berg", \
"created": "2024-03-03T09:00:00Z", "labels": ["checkout", "tax"]}
{"key": "PAY-4", "title": "Dark mode", "points": 0, "created": "2024-03-04T09:00:00Z", "reporter": "Kim Berg"}
{"key": "PAY-5", "title": "Hostile words <script>alert(1)</script> [~everyone] @all {color:red}", "reporter": "Kim Berg", \
"description": "Then <b>bold</b> & [a link|https://example.org] ]]> {{7*7}} \\u202e end", "created": "2024-03-05T09:00:00Z"}
{"key": "PAY-6", "title": "Refund is booked", "status": "Done", "points": 3, "sprint": "Sprint 1", \
"created": "2024-02-01T09:00:00Z", "resolved": "2024-04-10T09:00:00Z", "reporter": "Kim Berg"}
{"key": "PAY-7", "title": "Remember the card", "created": "2024-03-06T09:00:00Z", "reporter": "Kim Berg"}
{"key": "PAY-8", "title": "Instalments", "type": "Epic", "created": "2024-01-01T09:00:00Z", "reporter": "Kim Berg"}
{"key": "PAY-9", "title": "Cards", "type": "Epic", "created": "2024-01-02T09:00:00Z", "reporter": "Kim Berg"}
{"key": "OPS-1", "title": "Rotate the keys", "created": "2024-03-05T09:00:00Z", "reporter": "Kim Berg"}
"""

STORIES = ("PAY-1", "PAY-2", "PAY-3", "PAY-4", "PAY-5", "PAY-7")
"""Open items of the requirement level, the top first."""
EPICS = ("PAY-8", "PAY-9")
FINISHED = ("PAY-6",)
KEYS = (*STORIES, *EPICS, *FINISHED)
"""Everything within the scope."""

QUESTIONS = "\n".join(
    (
        BACKLOG.partition("\n")[0],
        *(
            f'{{"key": "PAY-{number}", "title": "Story {number}", "created": "2024-03-0{number}T09:00:00Z", '
            f'"reporter": "Kim Berg"{sprint}}}'
            for number, sprint in enumerate(2 * [', "sprint": "Sprint 3"'] + [""], 1)
        ),
        (
            '{"key": "PAY-8", "title": "Cards", "type": "Epic", "created": "2024-01-01T09:00:00Z", "reporter": "Kim Berg", '
            '"business_value": 8, "time_criticality": 5, "risk_reduction": 3, "points": 4}'
        ),
    )
)
"""A backlog with a comment and a label on three items, and a score on one where the place has fields for it."""
