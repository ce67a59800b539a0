"""What people decide: one way in, whatever way they say it."""

from sync.decisions.commands import Command, CommandError, from_label, moment, parse
from sync.decisions.inbox import answers_in, decide

__all__ = ["Command", "CommandError", "answers_in", "decide", "from_label", "moment", "parse"]
