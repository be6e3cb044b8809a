"""The pictures of a report as SVG inside the page: no script, no font, nothing from elsewhere.

Colours come from the page's style sheet by class, so that light and dark, screen and paper agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from html import escape

from markupsafe import Markup

from windlass.ledger.views.report_charts import Charts, Exposure, Phase, Rates

WIDTH = 980.0
LEFT = 150.0
LANE = 58.0
AXIS = 26.0
#: Distances between two ticks of a time axis, in seconds.
_TICKS = (
    *(1, 2, 5, 10, 15, 30),
    *(60, 120, 300, 600, 900, 1800),
    *(3600, 7200, 10800, 21600, 43200),
    *(86400, 172800, 345600, 604800, 1209600, 2592000, 7776000),
)
_NAMES = {
    "planning": "Planning",
    "validation": "Validation",
    "execution": "Execution",
    "follow_up": "Follow-up",
}


class Axis:
    """A stretch of time laid over a stretch of pixels."""

    def __init__(self, starts: datetime, ends: datetime, left: float, right: float) -> None:
        self.starts, self.ends = starts, max(ends, starts + timedelta(seconds=1))
        self.left, self.right = left, right

    def x(self, at: datetime) -> float:
        """Where ``at`` is; what lies outside is at the edge."""
        share = (at - self.starts) / (self.ends - self.starts)
        return self.left + min(max(share, 0.0), 1.0) * (self.right - self.left)

    def ticks(self, most: int = 7) -> list[tuple[float, str]]:
        """Places and labels of at most ``most`` round instants."""
        seconds = (self.ends - self.starts).total_seconds()
        step = next((t for t in _TICKS if seconds / t <= most), _TICKS[-1])
        first = -(-self.starts.timestamp() // step) * step
        found: list[tuple[float, str]] = []
        at = first
        while at <= self.ends.timestamp() and len(found) <= most * 2:
            instant = datetime.fromtimestamp(at, UTC)
            found.append((self.x(instant), _label(instant, step)))
            at += step
        return found


def _label(at: datetime, step: int) -> str:
    if step >= 86400:
        return f"{at:%d %b}"
    if step >= 60:
        return f"{at:%H:%M}"
    return f"{at:%H:%M:%S}"


def exposure_picture(charts: Charts) -> Markup:
    """A lane per target: how much of its traffic the new version had, and when."""
    lanes = charts.exposure
    if not lanes:
        return Markup("")
    axis = Axis(
        min(lane.points[0][0] for lane in lanes),
        max(lane.points[-1][0] for lane in lanes),
        LEFT,
        WIDTH - 12,
    )
    height = LANE * len(lanes) + AXIS
    parts = [_ticks(axis, height)]
    parts += [_lane(lane, axis, LANE * place) for place, lane in enumerate(lanes)]
    return _svg(WIDTH, height, parts, "Percent of traffic on the new version, by target and time")


def _lane(lane: Exposure, axis: Axis, top: float) -> str:
    """A filled staircase with its percents written at each step."""
    base, tall = top + LANE - 6, LANE - 26

    def y(share: float) -> float:
        return base - tall * share / 100.0

    corners = [(axis.x(lane.points[0][0]), y(lane.points[0][1]))]
    labels = []
    share = lane.points[0][1]
    for at, value in lane.points[1:]:
        x = axis.x(at)
        corners += [(x, y(share)), (x, y(value))]
        if value != share:
            shown = f"{value:g} %" if value else "taken back"
            kind = "back" if value < share else "step"
            near = x > axis.right - 70
            place = (x - 4, f"label {kind} end") if near else (x + 4, f"label {kind}")
            labels.append(_text(place[0], min(y(value), y(share)) - 4, shown, place[1]))
        share = value
    line = " ".join(f"{x:.1f},{height:.1f}" for x, height in corners)
    last = corners[-1][0]
    area = f"{corners[0][0]:.1f},{base:.1f} {line} {last:.1f},{base:.1f}"
    return "".join(
        (
            _text(0, base - 4, lane.target, "name"),
            (
                f'<line class="rule" x1="{axis.left:.0f}" x2="{axis.right:.0f}" '
                f'y1="{base:.1f}" y2="{base:.1f}"/>'
            ),
            f'<polygon class="area" points="{area}"/>',
            f'<polyline class="edge" points="{line}"/>',
            *labels,
        )
    )


def rate_pictures(charts: Charts) -> list[Markup]:
    """A small picture per target and metric: old version against new, look after look."""
    return [_rates(rates) for rates in charts.rates]


def _rates(rates: Rates) -> Markup:
    width, height, left = 480.0, 200.0, 58.0
    points = [point for watch in rates.watches for point in watch.points]
    axis = Axis(points[0][0], points[-1][0], left, width - 10)
    values = [value for _, old, new in points for value in (old, new) if value is not None]
    top = _round_up(max([*values, 0.001]) * 1.15)
    floor, ceiling = height - AXIS - 4, 34.0

    def y(value: float) -> float:
        return floor - (floor - ceiling) * value / top

    parts = [_text(0, 14, f"{rates.target} · {rates.metric}", "name")]
    parts += [_grid(y(top * part), left, width - 10, top * part) for part in (0.0, 0.5, 1.0)]
    parts.append(_ticks(axis, height, most=4))
    percent, known = 0.0, None
    for watch in rates.watches:
        x, end = axis.x(watch.points[0][0]), axis.x(watch.points[-1][0])
        parts.append(f'<line class="part" x1="{x:.1f}" x2="{x:.1f}" y1="{ceiling}" y2="{floor}"/>')
        if watch.percent != percent:
            parts.append(_text(x + 4, ceiling + 11, f"{watch.percent:g} %", "tick"))
        percent = watch.percent
        old = [(at, value) for at, value, _ in watch.points if value is not None]
        new = [(at, value) for at, _, value in watch.points if value is not None]
        if not old and known is not None:
            parts.append(
                f'<line class="gone" x1="{x:.1f}" x2="{end:.1f}" '
                f'y1="{y(known):.1f}" y2="{y(known):.1f}"/>'
            )
        known = old[-1][1] if old else known
        for kind, series in (("old", old), ("new", new)):
            line = [f"{axis.x(at):.1f},{y(v):.1f}" for at, v in series]
            start = [f"{x:.1f},{y(series[0][1]):.1f}"] if series else []
            parts.append(_line([*start, *line], kind))
    label = f"Share of bad events on {rates.target}: baseline and new version"
    return _svg(width, height, parts, label)


def _line(points: Sequence[str], kind: str) -> str:
    return f'<polyline class="{kind}" points="{" ".join(points)}"/>' if points else ""


def _round_up(value: float) -> float:
    """The next 1, 2, 2.5 or 5 times a power of ten."""
    power = 1.0
    while power > value:
        power /= 10.0
    while power * 10.0 <= value:
        power *= 10.0
    return next(power * digit for digit in (1.0, 2.0, 2.5, 5.0, 10.0) if power * digit >= value)


def _grid(y: float, left: float, right: float, value: float) -> str:
    return (
        f'<line class="rule" x1="{left:.0f}" x2="{right:.0f}" y1="{y:.1f}" y2="{y:.1f}"/>'
        + _text(left - 6, y + 4, f"{100 * value:.3g} %", "tick end")
    )


def phase_picture(charts: Charts) -> Markup:
    """When each phase really was, and the milestones that were planned."""
    if not charts.phases:
        return Markup("")
    starts = min(phase.starts for phase in charts.phases)
    ends = max(phase.ends for phase in charts.phases)
    shown = [mark for mark in charts.marks if starts <= mark[1] <= ends]
    axis = Axis(starts, ends, LEFT, WIDTH - 12)
    row, top = 26.0, 49.0 if shown else 4.0
    height = top + row * len(charts.phases) + AXIS
    parts = [_ticks(axis, height)]
    parts += [_bar(phase, axis, top + row * n) for n, phase in enumerate(charts.phases)]
    parts += _marks(shown, axis, top, height)
    return _svg(WIDTH, height, parts, "When each phase was, against the planned milestones")


def _marks(
    marks: Sequence[tuple[str, datetime]], axis: Axis, top: float, height: float
) -> list[str]:
    """The planned milestones; names that would run into each other take turns in three rows."""
    parts, ends = [], [-1e9, -1e9, -1e9]
    for name, at in sorted(marks, key=lambda mark: mark[1]):
        x, text = axis.x(at), name.replace("_", " ")
        half = 3.2 * len(text)
        free = [level for level, end in enumerate(ends) if x - half > end]
        level = free[0] if free else ends.index(min(ends))
        ends[level] = x + half + 6
        parts.append(
            f'<line class="mark" x1="{x:.1f}" x2="{x:.1f}" y1="{top - 6}" y2="{height - AXIS}"/>'
        )
        parts.append(_text(x, top - 10 - 13 * level, text, "tick middle"))
    return parts


def _bar(phase: Phase, axis: Axis, top: float) -> str:
    x = axis.x(phase.starts)
    wide = max(axis.x(phase.ends) - x, 3.0)
    return (
        _text(0, top + 15, _NAMES.get(phase.name, phase.name), "name")
        + f'<rect class="bar {escape(phase.name)}" x="{x:.1f}" y="{top + 4:.1f}" '
        f'width="{wide:.1f}" height="16" rx="3"/>'
    )


def _ticks(axis: Axis, height: float, most: int = 7) -> str:
    return "".join(
        f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="4" y2="{height - AXIS:.1f}"/>'
        + _text(x, height - 8, label, "tick middle")
        for x, label in axis.ticks(most)
    )


def _text(x: float, y: float, text: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'


def _svg(width: float, height: float, parts: Iterable[str], label: str) -> Markup:
    inside = "".join(parts)
    return Markup(  # noqa: S704 - every text went through escape
        f'<svg viewBox="0 0 {width:.0f} {height:.0f}" role="img" aria-label="{escape(label)}">'
        f"{inside}</svg>"
    )
