"""What is stored of the answers on a tracker's items, and which replies are read again."""

from datetime import UTC, datetime, timedelta

import pytest

from connectors.comments import Author, Comment, LabelChange
from connectors.tracker import FetchedItem, Problem
from rules.model import DecisionKind, WorkItem
from sync.decisions.replies_and_labels import AnswerReader
from sync.settings.roles import Roles
from sync.store import decisions, items

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
RULES = ("oversized-story", "unranked-item")
WAIVE = "/steward waive oversized-story"


def reply(ident, line, *, at=NOW, author=Author.PERSON, **values):
    return Comment(
        id=ident, author=author, created=NOW, updated=at, text=line, commands=(line,) if line else (), **values
    )


class TrackerWithComments:
    """The part of a tracker that rereading needs: comments by their ids, and a record of those that were asked for."""

    name = "team"

    def __init__(self):
        self.present = {}
        self.asked = []

    def comments(self, origins):
        self.asked = sorted(origins)
        return {ident: self.present[ident] for _, ident in origins if ident in self.present}


@pytest.fixture
def tracker():
    return TrackerWithComments()


@pytest.fixture
def new_reader(database, tracker):
    """Makes the reader of a round, some days from now."""

    def make(*, days=0, rules=RULES, roles=None):
        return AnswerReader(tracker, database, NOW + days * DAY, rules=rules, roles=roles or Roles())

    return make


@pytest.fixture
def fetch(database):
    """Reads items with comments and labels, as one round does, and stores them and their answers."""

    def make(reader, *comments, item="1", **values):
        labels = tuple(values.get("label_changes", ()))
        stored = WorkItem(tracker="team", id=item, key=f"PAY-{item}", labels=labels, updated=NOW)
        fetched = FetchedItem(item=stored, comments=comments, **values)
        with database.writing() as transaction:
            items.save(transaction, [fetched])
            reader.read(transaction, fetched)
            reader.finish(transaction)

    return make


@pytest.fixture
def reread(new_reader, database):
    """Reads the earlier replies again, in a round some days from now."""

    def make(read=(), **values):
        reader = new_reader(**values)
        reader.reread_replies(read)
        with database.writing() as transaction:
            reader.finish(transaction)
        return reader

    return make


@pytest.fixture
def stored(database):
    def make(item="1"):
        with database.reading() as transaction:
            return decisions.by_item(transaction, "team").get(item, [])

    return make


def test_an_answer_is_stored_and_named_once_however_often_it_is_read(new_reader, fetch, stored):
    first = new_reader()
    for ident, line in (("7", WAIVE), ("8", "/steward snooze"), ("7", WAIVE)):
        fetch(first, reply(ident, line))
    second = new_reader(days=1)
    fetch(second, reply("7", WAIVE), reply("9", "/steward wrong"))
    fetch(second, reply("9", WAIVE), item="2")
    assert [decision.kind for decision in first.new_decisions] == [DecisionKind.WAIVE, DecisionKind.SNOOZE]
    assert [decision.kind for decision in second.new_decisions] == [DecisionKind.WRONG, DecisionKind.WAIVE]
    assert {decision.id for decision in (*stored("1"), *stored("2"))} == {
        decision.id for decision in (*first.new_decisions, *second.new_decisions)
    }


def test_answers_are_accepted_by_the_roles_of_the_round(new_reader, fetch, stored):
    fetch(new_reader(roles=Roles(decide=("everybody",))), reply("7", "/steward decide accept"))
    assert [decision.by for decision in stored()] == ["everybody"]


def test_rejected_commands_of_people_are_remembered_and_those_of_programs_are_reported(new_reader, fetch):
    reader = new_reader()
    by_program = reply("8", WAIVE, author=Author.OTHER_PROGRAM)
    fetch(reader, by_program, item="2")
    fetch(reader, reply("7", "/steward wave"), by_program)
    why = f'the reply "{WAIVE}" was not accepted: programs cannot make decisions.'
    assert reader.problems == [Problem("PAY-2", why), Problem("PAY-1", why)]
    ((remembered,),) = new_reader().notices.by_item.values()
    assert (remembered.item, remembered.origin, remembered.source) == ("1", "7", "reply")
    fetch(reader, reply("7", WAIVE))
    assert new_reader().notices.by_item == {}


def test_a_rejected_command_is_forgotten_after_90_days(new_reader, fetch, reread, tracker):
    tracker.present = {"7": reply("7", "/steward wave")}
    fetch(new_reader(), tracker.present["7"])
    assert reread(days=89).notices.by_item.keys() == {"1"}
    assert reread(days=90).notices.by_item == {}
    assert new_reader(days=90).notices.by_item == {}


