"""What can be learned from finished work."""

from rules.flow.durations import Clock, in_words, percentile, plain
from rules.flow.sizes import Reason, SizeLimit, Unknown, size_limit, size_of

__all__ = ["Clock", "Reason", "SizeLimit", "Unknown", "in_words", "percentile", "plain", "size_limit", "size_of"]
