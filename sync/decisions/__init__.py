"""Decisions that people make: by command line, file, reply or label, and by changing what we wrote."""

from sync.decisions.commands import Command, CommandError, from_label, parse, parse_date
from sync.decisions.inbox import answers_in, decide
from sync.decisions.removed_by_people import dismissals

__all__ = ["Command", "CommandError", "answers_in", "decide", "dismissals", "from_label", "parse", "parse_date"]
