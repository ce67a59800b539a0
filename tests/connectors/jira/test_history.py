"""Who did what, when: people told from programs, and changes told in one vocabulary."""

import random
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.comments import Author
from connectors.jira.fields import FieldMap
from connectors.jira.history import ChangelogReader, JiraPeople, latest, to_utc
from connectors.jira.payloads import History, HistoryItem, User

FIELDS = FieldMap(
    points=("customfield_1", "customfield_2"),
    sprint="customfield_3",
    rank="customfield_4",
    flagged="customfield_5",
    epic_link="customfield_6",
    criteria=("customfield_7", "description"),
)
PEOPLE = JiraPeople("us", frozenset({"bot"}))
CATEGORIES = {"1": "new", "3": "indeterminate", "4": "indeterminate", "5": "done"}
START = datetime(2024, 1, 1, tzinfo=UTC)

ANA = User(account_id="ana", account_type="atlassian")
US = User(account_id="us", account_type="atlassian")
APP = User(account_id="automation", account_type="app")
BOT = User(account_id="bot", account_type="atlassian")
CUSTOMER = User(account_id="cem", account_type="customer")


def change(days, by, *items):
    return History(START + timedelta(days=days), str(days), by, [msgspec.convert(item, HistoryItem) for item in items])


def item(field, field_id=None, before=(None, None), after=(None, None)):
    return {
        "field": field,
        "fieldId": field_id,
        "from": before[0],
        "fromString": before[1],
        "to": after[0],
        "toString": after[1],
    }


def status(before, after):
    return item("status", "status", (before, f"S{before}"), (after, f"S{after}"))


RANKED = item("Rank", "customfield_4", ("", ""), ("", "Ranked higher"))


def life(*histories):
    return ChangelogReader(FIELDS, PEOPLE, CATEGORIES).read(histories)


@pytest.mark.parametrize(
    ("user", "author"),
    [
        (ANA, Author.PERSON),
        (US, Author.THIS_SERVICE),
        (APP, Author.OTHER_PROGRAM),
        (BOT, Author.OTHER_PROGRAM),
        (CUSTOMER, Author.CUSTOMER),
        (None, Author.OTHER_PROGRAM),
        (User(), Author.OTHER_PROGRAM),
        (User(account_id=""), Author.OTHER_PROGRAM),
        (User(account_id="us", account_type="app"), Author.THIS_SERVICE),
        (User(name="old.server"), Author.PERSON),
        (User(key="JIRAUSER1"), Author.PERSON),
        (User(account_id="x", account_type="unknown"), Author.PERSON),
    ],
)
def test_people_are_told_from_programs(user, author):
    assert PEOPLE.author(user) is author


def test_without_an_account_of_our_own_nobody_is_us():
    assert JiraPeople("").author(User()) is Author.OTHER_PROGRAM
    assert JiraPeople("").author(ANA) is Author.PERSON


def test_persons_and_customers_are_human():
    assert [author for author in Author if author.is_human] == [Author.PERSON, Author.CUSTOMER]


@pytest.mark.parametrize(
    ("said", "name"),
    [
        (item("status", "status"), "status"),
        (item("Story Points", "customfield_1"), "points"),
        (item("Story point estimate", "customfield_2"), "points"),
        (item("Story Points"), "points"),
        (item("Story point estimate"), "points"),
        (item("Sprint", "customfield_3"), "sprint"),
        (item("Sprint"), "sprint"),
        (item("Rang", "customfield_4"), "rank"),
        (item("Rank"), "rank"),
        (item("Flagged", "customfield_5"), "flagged"),
        (item("Epic Link", "customfield_6"), "parent"),
        (item("Epic Link"), "parent"),
        (item("Parent"), "parent"),
        (item("IssueParentAssociation"), "parent"),
        (item("Done when", "customfield_7"), "acceptance criteria"),
        (item("Description", "description"), "description"),
        (item("Link"), "link"),
        (item("Fix Version", "fixVersions"), "fixversions"),
        (item("priority", "priority"), "priority"),
        (item("Team", "customfield_99"), "customfield_99"),
        (item("RemoteIssueLink"), "remoteissuelink"),
    ],
)
def test_changes_are_told_in_the_common_vocabulary(said, name):
    (field_change,) = life(change(1, ANA, said)).field_changes
    assert field_change.field == name


def test_a_change_holds_its_values_as_text():
    (field_change,) = life(change(1, ANA, item("priority", "priority", ("3", "Low"), ("1", "High")))).field_changes
    assert (field_change.before, field_change.after, field_change.by_person) == ("Low", "High", True)
    assert field_change.at == START + timedelta(days=1)


