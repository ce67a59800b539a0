"""Azure DevOps as a tracker, Services and Server."""

from connectors.azure_devops.config import AzureConfig, AzureFieldNames
from connectors.azure_devops.tracker import AzureTracker

__all__ = ["AzureConfig", "AzureFieldNames", "AzureTracker"]
