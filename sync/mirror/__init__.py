"""Keeps a copy of each backlog that is right: what changed, what is gone, who stands where."""

from sync.mirror.annotations import look_after_marks
from sync.mirror.pull import Pulled, pull

__all__ = ["Pulled", "look_after_marks", "pull"]