def test_items_with_rejected_commands_are_read_again_when_rules_or_roles_have_changed(new_reader, fetch):
    assert new_reader(roles=Roles(decide=("everybody",))).items_to_reread() == []
    fetch(new_reader(), reply("7", "/steward decide accept"), item="1")
    fetch(new_reader(), reply("8", WAIVE), item="2")
    assert new_reader().items_to_reread() == []
    assert new_reader(roles=Roles(decide=("everybody",))).items_to_reread() == ["1"]
    assert new_reader(rules=("unranked-item",)).items_to_reread() == ["1"]


def test_a_round_that_ended_early_leaves_the_commands_to_be_checked_against_changed_roles(new_reader, fetch, database):
    fetch(new_reader(), reply("7", "/steward decide accept"))
    roles = Roles(decide=("everybody",))
    with database.writing() as transaction:
        new_reader(roles=roles).save(transaction)
    assert new_reader(roles=roles).items_to_reread() == ["1"]


def test_replies_are_read_again_while_an_edit_of_them_matters(new_reader, fetch, reread, tracker):
    fetch(new_reader(), reply("7", f"{WAIVE} until 2026-07-01"), item="1")
    fetch(new_reader(), reply("8", "/steward resume"), item="2")
    fetch(
        new_reader(),
        reply("9", "/steward wave"),
        reply("10", WAIVE, author=Author.OTHER_PROGRAM),
        item="3",
        label_changes={
            "steward-wave": LabelChange(NOW, Author.PERSON),
            "steward-wrong": LabelChange(NOW, Author.PERSON),
        },
    )
    every = [("1", "7"), ("2", "8"), ("3", "9")]
    for days, read, expected in (
        (1, (), every),
        (1, ("1", "3"), [("2", "8")]),
        (29, (), every),
        (30, (), every[1:]),
        (90, (), every[2:]),
    ):
        tracker.present = {"9": reply("9", "/steward wave")}
        reread(read, days=days)
        assert tracker.asked == expected, days


def test_without_such_replies_the_tracker_is_not_asked(reread, tracker):
    tracker.comments = None
    reader = reread()
    assert tracker.asked == []
    assert reader.new_decisions == []


def test_an_edited_reply_counts_as_it_is_now(new_reader, fetch, reread, tracker, stored):
    fetch(new_reader(), reply("7", WAIVE), reply("8", "/steward wave"), item="1")
    fetch(new_reader(), reply("9", "/steward snooze"), item="2")
    later = NOW + DAY
    tracker.present = {
        "7": reply("7", "/steward snooze 3w", at=later),
        "8": reply("8", "/steward wrong unranked-item", at=later),
        "9": reply("9", "/steward snooze"),
    }
    reader = reread(days=2)
    first, *edited = stored()
    assert sorted((decision.kind, decision.replaces) for decision in edited) == [
        (DecisionKind.SNOOZE, (first.id,)),
        (DecisionKind.WRONG, ()),
    ]
    assert sorted(decision.id for decision in reader.new_decisions) == sorted(decision.id for decision in edited)
    assert (reader.notices.by_item, len(stored("2"))) == ({}, 1)


def test_a_deleted_reply_leaves_its_decision_and_takes_its_notice_along(new_reader, fetch, reread, stored):
    fetch(
        new_reader(),
        reply("7", WAIVE),
        reply("8", "/steward wave"),
        label_changes={"steward-wrong-this": LabelChange(NOW, Author.PERSON)},
    )
    (decision,) = stored()
    ((label,),) = reread(days=1).notices.by_item.values()
    assert label.source == "label"
    assert stored() == [decision]


def test_labels_are_not_read_again_with_the_replies(new_reader, fetch, reread, tracker, stored):
    copied = {"steward-waive": LabelChange(NOW, Author.PERSON, at_creation=True)}
    fetch(new_reader(), reply("7", "/steward wave"), label_changes=copied)
    tracker.present = {"7": reply("7", WAIVE, at=NOW + DAY)}
    reread(days=2)
    assert [decision.source for decision in stored()] == ["reply"]


def test_replies_on_items_that_are_gone_are_left_as_they_were(new_reader, fetch, reread, tracker, database, stored):
    fetch(new_reader(), reply("7", WAIVE), item="1")
    fetch(new_reader(), reply("8", WAIVE), item="2")
    with database.writing() as transaction:
        items.mark_out_of_scope(transaction, "team", ["1"], "gone", NOW)
    tracker.present = {ident: reply(ident, "Never mind.", at=NOW + DAY) for ident in ("7", "8")}
    reread(days=2)
    assert (len(stored("1")), len(stored("2"))) == (1, 2)


def test_a_reason_is_removed_when_only_some_people_can_read_its_reply_now(new_reader, fetch, stored):
    line = f"{WAIVE} because it is a secret"
    fetch(new_reader(), reply("7", line))
    fetch(new_reader(), reply("7", line, restricted=True))
    assert [decision.reason for decision in stored()] == ["", ""]
