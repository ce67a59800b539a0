"""The background service: its schedule, its health checks, and the reload of the configuration.

A lease in the store ensures that only one process does the work.
"""
