"""Sprints that cannot be read in the first round: nothing is taken for the coming sprint until they are known."""

import json
import re

import pytest

from contract.interceptor import Interceptor, Reply
from support import backlogs

LISTS = r"/teamsettings/iterations$|/bulkfetch$|/2/search$"
"""Where the trackers tell sprints: Azure DevOps as a list, Jira on each issue."""
SPRINTS = {"unread": None, "none": 0, "all but the last": -1}


def with_sprints(value, how):
    """A reply in which the sprints are unreadable, or some are left out, which only a list of its own can do."""
    if isinstance(value, list):
        return [with_sprints(part, how) for part in value]
    if not isinstance(value, dict):
        return value
    return {
        key: [{"odd": True}]
        if re.match("customfield_", key) and part and re.search(r"boardId|greenhopper", json.dumps(part))
        else with_sprints(part, how)
        for key, part in value.items()
    }


@pytest.fixture
def disturbed(place_of, house_in, serve):
    def make(how, backlog=backlogs.SMALL):
        place = place_of(backlog=backlog)
        house = house_in(place, quiet={"hours": "always", "after_activity": "0 days", "after_answer": "0 days"})
        proxy = Interceptor(place.app)
        serve(proxy)

        async def changed(held):
            reply = await held.forward()
            if not held.asked.path.endswith("iterations"):
                body = with_sprints(json.loads(reply.body), how)
            elif (left := SPRINTS[how]) is None:
                return Reply(500, b"{}")
            else:
                body = json.loads(reply.body)
                body |= {"value": body["value"][:left]}
            return Reply(reply.status, json.dumps(body).encode(), reply.content_type)

        if how:
            proxy.handle(LISTS, changed)
        return place, house, proxy

    return make


def comments(place):
    return {item: len(place.comments(item)) for item in place.shown() if place.comments(item)}


@pytest.mark.parametrize("how", [pytest.param(how, marks=pytest.mark.slow if how == "none" else ()) for how in SPRINTS])
def test_comments_wait_until_the_sprints_are_known(disturbed, how):
    place, house, _ = disturbed("")
    house.round()
    expected = comments(place)
    assert expected
    place, house, proxy = disturbed(how)
    outcome = house.round()
    if how != "unread" and not proxy.matching("/iterations$"):
        pytest.skip("sprints are told on each item")
    early = comments(place)
    assert early.items() < expected.items()
    assert any("come next" in note for note in outcome.notes)
    proxy.stop()
    for _ in range(3):
        place.clock.advance(minutes=10)
        outcome = house.round()
    assert comments(place) == expected
    assert outcome.writes == 0
    assert not any("come next" in note for note in outcome.notes)


def backlog_with(*, planned, unplanned):
    """A backlog of stories in the running sprint, below others in no sprint."""
    lines = [backlogs.SMALL.splitlines()[0]]
    for number in range(1, unplanned + planned + 1):
        sprint = {"sprint": "Sprint 2"} if number > unplanned else {}
        lines.append(
            json.dumps({"key": f"PAY-{number}", "title": f"Export {number}", "created": "2024-03-01", **sprint})
        )
    return "\n".join(lines)


@pytest.mark.parametrize(("planned", "unplanned"), [(4, 0), (2, 24)])
def test_comments_wait_however_many_items_are_in_sprints_that_cannot_be_read(disturbed, planned, unplanned):
    place, house, proxy = disturbed("unread", backlog_with(planned=planned, unplanned=unplanned))
    house.round()
    assert not comments(place)
    proxy.stop()
    for _ in range(2):
        place.clock.advance(minutes=10)
        house.round()
    assert comments(place)


def test_one_item_whose_sprints_cannot_be_read_holds_up_no_other(disturbed):
    place, house, proxy = disturbed("", backlog_with(planned=1, unplanned=6))

    async def changed(held):
        reply = await held.forward()
        if held.asked.path.endswith("iterations"):
            return reply
        body = re.sub(rb'"System.IterationPath":\s*"[^"]*Sprint 2"', b'"System.IterationPath": {"odd": 1}', reply.body)
        return Reply(reply.status, json.dumps(with_sprints(json.loads(body), "")).encode(), reply.content_type)

    proxy.handle(f"{LISTS}|/workitemsbatch$", changed)
    for _ in range(2):
        house.round()
        place.clock.advance(minutes=10)
    assert comments(place).keys() == {place.id(f"PAY-{number}") for number in range(1, 7)}
