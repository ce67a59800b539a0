"""Read, plan, write, find nothing more to write, take everything back: in every place there is."""

from datetime import timedelta

import pytest

from contract.edits import Team, larger_backlog
from rules.lifecycle import FindingState
from sync.rounds.context import WriteAuthority


def test_applied_once_nothing_is_left_to_do_and_an_undo_restores_everything(place_of, house_in):
    place = place_of()
    house = house_in(place)
    before = place.seen()
    planned = house.round(WriteAuthority.NOBODY)
    assert planned.pulled.skipped == []
    assert (place.seen(), place.writes()) == (before, 0)
    first = house.round()
    assert first.applied.not_written == []
    assert [one.key for one in first.plan.items] == [one.key for one in planned.plan.items]
    assert first.writes == planned.plan.writes > 0
    after = place.seen()
    changed = {key for key in before if after[key] != before[key]}
    assert len(changed) == len(planned.plan.items)
    for later in (10, 60 * 24):
        place.clock.advance(minutes=later)
        again = house.round()
        assert (again.writes, len(again.plan.items), again.pulled.moved, again.pulled.gone) == (0, 0, 0, 0)
    assert place.seen() == after
    undone = house.undo()
    assert undone.applied.not_written == []
    assert place.seen() == before


def test_what_people_said_after_us_is_kept_when_the_item_is_done(place_of, house_in):
    place = place_of()
    house = house_in(place)
    house.round()
    (item, *_) = [one for one in place.order() if "Steward" in {author for author, _ in place.comments(one)}]
    place.clock.advance(minutes=10)
    place.person().comment(item, "It is in the contract.")
    place.person().take_up(item, "Done")
    place.clock.advance(minutes=10)
    house.round()
    said = [words for author, words in place.comments(item) if author == "Steward"]
    assert len(said) == 1, "one line stays where people wrote after it"
    assert "refine-criteria" not in place.labels(item)
    place.clock.advance(minutes=10)
    assert (house.round().plan.items, place.comments(item)[-1][1]) == ((), "It is in the contract.")


def test_what_a_program_takes_back_is_nobodys_answer_and_put_back_once(place_of, house_in):
    place = place_of()
    house = house_in(place)
    house.configure(tracker={"bots": sorted(place.programs())})
    house.round()
    labelled = {item: ours for item in place.order() if (ours := ours_on(house, item, "label"))}
    seen = []
    for _ in range(3):
        place.clock.advance(minutes=10)
        for item, labels in labelled.items():
            place.program().label(item, remove=labels)
            place.program().comment(item, "Labels are reset every night.")
        outcome = house.round()
        assert outcome.answers == []
        assert any(f"removed our label from {len(labelled)} items" in note for note in outcome.notes)
        seen.append(all(set(labels) <= place.labels(item) for item, labels in labelled.items()))
    assert seen == [True, False, False]
    place.clock.advance(minutes=10)
    assert (house.round().writes, len(labelled) > 1) == (0, True)


def ours_on(house, item, kind):
    return tuple(
        one.name for one in house.annotations() if (one.item, one.kind, one.changed_by_others) == (item, kind, False)
    )


def test_in_shadow_mode_a_round_reads_and_plans_and_nothing_leaves(place_of, house_in):
    place = place_of()
    before = place.seen()
    outcome = house_in(place, mode="shadow").round()
    assert outcome.plan.items
    assert (place.seen(), place.writes()) == (before, 0)


def test_whatever_people_do_between_rounds_there_is_one_comment_an_item_and_all_of_it_goes(place_of, house_in):
    place = place_of(backlog=larger_backlog(40))
    house, team = house_in(place), Team(place, seed=7)
    for _ in range(2):
        house.round()
        place.clock.advance(hours=2)
        team.work(30)
    house.round()
    for item in place.shown():
        said = [words for author, words in place.comments(item) if author == "Steward"]
        assert len(said) <= 1
    place.clock.advance(minutes=10)
    assert house.round().writes == 0
    place.clock.advance(minutes=10)
    house.undo()
    theirs = set(team.said)
    for item, shown in place.shown().items():
        assert "refine-criteria" not in shown.labels
        ids, told = place.comment_ids(item), place.comments(item)
        ours = [one for one, (author, _) in zip(ids, told, strict=True) if author == "Steward"]
        assert [one for one in ours if (item, one) not in theirs] == []


@pytest.mark.parametrize("ahead", [timedelta(minutes=-10), timedelta(minutes=10)])
def test_an_answer_holds_at_once_whichever_clock_is_ahead(place_of, house_in, ahead):
    place = place_of()
    house = house_in(place)
    house.ahead = ahead
    item = place.id("PAY-2")
    place.person().comment(item, "/steward waive because it is a spike")
    for _ in range(2):
        found = [one for one in house.round().statuses if one.finding.item == item]
        assert {one.state for one in found} == {FindingState.WAIVED}
        place.clock.advance(minutes=1)
        house.ahead = -house.ahead
    assert [words for author, words in place.comments(item) if author == "Steward"] == []


def test_a_reply_says_what_it_says_now_and_holds_after_it_was_deleted(place_of, house_in):
    place = place_of()
    house = house_in(place)
    house.round()
    (item, *_) = [one for one in place.order() if "Steward" in {author for author, _ in place.comments(one)}]
    person, seen = place.person(), []
    place.clock.advance(minutes=10)
    reply = person.comment(item, "/steward wave")
    for act in (
        lambda: None,
        lambda: person.edit_comment(item, reply, "/Steward waive until 2030-01-01"),
        lambda: person.edit_comment(item, reply, "/steward snooze until 2030-02-01"),
        lambda: person.delete_comment(item, reply),
    ):
        act()
        outcome = house.round()
        seen.append([(one.kind.value, f"{one.review:%Y-%m-%d}") for one in outcome.answers])
        said = " ".join(words for author, words in place.comments(item) if author == "Steward")
        assert ("was not accepted" in said) is (len(seen) == 1)
        place.clock.advance(minutes=10)
    assert seen == [[], [("waive", "2030-01-01")], [("snooze", "2030-02-01")], []]
    states = {status.state for status in house.round().statuses if status.finding.item == item}
    assert states == {FindingState.SNOOZED}
