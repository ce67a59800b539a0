"""What the product says to other systems: trackers, Slack, and the sandboxes that stand in for them."""
