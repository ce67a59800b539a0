"""Maintains the mirror: the store's copy of each tracker's items and their order. Finds changes that others made to
the comments, labels and field values that the service wrote.

An annotation is a comment, label or field value that the service put on an item.
"""
