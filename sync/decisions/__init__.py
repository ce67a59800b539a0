"""Decisions of people about items and about findings, which are what rules flag.

A decision is in force until its review date, if it has one. People decide on the command line, in a file, in a reply to
the service's comment, with a label, with a button in Slack, and by changing or removing what the service wrote.
"""
