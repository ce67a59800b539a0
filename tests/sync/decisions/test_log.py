"""The log as a file: what was written can be read elsewhere, what is wrong is named, and what people write is data."""

import csv
import io
import json
import time
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rules.model import ITEM_DECISIONS, Decision, DecisionKind, Demand
from rules.registry import all_rules
from sync.decisions.command_parser import CommandError, parse_command, printable_line
from sync.decisions.log import ImportedRow, LogEntry, log_entries, make_command, read_rows, render

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
RULES = tuple(all_rules())
OVERSIZED = "oversized-story"
DAYS = timedelta(days=1)
JANUARY = datetime(2027, 1, 15, tzinfo=UTC)


def read(text):
    return list(read_rows(text, RULES, NOW))


def as_lines(*some):
    return "\n".join(map(json.dumps, some))


def as_list(*some):
    return json.dumps(some, indent=2)


def as_table(*some):
    held = io.StringIO()
    table = csv.DictWriter(held, list(dict.fromkeys(name for one in some for name in one)))
    table.writeheader()
    table.writerows(some)
    return held.getvalue()


forms = pytest.mark.parametrize("form", [as_lines, as_list, as_table])


# ---- what a file may say


@forms
def test_a_line_says_all_that_a_decision_about_an_item_holds(form):
    line = {
        "key": "PAY-1",
        "verdict": "not-in-this-form",
        "reason": "too much",
        "instead": "the export",
        "review": "2027-01-15",
        "tracker": "team",
    }
    (row,) = read(form(line))
    assert (row.key, row.tracker, row.error) == ("PAY-1", "team", "")
    assert row.command == make_command(
        DecisionKind.NOT_IN_THIS_FORM,
        reason="too much",
        instead="the export",
        review="2027-01-15",
        rules=RULES,
        now=NOW,
    )
    assert (row.command.review, row.command.alternative) == (JANUARY, "the export")


@forms
def test_a_line_says_all_that_an_answer_to_a_finding_holds(form):
    (row,) = read(form({"key": "PAY-1", "verdict": "waive", "rule": OVERSIZED, "reason": "a spike", "review": "30d"}))
    assert (row.command.kind, row.command.rule, row.command.reason) == (DecisionKind.WAIVE, OVERSIZED, "a spike")
    assert row.command.review == NOW + 30 * DAYS


@forms
def test_what_a_line_leaves_out_is_what_it_is_in_a_reply(form):
    (row,) = read(form({"key": "PAY-1", "verdict": "snooze"}))
    assert (row.key, row.tracker) == ("PAY-1", "")
    assert row.command == parse_command("/steward snooze", RULES, NOW)


@pytest.mark.parametrize("verdict", ["not-now", "not now", "Not Now", " NOT-NOW "])
def test_a_verdict_may_be_written_as_people_write_it(verdict):
    (row,) = read(as_lines({"key": "PAY-1", "verdict": verdict, "reason": "full"}))
    assert row.command.kind is DecisionKind.NOT_NOW


def test_a_spreadsheet_may_begin_with_a_byte_order_mark_and_write_its_columns_large():
    (row,) = read("\ufeffKey, VERDICT \r\n PAY-1 , waive \r\n")
    assert (row.key, row.command.kind) == ("PAY-1", DecisionKind.WAIVE)


@pytest.mark.parametrize("form", [as_lines, as_list])
def test_lines_are_numbered_from_one_and_space_around_them_is_no_matter(form):
    lines = [{"key": "PAY-1", "verdict": "waive"}, {"key": "PAY-2", "verdict": "snooze"}]
    for text in (form(*lines), form(*lines) + "\n \n"):
        assert [(row.position, row.key) for row in read(text)] == [(1, "PAY-1"), (2, "PAY-2")]
    assert [row.key for row in read(f" \n\t{form(*lines)}")] == ["PAY-1", "PAY-2"]


def test_what_a_decision_holds_and_a_file_does_not_decide_is_passed_over():
    one = decision("a", DecisionKind.WAIVE, 1, reason="a spike", source="reply", by="owners", links=2)
    (row,) = read(msgspec.json.encode(one).decode())
    assert (row.error, row.key, row.command.rule, row.command.reason) == ("", "PAY-1", OVERSIZED, "a spike")


