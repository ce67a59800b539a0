"""The mirror is right: what changed, what is gone, who stands where, and nothing is read for nothing."""

import json
from datetime import date

import pytest
from memory_tracker import MemoryTracker
from msgspec.structs import replace

from rules.model import Release
from steward_sandbox.jira import Lag
from sync.rounds.context import WriteAuthority

PAYLOADS = "fetch"


def keys(count, *, clear=()):
    """A backlog of so many stories, of which some say when they are done."""
    said = {True: {"description": "Acceptance criteria:\n* it is seen on the page"}, False: {}}
    return "".join(
        json.dumps({"key": f"PAY-{number}", "title": f"Item {number}", "created": "2024-03-01"} | said[number in clear])
        + "\n"
        for number in range(1, count + 1)
    )


def test_the_first_pull_reads_everything_once(desk):
    pulled = desk.pull()
    assert (pulled.items, pulled.read, pulled.gone, pulled.moved) == (6, 6, 0, 0)
    assert desk.requests(PAYLOADS) == 1
    assert desk.order() == ["PAY-1", "PAY-2", "PAY-3", "PAY-4", "PAY-5"]


def test_a_second_pull_without_a_change_reads_no_payload(desk, clock):
    desk.pull()
    for _ in range(3):
        clock.advance(minutes=10)
        before = desk.requests(PAYLOADS)
        assert desk.pull().read == 0
        assert desk.requests(PAYLOADS) == before


def test_what_a_person_changed_is_read_and_nothing_else(desk, clock):
    desk.pull()
    clock.advance(minutes=10)
    desk.person().edit("PAY-3", title="Export invoices as PDF")
    assert desk.pull().read == 1
    assert desk.item("PAY-3").title == "Export invoices as PDF"


def test_a_new_date_of_a_release_is_noticed_on_the_next_day(desk_of, clock):
    release = {"name": "2.4", "date": "2024-07-01"}
    lines = [
        {"key": f"PAY-{n}", "title": f"Item {n}", "created": "2024-03-01", "releases": [release]} for n in (1, 2, 3)
    ]
    desk = desk_of("\n".join(map(json.dumps, lines)))
    desk.pull()
    clock.advance(days=1)
    assert desk.pull().read == 1, "one item of each release is read every day"
    for item in desk.world.items.values():
        item.releases = (Release("2.4", date(2024, 9, 1)),)
    clock.advance(days=1)
    assert desk.pull().read == 3
    assert {desk.item(f"PAY-{n}").deadline for n in (1, 2, 3)} == {date(2024, 9, 1)}


def test_a_wrong_value_that_came_with_the_right_version_is_corrected_within_four_weeks(desk, clock, monkeypatch):
    right = {ident: item.title for ident, item in desk.world.items.items() if item.project == "PAY"}
    fetch = MemoryTracker.fetch

    def wrong(tracker, ids):
        for batch in fetch(tracker, ids):
            entries = [replace(entry, item=replace(entry.item, title="Stray")) for entry in batch.items]
            yield replace(batch, items=tuple(entries))

    with monkeypatch.context() as patched:
        patched.setattr(MemoryTracker, "fetch", wrong)
        desk.pull()
    read = []
    for _ in range(28):
        clock.advance(days=1)
        read.append(desk.pull().read)
    stored = {ident: item for ident in right if (item := desk.item(desk.world.items[ident].key))}
    assert {ident: item.title for ident, item in stored.items() if item.is_open} == {
        ident: title for ident, title in right.items() if stored[ident].is_open
    }
    assert sum(read) == sum(item.is_open for item in stored.values())


def test_what_we_wrote_is_read_once_more_and_then_left_alone(desk, clock):
    written = desk.round()
    assert written.writes > 0
    clock.advance(minutes=10)
    assert desk.pull().read == len(written.plan.items)
    clock.advance(minutes=10)
    assert desk.pull().read == 0


def test_an_item_that_moves_up_or_down_is_seen_although_it_was_not_changed(desk, clock):
    desk.pull()
    clock.advance(minutes=10)
    assert desk.item("PAY-4").ranked_by_person is None
    desk.person().rank("PAY-4", before="PAY-1")
    desk.pull()
    assert desk.order()[0] == "PAY-4"
    assert desk.item("PAY-4").ranked_by_person == clock()
    assert desk.pull().read == 0


