"""Draws charts as shapes with coordinates. `templates/chart.html` renders them as inline SVG without script.

All lengths are in units of the SVG, in which a chart is 520 wide. Charts can be read without colours, and each has a
text alternative.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import pairwise

from msgspec import Struct

WIDTH = 520
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 500, 14, 186
"""The edges of the plotting area of a chart."""
_BAR_LEFT, _BAR_RIGHT, _BAR_HEIGHT = 150, 470, 24
"""Where bars begin, the furthest point at which one may end, and the distance from one bar to the next."""
_MONTH_LABEL_WIDTH = 56
"""The width of a label such as 2026-12."""
_CHARACTER_WIDTH = 9
"""About the width of a wide character in a chart."""
_NAME_WIDTH = 100
"""The width that is kept free for the names of lines at the right edge."""
_LOG_AXIS_START = 0.5
"""The value at the bottom of a logarithmic axis, in days."""
_DAY_TICKS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
"""The values that a logarithmic axis labels, in days."""
_NEARLY_ZERO = 1e-9
"""Prevents divisions by zero and rounding errors."""
_MAX_MONTHS = 7
"""The maximum number of months that an axis labels."""
_AXIS_TEXT_OFFSET = 16
"""The distance between an axis and the labels below it."""
_NAME_HEIGHT = 13
"""The minimum vertical distance between the names of two lines."""
_DOT_RADIUS = 3.2
_MATRIX_MARGIN = 1.08
"""The value at the edge of a matrix, as a multiple of the highest value in it."""


class Shape(Struct, frozen=True):
    """An SVG element.

    Attributes:
        tag: "line", "circle", "rect", "path" or "text".
        style: Names of CSS classes.
        text: The content of a text element; for other elements, the tooltip.
    """

    tag: str
    style: str
    attributes: dict[str, float | str]
    text: str = ""


class Caption(Struct, frozen=True):
    """What a chart is called. `id` is unique within the page; `description` is the text alternative."""

    id: str
    title: str
    description: str


class Chart(Struct, frozen=True):
    """A chart. Its shapes are in the order in which they are drawn, from back to front."""

    caption: Caption
    shapes: list[Shape]
    height: int = 210


class ForecastDay(Struct, frozen=True):
    """A day, and the numbers of items that are finished by then with at least 50, 85 and 95 % probability."""

    day: date
    counts: tuple[float, float, float]


class _TimeFrame(Struct, frozen=True):
    """The coordinates and axes of a chart over time.

    Attributes:
        first, last: The days at the left and right edge.
        right: The right edge.
        highest: The value at the top edge; zero is at the bottom.
    """

    first: date
    last: date
    right: float
    highest: float = 1.0

    def x(self, day: date) -> float:
        return _coordinate(_LEFT, self.right, (day - self.first).days, max((self.last - self.first).days, 1))

    def y(self, value: float) -> float:
        return _coordinate(_BOTTOM, _TOP, value, self.highest)

    def path(self, points: Iterable[tuple[date, float]]) -> str:
        """The SVG path that connects points."""
        return " ".join(
            f"{'L' if index else 'M'}{self.x(day)} {self.y(value)}" for index, (day, value) in enumerate(points)
        )

    def value_axis(self) -> Iterator[Shape]:
        """Yield horizontal lines at round values, with their labels."""
        for tick in _round_ticks(self.highest):
            yield from _grid_line(self.y(tick), f"{tick:g}")

    def time_axis(self) -> Iterator[Shape]:
        """Yield labels with the months, or with the first and last day of a short period."""
        months = [day for day in _month_starts(self.first, self.last) if day >= self.first]
        y = _BOTTOM + _AXIS_TEXT_OFFSET
        if len(months) < 2:
            yield _text("tick", self.x(self.first), y, f"{self.first:%Y-%m-%d}")
            yield _text("tick", self.x(self.last), y, f"{self.last:%Y-%m-%d}", "end")
            return
        for day in months[:: math.ceil(len(months) / _MAX_MONTHS)]:
            yield _text("tick", min(self.x(day), WIDTH - _MONTH_LABEL_WIDTH // 2), y, f"{day:%Y-%m}", "middle")


def draw_durations(
    caption: Caption, finished: Sequence[tuple[date, float, str]], *, median: float, late: float, names: tuple[str, str]
) -> Chart:
    """Draw a dot for each finished item, by the day it was finished and its duration on a logarithmic axis.

    Args:
        finished: For each item the day it was finished, its duration in days, and its label.
        median: The median of the durations, drawn as a line.
        late: The duration above which an item counts as late, their 85th percentile, drawn as a line.
        names: The names of these two lines.
    """
    days = [day for day, _, _ in finished]
    frame = _TimeFrame(min(days), max(days), _RIGHT)
    # The 85th percentile is drawn below the upper edge, and the axis of durations goes up to at least two days.
    longest = max(*(duration for _, duration, _ in finished), late * 1.2, 2.0)

    def y(duration: float) -> float:
        logarithm = math.log(max(duration, _LOG_AXIS_START) / _LOG_AXIS_START)
        return _coordinate(_BOTTOM, _TOP, logarithm, math.log(longest / _LOG_AXIS_START))

    shapes = [shape for tick in _DAY_TICKS if tick <= longest for shape in _grid_line(y(tick), str(tick))]
    shapes += frame.time_axis()
    for day, duration, label in finished:
        style = "dot dot-late" if duration > late else "dot"
        shapes.append(Shape("circle", style, {"cx": frame.x(day), "cy": y(duration), "r": _DOT_RADIUS}, label))
    for duration, name, style in ((median, names[0], "median"), (late, names[1], "limit")):
        shapes.append(_horizontal_line(style, y(duration)))
        shapes.append(_text("line-name", _RIGHT, y(duration) - 4, name, "end"))
    return Chart(caption, shapes)


def draw_bars(
    caption: Caption, bars: Sequence[tuple[str, float, str]], *, limit: float | None = None, name: str = ""
) -> Chart:
    """Draw horizontal bars, with an optional vertical line.

    Args:
        bars: For each bar its label, its value, and the text after it.
        limit: The value at which the line is drawn; bars with greater values are marked as late.
        name: The name of the line.
    """
    longest = max([value for _, value, _ in bars] + ([limit * 1.1] if limit is not None else []) + [_NEARLY_ZERO])
    text_width = max((len(text) for _, _, text in bars), default=0) * _CHARACTER_WIDTH
    scale = (min(_BAR_RIGHT, WIDTH - text_width) - _BAR_LEFT) / longest
    top = 22 if limit is not None else 4  # the name of the line is above the bars
    height = top + len(bars) * _BAR_HEIGHT + 6
    shapes = []
    for index, (label, value, text) in enumerate(bars):
        y = top + index * _BAR_HEIGHT
        width = max(round(value * scale, 1), 1.0)
        style = "bar bar-late" if limit is not None and value > limit else "bar"
        shapes.append(_text("bar-name", _BAR_LEFT - 8, y + 15, label, "end"))
        shapes.append(Shape("rect", style, {"x": _BAR_LEFT, "y": y + 4, "width": width, "height": 15, "rx": 2}))
        shapes.append(_text("figure", _BAR_LEFT + width + 5, y + 15, text))
    if limit is not None:
        x = round(_BAR_LEFT + limit * scale, 1)
        anchor = "end" if x > WIDTH * 0.6 else "start"  # near the right edge, the name is left of the line
        shapes.append(_vertical_line("limit", x, 18, height - 4))
        shapes.append(_text("line-name", x, 12, name, anchor))
    return Chart(caption, shapes, height)


def draw_lines(caption: Caption, series: Sequence[tuple[str, Sequence[tuple[date, float]]]]) -> Chart:
    """Draw lines over time on an axis from zero, each with its name at its end. They differ in dashes and in colour."""
    days = [day for _, points in series for day, _ in points]
    highest = max([value for _, points in series for _, value in points] + [1.0])
    frame = _TimeFrame(min(days), max(days), _RIGHT - _NAME_WIDTH, highest)
    shapes = [*frame.value_axis(), *frame.time_axis()]
    for index, (name, points) in enumerate(series):
        day, value = points[-1]
        x, y = frame.x(day), frame.y(value)
        shapes.append(Shape("path", f"series series-{index}", {"d": frame.path(points)}))
        shapes.append(Shape("circle", f"end end-{index}", {"cx": x, "cy": y, "r": 3}))
        shapes.append(_text("line-name", x + 7, y + 4, name))
    return Chart(caption, shapes)


def draw_forecast(caption: Caption, forecast: Sequence[ForecastDay], names: tuple[str, str, str]) -> Chart:
    """Draw a forecast of how many items are done by each day, as lines with the ranges between them filled.

    Args:
        names: The names of the lines for 50, 85 and 95 %.
    """
    highest = max([entry.counts[0] for entry in forecast] + [1.0])
    frame = _TimeFrame(forecast[0].day, forecast[-1].day, _RIGHT - _NAME_WIDTH, highest)
    shapes = [*frame.value_axis(), *frame.time_axis()]
    levels = [[(entry.day, entry.counts[level]) for entry in forecast] for level in range(3)]
    for index, (upper, lower) in enumerate(pairwise(levels)):
        outline = frame.path([*upper, *reversed(lower)])
        shapes.append(Shape("path", f"band band-{index}", {"d": f"{outline} Z"}))
    name_y = -math.inf
    for index, (name, points) in enumerate(zip(names, levels, strict=True)):
        day, value = points[-1]
        name_y = max(frame.y(value) + 4, name_y + _NAME_HEIGHT)
        shapes.append(Shape("path", f"series series-{index}", {"d": frame.path(points)}))
        shapes.append(_text("line-name", frame.x(day) + 7, name_y, name))
    return Chart(caption, shapes)


def draw_matrix(
    caption: Caption,
    points: Sequence[tuple[str, float, float]],
    *,
    thresholds: tuple[float, float],
    axes: tuple[str, str],
    quadrants: tuple[str, str, str, str],
) -> Chart:
    """Draw items in a matrix of two measures, with a line at the threshold of each.

    Args:
        points: The label of each item, and its values on the horizontal and vertical axes.
        thresholds: The thresholds on the horizontal and vertical axes.
        axes: The names of the horizontal and vertical axes.
        quadrants: The names of the quadrants: top left, top right, bottom left, bottom right.
    """
    # Both lines are drawn well inside the matrix, even if no value is above them.
    max_x = max([value for _, value, _ in points] + [thresholds[0] * 1.5]) * _MATRIX_MARGIN
    max_y = max([value for _, _, value in points] + [thresholds[1] * 1.5]) * _MATRIX_MARGIN
    shapes = [
        _horizontal_line("axis", _BOTTOM),
        _vertical_line("axis", _LEFT),
        _vertical_line("limit", _coordinate(_LEFT, _RIGHT, thresholds[0], max_x)),
        _horizontal_line("limit", _coordinate(_BOTTOM, _TOP, thresholds[1], max_y)),
    ]
    corners = [(_LEFT + 4, _TOP + 10, "start"), (_RIGHT, _TOP + 10, "end")]
    corners += [(_LEFT + 4, _BOTTOM - 5, "start"), (_RIGHT, _BOTTOM - 5, "end")]
    shapes += [_text("quadrant", x, y, name, anchor) for (x, y, anchor), name in zip(corners, quadrants, strict=True)]
    for label, x_value, y_value in points:
        x, y = _coordinate(_LEFT, _RIGHT, x_value, max_x), _coordinate(_BOTTOM, _TOP, y_value, max_y)
        shapes.append(Shape("circle", "dot", {"cx": x, "cy": y, "r": 4}, label))
        shapes.append(_text("dot-name", x + 6, y + 4, label))
    shapes.append(_text("tick", _RIGHT, _BOTTOM + _AXIS_TEXT_OFFSET, f"{axes[0]} →", "end"))
    shapes.append(_text("tick", _LEFT, _TOP - 3, f"↑ {axes[1]}"))
    return Chart(caption, shapes)


def _coordinate(start: float, end: float, value: float, highest: float) -> float:
    """The coordinate of a value on an axis with zero at `start` and the value `highest` at `end`."""
    return round(start + (end - start) * value / highest, 1)


def _text(style: str, x: float, y: float, content: str, anchor: str = "") -> Shape:
    """A text. `anchor` is the point of it that is at `x`: "start", "middle" or "end"; by default its start."""
    return Shape("text", style, {"x": x, "y": y} | ({"text-anchor": anchor} if anchor else {}), content)


def _horizontal_line(style: str, y: float) -> Shape:
    return Shape("line", style, {"x1": _LEFT, "x2": _RIGHT, "y1": y, "y2": y})


def _vertical_line(style: str, x: float, top: float = _TOP, bottom: float = _BOTTOM) -> Shape:
    return Shape("line", style, {"x1": x, "x2": x, "y1": top, "y2": bottom})


def _grid_line(y: float, label: str) -> Iterator[Shape]:
    """Yield a horizontal line and its label at the left edge."""
    yield _horizontal_line("grid", y)
    yield _text("tick", _LEFT - 6, y + 4, label, "end")


def _month_starts(first: date, last: date) -> Iterator[date]:
    """Yield the first day of each month, from the month of `first` up to `last`."""
    year, month = first.year, first.month
    while (day := date(year, month, 1)) <= last:
        yield day
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)


def _round_ticks(highest: float) -> list[float]:
    """Return zero and about four round numbers up to the highest value."""
    magnitude = 10 ** math.floor(math.log10(highest / 4))
    step = next(factor * magnitude for factor in (1, 2, 5, 10) if factor * magnitude >= highest / 4)
    return [step * number for number in range(int(highest / step + _NEARLY_ZERO) + 1)]
