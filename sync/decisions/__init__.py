"""Decisions of people about items and about findings, which are what rules flag.

A decision is in force until its review date, if it has one. People decide on the command line, in a file, in a reply to
the service's comment, with a label, with a button in Slack, and by changing or removing what the service wrote.
"""

from sync.decisions.command_parser import Command, CommandError, label_to_command, parse_command, parse_date
from sync.decisions.commands_to_decisions import make_decision, read_answers
from sync.decisions.removed_by_people import make_dismissals

__all__ = [
    "Command",
    "CommandError",
    "label_to_command",
    "make_decision",
    "make_dismissals",
    "parse_command",
    "parse_date",
    "read_answers",
]
