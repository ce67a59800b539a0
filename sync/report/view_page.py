"""Renders a view as an HTML page: the parts of the report for one kind of reader, with links to the items."""

import re
from collections.abc import Mapping, Sequence

from sync.messages import Messages
from sync.report.page import load_templates
from sync.report.page_content import PageContent
from sync.report.views import View, ViewSection


def render_view(content: PageContent, view: View, sections: Sequence[ViewSection], messages: Messages) -> str:
    """Render a view as HTML."""
    urls = _collect_urls(content)
    names = messages.join([tracker.tracker for tracker in content.trackers])
    template = load_templates().get_template("view.html")
    return template.render(
        language=messages.language,
        title=messages.text(f"views.titles.{view}", trackers=names),
        made=messages.text("page.made", day=f"{content.created:%Y-%m-%d}", time=f"{content.created:%H:%M %Z}"),
        sections=[(section.heading, [_split_at_key(line, urls) for line in section.lines]) for section in sections],
        foot=messages.text("page.foot"),
    )


def _collect_urls(content: PageContent) -> dict[str, str]:
    """Collect the addresses of the items that the page names, by key."""
    urls = {decision.key: decision.link for decision in content.digest.all_decisions}
    urls |= {entry.key: entry.link for agenda in content.digest.agendas_with_entries for entry in agenda.entries}
    for tracker in content.trackers:
        urls |= {item.key: item.url for item in tracker.aging}
        urls |= {decision.key: decision.url for decision in tracker.decisions}
    urls |= {move.key: move.url for move in content.moves}
    urls |= {risk.key: risk.url for outlook in content.outlooks for risk in outlook.at_risk}
    for changes in content.digest.late_changes:
        urls |= {item.key: item.link for item in changes.items}
    return {key: url for key, url in urls.items() if key and url}


def _split_at_key(line: str, urls: Mapping[str, str]) -> tuple[str, str, str, str]:
    """Split a line at the key with which it begins. A number, a dash or a day may come before the key.

    Returns:
        The text before the key, the key, the address of the item, and the rest; all but the first are empty if the line
        does not begin with a known key.
    """
    match = re.match(r"((?:\s*- |\s*\d+\. |\d[\d.-]{7,9}: )?)([^\s:]+)(.*)", line, re.DOTALL)
    if match is None or match[2] not in urls:
        return line, "", "", ""
    return match[1], match[2], urls[match[2]], match[3]