def test_a_key_may_be_a_number():
    (row,) = read('{"key": 134, "verdict": "waive", "rule": null}')
    assert (row.key, row.command.rule) == ("134", "")


@forms
def test_the_same_words_are_the_same_line_however_the_item_is_called(form):
    line = {"key": "PAY-1", "verdict": "waive", "reason": "a spike"}
    (said,) = read(form(line))
    for same in ({"key": "pay-1"}, {"tracker": "team"}, {"rule": ""}):
        assert read(form(line | same))[0].identity == said.identity
    for other in ({"verdict": "wrong"}, {"reason": "a spike?"}, {"rule": OVERSIZED}, {"review": "30d"}):
        assert read(form(line | other))[0].identity != said.identity


def test_a_line_is_one_line_whatever_separators_its_text_holds():
    first, second = read('{"key": "PAY-1", "verdict": "waive", "reason": "a\u2028b\x85c"}\r\n\n{"key": "PAY-2"}')
    assert (first.position, first.command.reason) == (1, "a b c")
    assert (second.position, second.key) == (3, "PAY-2")


@pytest.mark.parametrize("words", ["waive", "snooze", "wrong", "resume", "decide accept"])
def test_an_answer_of_which_only_the_verdict_is_given_is_what_it_is_in_a_reply(words):
    assert make_command(DecisionKind(words.split()[-1]), rules=RULES, now=NOW) == parse_command(words, RULES, NOW)


# ---- what is wrong with it

VERDICTS = "waive, snooze, wrong, resume, accept, not-now, no, not-in-this-form"
KEYS = "key, verdict, rule, reason, instead, review, tracker"


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ({"key": "PAY-1", "verdict": "perhaps"}, f'Unknown verdict "perhaps". Expected one of: {VERDICTS}.'),
        ({"key": "PAY-1"}, f'Unknown verdict "". Expected one of: {VERDICTS}.'),
        ({"key": "PAY-1", "verdict": "waive", "reviw": "14d"}, 'Unknown key "reviw". Did you mean "review"?'),
        ({"key": "PAY-1", "verdict": "no"}, "A decision about an item needs a reason."),
        (
            {"key": "PAY-1", "verdict": "no", "reason": "x", "rule": OVERSIZED},
            '"no" is about the whole item; leave the rule out.',
        ),
        (
            {"key": "PAY-1", "verdict": "waive", "rule": "nothing"},
            'Unknown rule "nothing". `steward rules list` names the rules.',
        ),
        ({"key": "PAY-1", "verdict": "waive", "review": "2020-01-01"}, "2020-01-01 is not in the future."),
        (
            {"key": "PAY-1", "verdict": "waive", "review": "2027-01-15 or so"},
            '"2027-01-15 or so" is not a date. Write it as 2027-01-15.',
        ),
        (
            {"key": "PAY-1", "verdict": "waive", "review": "Tomorrow"},
            '"Tomorrow" is not a date. Write it as 2027-01-15.',
        ),
    ],
)
def test_a_line_that_is_wrong_is_refused_with_its_key_and_what_would_be_right(line, wrong):
    assert read(as_lines(line)) == [ImportedRow(1, "PAY-1", error=wrong)]


def test_a_line_that_names_no_item_is_refused():
    for line in ({"verdict": "waive"}, {"key": " ", "verdict": "waive"}):
        assert read(as_lines(line)) == [ImportedRow(1, error="`key` is missing: the row does not name an item.")]


def test_what_is_no_object_is_refused_alone():
    first, second, third = read('{"key": "PAY-1", "verdict": "waive"}\n["PAY-2", "waive"]\n{"key": "PAY-3"')
    assert first.command is not None
    for row, number in ((second, 2), (third, 3)):
        assert (row.position, row.key, row.command) == (number, "", None)
        assert row.error.startswith("This is not a JSON object: ")


def test_a_row_with_more_cells_than_columns_is_refused_alone():
    first, second = read("key,verdict\nPAY-1,waive,more\nPAY-2,waive\n")
    assert first == ImportedRow(2, error="The row has more cells than columns.")
    assert (second.position, second.key, second.error) == (3, "PAY-2", "")


def test_a_row_with_fewer_cells_than_columns_leaves_the_rest_out():
    (row,) = read("key,verdict,reason\nPAY-1,waive\n")
    assert (row.command.kind, row.command.reason) == (DecisionKind.WAIVE, "")


