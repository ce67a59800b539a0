"""The page shows what was said, and nothing on it can run or lead astray."""

import re
from datetime import timedelta, timezone
from html.parser import HTMLParser
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.slack.formatting import (
    link_element,
    plain_text,
    rich_text,
    rich_text_list,
    rich_text_section,
    text_element,
)
from steward_sandbox.clock import StoppedClock
from steward_sandbox.slack import World
from steward_sandbox.slack.page import render

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)> & {{ 7 * 7 }}"


def read(address: str, path: str = "/") -> str:
    with urlopen(address + path) as page:
        return page.read().decode()


def blocks(text: str) -> list[dict[str, object]]:
    button = {"type": "button", "text": plain_text(text, 75), "action_id": text[:255], "value": text[:2000]}
    option = {"text": plain_text(text, 75), "value": "1"}
    return [
        {"type": "header", "text": plain_text(text, 150)},
        {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}, "accessory": button},
        {"type": "section", "fields": [{"type": "mrkdwn", "text": text, "verbatim": True}, plain_text(text)]},
        {
            "type": "context",
            "elements": [
                {"type": "mrkdwn", "text": text, "verbatim": True},
                {"type": "image", "image_url": text, "alt_text": text},
            ],
        },
        {"type": "divider"},
        {
            "type": "actions",
            "elements": [button | {"url": text, "style": "primary"}, {"type": "overflow", "options": [option] * 2}],
        },
        rich_text(
            rich_text_section(text_element(text, bold=True), link_element("https://x.example/" + text, text)),
            rich_text_list(rich_text_section(text_element(text))),
        ),
        rich_text(
            {"type": "rich_text_quote", "elements": [text_element(text)]},
            {"type": "rich_text_preformatted", "elements": [{"type": "link", "url": text, "text": text}]},
            rich_text_list(rich_text_section(text_element("one"))) | {"style": "ordered", "indent": 7},
        ),
        {
            "type": "table",
            "rows": [[{"type": "raw_text", "text": text}, rich_text(rich_text_section(text_element(text)))]],
            "column_settings": [{"align": "right"}],
        },
        {"type": "image", "image_url": text, "alt_text": text},
    ]


class Tags(HTMLParser):
    """Collects what a browser would act on."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.handlers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            if name.startswith("on"):
                self.handlers.append(name)
            if name in ("href", "src", "action"):
                self.links.append(value or "")


def test_the_page_shows_channels_messages_blocks_and_threads(address: str, world: World, clock: StoppedClock):
    world.zone = timezone(timedelta(hours=2))
    world.channels[0].topic = "What is refined next"
    world.add_channel("plans", private=True)
    channel = world.channels[0]
    top = world.store(channel, "3 decisions", blocks("Words"), bot_id="B1")
    world.say("payments", "Noor", "I will *split* it, see <https://x.example|here>", thread_ts=top.ts)
    clock.advance(days=1)
    world.edit(top, "2 decisions", [{"type": "header", "text": plain_text("Two decisions")}], None)
    world.say("payments", "Jonas", "next day")

    page = read(address)
    for shown in (
        "# ", "payments", "general", "plans", "What is refined next", "Monday, 5 October", "Tuesday, 6 October",
        "Backlog Steward", "APP", "08:30", "Two decisions", "edited in place, last at 08:30", "as it was at 08:30",
        "1 reply", "Noor", "<b>split</b>", '<a href="https://x.example" rel="noreferrer noopener">here</a>', "Jonas",
    ):  # fmt: skip
        assert shown.strip() in page
    assert "Nothing has been said in #general yet." in read(address, f"/?channel={world.channels[1].id}")


def test_an_unknown_channel_is_not_found(address: str):
    with pytest.raises(HTTPError, match="404") as caught:
        read(address, "/?channel=%3Cscript%3E")
    assert "&lt;script&gt;" in caught.value.read().decode()


def test_a_workspace_without_channels_says_so(world: World):
    empty = World([])
    page = render(empty, None)
    assert "This workspace has no channels." in page


def test_the_page_allows_no_scripts(address: str):
    with urlopen(address) as page:
        policy = page.headers["Content-Security-Policy"]
    for rule in ("default-src 'none'", "script-src 'none'", "base-uri 'none'", "form-action 'none'"):
        assert rule in policy


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.sampled_from([EVIL, "javascript:alert(1)", "<javascript:alert(1)|x>", '" onload=x ']) | st.text(min_size=1))
def test_nothing_hostile_comes_alive_on_the_page(text: str):
    world = World([text[:20] or "x"])
    channel = world.channels[0]
    top = world.store(channel, text, blocks(text), bot_id="B1", name=text)
    world.store(channel, text, [], name=text, thread_ts=top.ts)

    page = render(world, channel, text)

    tags = Tags()
    tags.feed(page)
    assert tags.tags.isdisjoint({"script", "img", "iframe", "form", "object", "embed", "base", "link"})
    assert tags.handlers == []
    for link in tags.links:
        assert re.match(r"(https?:|mailto:|/\?channel=)", link, re.IGNORECASE)
