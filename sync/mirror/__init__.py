"""Keeps a copy of each backlog: its items, their order, and the state of our annotations."""

from sync.mirror.annotation_changes import find_annotation_changes, record_annotation_changes
from sync.mirror.pull import PullResult, pull

__all__ = ["PullResult", "find_annotation_changes", "pull", "record_annotation_changes"]
