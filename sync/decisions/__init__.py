"""Decisions of people: by command line, file, reply or label, and by changing what we wrote."""

from sync.decisions.commands import Command, CommandError, label_to_command, parse_command, parse_date
from sync.decisions.inbox import decide, read_answers
from sync.decisions.removed_by_people import dismissals

__all__ = [
    "Command",
    "CommandError",
    "decide",
    "dismissals",
    "label_to_command",
    "parse_command",
    "parse_date",
    "read_answers",
]
