"""What the product thinks: work items in, findings and an order out. Nothing here reads or writes anything."""
