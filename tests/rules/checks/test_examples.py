"""Every example on every manual page runs here, as its test."""

import pytest

from rules.catalogue import RulePage, parse_pages
from rules.example import Example

CASES = [(page, example) for page in parse_pages() for example in page.examples]


@pytest.mark.parametrize(("page", "example"), CASES, ids=[f"{page.rule.id}: {one.name}" for page, one in CASES])
def test_an_example_is_judged_as_it_says(page: RulePage, example: Example) -> None:
    found = [hit.variant for hit in example.hits(page.rule)]
    assert found == ([example.variant] if example.variant else [])


@pytest.mark.parametrize("page", parse_pages(), ids=[page.rule.id for page in parse_pages()])
def test_every_message_is_shown_by_an_example_and_one_example_passes(page: RulePage) -> None:
    shown = {example.variant for example in page.examples}
    assert shown == {*page.rule.messages, ""}
