"""What people read: questions about the item, short, with a way out."""

import re

import pytest

from rules.catalogue import parse_pages
from rules.registry import all_rules
from rules.rule import Message

MESSAGES = [
    pytest.param(page.rule.id, page.rule.message(hit), id=f"{page.rule.id}: {hit.variant}")
    for page in parse_pages()
    for example in page.examples
    for hit in example.hits(page.rule)
]
EVERY = pytest.mark.parametrize(("rule", "message"), MESSAGES)

BLAME = re.compile(
    r"\b(you|your|violat\w*|forgot\w*|missing|invalid|wrong|fail(s|ed|ure)?|must|please|error|bad|rule \w*\d)\b",
    re.IGNORECASE,
)


@EVERY
def test_a_question_is_one_sentence_that_asks(rule: str, message: Message) -> None:
    assert message.question.endswith("?")
    assert message.question.count("?") == 1
    assert len(message.question.split()) <= 16


@EVERY
def test_nobody_is_addressed_or_blamed(rule: str, message: Message) -> None:
    ours = re.sub(r'"[^"]*"', "", f"{message.evidence} {message.question}")
    assert not BLAME.search(ours.replace("is something missing", ""))
    assert rule not in " ".join(message)


@EVERY
def test_evidence_is_short_and_complete(rule: str, message: Message) -> None:
    assert message.evidence[-1] in '."'
    assert len(message.evidence) <= 220
    assert message.evidence[0].isupper() or message.evidence[0].isdigit()


@EVERY
def test_there_is_a_way_to_clear_it(rule: str, message: Message) -> None:
    assert message.resolution.endswith(".")
    assert "aive" not in message.resolution, "the comment says once, for all of its questions, how to set one aside"
    assert len(message.resolution.split()) <= 45


@EVERY
def test_numbers_are_ready_to_be_read(rule: str, message: Message) -> None:
    assert not re.search(r"\d\.0\b|[{}]|None|True|False", " ".join(message))


@pytest.mark.parametrize("rule", all_rules().values(), ids=list(all_rules()))
def test_the_question_to_the_whole_team_has_its_numbers(rule: type) -> None:
    whole = rule.saturation_question.format(flagged=12, judged=20)
    assert "12 of 20" in whole
    assert whole.endswith("?")
