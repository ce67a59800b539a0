"""Words, sentences, and item text that may be repeated."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.text.tokens import MAX_QUOTE_LENGTH, make_quotable, split_sentences, stem_words, tokenize


def test_words_are_cut_without_marks() -> None:
    assert tokenize("*Fertig, wenn:* it’s done!") == ["fertig", "wenn", "it's", "done"]


def test_a_hyphen_or_slash_inside_a_word_stays() -> None:
    assert tokenize("a Soll-Zustand, n/a") == ["a", "soll-zustand", "n/a"]


def test_abbreviations_end_no_sentence() -> None:
    assert list(split_sentences("Files, e.g. CSV. Then mail.")) == ["Files, e.g. CSV.", "Then mail."]


def test_forms_of_one_word_count_as_one_and_numbers_count() -> None:
    assert stem_words(["exports", "exported", "the", "3", "x"], frozenset({"the"})) == {"expor", "3"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("short", "short"),
        ('say "hi"\n\tnow', "say 'hi' now"),
        ("a\u202eb\u200bc\x00d", "a b c d"),
        ("word " * 60, "word " * 23 + "word…"),
        ("x" * 400, "x" * 119 + "…"),
    ],
)
def test_quoted_text_is_one_short_visible_line(text: str, shown: str) -> None:
    assert make_quotable(text) == shown


@given(st.text())
def test_quoted_text_is_always_short_and_visible(text: str) -> None:
    shown = make_quotable(text)
    assert len(shown) <= MAX_QUOTE_LENGTH
    assert '"' not in shown
    assert not any(unicodedata.category(sign)[0] == "C" or sign in "\n\r\u2028\u2029" for sign in shown)
