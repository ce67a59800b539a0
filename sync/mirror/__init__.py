"""Maintains the mirror: the store's copy of each tracker's items and their order. Finds changes that others made to
annotations: the comments, labels and field values that the service put on items.
"""
