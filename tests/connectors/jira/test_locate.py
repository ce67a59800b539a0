"""Where items are that a search left out, by a direct read."""

import pytest

from connectors.tracker import Whereabouts
from steward_sandbox.jira.actor import Actor

pytestmark = pytest.mark.flavours("cloud", "data-center")

HERE, MOVED, GONE = Whereabouts.IN_SCOPE, Whereabouts.MOVED, Whereabouts.GONE


@pytest.fixture
def ana(here):
    return Actor(here.world, "Ana Silva")


def where(here, *keys, **how):
    ids = {key: here.id(key) for key in keys}
    found = here.tracker(**how).locate(list(ids.values()))
    return {key: found[ident] for key, ident in ids.items()}


def test_items_are_here_moved_or_gone(here, ana):
    ids = {key: here.id(key) for key in ("PAY-1", "PAY-2", "PAY-3", "PAY-4")}
    ana.move("PAY-2", "OPS")
    ana.delete("PAY-3")
    here.world.hide("PAY-4")
    found = here.tracker().locate([*ids.values(), "99999"])
    assert {key: found[ident] for key, ident in ids.items()} == {
        "PAY-1": HERE,
        "PAY-2": MOVED,
        "PAY-3": GONE,
        "PAY-4": GONE,
    }
    assert found["99999"] is GONE


def test_an_item_that_came_back_is_here_again(here, ana):
    here.world.hide("PAY-4")
    assert where(here, "PAY-4") == {"PAY-4": GONE}
    here.world.hide("PAY-4", hidden=False)
    assert where(here, "PAY-4") == {"PAY-4": HERE}


@pytest.mark.flavours("cloud")
@pytest.mark.parametrize("flicker", [0.0, 0.9])
@pytest.mark.parametrize("lag", [0, 600])
def test_an_item_out_of_scope_by_label_or_type_is_not_here_whatever_the_index_does(serve, flicker, lag):
    from steward_sandbox.jira import Lag  # noqa: PLC0415 - the sandbox's own names stay in one place

    here = serve()
    tracker = here.tracker(scope="project = PAY AND type != Epic AND (labels is EMPTY OR labels != parked)")
    tracker.connect()
    here.app.options.flicker, here.app.options.search_lag = flicker, Lag(lag)
    ana = Actor(here.world, "Ana Silva")
    ana.label("PAY-1", "parked")
    ana.edit("PAY-2", type="Epic")
    ana.edit("PAY-5", type="Story")
    ids = {key: here.id(key) for key in ("PAY-1", "PAY-2", "PAY-3", "PAY-5")}
    found = tracker.locate(list(ids.values()))
    assert {key: found[ident] for key, ident in ids.items()} == {
        "PAY-1": MOVED,
        "PAY-2": MOVED,
        "PAY-3": HERE,
        "PAY-5": HERE,
    }


@pytest.mark.parametrize("times", [1, 2, 5])
def test_an_item_that_jira_cannot_read_now_is_not_called_gone(here, times):
    here.world.unsettle("PAY-2", times=times)
    assert where(here, "PAY-1", "PAY-2") == {"PAY-1": HERE, "PAY-2": HERE}


def test_a_moved_item_that_jira_cannot_read_at_once_is_still_moved(here, ana):
    ident = here.id("PAY-2")
    ana.move("PAY-2", "OPS")
    here.world.unsettle(ident)
    assert here.tracker().locate([ident]) == {ident: MOVED}


def test_many_items_are_located_in_portions(serve):
    here = serve("\n".join(f'{{"key": "PAY-{n}", "title": "x"}}' for n in range(1, 251)))
    tracker = here.tracker()
    ids = [str(number) for number in here.world.issues]
    for ident in ids[::2]:
        here.world.delete(ident)
    found = tracker.locate(ids)
    assert [found[ident] for ident in ids] == [GONE, HERE] * 125
    assert [len(one.json["issueIdsOrKeys"]) for one in here.asked("/issue/bulkfetch$")] == (
        [100, 100, 50] if here.is_cloud else []
    )
    assert max(len(one.json.get("reconcileIssues", [])) for one in here.asked(here.searching)) == (
        50 if here.is_cloud else 0
    )


def test_nothing_to_locate_asks_nothing(here):
    tracker = here.tracker()
    tracker.connect()
    before = len(here.switch.asked)
    assert tracker.locate([]) == {}
    assert len(here.switch.asked) == before


@pytest.mark.parametrize("times", [1, 2])
def test_one_search_that_leaves_an_item_out_moves_nothing(here, times):
    """The census leaves it out, and so does the first search that is asked again."""
    ident, left = here.id("PAY-2"), [times]

    def tamper(answer):
        left[0] -= 1
        hidden = [one for one in answer["issues"] if one["id"] == ident] if left[0] >= 0 else []
        kept = [one for one in answer["issues"] if one not in hidden]
        return answer | {"issues": kept} | ({"total": answer["total"] - len(hidden)} if "total" in answer else {})

    tracker = here.tracker()
    tracker.connect()
    here.tamper(here.searching, tamper)
    if times == 2:
        assert ident not in tracker.list_ids().ids
    assert tracker.locate([ident]) == {ident: HERE}