@pytest.mark.parametrize("lines", [1, 20_000])
def test_a_first_line_that_is_no_csv_is_refused(lines):
    (row,) = read('"key,verdict\n' + "and so on\n" * lines)
    assert row.error.startswith("From this line on, the file is not valid CSV: ")


@pytest.mark.parametrize("lines", [1, 20_000])
def test_a_quote_that_is_never_closed_is_refused_and_what_stands_before_it_is_taken(lines):
    first, second = read('key,verdict,reason\nPAY-1,waive,\nPAY-2,waive,"' + "and so on\n" * lines)
    assert (first.key, first.error) == ("PAY-1", "")
    assert (second.key, second.command) == ("", None)
    assert second.error.startswith("From this line on, the file is not valid CSV: ")


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", "The file is empty."),
        (" \n ", "The file is empty."),
        ("[1, 2]", "This is not a JSON list of decisions: "),
        ('[{"key": "PAY-1"}', "This is not a JSON list of decisions: "),
        ("key,rule\nPAY-1,x\n", f"The first line of a CSV must name its columns: {KEYS}."),
        ("just words", "The first line of a CSV must name its columns"),
    ],
)
def test_what_is_no_such_file_says_why(text, wrong):
    with pytest.raises(CommandError) as caught:
        read(text)
    assert str(caught.value).startswith(wrong)


# ---- what is written


def entry(**values):
    given = {
        "at": NOW,
        "tracker": "team",
        "key": "PAY-1",
        "kind": DecisionKind.WAIVE,
        "rule": "",
        "reason": "",
        "alternative": "",
        "review": None,
        "source": "reply",
        "by": "",
        "ended": "",
    }
    return LogEntry(**(given | values))


FULL = entry(
    at=datetime(2026, 6, 1, 0, 30, tzinfo=timezone(2 * timedelta(hours=1))),
    kind=DecisionKind.NOT_IN_THIS_FORM,
    reason="too much XML",
    alternative="the export",
    review=JANUARY,
    by="owners",
    ended="replaced by a later one",
)
RULED = entry(rule=OVERSIZED)


@pytest.fixture
def _elsewhere(monkeypatch):
    """The machine stands far from Greenwich."""
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("_elsewhere")
def test_the_log_is_a_table_for_people_in_days_of_utc():
    page = render([FULL, RULED], "markdown")
    assert page.endswith(" |\n")
    assert page.splitlines() == [
        "# Decisions",
        "",
        "| when | item | decided | until | why | how | |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        "| 2026-05-31 | team PAY-1 | not in this form | 2027-01-15 | too much XML Instead: the export | reply, owners | replaced by a later one |",
        "| 2026-06-01 | team PAY-1 | waive oversized-story |  |  | reply |  |",
    ]


@pytest.mark.usefixtures("_elsewhere")
def test_the_table_has_the_days_of_the_teams_time_zone():
    late = entry(at=datetime(2026, 3, 1, 23, 30, tzinfo=UTC))
    assert "| 2026-03-01 |" in render([late], "markdown")
    assert "| 2026-03-02 |" in render([late], "markdown", ZoneInfo("Europe/Berlin"))


@pytest.mark.usefixtures("_elsewhere")
def test_the_log_is_a_table_for_programs_in_times_of_utc():
    table = render([FULL, RULED], "csv")
    assert "\r" not in table
    assert table.splitlines() == [
        "at,tracker,key,verdict,rule,reason,instead,review,source,by,ended",
        "2026-05-31T22:30:00Z,team,PAY-1,not-in-this-form,,too much XML,the export,2027-01-15T00:00:00Z,reply,owners,replaced by a later one",
        "2026-06-01T09:00:00Z,team,PAY-1,waive,oversized-story,,,,reply,,",
    ]


def test_the_log_as_json_is_laid_out_for_reading():
    page = render([FULL, RULED], "json")
    assert page == json.dumps(json.loads(page), indent=2) + "\n"
    assert [one["rule"] for one in json.loads(page)] == ["", OVERSIZED]


