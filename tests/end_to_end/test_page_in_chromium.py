"""The report page in a real browser: without a network, by keyboard, for screen readers, and at five thousand items."""

import shutil
import time
from datetime import UTC, date, datetime

import msgspec
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from rules.flow.causes import Cause
from rules.flow.durations import DurationKind
from rules.lifecycle import FindingState
from rules.priority.goals import Branch, GoalMap, ObjectiveMap, Origin
from sync.messages import shipped_messages
from sync.report.agenda import Agenda, AgendaEntry
from sync.report.digest import Digest, TrackerDigest
from sync.report.open_decisions import OpenDecision
from sync.report.page import render_page
from sync.report.page_content import PageContent
from sync.report.page_trackers import AgingItem, Durations, RuleCard, TrackerContent
from sync.report.pulse import STATEMENTS, PulseResult
from sync.report.questions import AgendaQuestion
from sync.report.retrospective import Retrospective, Share, SprintGoal, TrackerRetrospective
from sync.store.snapshots import DailySnapshot

CHROMIUM = shutil.which("chromium")
HOSTILE = "<script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]


def item(number):
    return {"key": f"PAY-{number}", "title": f"{HOSTILE} {number}", "url": f"https://example.org/browse/PAY-{number}"}


def entries():
    question = AgendaQuestion("oversized-story", FindingState.NEW, "Why?", HOSTILE, "Split it.", "Developers")
    return tuple(AgendaEntry(f"PAY-{n}", HOSTILE, "https://example.org/PAY", 7, (question,)) for n in range(4))


def content(items):
    """What a page shows of a backlog with this many items."""
    decisions = [OpenDecision(f"PAY-{n}", HOSTILE, f"https://example.org/browse/PAY-{n}", "Why now?") for n in range(5)]
    agendas = (
        Agenda(tracker="payments", team="payments", sprint="12", next_up_count=9, minutes=28, entries=entries()),
    )
    snapshots = [DailySnapshot(day=date(2026, 1, day), open_items=items, flagged=items // day) for day in (1, 8, 15)]
    finished = tuple((date(2026, 1, 1 + n % 28), 1.0 + n % 40, f"PAY-{n}") for n in range(items))
    tracker = TrackerContent(
        tracker="payments",
        aging=tuple(AgingItem(**item(n), age=60.0 - n) for n in range(12)),
        late_count=12,
        durations=Durations(kind=DurationKind.CYCLE, finished=finished, median=12.0, late_after=30.0),
        rules=(RuleCard(rule="oversized-story", flagged=3, states={"new": 3}, question="Why?", examples=("PAY-1",)),),
        decisions=(),
        snapshots=tuple(snapshots),
        sprints=(),
    )
    digest = Digest(
        date(2026, 1, 20),
        (TrackerDigest(tracker="payments", mode="write", decisions=tuple(decisions), agendas=agendas),),
    )
    branch = Branch(actor=HOSTILE, impact=HOSTILE, items=("PAY-1", "PAY-2"), cheapest="PAY-1")
    objective = ObjectiveMap(name=HOSTILE, origin=Origin.FILE, branches=(branch,))
    pulse = PulseResult(team=HOSTILE, period="2026-01", closed=date(2026, 1, 12), n=None, means={})
    known = dict.fromkeys(STATEMENTS, 3.5)
    looked_back = TrackerRetrospective(
        tracker="payments",
        sprints=2,
        done=Share(5, 8),
        carried_over=2,
        goals=(SprintGoal("12", HOSTILE, None),),
        causes=((Cause.QUESTION, 2),),
        unfinished=3,
        reworked_flagged=Share(2, 10),
        reworked_unflagged=Share(1, 12),
    )
    return PageContent(
        created=datetime(2026, 1, 20, 9, tzinfo=UTC),
        digest=digest,
        trackers=(tracker,),
        pulses=(pulse, msgspec.structs.replace(pulse, n=6, means=known)),
        retrospective=Retrospective((looked_back,)),
        goals=GoalMap(vision=HOSTILE, objectives=(objective,), item_count=9, orphans=("PAY-3",), sprints=()),
    )


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def opened(browser, tmp_path):
    """Opens a page offline; gives it with the seconds it took and the requests it made."""

    def opened(items=60, **options):
        file = tmp_path / "page.html"
        file.write_text(render_page(content(items), shipped_messages()), encoding="utf-8")
        page = browser.new_context(offline=True, **options).new_page()
        requests = []
        page.on("request", lambda request: requests.append(request.url))
        began = time.monotonic()
        page.goto(file.as_uri())
        return page, time.monotonic() - began, [url for url in requests if not url.startswith("file:")]

    return opened


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_has_no_serious_barrier(opened, scheme):
    page, _, _ = opened(color_scheme=scheme)
    found = Axe().run(page).response["violations"]
    assert [rule["id"] for rule in found if rule["impact"] in ("serious", "critical")] == []


def test_hostile_titles_do_nothing_and_nothing_is_requested(opened):
    page, _, requests = opened()
    assert page.title() == "Backlog of payments"
    assert requests == []


def test_the_keyboard_reaches_every_item_in_reading_order(opened):
    page, _, _ = opened()
    links = page.locator("a").evaluate_all("links => links.map(link => link.href)")
    reached = []
    for _ in links:
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.href"))
    assert reached == links
    assert len(links) > 10


def test_a_phone_shows_it_without_scrolling_sideways(opened):
    page, _, _ = opened(viewport={"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_five_thousand_items_open_at_once_and_weigh_little(opened):
    page, seconds, _ = opened(5000)
    assert len(page.content().encode()) < 1_000_000
    assert seconds < 2


def test_every_chart_has_a_name_and_a_text(opened):
    page, _, _ = opened()
    charts = page.locator("svg")
    assert charts.count() == 3
    for number in range(charts.count()):
        ids = (charts.nth(number).get_attribute("aria-labelledby") or "").split()
        assert all((page.locator(f"#{ident}").text_content() or "").strip() for ident in ids)
