"""Another account behind the token: what we wrote stays ours, and it is said what the account may not edit."""

import json

import pytest

from sync.rounds.context import WriteAuthority

pytestmark = pytest.mark.on_jira
TRIAL = "trial@example.com"
COMMENTED = "PAY-1"


@pytest.fixture(params=[True, False], ids=["may edit all", "may edit its own only"])
def changed(request, desk_of, clock):
    """A desk that wrote with one account, and has the token of another one since."""
    free = frozenset({"EDIT_ALL_COMMENTS", "DELETE_ALL_COMMENTS"})
    desk = desk_of(**({"granted": free} if request.param else {}))
    desk.may_edit_all = request.param
    desk.seen_before = desk.seen()
    desk.configure(tracker={"email": TRIAL})
    assert desk.round().applied.comments_created > 0
    clock.advance(minutes=10)
    desk.configure(tracker={"email": "steward@example.com"})
    return desk


def comments(desk):
    return [comment.id for comment in desk.world.issue(COMMENTED).comments]


def test_a_round_takes_them_for_ours_and_writes_nothing_twice(changed, clock):
    before = comments(changed)
    changed.person().edit(COMMENTED, title="Other words, so that it is read again")
    for _ in range(2):
        outcome = changed.round()
        assert outcome.applied is None or outcome.applied.comments_created == 0
        assert outcome.answers == []
        assert comments(changed) == before
        clock.advance(minutes=10)
    assert changed.decisions(COMMENTED) == []
    item = changed.item(COMMENTED)
    assert item.discussed is None, "our own comment is no work of people on the item"


def test_round_report_and_doctor_say_that_the_account_changed(changed, command):
    outcome = changed.round(WriteAuthority.NOBODY)
    said = " ".join(outcome.notes)
    assert "The account behind the token changed from" in said
    assert ("may not edit or delete them in PAY" in said) is not changed.may_edit_all
    checks = [check for check in command("doctor", "--json") if check["id"] == "team.account"]
    assert "changed from" in checks[0]["said"]
    changed.report()
    (message,) = changed.slack.messages("refinement")
    assert "changed from" in json.dumps([reply.blocks for reply in message.replies])


def test_undo_removes_them_or_says_that_it_may_not(changed, command):
    done = command("undo", "--all", "--json", code=0 if changed.may_edit_all else 1)
    refused = [entry["key"] for entry in done[0]["applied"]["refused"]]
    if changed.may_edit_all:
        assert refused == []
        assert comments(changed) == []
    else:
        assert COMMENTED in refused
        assert comments(changed) != [], "what stands there is not called gone"
        with_first = changed.settings["trackers"]["team"] | {"email": TRIAL}
        changed.settings["trackers"]["team"] = with_first
        command("undo", "--all", "--json")
        assert comments(changed) == []


def test_nothing_is_said_once_none_of_the_earlier_comments_is_left(changed):
    if not changed.may_edit_all:
        pytest.skip("the account cannot remove them")
    changed.undo()
    assert not any("changed from" in note for note in changed.round(WriteAuthority.NOBODY).notes)


def test_the_same_account_is_no_change(desk, clock):
    desk.round()
    clock.advance(minutes=10)
    assert not any("account" in note for note in desk.round(WriteAuthority.NOBODY).notes)
