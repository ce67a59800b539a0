"""Jira as a tracker."""

from connectors.field_names import FieldNames
from connectors.jira.config import JiraConfig
from connectors.jira.tracker import JiraTracker

__all__ = ["FieldNames", "JiraConfig", "JiraTracker"]
