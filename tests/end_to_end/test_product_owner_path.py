"""A product owner's path without a terminal: from the Slack message to the page, to a decision, and back on the item."""

import re
import shutil

import pytest
from playwright.sync_api import expect, sync_playwright

from steward_sandbox.commands.loop import running_demo
from sync.rounds.context import WriteAuthority

CHROMIUM = shutil.which("chromium")
REASON = "The bank decides when the second reminder is due."
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]


def reload_until(page, address, is_there):
    """Load a page again until it shows what the service does in the background."""
    for _ in range(100):
        page.goto(address)
        if is_there():
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"not there in time: {page.inner_text('body')}")


@pytest.fixture
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def test_a_product_owner_decides_by_a_click_and_finds_it_on_the_item_and_in_the_log(browser):
    with running_demo(None, None) as demo:
        demo.run_rounds(WriteAuthority.BY_PERSON)
        demo.send_report()
        with demo.answering():
            page = browser.new_page()
            page.goto(demo.slack_url)
            message = page.locator("main > .message").first
            count = int(re.search(r"(\d+) questions to answer. The first 5:", message.inner_text())[1])
            message.get_by_role("link", name="on the report page").click()

            expect(page.get_by_role("heading", name="Do first")).to_be_visible()
            first = page.locator(".step a").first
            assert first.text_content() == "HRB-94"
            item_url = first.get_attribute("href")

            # The page of the workspace has buttons while the service is connected.
            reload_until(page, demo.slack_url, lambda: page.locator("form button").count())
            message.get_by_role("button", name="Fine as it is").first.click()
            dialog = page.get_by_role("dialog", name="Fine as it is")
            expect(dialog.get_by_text("HRB-94 Second reminder when an invoice is two weeks late")).to_be_visible()
            dialog.get_by_role("button", name="Record").click()
            expect(dialog.get_by_text("A reason is needed.")).to_be_visible()
            dialog.get_by_label("Why?").fill(REASON)
            dialog.get_by_role("button", name="Record").click()

            expect(page.get_by_text("Only visible to you")).to_be_visible()
            expect(page.get_by_text(re.compile("HRB-94: recorded: fine as it is, until "))).to_be_visible()
            left = f"{count - 1} questions to answer. The first 5:"
            reload_until(page, demo.slack_url, lambda: message.get_by_text(left).count())
            assert "HRB-94" not in str([part.blocks for part in demo.slack.messages("refinement")])
            reload_until(page, item_url, lambda: page.get_by_text(REASON).count())
            page.goto(f"{demo.page_url}/report")
            expect(page.get_by_role("cell", name=REASON)).to_be_visible()
            expect(page.get_by_role("cell", name="fine as it is missing-acceptance-criteria")).to_be_visible()
