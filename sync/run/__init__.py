"""The background service: its schedule, its lease on the store, and configuration reloading."""
