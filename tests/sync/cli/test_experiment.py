"""`steward experiment`: one change at a time a team, measured before and since, and a decision at the end."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from sync.store import pulses


def finished(first_number, count, days_ago, duration):
    """Items that were finished on one day after the same time in progress."""
    now = datetime.now(UTC)
    end, start = (f"{now - timedelta(days=days):%Y-%m-%d}" for days in (days_ago, days_ago + duration))
    moves = [
        {"from": "To Do", "to": "In Progress", "at": start, "field": "status"},
        {"from": "In Progress", "to": "Done", "at": end, "field": "status"},
    ]
    for number in range(first_number, first_number + count):
        dates = {"created": start, "resolved": end, "status": "Done", "transitions": moves}
        yield {"key": f"PAY-{number}", "title": "Done", **dates}


@pytest.fixture
def desk(desk_of):
    """Twelve items that took twenty days finished six weeks ago, and ten that took five days finished last week."""
    lines = [*finished(1, 12, 42, 20), *finished(20, 10, 7, 5), {"key": "PAY-50", "title": "Open"}]
    return desk_of("\n".join(json.dumps(line) for line in lines))


def begin(desk, days_ago=28, measure="cycle-time"):
    """An experiment that was started some days ago."""
    start = datetime.now(UTC).date() - timedelta(days=days_ago)
    (desk.file.parent / "experiments.yaml").write_text(
        f"# ours\nexperiments:\n  - {{title: Criteria first, team: team, measure: {measure}, start: {start}}}\n",
        encoding="utf-8",
    )


def test_the_figures_before_and_since_are_of_equally_long_periods(desk, steward):
    begin(desk)
    [result] = steward.json("experiment", "list")
    assert result["before"] == {"value": pytest.approx(20), "n": 12}
    assert result["since"] == {"value": pytest.approx(5), "n": 10}
    words = steward("experiment", "list")
    assert "Measure: Cycle time within which 85 % of items are finished." in words
    assert "20 days (n=12 items)" in words


def test_an_experiment_is_started_decided_and_exported(desk, steward, tmp_path):
    begin(desk)
    assert "has not ended" in steward.errors("experiment", "start", "Smaller items", "--measure", "throughput", code=2)
    steward("experiment", "end", "keep", "--because", "Fewer questions in the sprint")
    assert "team has no running experiment" in steward.errors("experiment", "end", "drop", "--because", "x", code=2)
    assert "Started." in steward("experiment", "start", "Smaller items", "--measure", "throughput", "--weeks", "2")
    text = (desk.file.parent / "experiments.yaml").read_text(encoding="utf-8")
    assert text.startswith("# ours")
    first, second = steward.json("experiment", "list")
    assert (first["verdict"], first["because"]) == ("keep", "Fewer questions in the sprint")
    assert second["before"] == {"value": 5.0, "n": 10}
    assert second["since"]["value"] is None
    page = tmp_path / "experiment.md"
    steward("experiment", "export", str(page))
    assert page.read_text(encoding="utf-8").startswith("# Smaller items (team)\n\n- Measure: Items finished in a week.")


def test_two_experiments_at_once_are_refused_with_the_reason(desk, steward):
    begin(desk)
    file = desk.file.parent / "experiments.yaml"
    lines = file.read_text(encoding="utf-8").splitlines()
    file.write_text("\n".join([*lines, lines[-1]]), encoding="utf-8")
    assert "Two experiments of team have not ended" in steward.errors("experiment", "list", code=2)


def test_a_measure_without_data_says_so(desk, steward):
    begin(desk, measure="ready")
    assert "not enough data (n=0 days)" in steward("experiment", "list")


def test_the_exported_page_has_the_pulses_from_the_time_of_the_experiment(desk, steward, tmp_path):
    begin(desk)
    slack = desk.settings["slack"] | {"app_token": "xapp-1", "pulse": {"teams": {"team": "#refinement"}}}
    desk.configure(slack=slack)
    today = datetime.now(UTC).date()
    for month, days_ago, people in (("2024-01", 14, 6), ("2024-02", 7, 4)):
        asked, closed = (today - timedelta(days=days) for days in (days_ago + 7, days_ago))
        with desk.database.writing() as transaction:
            pulses.open_pulse(transaction, "team", month, asked, closed)
            for number in range(people):
                pulses.add_answers(transaction, "team", month, f"U{number}", (4, 3, 5, 2), today=asked)
            pulses.close_pulse(transaction, "team", closed)
    page = tmp_path / "experiment.md"
    steward("experiment", "export", str(page))
    text = page.read_text(encoding="utf-8")
    assert "- Pulse, 2024-01: 6 people answered. 1 means not at all, 5 completely. 4 of 5: I understood" in text
    assert "- Pulse, 2024-02: Fewer than five answers, so no result is shown." in text
