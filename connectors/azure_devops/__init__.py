"""Azure DevOps as a tracker, Services and Server. `plugin.py` is the entry point."""
