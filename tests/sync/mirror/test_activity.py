"""What the mirror keeps of a discussion and a history: two dates, and no words."""

from datetime import UTC, datetime, timedelta

import pytest

from connectors.comments import Author, Comment
from connectors.tracker import FetchedItem
from rules.model import FieldChange, WorkItem
from sync.mirror.activity import with_activity

DAY = datetime(2026, 5, 4, tzinfo=UTC)


def said(day, text, author=Author.PERSON, **more):
    at = DAY + timedelta(days=day)
    return Comment(id=str(day), author=author, created=at, updated=at, text=text, **more)


def asked(*comments):
    fetched = FetchedItem(item=WorkItem(tracker="t", id="1", key="T-1"), comments=comments)
    return with_activity(fetched).item.question_asked


def test_a_question_that_ends_the_discussion_is_open_since_it_was_asked():
    assert asked(said(0, "Hello."), said(1, 'Which cards, "all"?\n')) == DAY + timedelta(days=1)


@pytest.mark.parametrize(
    "comments",
    [
        (),
        (said(0, "Which cards?"), said(1, "All of them.")),
        (said(1, "All of them."), said(0, "Which cards?")),
        (said(0, "Which cards?", Author.THIS_SERVICE),),
        (said(0, "Which cards?", Author.OTHER_PROGRAM),),
        (said(0, "Which cards?", restricted=True),),
        (said(0, "Which cards? All of them."),),
    ],
)
def test_otherwise_none_is_open(comments):
    assert asked(*comments) is None


def test_what_programs_say_answers_nothing():
    assert asked(said(0, "Which cards?"), said(1, "Build passed.", Author.OTHER_PROGRAM)) == DAY


def test_only_a_change_by_a_person_of_a_text_that_was_there_counts():
    changes = (
        FieldChange(DAY, "description", "", "first"),
        FieldChange(DAY + timedelta(days=1), "Description", "first", "second"),
        FieldChange(DAY + timedelta(days=2), "description", "second", "third", by_person=False),
        FieldChange(DAY + timedelta(days=3), "status", "To Do", "Done"),
    )
    fetched = FetchedItem(item=WorkItem(tracker="t", id="1", key="T-1"), field_changes=changes)
    assert with_activity(fetched).item.text_changed == DAY + timedelta(days=1)
