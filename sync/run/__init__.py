"""The background service: its schedule, its lease on the store, and the reload of the configuration."""
