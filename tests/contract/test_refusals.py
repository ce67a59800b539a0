"""What a tracker refuses: it costs nothing else, is said once a project, and is not tried on every item every round."""

import json
import re

import pytest

from contract.interceptor import Interceptor, Reply
from contract.seed import QUESTIONS

LABELS = {
    "PUT": {"errors": {"labels": "Field 'labels' cannot be set. It is not on the appropriate screen, or unknown."}},
    "PATCH": {"message": "TF401320: Rule Error for field Tags. Error code: ReadOnly.", "typeKey": "RuleValidation"},
}
FIELD = {
    "PUT": {"errors": {"{id}": "Field '{id}' cannot be set. It is not on the appropriate screen, or unknown."}},
    "PATCH": {"message": "TF401320: Rule Error for field WSJF. Error code: ReadOnly.", "typeKey": "RuleValidation"},
}
EDIT = r"^(PUT|PATCH) .*/(issue|workitems)/\d+$"
COMMENT = r"^POST .*/comments?$"
SCORED = '"business_value": 8, "time_criticality": 5, "risk_reduction": 3, "points": 4'


@pytest.fixture
def place(place_of):
    return place_of(backlog=QUESTIONS)


@pytest.fixture
def proxy(place, serve):
    found = Interceptor(place.app)
    serve(found)
    return found


def refuse(proxy, errors, concerned):
    """Refuse edits that name something, as the tracker would."""

    async def handler(held):
        sent = held.asked.body.decode()
        found = re.search(concerned, sent)
        if not found:
            return await held.forward()
        body = json.dumps(errors[held.asked.method]).replace("{id}", found[0])
        return Reply(400, body.encode())

    proxy.handle(EDIT, handler)


def refused_edits(proxy, concerned):
    return [
        one
        for one in proxy.asked
        if re.search(EDIT, f"{one.method} {one.path}") and re.search(concerned, one.body.decode())
    ]


def commented(place):
    return {item for item in place.shown() if any(author == "Steward" for author, _ in place.comments(item))}


@pytest.mark.parametrize("label", ["by-reason", "needs-refinement"])
def test_refused_labels_cost_neither_comment_nor_field(place, proxy, house_in, label):
    refuse(proxy, LABELS, r"labels|System\.Tags")
    house = house_in(place, label=label)
    outcome = house.round()
    assert outcome.applied.comments_created == len(commented(place)) == 3
    if not place.lacks & {"score"}:
        assert outcome.applied.fields_written > 0
    assert outcome.applied.labels_changed == 0
    assert len([held for held in outcome.applied.not_written if "Labels are refused" in held.reason]) == 1
    tried = len(refused_edits(proxy, r"labels|System\.Tags"))
    assert tried <= 2, "the whole edit and its labels alone"
    place.clock.advance(minutes=10)
    again = house.round()
    assert (again.writes, again.plan.items) == (0, ())
    assert len([note for note in again.notes if "Labels are refused" in note]) == 1
    assert len(refused_edits(proxy, r"labels|System\.Tags")) == tried
    proxy.stop()
    place.clock.advance(hours=25)
    assert house.round().applied.labels_changed > 0


def test_refused_labels_do_not_cost_the_field_of_the_same_edit(place_of, serve, house_in):
    place = place_of(backlog=QUESTIONS.replace('"title": "Story 1"', f'"title": "Story 1", {SCORED}'))
    if "score" in place.lacks:
        pytest.skip("this process has no field for a score")
    proxy = Interceptor(place.app)
    serve(proxy)
    refuse(proxy, LABELS, r"labels|System\.Tags")
    house = house_in(place)
    house.configure(rules={"extends": ["scrum"], "priority": {"wsjf": {"levels": ["story", "bug"]}}})
    if not any(item.edit and item.edit.fields for item in house.round().plan.items):
        pytest.skip("stories of this process have no inputs for a score")
    assert place.held(place.id("PAY-1"), "score") == 4
    assert place.labels(place.id("PAY-1")) == set()


def test_a_refused_field_costs_neither_comment_nor_label(place, proxy, house_in):
    if "score" in place.lacks:
        pytest.skip("this process has no field for a score")
    refuse(proxy, FIELD, r"customfield_\d+|Custom\.WSJF")
    house = house_in(place)
    outcome = house.round()
    assert outcome.applied.comments_created == len(commented(place)) == 3
    assert outcome.applied.labels_changed > 0
    assert outcome.applied.fields_written == 0
    assert len([held for held in outcome.applied.not_written if '"WSJF" is refused' in held.reason]) == 1
    place.clock.advance(minutes=10)
    assert house.round().writes == 0


def test_where_comments_are_refused_no_label_without_a_reason_is_written(place, proxy, house_in):
    proxy.instead(COMMENT, Reply(403, b'{"errorMessages": ["You may not comment."]}'), times=1000)
    house = house_in(place, label="needs-refinement")
    before = place.seen()
    outcome = house.round()
    assert outcome.applied.labels_changed == 0
    assert len([held for held in outcome.applied.not_written if "Comments are refused" in held.reason]) == 1
    assert not [item for item in place.shown() if "needs-refinement" in place.labels(item)]
    tried = len(proxy.matching(COMMENT))
    assert tried == 2
    place.clock.advance(minutes=10)
    again = house.round()
    assert again.plan.items == ()
    assert len(proxy.matching(COMMENT)) == tried
    assert place.seen() == before or outcome.applied.fields_written
    assert not commented(place)


def test_where_comments_are_refused_labels_that_name_their_reason_are_written(place, proxy, house_in):
    proxy.instead(COMMENT, Reply(403, b'{"errorMessages": ["You may not comment."]}'), times=1000)
    outcome = house_in(place).round()
    assert outcome.applied.labels_changed > 0
    assert outcome.applied.comments_created == 0
