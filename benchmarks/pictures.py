"""Draw the pictures of the documentation from the demo: `make pictures`."""

import logging
import shutil
import sys
import tempfile
from pathlib import Path

import structlog
from playwright.sync_api import Browser, sync_playwright

from steward_sandbox.commands.loop import Demo, running_demo
from sync.report.page import render_page
from sync.report.page_content import load_page_content
from sync.rounds.context import WriteAuthority

FOLDER = Path(__file__).parent.parent / "docs" / "pictures"
_DESKTOP = {"width": 1280, "height": 920}
_PAPER = {"width": 794, "height": 1123}
"""A4 at 96 pixels per inch."""
_PHONE = {"width": 390, "height": 844}
_SLACK_WINDOW = {"width": 1180, "height": 620}


def main() -> None:
    """Write all pictures into docs/pictures."""
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("Chromium is not installed. On Debian: apt install chromium")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        running_demo(None, None) as demo,
        sync_playwright() as playwright,
    ):
        demo.run_rounds(WriteAuthority.BY_PERSON)
        demo.send_report()
        content = load_page_content(demo.database, demo.configuration, demo.clock())
        file = Path(folder) / "page.html"
        file.write_text(render_page(content, demo.configuration.messages), encoding="utf-8")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        shoot(browser, file.as_uri(), "report-light.png")
        shoot(browser, file.as_uri(), "report-dark.png", color_scheme="dark")
        shoot(browser, file.as_uri(), "report-phone.png", viewport=_PHONE)
        shoot(browser, file.as_uri(), "report-print.png", media="print", viewport=_PAPER)
        shoot(browser, demo.slack_url, "slack.png")
        with demo.answering():
            shoot_answer(browser, demo)
        browser.close()
    print(f"The pictures are in {FOLDER}.")


def shoot_answer(browser: Browser, demo: Demo) -> None:
    """Take a picture of the dialog in Slack, of the confirmation, and of the item with the answer."""
    page = browser.new_context(viewport=_SLACK_WINDOW, color_scheme="light").new_page()
    while not page.locator("form button").count():
        page.goto(demo.slack_url)
    message = page.locator("main > .message").first
    address = message.get_by_role("link", name="HRB-").first.get_attribute("href") or ""
    message.get_by_role("button", name="Fine as it is").first.click()
    page.get_by_label("Why?").fill("The lawyer names the day. Hilde sends the letter, and we only remind her.")
    page.screenshot(path=FOLDER / "slack-dialog.png")
    page.get_by_role("button", name="Record").click()
    while not page.locator(".version").count():
        page.goto(demo.slack_url)
    page.goto(f"{demo.slack_url}/#latest")
    page.screenshot(path=FOLDER / "slack-recorded.png")
    page.goto(address)
    while not page.get_by_text("Hilde sends the letter").count():
        page.goto(address)
    page.screenshot(path=FOLDER / "item.png")
    page.close()


def shoot(browser: Browser, address: str, name: str, *, media: str = "screen", **options: object) -> None:
    """Take a picture of an address, as on a screen or as on paper."""
    page = browser.new_context(**{"viewport": _DESKTOP, "color_scheme": "light"} | options).new_page()
    page.emulate_media(media=media)
    page.goto(address)
    page.screenshot(path=FOLDER / name)
    page.close()


if __name__ == "__main__":
    main()
