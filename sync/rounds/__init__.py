"""One round at one tracker: pull, assess, plan, write and record; and its undo."""
