"""The same change on many items at once is a question; everything else is an answer."""

from datetime import UTC, datetime

from sync.decisions.bulk_answers import MAX_ITEMS_FOR_ANSWERS, ClassifiedChanges, classify_changes
from sync.messages import shipped_messages
from sync.store.records import Annotation, AnnotationChange

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
REMOVED, DELETED = "label removed", "comment removed"


def change(what, number, name="ask"):
    annotation = Annotation(
        tracker="team", item=str(number), key=f"PAY-{number}", kind="label", name=name, value=True, written=NOW
    )
    return AnnotationChange(annotation, what)


def changes(what, count):
    return [change(what, number) for number in range(count)]


def test_up_to_ten_items_are_answers():
    removed = changes(REMOVED, MAX_ITEMS_FOR_ANSWERS)
    assert classify_changes(removed, confirmed=()) == ClassifiedChanges(tuple(removed), ())


def test_several_labels_of_one_item_count_once():
    removed = [change(REMOVED, number, name) for number in range(MAX_ITEMS_FOR_ANSWERS) for name in ("ask", "size")]
    assert classify_changes(removed, confirmed=()).questions == ()


def test_more_items_are_a_question_and_every_other_change_of_them_waits_with_it():
    removed = changes(REMOVED, MAX_ITEMS_FOR_ANSWERS + 1)
    waiting, elsewhere = change(DELETED, 3), change(DELETED, 99)
    found = classify_changes([*removed, waiting, elsewhere], confirmed=())
    assert found == ClassifiedChanges((elsewhere,), tuple(removed))
    assert found.items == {change.annotation.item for change in removed}


def test_what_a_person_confirmed_is_an_answer_and_is_not_counted():
    removed = changes(REMOVED, MAX_ITEMS_FOR_ANSWERS + 2)
    assert classify_changes(removed, confirmed={"0"}) == ClassifiedChanges((removed[0],), tuple(removed[1:]))
    assert classify_changes(removed, confirmed={"0", "1"}) == ClassifiedChanges(tuple(removed), ())


def test_each_kind_of_change_is_one_question_with_the_number_of_its_items():
    found = ClassifiedChanges((), (*changes(REMOVED, 12), change(REMOVED, 3, "size"), *changes(DELETED, 11)))
    assert found.question_texts(shipped_messages()) == {
        REMOVED: "Our label was removed from 12 items at once. Is it unwanted? If so, run `steward apply`; otherwise, "
        "add it again.",
        DELETED: "Our comment was deleted from 11 items at once. Is it unwanted? If so, run `steward apply`.",
    }
