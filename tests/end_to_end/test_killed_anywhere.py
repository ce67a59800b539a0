"""Killed at any request of `apply`, before or after its effect: one comment an item, nothing that was not planned."""

import json
import random

import pytest


def planned_texts(steward) -> set[str]:
    """Every text that `plan` says it would write."""
    [shown] = json.loads(steward("plan", "--json").stdout)
    texts = set()
    for item in shown["plan"]["items"]:
        content = (item.get("comment") or {}).get("content")
        if content:
            texts.add(json.dumps(content["document"], sort_keys=True))
    return texts


def written(seen) -> list[tuple[str, str, bytes]]:
    """Requests that change something."""
    reads = ("/search/jql", "/bulkfetch", "/comment/list")
    return [
        (method, path, body)
        for method, path, body in seen
        if method in ("PUT", "DELETE") or (method == "POST" and not path.split("?")[0].endswith(reads))
    ]


def check_whole(desk) -> dict:
    """What must hold once an `apply` went through: one comment an item, labels and fields as planned, and peace."""
    desk.proxy.aim(0, after=False)
    assert desk.steward("apply").returncode == 0
    assert desk.ours() == {"PAY-1": 1, "PAY-2": 1, "PAY-3": 1}
    labels = {issue.key: sorted(issue.labels) for issue in desk.jira.world.issues.values() if issue.labels}
    desk.proxy.aim(0, after=False)
    again = desk.steward("apply")
    assert again.returncode == 0
    assert not written(desk.proxy.seen)
    return labels


def undisturbed(desk) -> tuple[int, list, dict]:
    """How many requests an undisturbed `apply` makes, what it sends, and the labels it leaves."""
    desk.proxy.aim(0, after=False)
    assert desk.steward("apply").returncode == 0
    requests, sent = len(desk.proxy.seen), written(desk.proxy.seen)
    labels = {issue.key: sorted(issue.labels) for issue in desk.jira.world.issues.values() if issue.labels}
    return requests, sent, labels


def without_round(sent) -> set[tuple[str, str, str]]:
    """Writes as they can be compared over rounds: a comment's property names its round, its text does not."""
    found = set()
    for method, path, body in sent:
        said = json.loads(body) if body else {}
        said.pop("properties", None)
        found.add((method, path.split("?")[0], json.dumps(said, sort_keys=True)))
    return found


def kill_and_recover(new_desk, at: int, *, after: bool, calm_sent: list, calm_labels: dict) -> None:
    with new_desk() as desk:
        desk.proxy.aim(at, after=after)
        killed = desk.steward("apply")
        assert killed.returncode == -9, f"request {at} was never made"
        sent = written(desk.proxy.seen)
        labels = check_whole(desk)
        sent += written(desk.proxy.seen)
        assert labels == calm_labels
        assert without_round(sent) <= without_round(calm_sent)


@pytest.fixture
def calm(new_desk):
    with new_desk() as desk:
        return undisturbed(desk)


def test_every_byte_of_an_apply_was_in_the_plan(at_desk):
    at_desk.proxy.aim(0, after=False)
    [shown] = json.loads(at_desk.steward("plan", "--json").stdout)
    assert not written(at_desk.proxy.seen), "planning writes nothing"
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

    sent = written(at_desk.proxy.seen)
    comments = [json.loads(body) for method, path, body in sent if path.endswith("/comment")]
    assert len(comments) == 3
    assert {word for comment in comments for word in words(comment["body"])} <= texts
    edits = {path.split("?")[0]: json.loads(body) for method, path, body in sent if method == "PUT"}
    assert len(edits) == sum(bool(item.get("edit")) for item in shown["plan"]["items"])


@pytest.mark.parametrize("after", [False, True], ids=["before forwarding", "before the reply"])
def test_killed_at_a_few_requests_of_apply(new_desk, calm, after):
    requests, sent, labels = calm
    writes = list(range(1, requests + 1))
    chosen = random.Random(20260302 + after).sample(writes[-len(sent) * 2 :], 2)
    for at in chosen:
        kill_and_recover(new_desk, at, after=after, calm_sent=sent, calm_labels=labels)


@pytest.mark.soak
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("after", [False, True], ids=["before forwarding", "before the reply"])
def test_killed_at_every_request_of_apply(new_desk, calm, after):
    requests, sent, labels = calm
    for at in range(1, requests + 1):
        kill_and_recover(new_desk, at, after=after, calm_sent=sent, calm_labels=labels)
