"""Reading page by page ends, whatever a server or a proxy does to its pages."""

import itertools
import json
from datetime import date
from urllib.parse import parse_qs

import httpx
import pytest

from connectors.azure_devops.client import READ_ONLY_POSTS as AZURE_READS
from connectors.azure_devops.client import AzureClient
from connectors.errors import ConnectorError
from connectors.jira.client import READ_ONLY_POSTS as JIRA_READS
from connectors.jira.cloud import CloudClient
from connectors.jira.data_center import DataCenterClient
from connectors.paging import PageGuard
from connectors.slack import Slack

AZURE = "/_apis/wit"


def jira(how):
    return CloudClient(how(read_only_posts=JIRA_READS, rate=1000))


def data_center(how):
    return DataCenterClient(how(read_only_posts=JIRA_READS, rate=1000))


def azure(how):
    return AzureClient(how(read_only_posts=AZURE_READS, rate=1000), "Pay")


def issues(*ids):
    return {"issues": [{"id": ident, "key": f"PAY-{ident}", "fields": {"updated": None}} for ident in ids]}


def updates(*ids):
    """As many entries as a page has at most: a shorter page is the last."""
    return {"value": [{"id": number} for number in range(200)] if ids else []}


PLACES = {
    "Jira search": (jira, "POST", "/rest/api/3/search/jql", issues, lambda c: list(c.list_ids("project = PAY"))),
    "Jira stamps": (
        jira, "POST", "/rest/api/3/search/jql", issues,
        lambda c: [issue.id for page in c.read_stamps("project = PAY") for issue in page.issues],
    ),
    "Jira board issues": (
        jira, "GET", "/rest/software/1.0/board/7/issue", issues, lambda c: list(c.list_board_issues(7, "issue")),
    ),
    "Jira changelogs": (
        jira, "POST", "/rest/api/3/changelog/bulkfetch",
        lambda *ids: {"issueChangeLogs": [{"issueId": i, "changeHistories": [{"id": i, "created": 1}]} for i in ids]},
        lambda c: [log.id for logs in c.fetch_changelogs(["1"]).values() for log in logs],
    ),
    "Jira comments": (
        jira, "GET", "/rest/api/3/issue/1/comment",
        lambda *ids: {"comments": [
            {"id": i, "created": "2026-01-01T00:00:00Z", "updated": "2026-01-01T00:00:00Z"} for i in ids
        ], "total": 1_000_000},
        lambda c: [json.loads(bytes(comment))["id"] for comment in c.fetch_comments("1")],
    ),
    "Jira boards": (
        jira, "GET", "/rest/agile/1.0/board",
        lambda *ids: {"values": [{"id": int(i), "type": "scrum", "name": "x"} for i in ids], "isLast": False},
        lambda c: c.list_boards("PAY"),
    ),
    "Jira sprints": (
        jira, "GET", "/rest/agile/1.0/board/7/sprint",
        lambda *ids: {"values": [{"id": int(i), "name": "x", "state": "active"} for i in ids], "isLast": False},
        lambda c: [str(sprint.id) for sprint in c.list_sprints(7)],
    ),
    "Data Center search": (
        data_center, "POST", "/rest/api/2/search", lambda *ids: issues(*ids) | {"total": 9},
        lambda c: list(c.list_ids("project = PAY")),
    ),
    "Azure query": (
        azure, "POST", "/Pay/_apis/wit/wiql",
        lambda *ids: {"workItems": [{"id": number} for number in range(19_999)] if ids else []},
        lambda c: list(c.query_all("[System.Id] > 0")),
    ),
    "Azure revisions": (
        azure, "POST", f"/Pay{AZURE}/reporting/workitemrevisions",
        lambda *ids: {"values": [{"id": int(i), "rev": 1} for i in ids], "isLastBatch": False},
        lambda c: [str(entry.id) for page in c.read_revisions("0", ("System.Id",)) for entry in page.values],
    ),
    "Azure links": (
        azure, "GET", f"/Pay{AZURE}/reporting/workitemlinks",
        lambda *ids: {"values": [{"rel": "x", "sourceId": int(i)} for i in ids], "isLastBatch": False},
        lambda c: [str(entry.source_id) for page in c.read_links("0") for entry in page.values],
    ),
    "Azure updates": (
        azure, "GET", f"{AZURE}/workItems/1/updates", updates, lambda c: [update.id for update in c.fetch_updates("1")[0]],
    ),
    "Azure comments": (
        azure, "GET", f"/Pay{AZURE}/workItems/1/comments",
        lambda *ids: {"comments": [{"id": int(i)} for i in ids]},
        lambda c: [str(comment.number) for comment in c.fetch_comments("Pay", "1")],
    ),
}  # fmt: skip


