import json
import re

import httpx

from steward_sandbox.jira import Actor

HOSTILE = json.dumps(
    {
        "key": "A-1",
        "title": "<script>alert(1)</script>",
        "description": "<img src=x onerror=alert(2)>",
        "labels": ['"><q>'],
        "sprint": "<i>",
        "components": ["<u>"],
        "assignee": "<s>",
    }
)


def page(jira, path="/"):
    answer = httpx.get(jira.url + path, verify=False)
    assert answer.status_code == 200
    return answer


def test_the_page_may_neither_run_nor_load_anything(jira):
    for path in ("/", "/browse/PAY-1"):
        policy = page(jira, path).headers["Content-Security-Policy"]
        assert policy == (
            "default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'none'; "
            "base-uri 'none'; form-action 'none'"
        )
        assert "<script" not in page(jira, path).text


def test_the_list_shows_open_issues_in_their_order(jira):
    found = re.findall(r'class="key" href="/browse/([A-Z]+-\d+)"', page(jira).text)
    assert found == ["PAY-1", "PAY-2", "PAY-3", "PAY-5", "PAY-6", "OPS-1"]
    assert "PAY-4" in page(jira, "/?show=all").text
    assert re.findall(r'class="place">(\d*)<', page(jira, "/?show=all").text) == ["1", "2", "3", "", "4", "5", "6"]


def test_what_the_service_did_stands_out_and_what_people_did_does_not(jira, doc):
    kim = Actor(jira.world, "Kim Berg")
    kim.comment("PAY-2", "From a person")
    kim.label("PAY-2", "by-hand")
    jira.comment("PAY-2", "From the service")
    jira.http.put(
        "/rest/api/3/issue/PAY-2",
        json={"update": {"labels": [{"add": "needs-refinement"}]}, "fields": {"customfield_10044": 2.5}},
    )
    shown = page(jira).text
    assert '<span class="tag label">by-hand</span>' in shown
    assert '<span class="tag label by-service">needs-refinement</span>' in shown
    assert "WSJF: 2.5" in shown
    assert '<div class="said atlassian">' in shown
    assert '<div class="said service">' in shown
    kim.edit("PAY-2", wsjf=4)
    assert "WSJF: " not in page(jira).text
    assert "Changed by the service" in shown
    assert re.findall(r'href="/browse/([A-Z]+-\d+)"', page(jira, "/?show=changed").text) == ["PAY-2"]


def test_the_list_can_be_cut_down_to_what_was_commented(jira):
    shown = page(jira, "/?show=comments").text
    assert "Legal wants a say." in shown
    assert "PAY-2" not in shown


def test_an_issue_has_a_page_with_everything_people_see(jira):
    kim = Actor(jira.world, "Kim Berg")
    kim.edit("PAY-1", points=13)
    shown = page(jira, "/browse/PAY-1").text
    for text in (
        "<h5>Acceptance criteria</h5>",
        "it works",
        "Ana Silva",
        "Checkout",
        "Sprint 2",
        "blocks",
        "Instalments",
    ):
        assert text in shown
    assert "<del>8</del> → <ins>13</ins>" in re.sub(r"\s+", " ", shown)
    assert page(jira, "/browse/pay-1").status_code == 200
    assert "No description." in page(jira, "/browse/PAY-2").text


def test_hostile_text_stays_text(serve, world_of):
    jira = serve(world_of(HOSTILE))
    Actor(jira.world, "<em>").comment("A-1", "<script>alert(3)</script> [x|javascript:alert(4)]")
    for path in ("/", "/browse/A-1"):
        shown = page(jira, path).text
        for tag in ("<script", "<img", "<i>", "<u>", "<s>", "<em>", '"><q>', 'href="javascript'):
            assert tag not in shown
        assert "&lt;script&gt;alert(1)" in shown


def test_long_lists_come_in_pages(serve, world_of):
    jira = serve(world_of("\n".join(f'{{"key": "A-{n}", "title": "x"}}' for n in range(1, 251))))
    assert "page 1 of 3" in page(jira).text
    assert 'href="/browse/A-250"' in page(jira, "/?page=3").text
    assert "page 3 of 3" in page(jira, "/?page=99").text
    assert "page 1 of 3" in page(jira, "/?page=-1&show=nonsense").text
