"""Plans what is written to each item: the exact text of comments, labels and field values. Pure functions without I/O.

A plan contains only changes: what an item already has is not written again, and a comment is rewritten only when the
data that it is made from have changed.
"""
