"""The sections of the report page that consist of a chart and its description, or of text if there is too little data.

An item is flagged if it has an open question.
"""

from collections.abc import Iterator
from math import ceil

from msgspec import Struct

from rules.priority.moscow import MUST_SHARE
from rules.priority.value_matrix import Quadrant
from sync.messages import Messages
from sync.report import charts
from sync.report.charts import Caption, Chart
from sync.report.page_content import PageContent
from sync.report.page_trackers import TrackerContent
from sync.store.snapshots import DailySnapshot

_MAX_POINTS = 25
"""The maximum number of items in a matrix of value and effort; the keys of more items would overlap."""
_MAX_DOTS = 1000
"""The maximum number of finished items in a chart of durations; the dots of more items would cover each other."""
_MAX_QUICK_WINS = 5
"""The maximum number of quick wins (items with much value for little effort) that a description names."""
_MAX_LABEL_LENGTH = 20
"""The maximum number of characters of a label in a chart."""
_MAX_DAILY_POINTS = 21
"""The maximum number of daily snapshots in a chart; if there are more, it shows one for each week."""


class PageSection(Struct, frozen=True):
    """A part of the page with a heading: a chart, lines of text, or both."""

    heading: str
    chart: Chart | None
    lines: tuple[str, ...] = ()


def model_sections(content: PageContent, messages: Messages) -> Iterator[PageSection]:
    """Yield the sections of prioritization models: matrices of value and effort, and MoSCoW (must, should, could)."""
    for number, matrix in enumerate(content.matrices, 1):
        rated = [rating for rating in matrix.ratings if rating.result]
        points = [
            (rating.item.key, float(rating.inputs["effort"]), float(rating.inputs["value"]))
            for rating in rated[:_MAX_POINTS]
        ]
        wins = [rating.item.key for rating in rated if rating.result == Quadrant.QUICK_WIN.value]
        quadrants = {
            name: messages.name("models.results", name) for name in ("quick-win", "big-bet", "fill-in", "money-pit")
        }
        heading = messages.text(
            "page.matrix.heading", tracker=matrix.tracker, level=messages.name("page.levels", matrix.level)
        )
        message_id = "page.matrix.description" if wins else "page.matrix.description-none"
        description = messages.text(message_id, count=len(points), wins=messages.join(wins[:_MAX_QUICK_WINS]))
        chart = charts.draw_matrix(
            Caption(f"matrix-{number}", heading, description),
            points,
            thresholds=(matrix.effort, matrix.value),
            axes=(messages.text("page.matrix.effort"), messages.text("page.matrix.value")),
            quadrants=(quadrants["quick-win"], quadrants["big-bet"], quadrants["fill-in"], quadrants["money-pit"]),
        )
        yield PageSection(heading, chart)
    for number, (scope, shares) in enumerate(content.shares.items(), 1):
        heading = messages.text("page.moscow.heading", scope=scope)
        efforts = {"must": shares.must, "should": shares.should, "could": shares.could}
        bars = [
            (messages.name("models.results", name), effort, f"{effort:g} ({effort / shares.total:.0%})")
            for name, effort in efforts.items()
        ]
        caption = Caption(f"moscow-{number}", heading, messages.text("page.moscow.description", total=shares.total))
        yield PageSection(
            heading,
            charts.draw_bars(caption, bars, limit=MUST_SHARE * shares.total, name=messages.text("page.moscow.limit")),
        )


def tracker_sections(number: int, tracker: TrackerContent, messages: Messages) -> Iterator[PageSection]:
    """Yield the sections about a tracker. `number` makes the ids of their charts unique on the page."""
    yield _health_section(number, tracker, messages)
    yield _aging_section(number, tracker, messages)
    yield _durations_section(number, tracker, messages)
    yield from _sprint_sections(number, tracker, messages)


