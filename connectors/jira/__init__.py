"""Jira as a tracker."""

from connectors.jira.config import FieldNames, JiraConfig
from connectors.jira.tracker import JiraTracker

__all__ = ["FieldNames", "JiraConfig", "JiraTracker"]
