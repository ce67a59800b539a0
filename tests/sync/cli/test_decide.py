"""Answers from the command line and from files, and the log of all of them."""

import csv
import io
import json

import pytest

RULE = "missing-acceptance-criteria"


def entries(steward, *words):
    return steward.json("decisions", *words)


@pytest.mark.parametrize(
    ("words", "verdict", "said"),
    [
        (("waive", "PAY-1", RULE, "--until", "2100-01-15", "--reason", "a spike"), "waive", "is waived until 2100-01-15"),
        (("snooze", "pay-1", "--until", "14d", "--reason", "legal"), "snooze", "every finding is snoozed until"),
        (("snooze", "PAY-1", RULE), "snooze", f"{RULE} is snoozed until"),
        (("wrong", "PAY-1", RULE, "--reason", "they are in the parent"), "wrong", "was reported as wrong"),
        (("decide", "PAY-1", "accept"), "accept", "decided accept."),
        (("decide", "PAY-1", "not-now", "--reason", "full", "--review", "2100-01-15"), "not-now", "to be reviewed on 2100-01-15"),
        (("decide", "PAY-1", "not-in-this-form", "--reason", "x", "--instead", "the export"), "not-in-this-form", "decided not in this form"),
        (("resume", "PAY-1"), "resume", "are withdrawn"),
    ],
)  # fmt: skip
def test_an_answer_is_taken_with_the_role_of_an_admin(steward, words, verdict, said):
    assert said in " ".join(steward(*words).split())
    (one,) = entries(steward)
    assert (one["key"], one["verdict"], one["source"], one["by"]) == ("PAY-1", verdict, "command line", "admin")


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        (("waive", "PAY-1", "nothing"), "Unknown rule"),
        (("waive", "PAY-9", RULE), "No item"),
        (("snooze", "PAY-1", "--until", "soon"), "is not a date"),
        (("snooze", "PAY-1", "--until", "2020-01-01"), "not in the future"),
        (("decide", "PAY-1", "maybe"), "maybe"),
        (("decide", "PAY-1", "no"), "needs a reason"),
    ],
)
def test_an_answer_that_is_wrong_is_refused_and_leaves_nothing(steward, words, wrong):
    assert wrong in steward.errors(*words, code=2)
    assert entries(steward) == []


FILE = [
    {"key": "PAY-1", "verdict": "waive", "rule": RULE, "reason": "=1+1", "review": "2100-01-15"},
    {"key": "PAY-2", "verdict": "not now", "reason": "the | year\nis full", "instead": "a report"},
    {"key": "PAY-9", "verdict": "waive"},
    {"key": "PAY-3", "verdict": "perhaps"},
    {"key": "PAY-3", "verdict": "no"},
    {"key": "PAY-3", "verdict": "waive", "rule": "nothing"},
    {"verdict": "waive"},
    {"key": "PAY-3", "verdict": "waive", "reviw": "14d"},
]
REFUSED = [
    "No item",
    "Unknown verdict",
    "needs a reason",
    "Unknown rule",
    "does not name an item",
    'Unknown key "reviw". Did you mean "review"?',
]


def as_lines(some):
    return "\n".join(map(json.dumps, some))


def as_json(some):
    return json.dumps(some)


@pytest.mark.parametrize("form", [as_lines, as_json])
def test_a_file_is_taken_line_by_line_and_what_is_wrong_is_named(steward, tmp_path, form):
    file = tmp_path / "decisions.jsonl"
    file.write_text(form(FILE), encoding="utf-8")
    result = steward.json("decisions", "import", str(file), code=1)
    assert (result["added"], [one["line"] for one in result["refused"]]) == (2, [3, 4, 5, 6, 7, 8])
    for refused, wrong in zip(result["refused"], REFUSED, strict=True):
        assert wrong in refused["reason"]
    assert {(one["key"], one["verdict"], one["source"], one["by"]) for one in entries(steward)} == {
        ("PAY-1", "waive", "file", "admin"),
        ("PAY-2", "not-now", "file", "admin"),
    }


def test_each_refused_line_is_named_on_the_terminal(steward, tmp_path):
    file = tmp_path / "decisions.jsonl"
    file.write_text(as_lines(FILE), encoding="utf-8")
    said = steward.errors("decisions", "import", str(file), code=1)
    assert "2 decisions added." in said
    assert "line 3 (PAY-9): No item" in said
    assert "line 7: `key` is missing: the row does not name an item" in said


