"""Renders the report page: one HTML file without script, which can be read offline. Texts of items are escaped."""

from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from msgspec import Struct

from rules.message_templates import format_day
from rules.priority.moscow import MUST_SHARE
from sync.messages import Messages
from sync.report import charts
from sync.report.agenda import Agenda, AgendaEntry
from sync.report.charts import Chart
from sync.report.page_content import AgingItem, PageContent, TeamPage
from sync.report.page_outlooks import TeamOutlook
from sync.store.snapshots import DailySnapshot

_TEMPLATES = Path(__file__).parent / "templates"
"""The folder of the HTML templates."""
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'none'; base-uri 'none'; "
    "form-action 'none'"
)
"""What browsers allow the page to do: it contains its style and its images, and loads and runs nothing."""
_MAX_LISTED = 5
"""Items in a list at the top of the page, for all trackers together."""
_MAX_LABEL_LENGTH = 20
"""Characters of a label in a chart."""
_MAX_DAILY_POINTS = 21
"""Up to so many daily snapshots are drawn; of more, one for each week."""
_EXAMPLE_COMMANDS = ("/steward decide accept", "/steward decide not-now because …", "/steward decide no because …")
"""Replies that accept an item, postpone it and decline it."""


class _Section(Struct, frozen=True):
    """A part of the page with a heading: a chart, lines of text, or both."""

    heading: str
    chart: Chart | None
    lines: tuple[str, ...] = ()


class _NextUpSummary(Struct, frozen=True):
    """The items that a team starts next: those of the coming sprint, else the top of the backlog.

    Attributes:
        scope: The team, and which of both these are.
        total: Their number.
        ready: The number of those without open questions.
        entries: The first ones with open questions.
        more: The number of further ones with open questions.
    """

    scope: str
    total: int
    ready: int
    entries: tuple[AgendaEntry, ...]
    more: int


class _TeamSection(Struct, frozen=True):
    """A tracker's content, prepared for the template.

    Attributes:
        agendas: The next items of each team.
        late: Items in progress that are older than `limit`.
        limit: The age in days from which an item in progress counts as late.
        sections: The charts.
    """

    content: TeamPage
    agendas: tuple[_NextUpSummary, ...]
    late: tuple[AgingItem, ...]
    limit: int
    sections: tuple[_Section, ...]


class _Outlook(Struct, frozen=True):
    """A team's forecast, and its chart."""

    content: TeamOutlook
    chart: Chart | None


