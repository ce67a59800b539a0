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
    def make(how):
        place = place_of(backlog=backlogs.SMALL)
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
