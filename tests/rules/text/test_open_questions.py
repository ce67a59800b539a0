"""What a text leaves open, and what only sounds like it."""

import pytest

from rules.text import from_shorthand, open_questions


def found(text: str) -> list[str]:
    return list(open_questions(from_shorthand(text)))


@pytest.mark.parametrize(
    "text",
    [
        "TBD",
        "Cards: tbd",
        "Which cards is to be decided.",
        "We need to clarify the limit.",
        "Das ist noch zu klären.",
        "Should we show an error, or an empty list?",
        "What error code do we want to return?",
        "Is this a bug or by design?",
        "Not sure if this is intentional, but the role stays.",
        "Limit the number of users - maybe 500?",
        "The wording is up for discussion.",
        "Sollen wir die Karte sperren oder nur warnen?",
    ],
)
def test_a_decision_that_is_left_open_is_quoted(text):
    assert found(text) == [text]


@pytest.mark.parametrize(
    "text",
    [
        "The value seems to be defined as text.",
        "Groups to be defined or not",
        "The actions have to be defined in the plugin.",
        "Not sure why it fails.",
        "Could you have a look?",
        "Should we keep it? A: yes",
        "Answer 200????",
        "```\nTBD\n```",
        "TBD-7",
    ],
)
def test_what_only_sounds_like_it_is_not(text):
    assert found(text) == []


def test_everything_below_a_heading_for_open_questions_is_open_and_ticked_lines_are_not():
    assert found("## Open questions\n[ ] Which cards?\n[x] Which countries?\n## Notes\nSam knows.") == ["Which cards?"]


def test_of_a_long_line_the_sentence_is_quoted():
    assert found(f"{'Much was said before. ' * 9}The limit is TBD.") == ["The limit is TBD."]


def test_of_a_long_sentence_the_words_before_it_are_quoted_and_none_is_cut():
    [quoted] = found(f"{'much was said before ' * 9}and the limit is TBD.")
    assert quoted.startswith("… ")
    assert quoted.endswith("before and the limit is TBD.")
    assert set(quoted.split()) <= {"…", *["much", "was", "said", "before", "and", "the", "limit", "is", "TBD."]}
