"""`steward forecast`: from a file, with a history and without."""

import json
from datetime import date, timedelta

import pytest
from end_to_end.command_line import run_here

TODAY = date(2026, 6, 1)


def lines(finished=70, every=1, open_items=3):
    done = [
        {
            "key": f"PAY-{100 + n}",
            "title": "Done",
            "resolved": str(TODAY - timedelta(days=1 + n * every)),
            "created": "2025-01-01",
        }
        for n in range(finished)
    ]
    waiting = [{"key": f"PAY-{n}", "title": f"Item {n}", "created": "2026-05-01"} for n in range(1, open_items + 1)]
    waiting[0]["links"] = [{"kind": "is blocked by", "target": f"PAY-{open_items}"}]
    return "".join(json.dumps(item) + "\n" for item in (*waiting, *done))


@pytest.fixture
def forecast(tmp_path):
    def run(text, *words, code=0):
        file = tmp_path / "backlog.jsonl"
        file.write_text(text, encoding="utf-8")
        done = run_here("forecast", "--file", str(file), "--as-of", str(TODAY), *words, cwd=tmp_path)
        assert done.returncode == code, done.stderr
        return done.stdout if code == 0 else done.stderr

    return run


def test_how_many_and_by_when(forecast):
    (team,) = json.loads(forecast(lines(), "--json"))
    assert (team["finished"], team["weeks"], team["is_possible"], team["open_items"]) == (70, 10, True, 3)
    assert team["basis"] == "Based on 70 items that were finished in the 10 weeks up to 2026-05-31."
    assert [count["by"] for count in team["counts"]] == ["2026-06-15", "2026-06-29", "2026-07-27", "2026-08-31"]
    assert all(count["p50"] >= count["p85"] >= count["p95"] > 0 for count in team["counts"])
    finishes = {finish["key"]: finish for finish in team["items"]}
    assert finishes["PAY-1"]["p85"] == finishes["PAY-3"]["p85"] > finishes["PAY-2"]["p85"], "PAY-1 waits for PAY-3"


def test_the_same_question_has_the_same_answer(forecast):
    assert forecast(lines()) == forecast(lines())


def test_lines_fit_a_terminal(forecast):
    printed = forecast(lines().replace("Item 2", "An item with a title that is much longer than any line has room for"))
    assert max(map(len, printed.splitlines())) <= 80
    assert "By when?" in printed


def test_too_little_history_says_what_there_is(forecast):
    printed = forecast(lines(finished=7))
    assert "No forecast: 7 items were finished in the last 13 weeks, and at least 20 are needed." in " ".join(
        printed.split()
    )
    assert "How many?" not in printed


def test_a_day_on_which_much_was_closed_is_named(forecast):
    printed = forecast(lines() + lines(finished=40, every=0).replace("PAY-1", "PAY-9"))
    assert "No forecast: 41 of" in printed
    assert "were closed on 2026-05-31" in printed


def test_one_item_by_one_day(forecast):
    (team,) = json.loads(forecast(lines(), "pay-2", "--by", "2026-06-30", "--json"))
    assert [finish["key"] for finish in team["items"]] == ["PAY-2"]
    assert team["items"][0]["chance"] == 0.95
    assert [count["by"] for count in team["counts"]] == ["2026-06-30"]


def test_a_key_or_a_team_that_is_not_there_is_named(forecast):
    assert "No open item has the key PAY-77." in " ".join(forecast(lines(), "PAY-77", code=2).split())
    assert 'There is no team "sales".' in " ".join(forecast(lines(), "--team", "sales", code=2).split())


def test_how_often_forecasts_held(forecast):
    (team,) = json.loads(forecast(lines(finished=80, every=3), "--calibration", "--json"))
    assert (team["calibration"]["n"], team["calibration"]["held"]) == (6, 6)
    printed = forecast(lines(finished=80, every=3), "--calibration")
    assert "held in 6 of 6 cases (95 % confidence interval: 61 % to 100 %" in " ".join(printed.split())
    assert max(map(len, printed.splitlines())) <= 80
    assert "(n=0)" in forecast(lines(finished=30), "--calibration")
