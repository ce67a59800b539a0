"""Writes whose replies are odd or lost, and that take effect late or never: one comment, nobody's answer, all undone."""

import json
import re

import msgspec
import pytest

from contract.interceptor import Interceptor, Reply
from contract.seed import QUESTIONS
from support.no_back_off import no_back_off

EDIT = r"^(PUT|PATCH) .*/(issue|workitems)/\d+$"
COMMENT = r"^POST .*/comments?$"
DELETE = r"^DELETE .*/comments?/\d+$"
PAGE = b"<!DOCTYPE html><html><title>Sign in</title></html>"
ODD = {
    "web page": Reply(200, PAGE, "text/html"),
    "redirect": Reply(302, location="https://id.example/login"),
    "refused by a proxy": Reply(403, PAGE, "text/html"),
    "not found by a proxy": Reply(404, b"no such route", "text/plain"),
    "not found by the tracker": Reply(404, b'{"errorMessages": ["Gone."], "message": "Gone."}'),
    "gateway timeout": Reply(504, PAGE, "text/html"),
}


@pytest.fixture
def place(disturbed_place_of):
    return disturbed_place_of(backlog=QUESTIONS)


@pytest.fixture
def proxy(place, serve):
    found = Interceptor(place.app)
    serve(found)
    return found


@pytest.fixture
def house(place, proxy, house_in):
    return house_in(place)


def ours(place):
    """Our comments, by item."""
    found = {
        item: [one for one, (author, _) in zip(place.comment_ids(item), place.comments(item), strict=True)
               if author == "Steward"]
        for item in place.shown()
    }  # fmt: skip
    return {item: comments for item, comments in found.items() if comments}


def labels(place):
    return {item: place.labels(item) for item in place.shown() if place.labels(item)}


def later(place, house):
    """A round ten minutes later; nobody has decided anything."""
    place.clock.advance(minutes=10)
    outcome = house.round()
    assert outcome.answers == []
    return outcome


def settles(place, house):
    """After a few rounds there is one comment an item, nothing is written any more, and undo takes everything."""
    for _ in range(3):
        outcome = later(place, house)
    assert outcome.writes == 0
    assert outcome.plan.items == ()
    assert {item: len(comments) for item, comments in ours(place).items()} == dict.fromkeys(ours(place), 1)
    assert len(ours(place)) == 3
    place.clock.advance(minutes=10)
    undone = house.undo()
    assert undone.applied.not_written == []
    assert ours(place) == {}
    assert labels(place) == {}


@pytest.mark.parametrize(
    ("call", "reply"),
    [
        (COMMENT, "web page"),
        (EDIT, "redirect"),
        *(pytest.param(COMMENT, reply, marks=pytest.mark.slow) for reply in ODD if reply != "web page"),
        pytest.param(EDIT, "web page", marks=pytest.mark.slow),
    ],
)
def test_a_write_that_happened_behind_an_odd_reply_is_not_repeated(place, proxy, house, call, reply):
    proxy.instead(call, ODD[reply], forward=True)
    assert not house.round().trouble
    settles(place, house)


@pytest.mark.parametrize("happened", [True, False], ids=["happened", "did not happen"])
@pytest.mark.parametrize("status", [429, *(pytest.param(each, marks=pytest.mark.slow) for each in (408, 500, 503))])
@pytest.mark.parametrize("call", [COMMENT, EDIT], ids=["comment", "edit"])
def test_no_write_is_doubled_whatever_error_says_that_it_did_not_happen(place, proxy, house, call, status, happened):
    proxy.instead(call, Reply(status, b"{}"), forward=happened)
    with no_back_off():
        outcome = house.round()
    assert not outcome.trouble
    settles(place, house)
    assert len(proxy.matching(COMMENT)) == (4 if call == COMMENT and not happened else 3)


@pytest.mark.parametrize("call", [COMMENT, EDIT], ids=["comment", "edit"])
def test_a_write_that_did_not_happen_behind_an_odd_reply_is_made_up_for(place, proxy, house, call):
    proxy.instead(call, ODD["web page"])
    assert not house.round().trouble
    settles(place, house)


@pytest.mark.parametrize("again", [False, True], ids=["before the next round", "after it was written again"])
def test_a_comment_that_arrives_late_is_ours_and_the_only_one(place, proxy, house, again):
    proxy.instead(COMMENT, ODD["gateway timeout"], late=True, times=2)
    house.round()
    if again:
        later(place, house)
    place.clock.advance(minutes=5)
    assert proxy.arrive() == 2
    outcome = later(place, house)
    assert len([note for note in outcome.notes if "took effect late" in note]) == 2
    settles(place, house)


@pytest.mark.parametrize("again", [False, True], ids=["before the next round", "after it was written again"])
def test_undo_takes_a_comment_that_arrived_late(place, proxy, house, again):
    before = place.seen()
    proxy.instead(COMMENT, ODD["gateway timeout"], late=True)
    house.round()
    if again:
        later(place, house)
    place.clock.advance(minutes=5)
    proxy.arrive()
    undone = house.undo()
    assert undone.applied.not_written == []
    assert place.seen() == before