def test_a_new_item_stands_where_people_put_it(desk, clock):
    desk.pull()
    clock.advance(minutes=10)
    made = desk.person().create("PAY", "Something new")
    desk.person().rank(made.key, before="PAY-2")
    assert desk.pull().read == 1
    assert desk.order() == ["PAY-1", made.key, "PAY-2", "PAY-3", "PAY-4", "PAY-5"]


def test_a_finished_item_leaves_the_backlog_and_counts_as_finished(desk, clock):
    desk.pull()
    clock.advance(minutes=10)
    desk.person().transition("PAY-2", "Done")
    desk.pull()
    assert "PAY-2" not in desk.order()
    assert desk.item("PAY-2").resolved is not None


@pytest.mark.parametrize("leave", ["delete", "hide"])
def test_an_item_that_is_deleted_or_hidden_is_gone(desk, clock, leave):
    desk.pull()
    clock.advance(minutes=10)
    getattr(desk.person(), leave)("PAY-3")
    pulled = desk.pull()
    assert (pulled.gone, pulled.moved, pulled.items) == (1, 0, 5)
    assert "PAY-3" not in desk.order()
    assert desk.pull().gone == 0


def test_an_item_that_left_the_scope_has_moved(desk, clock):
    desk.pull()
    clock.advance(minutes=10)
    desk.person().move("PAY-3", "OPS")
    pulled = desk.pull()
    assert (pulled.gone, pulled.moved, pulled.items) == (0, 1, 5)


@pytest.mark.on_jira
def test_an_item_that_no_longer_answers_to_the_query_has_moved(desk, clock):
    desk.configure(tracker={"scope": "project = PAY AND (labels is EMPTY OR labels != legacy)"})
    desk.pull()
    clock.advance(minutes=10)
    desk.person().label("PAY-4", "legacy")
    assert desk.pull().moved == 0, "the index may be behind: it stays for another round"
    clock.advance(minutes=10)
    assert desk.pull().moved == 1
    clock.advance(minutes=10)
    desk.person().label("PAY-4", remove=["legacy"])
    assert desk.pull().read == 1
    assert "PAY-4" in desk.order()


def test_an_item_that_comes_back_is_there_again(desk, clock):
    desk.pull()
    clock.advance(minutes=10)
    desk.person().hide("PAY-3")
    desk.pull()
    clock.advance(minutes=10)
    desk.person().unhide("PAY-3")
    assert desk.pull().read == 1
    assert desk.order() == ["PAY-1", "PAY-2", "PAY-3", "PAY-4", "PAY-5"]


@pytest.mark.on_jira
def test_an_index_that_lags_makes_nothing_vanish(desk_of, clock):
    desk = desk_of(search_lag=Lag(seconds=300))
    desk.pull()
    clock.advance(minutes=10)
    made = desk.person().create("PAY", "Something new")
    desk.person().edit("PAY-1", title="Other words")
    pulled = desk.pull()
    assert (pulled.gone, pulled.moved) == (0, 0)
    clock.advance(minutes=10)
    desk.pull()
    assert made.key in desk.order()
    assert desk.item("PAY-1").title == "Other words"


@pytest.mark.on_jira
def test_an_index_that_flickers_makes_nothing_vanish(desk_of, clock):
    desk = desk_of(keys(40), flicker=0.3, seed=5)
    desk.pull()
    for _ in range(5):
        clock.advance(minutes=10)
        pulled = desk.pull()
        assert (pulled.gone, pulled.moved, pulled.mass_deletion_warning) == (0, 0, "")
    assert len(desk.order()) == 40


# ---- the mass-deletion guard


def test_when_too_many_vanish_at_once_the_mirror_is_kept_and_it_is_said(desk_of, clock):
    desk = desk_of(keys(10))
    desk.pull()
    clock.advance(minutes=10)
    for number in (1, 2, 3):
        desk.person().hide(f"PAY-{number}")
    pulled = desk.pull()
    assert "3 of 10 items are missing at once" in pulled.mass_deletion_warning
    assert (pulled.gone, pulled.items) == (0, 10)
    assert desk.order() == [f"PAY-{number}" for number in range(1, 11)], "their places are kept as well"


def test_up_to_the_limit_items_go(desk_of, clock):
    desk = desk_of(keys(10))
    desk.pull()
    clock.advance(minutes=10)
    for number in (1, 2):
        desk.person().hide(f"PAY-{number}")
    pulled = desk.pull()
    assert (pulled.gone, pulled.mass_deletion_warning) == (2, "")


