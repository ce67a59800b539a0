"""Azure DevOps as a tracker, Services and Server."""

from connectors.azure_devops.config import AzureConfig
from connectors.azure_devops.tracker import AzureTracker
from connectors.field_names import FieldNames

__all__ = ["AzureConfig", "AzureTracker", "FieldNames"]
