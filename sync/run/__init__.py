"""The service that runs by itself: schedule, leases."""
