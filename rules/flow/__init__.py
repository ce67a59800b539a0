"""What finished work tells about durations and sizes."""

from rules.flow.durations import Clock, percentile
from rules.flow.sizes import Reason, SizeLimit, Unknown, size_limit, size_of

__all__ = ["Clock", "Reason", "SizeLimit", "Unknown", "percentile", "size_limit", "size_of"]
