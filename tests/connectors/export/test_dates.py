"""Dates of exports: one order and one language a file, never mixed, and nothing lost silently."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.export.dates import DateParser, DayMonthOrder


def read(*texts):
    """What a file with these dates says they are, to the minute; and the notes."""
    reader = DateParser()
    for number, text in enumerate(texts, start=1):
        reader.add_row([text], f"line {number}")
    reader.choose_format()
    moments = [reader.parse(text) for text in texts]
    assert all(moment is None or moment.tzinfo is UTC for moment in moments)
    return [moment and f"{moment:%Y-%m-%d %H:%M}" for moment in moments], reader.notes


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-03-01", "2024-03-01 00:00"),
        ("2024-03-01 9:05", "2024-03-01 09:05"),
        ("2024-03-01T09:05:00.000+0200", "2024-03-01 07:05"),
        ("2024/3/1 21:05:00", "2024-03-01 21:05"),
        ("02/Apr/24 10:00 PM", "2024-04-02 22:00"),
        ("02/Apr/24 12:30 AM", "2024-04-02 00:30"),
        ("02/Apr/24 22:00", "2024-04-02 22:00"),
        ("2-May-2024", "2024-05-02 00:00"),
        ("02/Apr/99", "1999-04-02 00:00"),
        ("Mon, 02 Apr 2024 10:00:00 +0200", "2024-04-02 08:00"),
        ("April 2, 2024 at 5:00 PM", "2024-04-02 17:00"),
        ("3. März 2024, 14:05 Uhr", "2024-03-03 14:05"),
        ("02/Mär/24 10:00", "2024-03-02 10:00"),
        ("02/Mrz/24 10:00", "2024-03-02 10:00"),
        ("2 févr. 2024 14:05", "2024-02-02 14:05"),
        ("12 de marzo de 2024", "2024-03-12 00:00"),
        ("15/3/2024 9:00:00 p. m.", "2024-03-15 21:00"),
        ("24 wrz 2024 9:05", "2024-09-24 09:05"),
        ("13.02.2024 09:05:07", "2024-02-13 09:05"),
        ("1.3.2024 klo 9.05.00", "2024-03-01 09:05"),
        ("2024. 3. 1. 오후 9:05", "2024-03-01 21:05"),
        ("2024年3月1日 9:05", "2024-03-01 09:05"),
        ("3/1/2024\u202f9:00\u202fAM", "2024-03-01 09:00"),
        ("\u200e13/02/2024\u200f 09:05", "2024-02-13 09:05"),
    ],
)
def test_dates_are_read_in_the_forms_of_many_languages(text, moment):
    assert read(text) == ([moment], ())


@pytest.mark.parametrize(
    "text",
    ["some day", "5 days ago", "2 weeks 3 days 4 hours", "45352.375", "12345", "31/02/2024", "13/13/2024",
     "2024-13-01", "32/Apr/24", "31/Apr/24", "02/Apr/24 25:00", "02/Foo/24", "12 srp 2024", "0/0/0", "9" * 500],
)  # fmt: skip
def test_what_is_no_date_is_none_and_shown(text):
    moments, notes = read(text, "2024-03-01")
    assert moments == [None, "2024-03-01 00:00"]
    (note,) = notes
    assert note.startswith(f'1 date was not understood, such as "{text[:40]}" (line 1)')


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (["03/04/2024", "13/04/2024"], DayMonthOrder.DAY_FIRST),
        (["03/04/2024", "04/13/2024"], DayMonthOrder.MONTH_FIRST),
        (["3/4/2024 9:00:00 AM"], DayMonthOrder.MONTH_FIRST),
        (["03/04/2024 09:00:00"], DayMonthOrder.DAY_FIRST),
        (["03/04/2024 9:00 AM", "25/04/2024 9:00 AM"], DayMonthOrder.DAY_FIRST),
        (["03/04/2024 21:00", "04/25/2024 21:00"], DayMonthOrder.MONTH_FIRST),
        (["1/03/2024 9:00:00 AM"], DayMonthOrder.DAY_FIRST),
        (["03.04.2024"], DayMonthOrder.DAY_FIRST),
        (["3-4-2024 9:00"], DayMonthOrder.DAY_FIRST),
    ],
)
def test_the_order_is_decided_once_a_file(texts, order):
    moments, notes = read(*texts)
    first = {DayMonthOrder.DAY_FIRST: "2024-04-03", DayMonthOrder.MONTH_FIRST: "2024-03-04"}[order]
    assert moments[0].startswith("2024-03-01" if texts[0].startswith("1/") else first)
    assert notes == ()


def test_orders_are_never_mixed():
    moments, notes = read("13/02/2024", "14/02/2024", "02/15/2024", "03/04/2024")
    assert moments == ["2024-02-13 00:00", "2024-02-14 00:00", None, "2024-04-03 00:00"]
    assert notes == ('1 date was not understood, such as "02/15/2024" (line 3).',)


@pytest.mark.parametrize("texts", [["3/4/2024"], ["13/02/2024", "02/14/2024", "03/04/2024"]])
def test_an_order_that_nothing_tells_is_not_guessed(texts):
    moments, notes = read(*texts)
    assert set(moments) == {None}
    assert "nothing in the file shows whether the day or the month comes first" in notes[0]


def test_what_comes_first_tells_the_order():
    reader = DateParser()
    reader.add_row(["05/02/2024", "03/03/2024"])
    reader.choose_format()
    assert reader.order is DayMonthOrder.DAY_FIRST, "otherwise it would have been changed before it was created"


def test_an_unambiguous_abbreviation_of_a_month_name_is_understood():
    assert read("12 Septem 2024", "13 Febr 2024")[0] == ["2024-09-12 00:00", "2024-02-13 00:00"]


def test_month_names_are_of_one_language():
    assert read("12 lip 2024", "13 srp 2024", "14 ruj 2024")[0] == [
        "2024-06-12 00:00",
        "2024-07-13 00:00",
        "2024-09-14 00:00",
    ]
    assert read("12 srp 2024", "13 kvě 2024")[0] == ["2024-08-12 00:00", "2024-05-13 00:00"]


FORMS = {
    "%d/%m/%Y %H:%M": DayMonthOrder.DAY_FIRST,
    "%m/%d/%Y %I:%M %p": DayMonthOrder.MONTH_FIRST,
    "%d.%m.%Y %H:%M": DayMonthOrder.DAY_FIRST,
    "%d/%b/%y %I:%M %p": None,
    "%Y/%m/%d %H:%M": None,
}


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    form=st.sampled_from(sorted(FORMS)),
    days=st.lists(st.dates(date(1990, 1, 1), date(2060, 1, 1)), min_size=1, max_size=30),
    minute=st.integers(0, 1439),
)
def test_every_date_of_a_file_is_read_as_it_was_written_or_not_at_all(form, days, minute):
    moments = [datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=minute) for day in days]
    texts = [f"{moment:{form}}" for moment in moments]
    got, notes = read(*texts)
    expected = [f"{moment:%Y-%m-%d %H:%M}" for moment in moments]
    assert got == expected
    assert notes == ()


@given(st.lists(st.text(max_size=30) | st.from_regex(r"\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}( \d\d:\d\d)?", fullmatch=True)))
def test_no_text_breaks_the_reader_and_none_is_lost_silently(texts):
    moments, notes = read(*texts)
    lost = sum(1 for text, moment in zip(texts, moments, strict=True) if text.strip() and moment is None)
    assert bool(notes) >= bool(lost)