def test_undo_takes_a_comment_that_arrives_while_it_works(place, proxy, house):
    proxy.instead(COMMENT, ODD["gateway timeout"], late=True)
    house.round()
    later(place, house)

    async def arriving(held):
        reply = await held.forward()
        for late in proxy.late:
            await late.forward()
        proxy.late.clear()
        return reply

    proxy.handle(r"^GET .*/(issue/\d+|workItems/\d+/comments)$", arriving, times=1)
    house.undo()
    assert proxy.late == []
    assert ours(place) == {}


def test_undo_takes_an_edit_that_was_answered_with_a_refusal(place, proxy, house):
    before = place.seen()
    proxy.instead(EDIT, ODD["not found by the tracker"], forward=True)
    house.round()
    place.clock.advance(minutes=5)
    house.undo()
    assert place.seen() == before


def test_the_undo_of_one_item_takes_a_second_comment_as_well(place, proxy, house):
    proxy.instead(COMMENT, ODD["gateway timeout"], late=True)
    house.round()
    (item,) = set(place.shown()) - set(ours(place)) - {place.id("PAY-8")}
    later(place, house)
    proxy.arrive()
    assert len(ours(place)[item]) == 2
    house.undo(item)
    assert item not in ours(place)


def test_an_edit_that_arrives_late_is_ours(place, proxy, house):
    proxy.instead(EDIT, ODD["gateway timeout"], late=True)
    house.round()
    house.configure(write={"label": None})
    place.clock.advance(minutes=5)
    proxy.arrive()
    assert labels(place)
    later(place, house)
    assert labels(place) == {}, "a label that nobody wants any more goes, late or not"


def test_a_deletion_that_arrives_late_is_nobodys_answer(place, proxy, house):
    house.round()
    house.configure(write={"comment": False})
    proxy.instead(DELETE, ODD["gateway timeout"], late=True, times=3)
    later(place, house)
    assert len(ours(place)) == 3
    house.configure(write={"comment": True})
    proxy.arrive()
    assert ours(place) == {}
    later(place, house)
    settles(place, house)


def test_a_copy_of_our_comment_by_somebody_else_is_not_adopted(place, house):
    house.round()
    item, (comment,) = next(iter(ours(place).items()))
    text = next(words for author, words in place.comments(item) if author == "Steward")
    place.clock.advance(minutes=5)
    copy = place.person().comment(item, text)
    assert not any("took effect late" in note for note in later(place, house).notes)
    house.undo()
    assert place.comment_ids(item) == [str(copy)]
    assert comment not in place.comment_ids(item)


def test_a_comment_of_a_program_with_our_account_that_names_us_is_not_adopted(place, house):
    house.round()
    item = next(iter(ours(place)))
    place.clock.advance(minutes=5)
    note = str(place.person("Steward").comment(item, "Build 7 answers what Backlog Steward asked."))
    for _ in range(2):
        assert not any("took effect late" in text for text in later(place, house).notes)
    house.undo()
    assert place.comment_ids(item) == [note]


# ---- accepted and not kept


def accept_without_keeping(proxy, call):
    """Reply to edits as if they had been saved."""

    async def handler(held):
        if held.asked.method == "PUT":
            return Reply(204, content_type="")
        reading = {**held.scope, "method": "GET"}
        return await type(held)(held.asked, reading, held.app).forward()

    proxy.handle(call, handler)


def test_what_the_tracker_accepts_and_does_not_keep_is_tried_once_more_and_left(place, proxy, house):
    accept_without_keeping(proxy, EDIT)
    told = []
    for _ in range(5):
        outcome = later(place, house)
        refused = outcome.applied.not_written if outcome.applied else []
        told.append(len([held for held in refused if held.what == "not kept"]))
        tried = len(proxy.matching(EDIT))
        assert len(ours(place)) == 3
    assert told[0] == told[1] > 0
    assert told[2:] == [0, 0, 0]
    assert [held for held in outcome.plan.skipped_writes if "did not keep it" in held.reason]
    assert len(proxy.matching(EDIT)) == tried
    assert labels(place) == {}
    undone = house.undo()
    assert undone.applied.not_written == []
    assert ours(place) == {}
    assert house.annotations() == []


def test_what_is_kept_at_the_second_attempt_is_ours(place, proxy, house):
    accept_without_keeping(proxy, EDIT)
    house.round()
    proxy.stop()
    later(place, house)
    assert len(labels(place)) >= 3
    settles(place, house)


def test_a_removal_that_is_not_kept_is_tried_once_more_and_told(place, proxy, house):
    house.round()
    house.configure(write={"label": None})
    accept_without_keeping(proxy, EDIT)
    told = []
    for _ in range(4):
        outcome = later(place, house)
        refused = outcome.applied.not_written if outcome.applied else []
        told.append(len([held for held in refused if held.what == "not kept"]))
    assert told[0] == told[1] > 0
    assert told[2:] == [0, 0]
    assert labels(place)
    proxy.stop()
    house.undo()
    assert labels(place) == {}


