"""Backlogs that more than one group of tests begins with."""

SMALL = """\
{"sprints": [{"name": "Sprint 2", "state": "active", "start": "2024-04-29", "end": "2024-05-13"}, \
{"name": "Sprint 3", "state": "future", "start": "2024-05-13", "end": "2024-05-27"}]}
{"key": "PAY-1", "title": "Pay in instalments", "description": "As a buyer I want to pay in parts.", "points": 3, \
"created": "2024-03-01", "sprint": "Sprint 2"}
{"key": "PAY-2", "title": "Show the price before tax", "created": "2024-03-02", "sprint": "Sprint 3", \
"description": "Acceptance criteria:\\n* both prices are shown"}
{"key": "PAY-3", "title": "Export invoices", "description": "For the auditor.", "created": "2024-03-03", \
"sprint": "Sprint 3", "labels": ["finance"]}
{"key": "PAY-4", "title": "Dark mode", "description": "Nice to have.", "created": "2024-03-04"}
{"key": "PAY-5", "title": "Instalments", "type": "Epic", "created": "2024-01-01", "business_value": 8, \
"time_criticality": 5, "risk_reduction": 3, "points": 4}
{"key": "PAY-6", "title": "Rotate keys", "status": "Done", "created": "2024-02-01", "resolved": "2024-04-20"}
"""
"""PAY-1 and PAY-3 lack criteria in the coming sprints, PAY-4 further down; PAY-5 scores 4."""