def render_page(content: PageContent, messages: Messages) -> str:
    """Render the page as HTML."""
    names = messages.join([team.tracker for team in content.teams])
    created = content.created
    max_listed = max(_MAX_LISTED // len(content.teams), 2)
    accept, later, no = _EXAMPLE_COMMANDS
    how = messages.parts("page.decide.how", accept=accept, later=later, no=no)
    return (
        _environment()
        .get_template("page.html")
        .render(
            language=messages.language,
            policy=CONTENT_SECURITY_POLICY,
            css=Markup((_TEMPLATES / "page.css").read_text(encoding="utf-8")),  # noqa: S704 - a file of this package
            title=messages.text("page.title", trackers=names),
            day=f"{created:%Y-%m-%d}",
            time=f"{created:%H:%M %Z}",
            notices=list(_notices(content, messages)),
            next_steps=list(_next_steps(content, messages)),
            decisions=content.digest.decisions_by_question,
            more=content.digest.hidden_count,
            most=max_listed,
            moves=content.moves,
            more_moves=content.more_moves,
            what_if=content.what_if,
            outlooks=[_outlook(number, outlook, messages) for number, outlook in enumerate(content.outlooks, 1)],
            dependencies=content.dependencies,
            dependency_counts=_join_counts(content.dependencies.counts, "page.dependencies.classes", messages),
            pi_planning=_pi_planning(content, messages),
            pi_readiness=content.pi_readiness,
            missing=[
                _join_counts(readiness.missing, "page.pi.requirements", messages) for readiness in content.pi_readiness
            ],
            name=messages.name,
            join=messages.join,
            models=list(_models(content, messages)),
            how=[(words, bool(placeholder)) for words, placeholder in how],
            teams=[_team(number, team, max_listed, messages) for number, team in enumerate(content.teams, 1)],
            text=messages.text,
            date=lambda day: format_day(f"{day:%Y-%m-%d}", messages.locale_format),
        )
    )


@cache
def _environment() -> Environment:
    """The environment in which templates are rendered, with escaping of all texts."""
    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _notices(content: PageContent, messages: Messages) -> Iterator[str]:
    """Yield a warning for each tracker with stale data or in shadow mode."""
    for team in content.teams:
        if team.trouble:
            yield messages.text("page.stale", tracker=team.tracker, why=team.trouble)
        elif team.mode == "shadow":
            yield messages.text("page.shadow", tracker=team.tracker)


def _join_counts(counts: dict[str, int], names: str, messages: Messages) -> str:
    """Counts in words, such as "3 in order and 1 out of order"."""
    return messages.join([f"{count} {messages.name(names, code)}" for code, count in counts.items()])


def _pi_planning(content: PageContent, messages: Messages) -> str:
    """When the PI (program increment) planning is; empty if no date is configured."""
    if content.pi_planning is None:
        return ""
    weeks = (content.pi_planning - content.created.date()).days // 7
    if weeks < 0:
        return messages.text("page.pi.past", day=_day(content.pi_planning))
    return messages.text("page.pi.when", count=weeks, day=_day(content.pi_planning))


def _next_steps(content: PageContent, messages: Messages) -> Iterator[str]:
    """What to do first: answer the open questions about the items that come next."""
    agendas = [agenda for team in content.teams for agenda in team.agendas if agenda.entries]
    for agenda in agendas:
        first = agenda.entries[0]
        place = messages.text("agenda.sprint", sprint=agenda.sprint) if agenda.sprint else messages.text("agenda.top")
        yield messages.text(
            "page.next-step.text",
            count=len(agenda.entries) + len(agenda.later),
            total=agenda.next_up_count,
            place=f"{agenda.team}, {place}" if len(agendas) > 1 else place,
            first=first.key,
            question=first.questions[0].question,
            role=first.questions[0].role,
        )


def _team(number: int, team: TeamPage, max_listed: int, messages: Messages) -> _TeamSection:
    """Prepare a tracker's content. `number` makes the ids of its charts unique."""
    limit = team.durations.late
    late = [item for item in team.aging if limit is not None and item.age > limit]
    return _TeamSection(
        content=team,
        agendas=tuple(_next_up(agenda, max_listed, messages) for agenda in team.agendas),
        late=tuple(late[:max_listed]),
        limit=round(limit or 0),
        sections=(
            _health(number, team, messages),
            _aging(number, team, messages),
            _durations(number, team, messages),
            *_sprints(number, team, messages),
        ),
    )


def _next_up(agenda: Agenda, max_listed: int, messages: Messages) -> _NextUpSummary:
    """Summarize the next items of a team."""
    place = messages.text("agenda.sprint", sprint=agenda.sprint) if agenda.sprint else messages.text("agenda.top")
    open_items = len(agenda.entries) + len(agenda.later)
    shown = agenda.entries[:max_listed]
    return _NextUpSummary(
        scope=f"{agenda.team}: {place}",
        total=agenda.next_up_count,
        ready=agenda.next_up_count - open_items,
        entries=shown,
        more=open_items - len(shown),
    )


def _outlook(number: int, outlook: TeamOutlook, messages: Messages) -> _Outlook:
    """Draw a team's forecast, if there is one."""
    if not outlook.weekly:
        return _Outlook(outlook, None)
    last = outlook.weekly[-1]
    p50, p85, p95 = (round(count) for count in last.counts)
    description = messages.text("page.forecast.description", by=_day(last.day), half=p50, likely=p85, sure=p95)
    chart = Chart(f"forecast-{number}", messages.text("page.forecast.chart", team=outlook.team), description)
    return _Outlook(outlook, charts.forecast_ranges(chart, outlook.weekly, ("50 %", "85 %", "95 %")))


def _models(content: PageContent, messages: Messages) -> Iterator[_Section]:
    """Value against effort, and the effort of the MoSCoW classes (must, should, could), where people set them."""
    for number, matrix in enumerate(content.matrices, 1):
        quadrants = {
            name: messages.name("models.results", name) for name in ("quick-win", "big-bet", "fill-in", "money-pit")
        }
        heading = messages.text(
            "page.matrix.heading", tracker=matrix.tracker, level=messages.name("page.levels", matrix.level)
        )
        wins = matrix.quick_wins
        text = "page.matrix.description" if wins else "page.matrix.description-none"
        description = messages.text(text, count=len(matrix.points), wins=messages.join(wins[:_MAX_LISTED]))
        chart = charts.matrix(
            Chart(f"matrix-{number}", heading, description),
            matrix.points,
            thresholds=(matrix.effort, matrix.value),
            axes=(messages.text("page.matrix.effort"), messages.text("page.matrix.value")),
            quadrants=(quadrants["quick-win"], quadrants["big-bet"], quadrants["fill-in"], quadrants["money-pit"]),
        )
        yield _Section(heading, chart)
    for number, (scope, shares) in enumerate(content.shares.items(), 1):
        if not shares.total:
            continue
        heading = messages.text("page.moscow.heading", scope=scope)
        efforts = {"must": shares.must, "should": shares.should, "could": shares.could}
        bars = [
            (messages.name("models.results", name), effort, f"{effort:g} ({effort / shares.total:.0%})")
            for name, effort in efforts.items()
        ]
        chart = Chart(f"moscow-{number}", heading, messages.text("page.moscow.description", total=shares.total))
        yield _Section(
            heading, charts.bars(chart, bars, limit=MUST_SHARE * shares.total, name=messages.text("page.moscow.limit"))
        )


def _health(number: int, team: TeamPage, messages: Messages) -> _Section:
    """How many items were open, and how many had an open question, over time."""
    heading = messages.text("page.health.heading")
    days = _weekly(team.snapshots)
    if not days:
        return _Section(heading, None, (messages.text("page.health.soon"),))
    first, last = days[0], days[-1]
    ready = messages.text(
        "page.health.ready", count=None, ready=last.next_ready, total=last.next_up, day=_day(last.day)
    )
    if len(days) < 2:
        return _Section(heading, None, (messages.text("page.health.soon"), ready))
    description = messages.text(
        "page.health.description",
        open=last.open_items,
        flagged=last.flagged,
        before=first.open_items,
        flagged_before=first.flagged,
        day=_day(first.day),
    )
    chart = Chart(f"health-{number}", heading, description)
    series = (
        (messages.text("page.health.open"), [(day.day, float(day.open_items)) for day in days]),
        (messages.text("page.health.flagged"), [(day.day, float(day.flagged)) for day in days]),
    )
    return _Section(heading, charts.lines(chart, series), (ready,))


def _weekly(snapshots: tuple[DailySnapshot, ...]) -> list[DailySnapshot]:
    """The last snapshot of each week; the snapshots of all days if there are at most three weeks of them."""
    if len(snapshots) <= _MAX_DAILY_POINTS:
        return list(snapshots)
    weeks = {snapshot.day.isocalendar()[:2]: snapshot for snapshot in snapshots}
    return list(weeks.values())


def _aging(number: int, team: TeamPage, messages: Messages) -> _Section:
    """How old the items in progress are."""
    heading = messages.text("page.aging.heading")
    if not team.aging:
        return _Section(heading, None, (messages.text("page.aging.none"),))
    limit = team.durations.late
    bars = [(_label(item.key), item.age, f"{item.age:.0f}") for item in team.aging]
    description = messages.text(
        "page.aging.description", count=len(team.aging), late=team.overdue, limit=round(limit or 0)
    )
    chart = Chart(f"aging-{number}", heading, description)
    return _Section(heading, charts.bars(chart, bars, limit=limit, name=messages.text("page.aging.limit")))


def _durations(number: int, team: TeamPage, messages: Messages) -> _Section:
    """How long finished items took."""
    durations = team.durations
    heading = messages.text(f"page.durations.heading-{durations.clock}")
    if durations.median is None or durations.late is None:
        return _Section(heading, None, (messages.text("page.durations.unknown", count=len(durations.finished)),))
    median, late = round(durations.median), round(durations.late)
    since = _day(min(day for day, _, _ in durations.finished))
    description = messages.text(
        f"page.durations.description-{durations.clock}",
        n=len(durations.finished),
        since=since,
        median=median,
        late=late,
    )
    names = (
        messages.text("page.durations.median", length=median),
        messages.text("page.durations.late", length=late),
    )
    points = [
        (
            day,
            length,
            messages.text("page.durations.dot", item=key, length=round(length))
            if key
            else messages.text("page.late.age", age=round(length)),
        )
        for day, length, key in durations.finished
    ]
    chart = Chart(f"durations-{number}", heading, description)
    return _Section(
        heading, charts.cycle_times(chart, points, median=durations.median, late=durations.late, names=names)
    )


def _sprints(number: int, team: TeamPage, messages: Messages) -> Iterator[_Section]:
    """How much of each of the last sprints was done in it, if the tracker has sprints with dates."""
    if not team.sprints:
        return
    heading = messages.text("page.sprints.heading")
    bars = []
    for result in team.sprints:
        counts = messages.text("page.sprints.bar", done=result.done, total=result.total)
        bars.append((_label(result.sprint.name), float(result.done), counts))
    description = messages.text(
        "page.sprints.description",
        count=len(team.sprints),
        done=sum(result.done for result in team.sprints),
        total=sum(result.total for result in team.sprints),
        carried=sum(result.carried_over for result in team.sprints),
    )
    yield _Section(heading, charts.bars(Chart(f"sprints-{number}", heading, description), bars))


def _day(day: date) -> str:
    """A day as YYYY-MM-DD."""
    return f"{day:%Y-%m-%d}"


def _label(key: str) -> str:
    """A label in a chart, shortened if it is too long."""
    return key if len(key) <= _MAX_LABEL_LENGTH else f"{key[: _MAX_LABEL_LENGTH - 1]}…"
