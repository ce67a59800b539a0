"""What was written is taken back by round, by item or all of it, and so is the taking back."""

import pytest

from sync.rounds.context import WriteAuthority

LABEL = "refine-criteria"


@pytest.fixture
def written(steward, desk, clock):
    """The team's first round, written ten minutes ago."""
    outcome = desk.round()
    clock.advance(minutes=10)
    return outcome


def round_of(result):
    return result[0]["round"]


def test_one_item_is_taken_back_and_the_others_stay(steward, desk, written):
    (result,) = steward.json("undo", "--item", "pay-1")
    assert [one["key"] for one in result["plan"]["items"]] == ["PAY-1"]
    assert desk.ours("PAY-1") == []
    assert desk.labels("PAY-1") == ()
    assert desk.ours("PAY-3")
    assert desk.score("PAY-5") == 4


def test_what_was_taken_back_from_an_item_stays_away_and_the_rest_goes_on(steward, desk, written):
    steward("undo", "--item", "PAY-1")
    (decision,) = {(one.source, one.by, one.kind) for one in desk.decisions("PAY-1")}
    assert decision == ("undo", "admin", "dismissed")
    desk.clock.move_to(max(one.at for one in desk.decisions("PAY-1")))  # the command line lives today
    desk.clock.advance(minutes=1)
    desk.person().edit("PAY-5", business_value=12)
    outcome = desk.round(WriteAuthority.BY_SERVICE)
    assert outcome.blocked_reason == ""
    assert desk.score("PAY-5") == 5
    assert desk.ours("PAY-1") == []
    desk.clock.advance(days=91)
    desk.round(WriteAuthority.BY_SERVICE)
    assert desk.labels("PAY-1") == (LABEL,)


def test_an_item_that_was_taken_back_comes_back_whole_by_undoing_that(steward, desk, written):
    words = desk.ours("PAY-1")[0].body
    first = round_of(steward.json("undo", "--item", "PAY-1"))
    steward("undo", "--round", first)
    assert desk.ours("PAY-1")[0].body == words
    assert desk.labels("PAY-1") == (LABEL,)
    desk.clock.move_to(max(one.at for one in desk.decisions("PAY-1")))
    desk.clock.advance(minutes=1)
    assert "PAY-1" not in [item.key for item in desk.round().plan.items], "it is wanted there again"
    assert desk.ours("PAY-1")[0].body == words


def test_undoing_an_undo_takes_nobody_elses_word_back(steward, desk, written):
    desk.person().comment("PAY-1", "/steward waive because it is a spike")
    desk.pull()
    first = round_of(steward.json("undo", "--item", "PAY-1"))
    steward("undo", "--round", first)
    listed = {one["source"]: one["ended"] for one in steward.json("decisions")}
    assert listed["reply"].startswith("its review date")  # 2024, and not because of the undo


def test_everything_and_the_undo_of_that(steward, desk, written):
    after = desk.seen()
    first = round_of(steward.json("undo", "--all"))
    assert desk.labels("PAY-4") == ()
    steward("undo", "--round", first)
    assert {key: one["labels"] for key, one in desk.seen().items()} == {
        key: one["labels"] for key, one in after.items()
    }


def test_after_an_undo_nothing_is_written_until_somebody_applies_and_this_is_said(steward, desk, written):
    said = steward("undo", "--all")
    assert "writes nothing more by itself until somebody runs `steward apply`" in said
    assert "Nothing more is written until somebody runs `steward apply`" in steward("status")
    applied = steward("apply")
    assert f"To undo this: steward undo --round {steward.json('rounds', '-n', '1')[0]['id']}" in applied
    assert "steward apply" not in steward("status")


def test_what_is_left_is_named_with_its_reason(steward, desk, written, clock):
    clock.advance(days=30)
    desk.person().edit("PAY-5", business_value=12)
    clock.advance(days=30)
    desk.round()
    desk.person().label("PAY-4", remove=[LABEL])
    desk.pull()
    said = steward("undo", "--round", written.round, code=1)
    assert f"Left as it is: PAY-4: label {LABEL}. It was already undone, or a person removed it." in said
    assert "Left as it is: PAY-5: field WSJF" in said
    assert "A later round changed it." in said


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--all", "--item", "PAY-1"),
        ("--all", "--round", "x"),
        ("--item", "PAY-99"),
        ("--round", "20200101-000000-abcdef"),
    ],
)
def test_it_has_to_be_clear_what_is_taken_back(steward, desk, written, words):
    seen = desk.seen()
    steward("undo", *words, code=2)
    assert desk.seen() == seen


def test_a_rehearsal_shows_what_would_be_taken_back(steward, desk, written):
    seen = desk.seen()
    said = steward("undo", "--item", "PAY-1", "--dry-run")
    assert "label    - refine-criteria" in said
    assert "comment  delete" in said
    assert "1 item would be undone" in said
    assert desk.seen() == seen
    assert desk.decisions("PAY-1") == []