def _health_section(number: int, tracker: TrackerContent, messages: Messages) -> PageSection:
    """Show how many items were open, and how many of them had an open question, over time."""
    heading = messages.text("page.health.heading")
    days = _thin_out(tracker.snapshots)
    lines = []
    if urgent := tracker.urgent:
        lines.append(
            messages.text("page.health.urgent", count=urgent.high, untouched=urgent.untouched, all=urgent.prioritized)
        )
    if not days:
        return PageSection(heading, None, (messages.text("page.health.soon"), *lines))
    first, last = days[0], days[-1]
    ready = messages.text("page.health.ready", ready=last.next_ready, total=last.next_up, day=last.day.isoformat())
    if len(days) < 2:
        return PageSection(heading, None, (messages.text("page.health.soon"), ready, *lines))
    description = messages.text(
        "page.health.description",
        open=last.open_items,
        flagged=last.flagged,
        before=first.open_items,
        flagged_before=first.flagged,
        day=first.day.isoformat(),
    )
    caption = Caption(f"health-{number}", heading, description)
    series = (
        (messages.text("page.health.open"), [(day.day, float(day.open_items)) for day in days]),
        (messages.text("page.health.flagged"), [(day.day, float(day.flagged)) for day in days]),
    )
    return PageSection(heading, charts.draw_lines(caption, series), (ready, *lines))


def _thin_out(snapshots: tuple[DailySnapshot, ...]) -> list[DailySnapshot]:
    """Keep the last snapshot of each week, or all snapshots if there are at most `_MAX_DAILY_POINTS`."""
    if len(snapshots) <= _MAX_DAILY_POINTS:
        return list(snapshots)
    weeks = {snapshot.day.isocalendar()[:2]: snapshot for snapshot in snapshots}
    return list(weeks.values())


def _aging_section(number: int, tracker: TrackerContent, messages: Messages) -> PageSection:
    """Show how old the items in progress are."""
    heading = messages.text("page.aging.heading")
    if not tracker.aging:
        return PageSection(heading, None, (messages.text("page.aging.none"),))
    limit = tracker.durations.late_after
    bars = [(_label(item.key), item.age, f"{item.age:.0f}") for item in tracker.aging]
    count = len(tracker.aging)
    if limit is None:
        description = messages.text("page.aging.description-without-limit", count=count)
    else:
        description = messages.text("page.aging.description", count=count, late=tracker.late_count, limit=round(limit))
    caption = Caption(f"aging-{number}", heading, description)
    return PageSection(heading, charts.draw_bars(caption, bars, limit=limit, name=messages.text("page.aging.limit")))


def _durations_section(number: int, tracker: TrackerContent, messages: Messages) -> PageSection:
    """Show how long finished items took."""
    durations = tracker.durations
    heading = messages.text(f"page.durations.heading-{durations.kind}")
    if durations.median is None or durations.late_after is None:
        return PageSection(heading, None, (messages.text("page.durations.unknown", count=len(durations.finished)),))
    median, late_after = round(durations.median), round(durations.late_after)
    description = messages.text(
        f"page.durations.description-{durations.kind}",
        n=len(durations.finished),
        since=min(day for day, _, _ in durations.finished).isoformat(),
        median=median,
        late=late_after,
    )
    names = (
        messages.text("page.durations.median", length=median),
        messages.text("page.durations.late", length=late_after),
    )
    finished = durations.finished
    if len(finished) > _MAX_DOTS:
        finished = tuple(sorted(finished)[:: ceil(len(finished) / _MAX_DOTS)])
        description += " " + messages.text("page.durations.shown", n=len(finished))
    # The key is empty if the tracker shows the item only to some people.
    points = [
        (
            day,
            duration,
            messages.text("page.durations.dot", item=key, length=round(duration))
            if key
            else messages.text("page.late.age", age=round(duration)),
        )
        for day, duration, key in finished
    ]
    caption = Caption(f"durations-{number}", heading, description)
    return PageSection(
        heading, charts.draw_durations(caption, points, median=durations.median, late=durations.late_after, names=names)
    )


def _sprint_sections(number: int, tracker: TrackerContent, messages: Messages) -> Iterator[PageSection]:
    """Show how many items of each of the last sprints were done in it, if the tracker has sprints with dates."""
    if not tracker.sprints:
        return
    heading = messages.text("page.sprints.heading")
    bars = []
    for result in tracker.sprints:
        counts = messages.text("page.sprints.bar", done=result.done, total=result.total)
        bars.append((_label(result.sprint.name), float(result.done), counts))
    description = messages.text(
        "page.sprints.description",
        count=len(tracker.sprints),
        done=sum(result.done for result in tracker.sprints),
        total=sum(result.total for result in tracker.sprints),
        carried=sum(result.carried_over for result in tracker.sprints),
    )
    yield PageSection(heading, charts.draw_bars(Caption(f"sprints-{number}", heading, description), bars))


def _label(name: str) -> str:
    """A label in a chart, shortened if it is too long."""
    return name if len(name) <= _MAX_LABEL_LENGTH else f"{name[: _MAX_LABEL_LENGTH - 1]}…"