def test_a_row_for_people_is_one_row_without_markup_whatever_was_said():
    page = render([entry(reason="<b>a|b</b>\n[x](http://y) `c` *d* _e_ #f \\g")], "markdown")
    assert page.splitlines()[4] == (
        r"| 2026-06-01 | team PAY-1 | waive |  | &lt;b&gt;a\|b&lt;/b&gt; \[x\](http://y) \`c\` \*d\* \_e\_ \#f \\g | reply |  |"
    )


texts = st.text(max_size=30).map(printable_line)
reasons = texts.filter(lambda text: not text or text.strip(". …"))
"""Dots alone are refused as a reason, so no entry has them."""


@settings(deadline=None)
@given(
    st.sampled_from([DecisionKind.WAIVE, DecisionKind.WRONG, *ITEM_DECISIONS]),
    reasons,
    texts,
    st.sampled_from(["json", "csv"]),
)
@example(DecisionKind.WAIVE, "=1+1", "-2", "csv")
@example(DecisionKind.WAIVE, "'=1+1", "''@", "csv")
@example(DecisionKind.WAIVE, "'tis done", 'so, "they" say', "csv")
def test_what_was_written_is_read_again_word_for_word(verdict, reason, instead, form):
    if verdict in ITEM_DECISIONS and not reason:
        reason = "so it is"
    one = entry(kind=verdict, reason=reason, alternative=instead, review=JANUARY, ended="", by="owners")
    (row,) = read(render([one], form))
    assert (row.key, row.tracker, row.error) == (one.key, one.tracker, "")
    assert row.command == make_command(
        verdict, reason=reason, instead=instead, review=f"{JANUARY:%Y-%m-%d}", rules=RULES, now=NOW
    )
    assert (row.command.reason, row.command.alternative, row.command.review) == (reason, instead, JANUARY)


@pytest.mark.parametrize("reason", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "'=1"])
def test_no_cell_begins_as_a_formula(reason):
    (row,) = csv.DictReader(io.StringIO(render([entry(reason=reason)], "csv")))
    assert row["reason"] == f"'{reason}"


# ---- what holds no more


def decision(ident, verdict, days, **values):
    given = {"review": NOW + 30 * DAYS, "rule": OVERSIZED} | values
    return Decision(id=ident, tracker="team", item="1", key="PAY-1", kind=verdict, at=NOW - days * DAYS, **given)


def test_each_entry_says_why_it_holds_no_more():
    some = [
        decision("a", DecisionKind.WAIVE, 9),
        decision("b", DecisionKind.RESUME, 8, review=None),
        decision("c", DecisionKind.SNOOZE, 7, review=NOW - DAYS),
        decision("d", DecisionKind.WAIVE, 6),
        decision("e", DecisionKind.NO, 5, rule="", links=1),
    ]
    assert [(one.kind, one.ended) for one in log_entries(some, NOW, Demand(2))] == [
        (DecisionKind.WAIVE, "replaced by a later one"),
        (DecisionKind.RESUME, ""),
        (DecisionKind.SNOOZE, "its review date was 2026-05-31"),
        (DecisionKind.WAIVE, ""),
        (DecisionKind.NO, "it has more links: 2 now, 1 when it was decided"),
    ]


def test_an_answer_that_was_edited_away_is_listed_as_such_and_the_edit_is_no_entry():
    waived = decision("a", DecisionKind.WAIVE, 9)
    edited = decision("b", DecisionKind.RESUME, 8, review=None, rule="", replaces=("a",))
    assert [(one.kind, one.ended) for one in log_entries([waived, edited], NOW, Demand())] == [
        (DecisionKind.WAIVE, "its reply was edited")
    ]


def test_an_entry_holds_what_the_decision_holds():
    one = decision("a", DecisionKind.WAIVE, 1, reason="a spike", source="label", by="owners", alternative="")
    (listed,) = log_entries([one], NOW, Demand())
    for name in ("at", "tracker", "key", "kind", "rule", "reason", "alternative", "review", "source", "by"):
        assert getattr(listed, name) == getattr(one, name)


@pytest.mark.parametrize("reason", ["it is a spike", "because it is a spike", "Weil it is a spike"])
def test_a_reason_is_the_same_whichever_way_it_is_given(reason):
    command = make_command(DecisionKind.WAIVE, rule=OVERSIZED, reason=reason, rules=RULES, now=NOW)
    assert command == parse_command(f"/steward waive {OVERSIZED} because it is a spike", RULES, NOW)