SEEN_TWICE = {"Azure revisions", "Azure links", "Jira comments"}
"""Whoever reads these expects an entry twice."""


def tokens(value):
    return {"nextPageToken": value, "continuationToken": value, "response_metadata": {"next_cursor": value}}


def habits(page):
    """Replies, without an end, of servers that each have a bad habit."""
    same, other, nothing = page("1", "2"), page("3", "4"), page()
    yield "the same page under new tokens", (same | tokens(f"t{number}") for number in itertools.count())
    yield "the same page and token", (same | tokens("t") for _ in itertools.count())
    yield (
        "two tokens in turn",
        ((other if number % 2 else same) | tokens("ab"[number % 2]) for number in itertools.count()),
    )
    yield (
        "no page is the last",
        itertools.chain([same | tokens("a"), other | tokens("b")], (nothing | tokens("b") for _ in itertools.count())),
    )
    yield "empty pages for ever", (nothing | tokens(f"t{number}") for number in itertools.count())


CASES = [(place, habit) for place, (_, _, _, page, _) in PLACES.items() for habit, _ in habits(page)]


@pytest.mark.parametrize(("place", "habit"), CASES)
def test_paging_ends(place, habit, open_http_client, tracker):
    make, method, path, page, read = PLACES[place]
    replies = dict(habits(page))[habit]
    route = tracker.route(method=method, path=path).mock(
        side_effect=lambda _: httpx.Response(200, json={"isLast": False} | next(replies))
    )
    try:
        got = read(make(open_http_client))
    except ConnectorError as error:
        assert "endless" in str(error) or "does not advance" in str(error)
    else:
        assert place in SEEN_TWICE or len(got) == len(set(got)), "nothing is read twice"
    assert route.call_count <= (600 if habit == "empty pages for ever" else 6)


@pytest.mark.parametrize("cursors", ["aaaa", "abab", "abcdefgh"])
@pytest.mark.parametrize("place", ["channels", "history"])
def test_slack_paging_ends_and_an_incomplete_list_is_an_error(place, cursors, respx_mock):
    me = {"ok": True, "user": "steward", "user_id": "U1", "bot_id": "B1"}
    respx_mock.post("https://slack.com/api/auth.test").respond(json=me)
    entries = {"channels": [{"id": "C1", "name": "x"}], "messages": [{"ts": "1.0", "bot_id": "B9"}]}
    cursor = iter(cursors)
    route = respx_mock.post(url__regex="https://slack.com/api/conversations.*").mock(
        side_effect=lambda _: httpx.Response(
            200, json={"ok": True, **entries, "response_metadata": {"next_cursor": next(cursor)}}
        )
    )
    slack = Slack("xoxb-1111-secret-token", installation="i", rate_limits=())
    with pytest.raises(ConnectorError, match="endless"):
        if place == "channels":
            slack.channel("plans")
        else:
            slack.find_report("C1", date(2026, 10, 5))
    assert route.call_count <= 3
    slack.close()


def test_the_number_of_pages_is_bounded():
    guard = PageGuard()
    pages = itertools.takewhile(lambda number: guard.may_continue([number], str(number)), itertools.count())
    assert sum(1 for _ in pages) < 20_000


def test_a_feed_whose_new_entries_lead_nowhere_is_an_error(open_http_client, tracker):
    reply = {"values": [{"id": 1, "rev": 1}], "continuationToken": "t", "isLastBatch": False}
    tracker.post("/Pay/_apis/wit/reporting/workitemrevisions").respond(json=reply)
    with pytest.raises(ConnectorError, match="does not advance"):
        list(azure(open_http_client).read_revisions("t", ("System.Id",)))


def test_offsets_go_on_behind_what_was_read(open_http_client, tracker):
    def board(request):
        start = int(parse_qs(request.url.query.decode())["startAt"][0])
        return httpx.Response(200, json={"values": [{"id": start, "type": "scrum", "name": "x"}], "isLast": start == 2})

    tracker.get("/rest/agile/1.0/board").mock(side_effect=board)
    assert jira(open_http_client).list_boards("PAY") == [0, 1, 2]


def test_a_search_that_skips_hidden_issues_goes_on_over_empty_pages(open_http_client, tracker):
    replies = [issues() | {"nextPageToken": str(number)} for number in range(40)] + [issues("9") | {"isLast": True}]
    sent = iter(replies)
    route = tracker.post("/rest/api/3/search/jql").mock(side_effect=lambda _: httpx.Response(200, json=next(sent)))
    assert list(jira(open_http_client).list_ids("project = PAY")) == ["9"]
    assert json.loads(route.calls.last.request.content)["nextPageToken"] == "39"