# ---- lists that are empty for once


def test_a_list_that_is_empty_for_once_removes_nothing(place, proxy, house):
    house.round()
    before = place.seen()

    async def empty(held):
        reply = await held.forward()
        body = json.loads(reply.body)
        if "values" in body:
            body["values"] = []
        if "comments" in body:
            body = {**body, "comments": [], "totalCount": 0, "count": 0}
        for issue in body.get("issues", []):
            if "comment" in issue.get("fields", {}):
                issue["fields"]["comment"] = {"comments": [], "total": 0, "maxResults": 0, "startAt": 0}
        return Reply(reply.status, json.dumps(body).encode(), reply.content_type)

    proxy.handle(r"^POST .*/(comment/list|2/search)$|^GET .*/workItems/\d+/comments$", empty, times=5)
    outcome = later(place, house)
    assert (outcome.answers, outcome.writes) == ([], 0)
    later(place, house)
    assert place.seen() == before


def test_a_change_that_a_response_left_out_for_once_is_read_a_day_later(place, house):
    house.round()
    place.clock.advance(minutes=10)
    item = place.id("PAY-8")
    place.retitle(item, "Another title")
    tracker = house.open()
    everything = tracker.changes
    tracker.changes = lambda *given, **more: (
        msgspec.structs.replace(page, stamps=()) for page in everything(*given, **more)
    )
    house.round(tracker=tracker)
    assert house.items()[item].title != "Another title"
    place.clock.advance(hours=25)
    house.round()
    assert house.items()[item].title == "Another title"


def test_an_item_that_came_with_a_wrong_version_is_read_again_and_written(place, proxy, house):
    async def wrong(held):
        reply = await held.forward()
        body = re.sub(rb'("updated": ?")20\d\d-', rb"\g<1>2021-", reply.body)
        return Reply(reply.status, re.sub(rb'("rev": ?)\d+', rb"\g<1>77", body), reply.content_type)

    proxy.handle(r"^POST .*/(bulkfetch|2/search|workitemsbatch)$", wrong)
    house.round()
    assert ours(place) == {}
    proxy.stop()
    later(place, house)
    settles(place, house)


# ---- programs that share our account


def test_a_program_with_our_account_that_appends_to_our_comment_is_settled_once(place, house):
    house.round()
    item, (comment,) = next(iter(ours(place).items()))
    text = next(words for author, words in place.comments(item) if author == "Steward")
    place.clock.advance(minutes=5)
    place.person("Steward").edit_comment(item, comment, f"{text}\n\nDeployed with build 7.")
    outcome = later(place, house)
    assert place.labels(item) == set()
    assert outcome.applied.not_written == []
    for _ in range(3):
        outcome = later(place, house)
        assert (outcome.writes, outcome.plan.items) == (0, ())
        assert not (outcome.applied and outcome.applied.not_written)
    (left,) = [words for author, words in place.comments(item) if author == "Steward"]
    assert "Deployed with build 7." in left
    house.undo()
    assert [words for author, words in place.comments(item) if author == "Steward"] == [left]


# ---- fields that the configuration no longer names


def test_a_score_leaves_a_field_that_is_no_longer_configured(place, house):
    if "score" in place.lacks:
        pytest.skip("this process has no field for a score")
    epic = place.id("PAY-8")
    house.round()
    assert place.held(epic, "score") == 4
    house.configure(write={"fields": {}})
    later(place, house)
    assert place.held(epic, "score") is None
    settles(place, house)


@pytest.mark.parametrize("round_between", [False, True])
def test_undo_takes_a_score_from_a_field_that_cannot_be_found_any_more(place, house, round_between):
    if "score" in place.lacks:
        pytest.skip("this process has no field for a score")
    epic = place.id("PAY-8")
    house.round()
    house.configure(write={"fields": {"wsjf": "No such field"}})
    if round_between:
        later(place, house)
        assert place.held(epic, "score") == 4, "it is configured, and only cannot be found"
    place.clock.advance(minutes=10)
    assert house.undo().applied.not_written == []
    assert place.held(epic, "score") is None


def test_a_field_that_the_tracker_rounds_is_not_written_again(place, proxy, house):
    if "score" in place.lacks:
        pytest.skip("this process has no field for a score")

    async def rounded(held):
        sent = held.asked.body.replace(b"4.25", b"4.3")
        return await type(held)(type(held.asked)(**{**vars(held.asked), "body": sent}), held.scope, held.app).forward()

    proxy.handle(EDIT, rounded)
    epic = place.id("PAY-8")
    place.person().value(epic, 9)
    house.round()
    assert place.held(epic, "score") == 4.3
    settles(place, house)
    assert place.held(epic, "score") is None
