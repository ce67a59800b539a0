"""Which items people have declined or postponed."""

from datetime import UTC, datetime, timedelta

import msgspec

from rules.model import Backlog, Decision, DecisionKind, Link, WorkItem
from sync.decisions.declined import find_declined_items, load_declined_items
from sync.store import Database, decisions, migrate

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def decision(item, kind, **values):
    return Decision(id=f"{item}{kind}", tracker="team", item=item, key="A", kind=kind, at=NOW - DAY, **values)


def test_only_outcomes_in_force_that_decline_or_postpone_an_item_count():
    decided = {
        "no": [decision("no", DecisionKind.NO)],
        "not now": [decision("not now", DecisionKind.NOT_NOW, review=NOW + DAY)],
        "reshaped": [decision("reshaped", DecisionKind.NOT_IN_THIS_FORM)],
        "accepted": [decision("accepted", DecisionKind.ACCEPT)],
        "waived": [decision("waived", DecisionKind.WAIVE)],
        "due": [decision("due", DecisionKind.NO, review=NOW)],
        "more links": [decision("more links", DecisionKind.NO, links=0)],
        "waived and declined": [
            decision("waived and declined", DecisionKind.WAIVE),
            decision("waived and declined", DecisionKind.NO),
        ],
        "not looked at": [decision("not looked at", DecisionKind.NO)],
    }
    items = [
        WorkItem(tracker="team", id=name, key="A", links=(Link("blocks", "B"),))
        for name in ("undecided", *decided)
        if name != "not looked at"
    ]
    expected = {("team", name) for name in ("no", "not now", "reshaped", "waived and declined")}
    assert find_declined_items(items, decided, NOW) == expected


def test_the_declined_items_of_each_backlog_are_loaded(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'steward.db'}")
    migrate(database)
    backlogs = [Backlog(name, (WorkItem(tracker=name, id="1", key="A"),)) for name in ("team", "other", "undecided")]
    declined = [
        msgspec.structs.replace(decision("1", DecisionKind.NO), id=name, tracker=name) for name in ("team", "other")
    ]
    ended = msgspec.structs.replace(decision("1", DecisionKind.NOT_NOW, review=NOW), tracker="undecided")
    with database.writing() as transaction:
        decisions.add(transaction, [*declined, ended])
        assert load_declined_items(transaction, backlogs, NOW) == {("team", "1"), ("other", "1")}
    database.close()
