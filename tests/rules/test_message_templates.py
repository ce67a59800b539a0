"""Sentences are filled in with facts, and with nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.message_templates import (
    ENGLISH,
    LocaleFormat,
    TemplateError,
    fill,
    fill_pieces,
    find_placeholders,
    format_count,
    format_day,
    format_duration,
    format_number,
    parse_template,
)

GERMAN = LocaleFormat(
    decimal=",",
    date="{day}.{month}.{year}",
    counts={
        "points": {"one": "{n} Punkt", "other": "{n} Punkte"},
        "hours": {"one": "{n} Stunde", "other": "{n} Stunden"},
        "days": {"one": "{n} Tag", "other": "{n} Tage"},
        "weeks": {"one": "{n} Woche", "other": "{n} Wochen"},
    },
)


@pytest.mark.parametrize(
    ("text", "facts", "english", "german"),
    [
        ("{n} of {m}", {"n": 3, "m": 20.0}, "3 of 20", "3 of 20"),
        ("{points}", {"points": 2.5}, "2.5", "2,5"),
        ("{points:points}", {"points": 1.0}, "1 point", "1 Punkt"),
        ("{points:points}", {"points": 0.5}, "0.5 points", "0,5 Punkte"),
        ("{limit:g}", {"limit": 1.25}, "1.25", "1,25"),
        ("{limit:length}", {"limit": 9.5}, "9.5 days", "9,5 Tage"),
        ("{limit:length}", {"limit": 0.25}, "6 hours", "6 Stunden"),
        ("{window:length}", {"window": "26 weeks"}, "26 weeks", "26 Wochen"),
        ("{window:length}", {"window": "1 day"}, "1 day", "1 Tag"),
        ("{until:date}", {"until": "2027-01-05"}, "2027-01-05", "05.01.2027"),
        ("{until:date}", {"until": "2027-01-05T10:00:00+00:00"}, "2027-01-05", "05.01.2027"),
        ("{{{n}}}", {"n": 1}, "{1}", "{1}"),
        ("{gone}", {"gone": None}, "–", "–"),
    ],
)
def test_figures_are_put_as_the_language_puts_them(text, facts, english, german):
    assert fill(text, facts, ENGLISH) == english
    assert fill(text, facts, GERMAN) == german


@pytest.mark.parametrize(
    ("text", "facts", "said"),
    [
        ("{span:points}", {"span": "TBD"}, "TBD"),
        ("{until:date}", {"until": "soon"}, "soon"),
        ("{window:length}", {"window": "a while"}, "a while"),
        ("{n:parsecs}", {"n": 3}, "3"),
    ],
)
def test_a_fact_that_does_not_fit_its_form_is_shown_as_it_is(text, facts, said):
    assert fill(text, facts) == said


def test_a_code_is_called_as_the_language_calls_it():
    words = {"where": {"heading": 'Under "{heading}"', "field": "In the field"}}
    assert fill("{where} it is.", {"where": "field"}, code_texts=words) == "In the field it is."
    assert fill("{where} it is.", {"where": "heading", "heading": "Done"}, code_texts=words) == 'Under "Done" it is.'
    assert fill("{where} it is.", {"where": "elsewhere"}, code_texts=words) == "elsewhere it is."


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "}",
        "{n",
        "{n}}",
        "{}",
        "{0}",
        "{n.real}",
        "{n[0]}",
        "{n!r}",
        "{n:{m}}",
        "{n:>10}",
        "{n:%Y}",
        "{N}",
        "{n }",
        "{__class__}",
        "{n:.2f}",
    ],
)
def test_a_place_holds_a_name_and_a_form_and_nothing_else(text):
    with pytest.raises(TemplateError):
        parse_template(text)


def test_a_fact_that_is_missing_is_an_error_and_no_blank():
    with pytest.raises(KeyError, match="size"):
        fill("{points} of {size}", {"points": 3})


def test_the_places_are_told_in_order():
    places = find_placeholders("{points:points} and {size}, {points}")
    assert [(place.name, place.format) for place in places] == [("points", "points"), ("size", ""), ("points", "")]


def test_the_parts_of_a_sentence_say_which_fact_they_stand_for():
    parts = list(fill_pieces("{name} asks {n} things.", {"name": "Steward", "n": 2}))
    assert parts == [("Steward", "name"), (" asks ", ""), ("2", "n"), (" things.", "")]


@given(st.text())
def test_words_of_an_item_are_never_read_as_a_sentence(hostile):
    assert fill('It says "{span}".', {"span": hostile}) == f'It says "{hostile}".'
    words = {"where": {"heading": "Under {heading}"}}
    assert fill("{where}", {"where": "heading", "heading": hostile}, code_texts=words) == f"Under {hostile}"


@given(st.text(st.sampled_from("{}:!.[]ab_0 \\"), max_size=12))
def test_any_text_is_a_sentence_or_refused_in_words(text):
    try:
        placeholders = find_placeholders(text)
    except TemplateError as error:
        assert "{" in str(error)
    else:
        said = fill(text, dict.fromkeys((placeholder.name for placeholder in placeholders), 1))
        assert said.count("{") == text.count("{{")


@given(st.floats(0, 1e6, allow_nan=False))
def test_a_number_means_the_same_in_every_language(number):
    assert format_number(number, GERMAN).replace(",", ".") == format_number(number)
    assert float(format_number(number)) == pytest.approx(number, abs=0.006)


@given(st.dates())
def test_a_day_has_its_year_month_and_day_in_every_language(date):
    assert format_day(date.isoformat()) == date.isoformat()
    assert format_day(date.isoformat(), GERMAN) == f"{date.day:02}.{date.month:02}.{date.year:04}"


def test_one_and_many_are_told_apart():
    assert [format_count(number, "days") for number in (0, 1, 1.5, 2)] == ["0 days", "1 day", "1.5 days", "2 days"]
    assert format_duration(1 / 24) == "1 hour"
