import time
from datetime import timedelta

import httpx
import pytest

from steward_sandbox import FaultError, Faults

MYSELF = "/rest/api/3/myself"


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ("399", "unknown kind"),
        ("600", "unknown kind"),
        ("explode", "unknown kind 'explode'; known: a status from 400 to 599, 429-nowait"),
        ("429:1.5", "a share lies between 0 and 1"),
        ("429:", "expected KIND"),
        ("slow=soon", "expected KIND"),
        ("500#", "expected KIND"),
    ],
)
def test_a_fault_that_is_not_written_as_it_should_be_is_explained(spec, reason):
    with pytest.raises(FaultError, match=reason):
        Faults([spec])


def test_several_faults_may_stand_in_one_text():
    both = Faults(["429:0.05,500:0.02", "slow=5#2-3@GET */search/jql"]).faults
    assert [(f.kind, f.share) for f in both] == [("429", 0.05), ("500", 0.02), ("slow", 1.0)]
    assert (both[2].value, both[2].first, both[2].last, both[2].method, both[2].path) == (
        5,
        2,
        3,
        "GET",
        "*/search/jql",
    )


def test_a_connection_dropped_before_the_effect_leaves_nothing_behind(serve, doc):
    jira = serve(faults=Faults(["drop-before@POST */comment"]))
    with pytest.raises(httpx.TransportError):
        jira.raw.post("/rest/api/3/issue/PAY-2/comment", json={"body": doc("Hello")})
    assert jira.world.issue("PAY-2").comments == ()


def test_a_connection_dropped_after_the_effect_loses_only_the_reply(serve, doc):
    jira = serve(faults=Faults(["drop-after#1@POST */comment"]))
    with pytest.raises(httpx.TransportError):
        jira.raw.post("/rest/api/3/issue/PAY-2/comment", json={"body": doc("Hello")})
    assert len(jira.world.issue("PAY-2").comments) == 1
    assert jira.comment("PAY-2").status_code == 201


def test_the_server_goes_on_after_dropped_connections(serve):
    jira = serve(faults=Faults(["drop-before#1-3"]))
    for _ in range(3):
        with pytest.raises(httpx.TransportError):
            jira.raw.get(MYSELF)
    assert jira.raw.get(MYSELF).status_code == 200
    assert jira.app.faults.struck == {"drop-before": 3}


@pytest.mark.parametrize(
    ("spec", "wait"), [("429", "1"), ("429=30", "30"), ("429-long", "1847"), ("429-nowait", None), ("429=0", "0")]
)
def test_throttling_says_how_long_to_wait_or_nothing(serve, spec, wait):
    answer = serve(faults=Faults([spec])).raw.get(MYSELF)
    assert answer.status_code == 429
    assert answer.headers.get("Retry-After") == wait
    assert answer.headers["RateLimit-Reason"] == "jira-burst-based"


@pytest.mark.parametrize("status", [400, 409, 410, 500, 502, 503])
def test_any_error_status_can_be_asked_for(serve, status):
    answer = serve(faults=Faults([f"{status}"])).raw.get(MYSELF)
    assert answer.status_code == status
    assert set(answer.json()) == {"errorMessages", "errors"}


def test_a_page_can_come_instead_of_json(serve):
    answer = serve(faults=Faults(["html"])).raw.get(MYSELF)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert serve(faults=Faults(["html=503"])).raw.get(MYSELF).status_code == 503


def test_a_body_can_break_off(serve):
    answer = serve(faults=Faults(["truncate"])).raw.get(MYSELF)
    assert answer.status_code == 200
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        answer.json()


def test_slowness_and_latency_take_their_time(serve):
    jira = serve(faults=Faults(["slow=120"], latency=timedelta(milliseconds=80)))
    started = time.monotonic()
    assert jira.raw.get(MYSELF).status_code == 200
    assert time.monotonic() - started >= 0.2


def test_a_fault_keeps_to_its_method_and_path(serve):
    jira = serve(faults=Faults(["500@GET */issue/PAY-?"]))
    assert jira.raw.get("/rest/api/3/issue/PAY-1").status_code == 500
    assert jira.raw.get("/rest/api/3/issue/OPS-1").status_code == 200
    assert jira.raw.put("/rest/api/3/issue/PAY-1", json={"fields": {"summary": "x"}}).status_code == 204


def test_a_fault_can_wait_for_the_nth_matching_request(serve):
    jira = serve(faults=Faults(["500#2-3@*/myself"]))
    jira.raw.get("/rest/api/3/serverInfo")
    assert [jira.raw.get(MYSELF).status_code for _ in range(4)] == [200, 500, 500, 200]


def test_the_same_seed_strikes_the_same_requests(serve):
    def struck(seed):
        jira = serve(faults=Faults(["500:0.3"], seed=seed))
        return [jira.raw.get(MYSELF).status_code for _ in range(30)]

    first = struck(7)
    assert first == struck(7)
    assert first != struck(8)
    assert 2 < first.count(500) < 20


def test_faults_can_be_added_and_cleared_while_it_runs(jira):
    jira.app.faults.add("503=9")
    answer = jira.raw.get(MYSELF)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "9")
    jira.app.faults.clear()
    assert jira.raw.get(MYSELF).status_code == 200
