"""Waivers in a file under version control: in force while they are in it, and reported where they are not needed."""

import pytest
from typer.testing import CliRunner

from sync.cli import app

RULE = "missing-acceptance-criteria"


@pytest.fixture
def waivers(desk):
    def write(*lines):
        (desk.folder / "waivers.yaml").write_text(
            "waivers:\n" + "".join(f"  - {line}\n" for line in lines) if lines else "waivers: []\n", encoding="utf-8"
        )
        desk.configure()

    return write


def state(desk, key="PAY-3"):
    outcome = desk.round()
    return {status.finding.key: status.state.value for status in outcome.statuses if status.finding.rule == RULE}[key]


def test_a_waiver_holds_while_it_is_in_the_file(desk, waivers, clock):
    waivers(f"{{item: pay-3, rule: {RULE}, reason: a legal text}}")
    assert state(desk) == "waived"
    assert desk.ours("PAY-3") == []
    clock.advance(days=1)
    assert state(desk) == "waived"
    assert len(desk.decisions("PAY-3")) == 1
    waivers()
    clock.advance(days=1)
    assert state(desk) == "standing"
    waivers(f"{{item: PAY-3, rule: {RULE}, reason: a legal text}}")
    clock.advance(days=1)
    assert state(desk) == "waived"


def test_it_ends_on_its_day(desk, waivers, clock):
    waivers(f"{{item: PAY-3, rule: {RULE}, reason: later, until: 2024-05-10}}")
    assert state(desk) == "waived"
    clock.advance(days=5)
    assert state(desk) == "standing"


def test_an_answer_of_a_person_is_not_touched(desk, waivers, clock):
    desk.round()
    clock.advance(minutes=5)
    desk.person().comment("PAY-3", "/steward waive because it is a test")
    assert state(desk) == "waived"
    waivers()
    clock.advance(days=1)
    assert state(desk) == "waived"


def test_what_is_not_used_is_listed(desk, waivers, clock):
    waivers(
        f"{{item: PAY-3, rule: {RULE}, reason: used}}",
        f"{{item: PAY-2, rule: {RULE}, reason: has criteria}}",
        f"{{item: PAY-99, rule: {RULE}, reason: gone}}",
        f"{{item: PAY-1, rule: {RULE}, reason: over, until: 2020-01-01}}",
    )
    overrides = [
        {"where": {"label": "finance"}, "rules": {"unranked-item": {"severity": "warning"}}},
        {"where": {"label": "nothing"}, "rules": {"unranked-item": {"severity": "warning"}}},
    ]
    desk.configure(rules={"overrides": overrides})
    desk.round()
    done = CliRunner().invoke(app, ["rules", "lint", "--config", str(desk.file)])
    assert done.exit_code == 1
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert [line.split(" ")[:2] for line in lines] == [
        ["unused-override", "overrides.1"],
        ["unused-waiver", "waivers.1"],
        ["unused-waiver", "waivers.2"],
        ["ended-waiver", "waivers.3"],
    ]
    assert f"No tracker has this item: the waiver of {RULE} on PAY-99." in lines[2]
