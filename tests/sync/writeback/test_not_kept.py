"""What the tracker accepts and does not keep is nobody's removal: told, tried once more, then left."""

import pytest


@pytest.fixture
def vanishing(desk, meddled):
    """A tracker that accepts new comments and does not keep them."""

    def open_tracker():
        tracker = meddled(desk.open())
        tracker.after["add_comment"] = lambda snapshot, *_: desk.world.items[snapshot.id].comments.pop()
        return tracker

    return open_tracker


def test_a_comment_that_the_tracker_does_not_keep_is_tried_once_more_and_left(desk, vanishing):
    told = []
    for _ in range(4):
        outcome = desk.round(tracker=vanishing())
        assert outcome.answers == []
        refused = outcome.applied.not_written if outcome.applied else []
        told.append([held.reason for held in refused if held.what == "not kept"])
        assert desk.ours("PAY-1") == desk.ours("PAY-3") == []
    assert [len(because) for because in told] == [2, 2, 0, 0]
    assert all("tried once more" in because for because in told[0])
    assert not any("tried once more" in because for because in told[1])
    assert desk.undo().applied.not_written == []
    assert desk.annotations() == []


def test_a_comment_that_is_kept_at_the_second_attempt_is_ours(desk, vanishing, clock):
    desk.round(tracker=vanishing())
    desk.round()
    assert len(desk.ours("PAY-1")) == 1
    assert desk.round().writes == 0
    clock.advance(minutes=10)
    desk.person().delete_comment(desk.ours("PAY-1")[0].id)
    assert [answer.source for answer in desk.round().answers] == ["comment removed"]
