"""Killed at any request of `apply` or `undo`: one comment an item, nothing that was not planned, all of it taken back."""

import json
import random
from dataclasses import dataclass

import pytest

from connectors.azure_devops import comment_tag

pytestmark = pytest.mark.slow


def calm_words(desk) -> dict[str, list[str]]:
    """What the service's comments say, without their invisible marks, which name the round."""
    return {key: [comment_tag.remove(text.split("{anchor:", 1)[0]) for text in texts] for key, texts in comments(desk)}


def comments(desk):
    return [(key, texts) for key, texts in sorted(desk.site.comments().items()) if texts]


def check_whole(desk) -> tuple:
    """What must hold once an `apply` went through: one comment an item, labels and fields as planned, and peace."""
    desk.proxy.aim(0, after=False)
    done = desk.steward("apply")
    assert done.returncode == 0, done.stderr
    assert desk.ours() == {"PAY-1": 1, "PAY-2": 1, "PAY-3": 1}
    desk.proxy.aim(0, after=False)
    again = desk.steward("apply")
    assert again.returncode == 0, again.stderr
    assert not desk.written(), "a second apply has nothing to write"
    return desk.site.labels(), calm_words(desk)


def undisturbed(desk) -> tuple[int, int, tuple]:
    """How many requests an undisturbed `apply` makes, how many of them write, and what it leaves for good."""
    desk.proxy.aim(0, after=False)
    done = desk.steward("apply")
    assert done.returncode == 0, done.stderr
    requests, writes = len(desk.proxy.seen), len(desk.written())
    desk.proxy.aim(0, after=False)
    again = desk.steward("apply")
    assert again.returncode == 0, again.stderr
    assert not desk.written(), "a second apply has nothing to write"
    return requests, writes, (desk.site.labels(), calm_words(desk))


@dataclass(frozen=True)
class Recovered:
    """A killed `apply` and what came after it.

    Attributes:
        left: What the next `apply` leaves, to be compared with what a calm one leaves.
        seeded: What people saw before the service came.
        undone: What they see after everything was taken back.
    """

    left: tuple
    seeded: object
    undone: object


def kill_and_recover(new_desk, site: str, at: int, *, after: bool) -> Recovered:
    """One kill at one request of `apply`, then `apply` until there is peace, then `undo`."""
    with new_desk(site) as desk:
        seeded = desk.site.seen()
        desk.proxy.aim(at, after=after)
        killed = desk.steward("apply")
        assert killed.returncode == -9, f"request {at} was never made: {killed.stderr}"
        left = check_whole(desk)
        undone = desk.steward("undo", "--all")
        assert undone.returncode == 0, undone.stderr
        return Recovered(left, seeded, desk.site.seen())


_CALM: dict[str, tuple] = {}


@pytest.fixture
def calm(new_desk, any_site):
    """What nothing disturbed looks like; found out once a tracker."""
    if any_site not in _CALM:
        with new_desk(any_site) as desk:
            _CALM[any_site] = undisturbed(desk)
    return _CALM[any_site]


def test_every_byte_of_an_apply_was_in_the_plan(at_desk):
    at_desk.proxy.aim(0, after=False)
    [shown] = json.loads(at_desk.steward("plan", "--json").stdout)
    assert not at_desk.written(), "planning writes nothing"
    at_desk.proxy.aim(0, after=False)
    assert at_desk.steward("apply").returncode == 0
    texts = {
        span["text"]
        for item in shown["plan"]["items"]
        if item.get("comment")
        for part in item["comment"]["content"]["document"]["parts"]
        for paragraph in (part["entries"] if part["type"] == "bullets" else [[part]])
        for line in paragraph
        for span in line["spans"]
    }

    def words(node) -> list[str]:
        if "text" in node:
            return [node["text"]]
        return [word for child in node.get("content", ()) for word in words(child)]

    sent = at_desk.written()
    bodies = [json.loads(body) for method, path, body in sent if path.endswith("/comment")]
    assert len(bodies) == 3
    assert {word for body in bodies for word in words(body["body"])} <= texts
    edits = {path.split("?")[0]: json.loads(body) for method, path, body in sent if method == "PUT"}
    assert len(edits) == sum(bool(item.get("edit")) for item in shown["plan"]["items"])


@pytest.mark.parametrize("after", [False, True], ids=["before forwarding", "before the reply"])
def test_killed_at_a_request_of_apply(new_desk, any_site, calm, after):
    requests, writes, left = calm
    at = random.Random(f"{any_site} {after}").randint(requests - 2 * writes, requests)
    recovered = kill_and_recover(new_desk, any_site, at, after=after)
    assert recovered.left == left
    assert recovered.undone == recovered.seeded


@pytest.mark.parametrize("after", [False, True], ids=["before forwarding", "before the reply"])
def test_killed_at_a_request_of_undo(new_desk, any_site, after):
    with new_desk(any_site) as desk:
        seeded = desk.site.seen()
        assert desk.steward("apply").returncode == 0
        desk.proxy.aim(random.Random(f"{any_site} {after}").randint(4, 14), after=after)
        assert desk.steward("undo", "--all").returncode == -9
        desk.proxy.aim(0, after=False)
        undone = desk.steward("undo", "--all")
        assert undone.returncode == 0, undone.stderr
        assert desk.site.seen() == seeded


@pytest.mark.soak
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("after", [False, True], ids=["before forwarding", "before the reply"])
def test_killed_at_every_request_of_apply(new_desk, any_site, calm, after):
    requests, _, left = calm
    for at in range(1, requests + 1):
        recovered = kill_and_recover(new_desk, any_site, at, after=after)
        assert recovered.left == left
        assert recovered.undone == recovered.seeded
