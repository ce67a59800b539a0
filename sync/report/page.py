"""Renders the report page: one HTML file without script, which can be read offline. Texts of items are escaped."""

import re
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from rules.message_templates import format_day
from sync.messages import Messages
from sync.report import charts
from sync.report.agenda import describe_scope
from sync.report.alerts import make_alerts
from sync.report.charts import Caption, Chart
from sync.report.digest import Digest
from sync.report.page_content import PageContent
from sync.report.page_experiments import make_experiment_rows, make_pulse_rows
from sync.report.page_first_screen import collect_questions, make_next_steps, make_steps_about_late_items
from sync.report.page_goals import make_goal_table
from sync.report.page_outlooks import TeamOutlook
from sync.report.page_sections import model_sections, tracker_sections
from sync.report.pulse import STATEMENTS
from sync.report.retrospective_lines import retrospective_sections

_TEMPLATES = Path(__file__).parent / "templates"
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'none'; base-uri 'none'; "
    "form-action 'none'"
)
"""The policy for browsers: the page contains its style and its images, and may not load or run anything."""
_UNBROKEN = re.compile(r"\b(?:\d{4}-\d\d-\d\d|[A-Z][A-Z0-9]{1,9}-\d+)\b")
"""Dates and keys of items, which are not split across lines."""
_CODE = re.compile(r"`([^`\n]{1,200})`")
"""Commands and settings in a text."""
_SHOWN_ELSEWHERE = frozenset({"experiments", "pulse"})
"""The sections of the retrospective that the page shows as tables instead. A pulse is an anonymous survey of a team."""
_MAX_OPEN_ITEMS = 12
"""The maximum number of items with open questions that are named for each team."""
_MAX_LISTED = 5
"""The maximum number of items in a list at the top of the page, over all trackers; at least two for each tracker."""


def render_page(content: PageContent, messages: Messages) -> str:
    """Render the page as HTML."""
    names = messages.join([tracker.tracker for tracker in content.trackers])
    created = content.created
    template = load_templates().get_template("page.html")
    return template.render(
        content=content,
        language=messages.language,
        title=messages.text("page.title", trackers=names),
        day=f"{created:%Y-%m-%d}",
        today=created.date(),
        time=f"{created:%H:%M %Z}",
        notices=list(_notices(content.digest, messages)),
        experiments=list(make_experiment_rows(content.experiments, messages)),
        pulses=list(make_pulse_rows(content.pulses, messages)),
        retrospective=[
            (messages.text(f"retrospective.{name}"), lines)
            for name, lines in retrospective_sections(content, messages)
            if name not in _SHOWN_ELSEWHERE
        ],
        goals=make_goal_table(content.goals, messages),
        statements=[messages.name("pulse.statements", code) for code in STATEMENTS],
        alerts=make_alerts(content.digest, messages),
        next_steps=list(make_next_steps(content.digest, messages)),
        late_steps=list(make_steps_about_late_items(content.outlooks, messages)),
        questions=collect_questions(content.digest, messages),
        max_listed=max(_MAX_LISTED // len(content.trackers), 2),
        max_open_items=_MAX_OPEN_ITEMS,
        outlooks=[
            (outlook, _draw_forecast(number, outlook, messages)) for number, outlook in enumerate(content.outlooks, 1)
        ],
        dependency_counts=_join_counts(content.dependencies.counts, "page.dependencies.classes", messages),
        pi_planning=_describe_pi_planning(content, messages),
        missing=[
            _join_counts(readiness.missing, "page.pi.requirements", messages) for readiness in content.pi_readiness
        ],
        name=messages.name,
        priority_models=list(model_sections(content, messages)),
        sections=[
            list(tracker_sections(number, tracker, messages)) for number, tracker in enumerate(content.trackers, 1)
        ],
        describe_scope=partial(describe_scope, messages=messages),
        text=lambda key, **facts: keep_together(messages.text(key, **facts)),
        date=lambda day: keep_together(format_day(f"{day:%Y-%m-%d}", messages.locale_format)),
    )


def keep_together(text: str) -> Markup:
    """Escape a text, show what is between backticks as code, and keep dates, percentages and keys from being split."""
    escaped = _CODE.sub(r"<code>\1</code>", str(escape(text)).replace(" %", "\N{NO-BREAK SPACE}%"))
    return Markup(_UNBROKEN.sub(r'<span class="whole">\g<0></span>', escaped))  # noqa: S704 - it is escaped


@cache
def load_templates() -> Environment:
    """The templates of pages. They escape all texts."""
    templates = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["together"] = keep_together
    templates.globals["policy"] = CONTENT_SECURITY_POLICY
    style = (_TEMPLATES / "page.css").read_text(encoding="utf-8")
    templates.globals["css"] = Markup(style)  # noqa: S704 - a file of this package
    return templates


def _notices(digest: Digest, messages: Messages) -> Iterator[str]:
    """Yield a warning for each tracker with stale data or in shadow mode, in which nothing is written."""
    for part in digest.trackers:
        if part.trouble:
            yield messages.text("page.stale", tracker=part.tracker, why=part.trouble)
        elif part.mode == "shadow":
            yield messages.text("page.shadow", tracker=part.tracker)


def _join_counts(counts: dict[str, int], name_group: str, messages: Messages) -> str:
    """Describe counts, such as "3 in order and 1 out of order". `name_group` is the id of the group of their names."""
    return messages.join([f"{count} {messages.name(name_group, code)}" for code, count in counts.items()])


def _describe_pi_planning(content: PageContent, messages: Messages) -> str:
    """Say when the planning of the next PI (program increment) is; empty if no date is configured."""
    if content.pi_planning is None:
        return ""
    weeks = (content.pi_planning - content.created.date()).days // 7
    if weeks < 0:
        return messages.text("page.pi.past", day=content.pi_planning.isoformat())
    return messages.text("page.pi.when", count=weeks, day=content.pi_planning.isoformat())


def _draw_forecast(number: int, outlook: TeamOutlook, messages: Messages) -> Chart | None:
    """Draw a team's forecast, if there is one."""
    if not outlook.weekly:
        return None
    last = outlook.weekly[-1]
    p50, p85, p95 = (round(count) for count in last.counts)
    description = messages.text("page.forecast.description", by=last.day.isoformat(), half=p50, likely=p85, sure=p95)
    caption = Caption(f"forecast-{number}", messages.text("page.forecast.chart", team=outlook.team), description)
    return charts.draw_forecast(caption, outlook.weekly, ("50 %", "85 %", "95 %"))
