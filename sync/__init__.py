"""The service: reads trackers into a store, judges the items, writes back, records decisions, and sends reports."""
