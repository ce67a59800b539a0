"""Which bug reports say how to see the bug."""

import pytest

from connectors.markup import markdown
from rules.model import ItemKind, WorkItem
from rules.text import LANGUAGES, compile_lexicon, from_shorthand, says_how_to_reproduce


def says_how(title: str, text: str = "") -> bool:
    item = WorkItem(tracker="t", id="1", key="T-1", kind=ItemKind.BUG, title=title, text=from_shorthand(text))
    return says_how_to_reproduce(item, compile_lexicon(tuple(LANGUAGES)))


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Totals are wrong", "Steps: add two lines"),
        ("Totals are wrong", "## Expected result\nThe sum"),
        ("Totals are wrong", "Add a line and click save"),
        ("Totals are wrong", "See https://example.org/orders/7"),
        ("Totals are wrong", "E.g., order 17"),
        ("Totals are wrong", "| order | total |"),
        ("Totals are wrong when a line is removed", ""),
        ("Summe ist falsch", "Wenn eine Zeile fehlt"),
        ("Remove the old index", ""),
        ("Creating two orders loses one", ""),
    ],
)
def test_one_sign_is_enough(title, text):
    assert says_how(title, text)


@pytest.mark.parametrize(
    "text", ["", "This is really annoying", "## Notes\nSam saw it", "Stimmt nicht mit den Zeilen überein"]
)
def test_a_complaint_alone_is_not(text):
    assert not says_how("Totals are wrong", text)


@pytest.mark.parametrize(
    "text",
    [
        "## Steps to reproduce\n1. \n## Expected\n## Actual",
        "## Steps to reproduce\n- n/a",
        "## Steps to reproduce\n- Step 1\n- Step 2",
        "**To Reproduce**\nSteps to reproduce the behavior:\n- Go to '...'\n- Click on '....'\n- See error",
        "Can't reproduce locally, happens in prod",
    ],
)
def test_a_template_that_nobody_filled_in_reproduces_nothing(text: str) -> None:
    item = WorkItem(tracker="t", id="1", key="T-1", title="Total is wrong", text=markdown.parse(text))
    assert not says_how_to_reproduce(item, compile_lexicon(tuple(LANGUAGES)))


@pytest.mark.parametrize(
    "text", ["## Steps to reproduce\n- Open the cart", "## Expected\n- The sum", "Repro: press back"]
)
def test_one_filled_section_is_enough(text: str) -> None:
    item = WorkItem(tracker="t", id="1", key="T-1", title="Total is wrong", text=markdown.parse(text))
    assert says_how_to_reproduce(item, compile_lexicon(tuple(LANGUAGES)))