def test_one_item_may_always_go(desk_of, clock):
    desk = desk_of(keys(2))
    desk.pull()
    clock.advance(minutes=10)
    desk.person().delete("PAY-1")
    assert desk.pull().gone == 1


def test_the_guard_ends_when_the_items_are_back(desk_of, clock):
    desk = desk_of(keys(10))
    desk.pull()
    for number in range(1, 9):
        desk.person().hide(f"PAY-{number}")
    assert desk.pull().mass_deletion_warning
    for number in range(1, 9):
        desk.person().unhide(f"PAY-{number}")
    clock.advance(minutes=10)
    assert not desk.pull().mass_deletion_warning
    assert len(desk.order()) == 10


def test_while_the_guard_holds_nothing_is_taken_for_an_answer_and_nothing_else_moves_up(desk_of, clock):
    desk = desk_of(keys(50, clear=[*range(11, 21), *range(31, 51)]))  # 21 to 30 are beyond the top 20
    desk.configure(rules={"rules": {"unranked-item": "off"}})
    desk.round()
    commented = {annotation.key for annotation in desk.annotations() if annotation.kind == "comment"}
    assert len(commented) == 10
    clock.advance(minutes=10)
    for number in range(1, 16):
        desk.person().hide(f"PAY-{number}")
    outcome = desk.round()
    assert outcome.pulled.mass_deletion_warning
    assert outcome.answers == []
    assert outcome.writes == 0
    assert {annotation.key for annotation in desk.annotations() if annotation.kind == "comment"} == commented


def test_while_the_guard_holds_nothing_is_planned_on_what_cannot_be_seen(desk, clock):
    """One item hidden, one moved away with our comment rewritten: too many for six, and answered at the same time."""
    desk.round()
    person = desk.person()
    person.hide("PAY-1")
    (ours,) = desk.ours("PAY-3")
    person.edit_comment(ours.id, "Settled.")
    person.move("PAY-3", "OPS")
    clock.advance(minutes=10)
    first = desk.round()
    assert first.pulled.mass_deletion_warning
    assert [answer.key for answer in first.answers] == ["PAY-3"]
    for _ in range(2):
        clock.advance(minutes=10)
        later = desk.round()
        assert (later.plan.items, later.writes, later.applied) == ((), 0, None)
        assert {held.key for held in later.plan.skipped_writes if "left this item out" in held.reason} == {
            "PAY-1",
            "PAY-3",
        }
    person.unhide("PAY-1")
    clock.advance(minutes=10)
    back = desk.round()
    assert (back.pulled.moved, back.pulled.mass_deletion_warning) == (1, "")
    assert "refine-criteria" not in desk.labels("PAY-3"), "what is ours leaves with the item"


@pytest.mark.on_jira
def test_another_scope_is_read_anew_and_does_not_trigger_the_guard(desk, clock):
    desk.pull()
    desk.configure(tracker={"scope": "project = PAY AND type = Epic"})
    clock.advance(minutes=10)
    pulled = desk.pull()
    assert (pulled.mass_deletion_warning, pulled.items, pulled.read) == ("", 1, 1)
    assert desk.order() == ["PAY-5"]


@pytest.mark.on_jira
def test_another_choice_of_fields_reads_everything_anew(desk, clock):
    desk.pull()
    assert desk.pull().read == 0
    clock.advance(minutes=10)
    desk.configure(tracker={"fields": {"points": "Business Value"}})
    assert desk.pull().read == 6
    assert desk.item("PAY-5").points == 8


# ---- what cannot be read


@pytest.fixture
def odd(desk, monkeypatch):
    """Makes the payload of an item one that cannot be understood."""
    from connectors.jira.mapping import IssueMapper  # noqa: PLC0415

    real = IssueMapper.map_item
    odd_keys = set()

    def map_item(self, issue, *args):
        if issue.key in odd_keys:
            raise RecursionError("too deep")
        return real(self, issue, *args)

    monkeypatch.setattr(IssueMapper, "map_item", map_item)
    return odd_keys


@pytest.mark.on_jira
def test_one_item_that_cannot_be_understood_is_named_and_stops_no_other(desk, odd):
    odd.add("PAY-2")
    pulled = desk.pull()
    assert (pulled.items, pulled.read) == (5, 5)
    assert [problem.item for problem in pulled.skipped] == ["PAY-2"]
    assert desk.item("PAY-2") is None


