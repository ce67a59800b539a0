"""A label never stands without its reason: none by default, one that names it, or one name beside a comment."""

import re

import pytest

from contract.seed import QUESTIONS
from sync.store import writes
from sync.store.records import Effect

PLAIN = "needs-refinement"


@pytest.fixture
def place(place_of):
    return place_of(backlog=QUESTIONS)


def labels(place):
    return {label for item in place.shown() for label in place.labels(item)}


def commented(place):
    return {item for item in place.shown() if any(author == "Steward" for author, _ in place.comments(item))}


def test_by_default_no_label_is_written(place, house_in):
    house = house_in(place)
    house.without("label")
    assert house.round().applied.comments_created == 3
    assert labels(place) == set()


def test_a_label_by_reason_says_what_to_refine(place, house_in):
    house = house_in(place, label="by-reason", comment=False)
    house.round()
    assert labels(place) - {"refine-order"} == {"refine-criteria"}
    place.clock.advance(minutes=10)
    assert house.round().writes == 0
    house.undo()
    assert labels(place) == set()


def test_a_label_of_one_name_stands_beside_a_comment_and_leaves_with_it(place, house_in):
    house = house_in(place, label=PLAIN)
    house.round()
    labelled = {item for item in place.shown() if PLAIN in place.labels(item)}
    assert labelled == commented(place)
    place.clock.advance(minutes=10)
    assert house.round().writes == 0
    house.configure(write={"comment": False})
    place.clock.advance(minutes=10)
    house.round()
    assert labels(place) == set()
    assert commented(place) == set()


def test_a_label_of_one_name_comes_after_the_comment(place, house_in):
    house_in(place, label=PLAIN).round()
    calls = [f"{one.method} {one.path}" for one in place.app.calls]
    for item in commented(place):
        (comment,) = [n for n, call in enumerate(calls) if re.search(rf"^POST .*/{item}/comments?$", call)]
        edit, *_ = [n for n, call in enumerate(calls) if re.search(rf"^(PUT|PATCH) .*/{item}$", call)]
        assert comment < edit


def test_a_store_with_labels_of_an_earlier_version_goes_on_as_before(place, house_in):
    house = house_in(place, comment=False)
    house.without("label")
    ident = next(iter(place.shown()))
    with house.database.writing() as transaction:
        put = {"tracker": "team", "item": ident, "key": "PAY-0", "kind": "label", "name": PLAIN}
        writes.record(transaction, [Effect(round="r", before=None, after=True, at=house.now(), **put)])
    house.round()
    assert labels(place) == {PLAIN}
    place.clock.advance(minutes=10)
    assert house.round().writes == 0
    house.configure(write={"label": None})
    place.clock.advance(minutes=10)
    house.round()
    assert labels(place) == set()


@pytest.mark.parametrize("retyped", ["Refine-Criteria", "REFINE-CRITERIA"])
def test_a_label_that_a_person_retypes_in_another_letter_case_is_still_ours(place, house_in, retyped):
    house = house_in(place, label="by-reason", comment=False)
    house.round()
    labelled = {item for item in place.shown() if "refine-criteria" in place.labels(item)}
    changed, removed = sorted(labelled)[:2]
    for item in (changed, removed):
        place.person().label(item, retyped, remove=("refine-criteria",))
    before = place.labels(changed)
    for _ in range(2):
        place.clock.advance(minutes=10)
        outcome = house.round()
        assert (outcome.writes, outcome.answers, place.labels(changed)) == (0, [], before)
    place.person().label(removed, remove=tuple(label for label in place.labels(removed) if "riteria" in label.lower()))
    place.clock.advance(minutes=10)
    assert len(house.round().answers) == 1
    house.undo()
    assert labels(place) == set()
