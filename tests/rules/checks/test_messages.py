"""What people read: questions about the item, short, with a way out."""

import re

import pytest

from rules.catalogue import pages
from rules.example import Said
from rules.registry import all_rules

SAID = [(page.rule.id, said) for page in pages() for one in page.examples for said in one.run(page.rule)]
EVERY = pytest.mark.parametrize(("rule", "said"), SAID, ids=[f"{rule}: {said.variant}" for rule, said in SAID])

BLAME = re.compile(
    r"\b(you|your|violat\w*|forgot\w*|missing|invalid|wrong|fail(s|ed|ure)?|must|please|error|bad|rule \w*\d)\b",
    re.IGNORECASE,
)


@EVERY
def test_a_question_is_one_sentence_that_asks(rule: str, said: Said) -> None:
    assert said.question.endswith("?")
    assert said.question.count("?") == 1
    assert len(said.question.split()) <= 16


@EVERY
def test_nobody_is_addressed_or_blamed(rule: str, said: Said) -> None:
    ours = re.sub(r'"[^"]*"', "", f"{said.evidence} {said.question}")
    assert not BLAME.search(ours.replace("is something missing", ""))
    assert rule not in " ".join(said)


@EVERY
def test_evidence_is_short_and_complete(rule: str, said: Said) -> None:
    assert said.evidence[-1] in '."'
    assert len(said.evidence) <= 220
    assert said.evidence[0].isupper() or said.evidence[0].isdigit()


@EVERY
def test_there_is_a_way_to_clear_it(rule: str, said: Said) -> None:
    assert said.resolution.endswith(".")
    assert "aive" not in said.resolution, "the comment says once, for all of its questions, how to set one aside"
    assert len(said.resolution.split()) <= 45


@EVERY
def test_numbers_are_ready_to_be_read(rule: str, said: Said) -> None:
    assert not re.search(r"\d\.0\b|[{}]|None|True|False", " ".join(said))


@pytest.mark.parametrize("rule", all_rules().values(), ids=list(all_rules()))
def test_the_question_to_the_whole_team_has_its_numbers(rule: type) -> None:
    whole = rule.whole.format(flagged=12, judged=20)
    assert "12 of 20" in whole
    assert whole.endswith("?")
