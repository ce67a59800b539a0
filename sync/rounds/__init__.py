"""One round at one tracker: read, judge, plan, write, remember; and how it is taken back."""
