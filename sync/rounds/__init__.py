"""Rounds. A round is one pass over a tracker: it reads what has changed, judges the backlog, plans and writes.

An undo removes what rounds wrote.
"""
