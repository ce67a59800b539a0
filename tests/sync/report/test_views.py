"""The report as one kind of reader needs it."""

import json

import pytest

from rules.registry import all_rules
from sync.report.page_content import load_page_content
from sync.report.view_page import render_view
from sync.report.views import RECENT_PERIOD, View, make_view
from sync.store import items

BACKLOG = """\
{"key": "PAY-1", "title": "Pay in parts", "created": "2024-03-01", "description": "As a buyer I want to pay in parts."}
{"key": "PAY-2", "title": "Dark mode", "created": "2024-03-02", "description": "Nice."}
{"key": "PAY-3", "title": "Export invoices", "created": "2024-03-03", "acceptance_criteria": "A file is there."}
{"key": "PAY-6", "title": "Rotate keys", "status": "Done", "created": "2024-02-01", "resolved": "2024-05-02"}
{"key": "PAY-7", "title": "The merger", "status": "Done", "created": "2024-02-01", "resolved": "2024-05-03", \
"security": "Confidential"}
{"key": "PAY-8", "title": "The other merger", "created": "2024-02-01", "security": "Confidential"}
"""


def view_of(desk, view):
    content = load_page_content(desk.database, desk.configuration, desk.clock())
    with desk.database.reading() as transaction:
        finished = items.finished_since(transaction, "team", desk.clock() - RECENT_PERIOD)
    return make_view(content, view, finished, desk.configuration.messages)


def lines(sections):
    return {section.heading: section.lines for section in sections}


@pytest.fixture
def told(desk_of, clock):
    desk = desk_of(BACKLOG)
    desk.configure(roles={"decide": "everybody"})
    desk.round()
    desk.person().comment("PAY-2", "/steward decide not-now because the release comes first")
    desk.person().comment("PAY-1", "/steward wrong missing-acceptance-criteria")
    clock.advance(minutes=10)
    desk.round()
    return desk


def test_stakeholders_read_what_was_decided_finished_and_may_slip_and_no_name_of_a_rule(told):
    sections = view_of(told, View.STAKEHOLDER)
    said = lines(sections)
    [decided] = said["Decided in the last two weeks"]
    assert decided == "2024-05-06: PAY-2 Dark mode: not now, until 2024-08-04: the release comes first"
    assert said["Finished in the last two weeks"] == ("1 item since 2024-04-22:", "PAY-6 Rotate keys")
    assert [rule for rule in all_rules() if rule in str(sections)] == []


def test_the_product_owner_reads_what_to_decide_and_the_team_what_to_refine(desk):
    desk.round()
    owner, team = lines(view_of(desk, View.PRODUCT_OWNER)), lines(view_of(desk, View.TEAM))
    assert "PAY-1 Pay in instalments: How will we see that this is done?" in owner["To answer"]
    assert owner["Due for review"] == ("No decisions are due for review.",)
    assert any("PAY-3" in line for line in team["The next refinement"])


def test_a_view_is_a_page_that_links_its_items_and_says_nothing_as_markup(desk_of):
    desk = desk_of(BACKLOG.replace('Pay in parts"', '<script>"'))
    desk.round()
    content = load_page_content(desk.database, desk.configuration, desk.clock())
    page = render_view(content, View.PRODUCT_OWNER, view_of(desk, View.PRODUCT_OWNER), desk.configuration.messages)
    assert "<h1>For the product owner: backlog of team</h1>" in page
    assert '<a href="https://memory.example/browse/PAY-1">PAY-1</a> &lt;script&gt;: How will we see' in page
    assert "<script" not in page


@pytest.mark.parametrize("view", list(View))
@pytest.mark.parametrize("language", ["en", "de"])
def test_no_view_names_an_item_that_only_some_people_see(told, view, language):
    told.configure(wording={"language": language})
    sections = view_of(told, view)
    content = load_page_content(told.database, told.configuration, told.clock())
    page = render_view(content, view, sections, told.configuration.messages)
    assert all(section.heading in page for section in sections)
    said = json.dumps([section.lines for section in sections]) + page
    assert "merger" not in said
    assert "PAY-7" not in said
    assert "PAY-8" not in said
