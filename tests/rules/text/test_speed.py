"""A whole backlog is read in seconds."""

import time

from rules.model import WorkItem
from rules.text import find_criteria, from_shorthand

SENTENCES = (
    "As a clerk I want to export the orders of a month so that the auditor can read them. "
    "The nightly run writes them to the archive at the moment, and that takes a while. "
    "It would be nice to see who asked for them (see the page in the wiki).  "
    "The button stands beside the search, and has been there since the first release. "
    "Some of the offices use the old format, others the new one; both can be read. "
    "We have talked about it with the people of the archive and they are fine with it. "
)


def test_fifty_thousand_items_take_seconds() -> None:
    items = [
        WorkItem(
            tracker="t", id=str(n), key=f"T-{n}", title="Export orders", text=from_shorthand(f"Nr {n}. {SENTENCES}")
        )
        for n in range(5_000)
    ]
    started = time.process_time()
    for item in items:
        find_criteria(item)
    took = time.process_time() - started
    assert took * 10 < 30, f"50,000 items would take {took * 10:.1f} s"
