"""Labels for items that are ready for a purpose: opt-in, and taken away a day after the item has ceased to be ready."""

import pytest

from sync.settings import ConfigurationError

LABEL = "ready-to-build"
CRITERIA = "Acceptance criteria:\n* both prices are shown"


@pytest.fixture
def team(desk):
    """A team that labels items with criteria: PAY-2 and not PAY-1, PAY-3 or PAY-4."""
    desk.configure(
        write={"ready_labels": {"hand-over": LABEL}, "surprise": None},
        rules={"profiles": {"hand-over": ["criteria"]}, "rules": {"unranked-item": "off"}},
    )
    return desk


def labelled(desk):
    return [key for key in ("PAY-1", "PAY-2", "PAY-3", "PAY-4") if LABEL in desk.labels(key)]


def test_ready_items_get_the_label_and_a_second_round_writes_nothing(team):
    team.round()
    assert labelled(team) == ["PAY-2"]
    seen = team.seen()
    assert team.round().plan.items == ()
    assert team.seen() == seen


def test_without_the_setting_there_is_no_label(desk):
    desk.configure(rules={"profiles": {"hand-over": ["criteria"]}})
    desk.round()
    assert labelled(desk) == []


def test_it_is_taken_away_when_the_item_has_not_been_ready_for_24_hours(team, clock):
    team.round()
    team.person().edit("PAY-2", description="Later.")
    team.round()
    clock.advance(hours=23)
    team.round()
    assert labelled(team) == ["PAY-2"]
    clock.advance(hours=2)
    team.round()
    assert labelled(team) == []


def test_a_short_edit_does_not_make_it_come_and_go(team, clock):
    team.round()
    team.person().edit("PAY-2", description="Later.")
    team.round()
    clock.advance(hours=20)
    team.person().edit("PAY-2", description=CRITERIA)
    team.round()
    clock.advance(hours=20)
    team.person().edit("PAY-2", description="Later.")
    team.round()
    clock.advance(hours=20)
    assert team.round().plan.items == ()
    assert labelled(team) == ["PAY-2"]


def test_what_is_not_known_neither_sets_it_nor_takes_it_away(team, clock):
    team.round()
    team.configure(rules={"profiles": {"hand-over": ["usual-size"]}, "rules": {"unranked-item": "off"}})
    for _ in range(3):
        team.round()
        clock.advance(hours=20)
    assert labelled(team) == ["PAY-2"]


def test_a_person_who_takes_it_off_is_obeyed_and_the_findings_of_the_item_go_on(team, clock):
    team.person().edit("PAY-2", title="Improve things")
    clock.advance(days=8)
    team.round()
    team.person().label("PAY-2", remove=[LABEL])
    clock.advance(days=1)
    team.round()
    team.round()
    assert labelled(team) == []
    assert [decision.rule for decision in team.decisions("PAY-2")] == ["ready:hand-over"]


def test_the_label_of_a_person_stays(team, clock):
    team.person().label("PAY-3", LABEL)
    team.round()
    clock.advance(days=3)
    team.round()
    assert labelled(team) == ["PAY-2", "PAY-3"]


def test_it_goes_when_it_is_no_longer_configured_and_by_undo(team):
    team.round()
    team.configure(write={"ready_labels": {}})
    team.round()
    assert labelled(team) == []
    team.configure(write={"ready_labels": {"hand-over": LABEL}})
    team.round()
    assert labelled(team) == ["PAY-2"]
    team.undo()
    assert labelled(team) == []


@pytest.mark.parametrize(
    ("labels", "mistake"),
    [
        ({"hand-ovr": LABEL}, 'Did you mean "hand-over"?'),
        ({"hand-over": "ready to build"}, "Expected labels without blanks"),
        ({"hand-over": LABEL, "sprint": LABEL.upper()}, "Expected a different label for each"),
    ],
)
def test_mistakes_are_named(team, labels, mistake):
    team.configure(write={"ready_labels": labels})
    with pytest.raises(ConfigurationError, match=mistake.replace("?", r"\?")):
        _ = team.configuration