@pytest.mark.parametrize("name", ["description", "environment", "Comment"])
def test_long_texts_are_not_kept_in_the_history(name):
    (field_change,) = life(change(1, ANA, item(name, name.lower(), (None, "old"), (None, "new")))).field_changes
    assert (field_change.before, field_change.after) == ("…", "…")


def test_of_a_first_description_it_is_known_that_there_was_none_before():
    (field_change,) = life(change(1, ANA, item("description", "description", (None, ""), (None, "new")))).field_changes
    assert (field_change.before, field_change.after) == ("", "…")


def test_values_are_cut():
    (field_change,) = life(change(1, ANA, item("summary", "summary", (None, "x" * 500), (None, None)))).field_changes
    assert (len(field_change.before), field_change.after) == (200, "")


def test_work_began_when_the_item_first_came_to_a_status_of_work():
    found = life(
        change(9, ANA, status("3", "5")),
        change(2, APP, status("1", "3")),
        change(4, ANA, status("3", "1")),
        change(6, ANA, status("1", "4")),
    )
    assert found.started == START + timedelta(days=2)
    assert life(change(1, ANA, status("1", "5"))).started is None
    assert life(change(1, ANA, status("1", "unheard-of"))).started is None


def test_a_drag_and_a_label_are_no_change_of_content():
    found = life(change(1, ANA, item("labels", "labels")), change(2, ANA, RANKED))
    assert found.changed_by_person is None
    assert found.ranked_by_person == START + timedelta(days=2)


def test_only_people_count():
    for program in (US, APP, BOT, None):
        found = life(change(1, program, status("1", "3"), RANKED))
        assert (found.changed_by_person, found.ranked_by_person) == (None, None)
        assert not any(one.by_person for one in found.field_changes)
    assert life(change(1, CUSTOMER, status("1", "3"))).changed_by_person == START + timedelta(days=1)


def test_the_last_of_several_changes_counts():
    found = life(
        change(5, ANA, RANKED), change(1, ANA, RANKED), change(3, ANA, status("1", "3")), change(7, APP, RANKED)
    )
    assert (found.ranked_by_person, found.changed_by_person) == (START + timedelta(days=5), START + timedelta(days=3))


@given(st.integers(0, 2**32), st.integers(0, 12))
def test_the_order_in_which_a_history_comes_makes_no_difference(seed, count):
    histories = [
        change(number, [ANA, US, APP][number % 3], [status("1", "3"), RANKED, item("Sprint")][number % 3 - 1])
        for number in range(count)
    ]
    shuffled = histories[:]
    random.Random(seed).shuffle(shuffled)
    assert life(*shuffled) == life(*histories)


def test_times_come_in_three_forms_and_leave_in_one():
    assert to_utc(1_704_067_200_000) == START
    assert to_utc(datetime(2024, 1, 1, 8, tzinfo=UTC).astimezone()) == START + timedelta(hours=8)
    assert to_utc(datetime(2024, 1, 1)) == START
    entry = msgspec.json.decode(b'{"created": 1704067200000, "items": []}', type=History)
    assert to_utc(entry.created) == START


def test_the_latest_of_what_is_known():
    assert latest([None, START, None]) == START
    assert latest([None]) is latest([]) is None


def test_who_put_a_label_there_last_is_told_for_labels_that_speak_to_the_service():
    def change(day, user, before, after):
        item = HistoryItem(field="labels", before=before, after=after)
        return History(id=str(day), created=datetime(2024, 5, day, tzinfo=UTC), author=user, items=[item])

    ana = User(account_id="a1", account_type="atlassian", display_name="Ana Silva")
    bot = User(account_id="b1", account_type="app", display_name="Tidy")
    histories = [
        change(3, bot, "", "ops steward-waive"),
        change(1, ana, "", "steward-waive Steward-Snooze-14d"),
        change(2, ana, "steward-waive Steward-Snooze-14d", "Steward-Snooze-14d"),
    ]
    reader = ChangelogReader(FIELDS, JiraPeople("us"), {})
    found = reader.read(histories, labels=["steward-waive", "Steward-Snooze-14d", "ops"]).label_changes
    assert {label: (hand.at.day, hand.author, hand.names) for label, hand in found.items()} == {
        "steward-waive": (3, Author.OTHER_PROGRAM, {"b1", "Tidy"}),
        "Steward-Snooze-14d": (1, Author.PERSON, {"a1", "Ana Silva"}),
    }
    assert reader.read(histories, labels=["ops"]).label_changes == {}