@pytest.mark.on_jira
def test_it_is_tried_again_and_read_as_soon_as_it_can_be(desk, odd, clock):
    odd.add("PAY-2")
    desk.pull()
    assert [problem.item for problem in desk.pull().skipped] == ["PAY-2"]
    odd.clear()
    clock.advance(minutes=10)
    assert desk.pull().read == 1
    assert desk.item("PAY-2") is not None


@pytest.mark.on_jira
def test_a_known_item_that_cannot_be_read_for_days_is_read_when_it_can_be(desk, odd, clock):
    desk.pull()
    clock.advance(minutes=10)
    desk.person().edit("PAY-2", title="Other words")
    odd.add("PAY-2")
    for _ in range(3):
        assert [problem.item for problem in desk.pull().skipped] == ["PAY-2"]
        clock.advance(hours=20)
        desk.person().edit("PAY-4", title=f"At {clock():%d %H}")
    odd.clear()
    desk.pull()
    assert desk.item("PAY-2").title == "Other words"


@pytest.mark.on_jira
def test_an_item_that_jira_fails_to_read_for_a_while_is_read_later(desk, clock):
    desk.world.unsettle("PAY-2", times=2)
    first = desk.pull()
    assert "PAY-2" not in desk.order()
    assert first.skipped
    clock.advance(minutes=10)
    assert desk.pull().read == 1
    assert desk.order()[1] == "PAY-2"


# ---- answers in replies


def test_an_answer_in_a_reply_is_found_once(desk, clock):
    desk.pull()
    clock.advance(minutes=10)
    desk.person().comment("PAY-1", "/steward waive missing-acceptance-criteria because it is a spike")
    assert desk.pull().answers == 1
    (decision,) = desk.decisions("PAY-1")
    assert (decision.rule, decision.reason, decision.source) == (
        "missing-acceptance-criteria",
        "it is a spike",
        "reply",
    )
    clock.advance(minutes=10)
    desk.person().comment("PAY-1", "Another remark, so that it is read again.")
    assert desk.pull().answers == 0
    assert len(desk.decisions("PAY-1")) == 1


def test_an_answer_that_is_not_understood_is_told_with_what_was_expected(desk, clock):
    desk.pull()
    clock.advance(minutes=10)
    desk.person().comment("PAY-1", "/steward wave oversized-story")
    (problem,) = desk.pull().skipped
    assert problem.item == "PAY-1"
    assert "is not a command. Expected one of: waive, snooze, wrong" in problem.reason


@pytest.mark.parametrize(
    "line",
    [
        "/steward snooze 99999999999 weeks",
        "/steward snooze oversized-story 9999999w",
        "/steward waive oversized-story until 9999-12-31",
        "/steward waive oversized-story until 0001-01-01",
        "/steward waive oversized-story until 99999-01-01",
        "/steward " + "x" * 20000,
        "/steward waive oversized-story because " + "y" * 20000,
        "/steward",
        "/steward \u202e waive",
    ],
)
def test_nothing_that_is_written_in_a_reply_stops_a_round(desk, clock, line):
    desk.pull()
    clock.advance(minutes=10)
    desk.person().comment("PAY-1", line)
    outcome = desk.round(WriteAuthority.BY_PERSON)
    assert not outcome.trouble
    assert outcome.applied is not None


def test_a_program_and_a_customer_cannot_answer(desk, clock):
    desk.pull()
    clock.advance(minutes=10)
    for kind in ("app", "customer"):
        desk.person(f"Some {kind}", type=kind).comment("PAY-1", "/steward waive oversized-story")
    assert desk.pull().answers == 0


def test_what_we_say_ourselves_is_no_answer(desk, clock):
    desk.round()
    clock.advance(minutes=10)
    assert desk.pull().answers == 0
    assert desk.decisions("PAY-1") == []


def test_a_reply_that_was_corrected_counts_as_it_stands_now(desk, clock):
    desk.pull()
    clock.advance(minutes=10)
    person = desk.person()
    said = person.comment("PAY-1", "/steward waive missing-acceptance-criteria until 2024-06-01")
    desk.pull()
    clock.advance(minutes=10)
    person.edit_comment(said.id, "/steward waive missing-acceptance-criteria until 2024-09-01")
    person.edit("PAY-1", points=5)
    outcome = desk.round(WriteAuthority.NOBODY)
    (status,) = [one for one in outcome.statuses if one.finding.key == "PAY-1"]
    assert f"{status.until:%Y-%m-%d}" == "2024-09-01"
