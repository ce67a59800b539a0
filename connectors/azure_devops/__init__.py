"""Azure DevOps as a tracker."""
