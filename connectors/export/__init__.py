"""Export files as a tracker that can only be read. `plugin.py` is the entry point."""
