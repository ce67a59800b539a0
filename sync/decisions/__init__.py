"""What people decide: one way in, whatever way they say it."""

from sync.decisions.commands import Command, CommandError, from_label, moment, parse
from sync.decisions.inbox import answers_in, decide, dismissals

__all__ = ["Command", "CommandError", "answers_in", "decide", "dismissals", "from_label", "moment", "parse"]