def test_a_file_read_twice_is_read_once_and_a_corrected_line_is_new(steward, tmp_path):
    file = tmp_path / "decisions.jsonl"
    line = {"key": "PAY-1", "verdict": "snooze", "review": "14d"}
    file.write_text(as_lines([line]), encoding="utf-8")
    assert steward.json("decisions", "import", str(file)) == {"added": 1, "known": 0, "refused": []}
    assert steward.json("decisions", "import", str(file)) == {"added": 0, "known": 1, "refused": []}
    file.write_text(as_lines([line | {"review": "21d"}]), encoding="utf-8")
    assert steward.json("decisions", "import", str(file))["added"] == 1


@pytest.mark.parametrize(
    "content",
    ["", "   \n", "[1, 2]", "key,rule\nPAY-1,x\n", "just words"],
)
def test_what_is_no_such_file_is_refused_as_a_whole(steward, tmp_path, content):
    file = tmp_path / "decisions"
    file.write_text(content, encoding="utf-8")
    steward("decisions", "import", str(file), code=2)
    assert entries(steward) == []


def test_a_line_that_is_no_json_and_a_row_with_too_many_cells_are_refused_alone(steward, tmp_path):
    file = tmp_path / "decisions"
    file.write_text('{"key": "PAY-1", "verdict": "waive"}\n{broken\n', encoding="utf-8")
    assert [one["line"] for one in steward.json("decisions", "import", str(file), code=1)["refused"]] == [2]
    file.write_text("key,verdict\nPAY-2,waive,more\nPAY-3,waive\n", encoding="utf-8")
    assert [one["line"] for one in steward.json("decisions", "import", str(file), code=1)["refused"]] == [2]
    assert [one["key"] for one in entries(steward)] == ["PAY-1", "PAY-3"]


@pytest.mark.parametrize("form", ["json", "csv"])
def test_what_was_exported_can_be_read_elsewhere(steward, tmp_path, form):
    file = tmp_path / "first.jsonl"
    file.write_text(as_lines(FILE[:2]), encoding="utf-8")
    steward("decisions", "import", str(file))
    exported = tmp_path / f"log.{form}"
    exported.write_text(steward("decisions", "--format", form), encoding="utf-8")
    before = entries(steward)
    assert steward.json("decisions", "import", str(exported))["refused"] == []
    content = [{name: one[name] for name in ("key", "verdict", "rule", "reason", "instead")} for one in before]
    after = [{name: one[name] for name in ("key", "verdict", "rule", "reason", "instead")} for one in entries(steward)]
    assert all(one in content for one in after)


def test_a_table_is_safe_to_open_in_a_spreadsheet_and_a_page_shows_no_markup_of_people(steward, tmp_path):
    file = tmp_path / "first.jsonl"
    risky = [FILE[0], {"key": "PAY-2", "verdict": "snooze", "reason": "<b>a|b</b> [x](http://y)"}]
    file.write_text(as_lines(risky), encoding="utf-8")
    steward("decisions", "import", str(file))
    table = list(csv.DictReader(io.StringIO(steward("decisions", "--format", "csv"))))
    assert [row["reason"] for row in table] == ["'=1+1", "<b>a|b</b> [x](http://y)"]
    page = steward("decisions")
    assert "&lt;b&gt;a\\|b&lt;/b&gt; \\[x\\](http://y)" in page
    assert "<b>" not in page


def test_the_log_says_what_holds_no_more_and_why_and_can_be_cut_by_time_and_tracker(steward, desk):
    steward("decide", "PAY-1", "no", "--reason", "full")
    steward("decide", "PAY-1", "accept")
    steward("waive", "PAY-2", RULE)
    desk.person().comment("PAY-3", "/steward snooze 14d")  # in 2024
    desk.pull()
    listed = {(one["key"], one["verdict"]): one["ended"] for one in entries(steward)}
    assert listed == {
        ("PAY-3", "snooze"): "its review date was 2024-05-20",
        ("PAY-1", "no"): "replaced by a later one",
        ("PAY-1", "accept"): "",
        ("PAY-2", "waive"): "",
    }
    assert len(entries(steward, "--since", "2025-01-01")) == 3
    assert len(entries(steward, "--tracker", "team")) == 4
    assert "There is no tracker" in steward.errors("decisions", "--tracker", "other", code=2)


def test_how_often_a_rule_was_called_wrong_is_shown_on_its_page(steward, desk):
    assert "Never called wrong (flagged 3 items so far)." in steward("rules", "show", RULE)
    steward("wrong", "PAY-1", RULE)
    steward("wrong", "PAY-1", RULE, "--reason", "again")
    steward("wrong", "PAY-2", "oversized-story")
    desk.person().comment("PAY-3", "/steward wrong because it is nonsense")
    desk.clock.advance(minutes=1)
    desk.pull()
    assert "Called wrong 3 times, on 2 of the 3 items it has flagged so far." in steward("rules", "show", RULE)
