"""A forecast as a picture: one bar a task, dark to its P50, light to its P90, windows behind."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from html import escape

from windlass.decisions.simulation import Forecast, Kind, Model
from windlass.decisions.windows.agenda import agenda

ROW, LEFT, WIDTH, TOP = 18, 330, 900, 40
STYLE = """
svg{font:12px system-ui,sans-serif;background:#fff;color:#1c2733}
.open{fill:#d7f0e3}.frozen{fill:#f6d5d5}.p50{fill:#1f6f8b}.p90{fill:#9cc7d6}
text{fill:#1c2733}.day{stroke:#d5dbe1}.mark{fill:#b3541e}
@media (prefers-color-scheme:dark){svg{background:#12181f}text{fill:#e6edf3}
.open{fill:#163d2c}.frozen{fill:#4a1f1f}.day{stroke:#2c3742}.p90{fill:#2f5766}.p50{fill:#58a9c4}}
"""


def gantt(forecast: Forecast, model: Model, title: str) -> str:
    """An SVG image of the forecast; nothing in it is fetched from elsewhere."""
    ends = [step.p90 or step.p50 for step in forecast.steps]
    last = max((end for end in ends if end is not None), default=forecast.start)
    scale = _Scale(forecast.start, max(last, forecast.start + timedelta(hours=1)))
    bottom = TOP + ROW * len(forecast.steps)
    height = bottom + ROW * (len(forecast.milestones) + 1)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 20} {height}"',
        f'role="img" aria-label="{escape(title)}: forecast">',
        f"<style>{STYLE}</style>",
        f'<text x="8" y="20" font-weight="bold">{escape(title)}, {forecast.runs} runs</text>',
        *_windows(model, scale, bottom),
        *_days(scale, bottom),
        *_bars(forecast, scale),
        *_milestones(forecast, scale, bottom),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


class _Scale:
    """Instants to pixels."""

    def __init__(self, start: datetime, end: datetime) -> None:
        self.start, self.end = start, end

    def __call__(self, instant: datetime) -> float:
        share = (instant - self.start) / (self.end - self.start)
        return round(LEFT + WIDTH * min(max(share, 0.0), 1.0), 1)


def _windows(model: Model, scale: _Scale, bottom: int) -> Iterator[str]:
    """Behind the rows, the hours of the first place: green where open, red where frozen."""
    place = next(iter(model.places.values()), None)
    if place is None:
        return
    for entry in agenda(place.rules, scale.start, scale.end):
        left, right = scale(entry.span.start), scale(entry.span.end)
        name = "open" if entry.open else "frozen"
        yield (
            f'<rect class="{name}" x="{left}" y="{TOP}" width="{max(right - left, 0.5):.1f}" '
            f'height="{bottom - TOP}"><title>{escape(entry.why or "open")}</title></rect>'
        )


def _days(scale: _Scale, bottom: int) -> Iterator[str]:
    days = (scale.end - scale.start).days + 1
    every = max(1, days // 12)
    midnight = scale.start.replace(hour=0, minute=0, second=0, microsecond=0)
    for step in range(every, days + 1, every):
        at = midnight + timedelta(days=step)
        if at < scale.end:
            x = scale(at)
            yield f'<line class="day" x1="{x}" x2="{x}" y1="{TOP - 8}" y2="{bottom}"/>'
            yield f'<text x="{x}" y="{TOP - 10}" text-anchor="middle">{at:%d %b}</text>'


def _bars(forecast: Forecast, scale: _Scale) -> Iterator[str]:
    for row, step in enumerate(forecast.steps):
        y = TOP + ROW * row
        yield f'<text x="8" y="{y + 13}">{escape(step.id)}</text>'
        if step.start is None or step.p50 is None:
            yield f'<text x="{LEFT}" y="{y + 13}">never</text>'
            continue
        left, middle = scale(step.start), scale(step.p50)
        right = scale(step.p90) if step.p90 else LEFT + WIDTH
        shown = f"{step.start:%a %F %H:%M} → P50 {step.p50:%a %F %H:%M}"
        waits = " (waits)" if step.kind == Kind.WINDOW else ""
        for name, x, end in (("p90", middle, right), ("p50", left, middle)):
            yield (
                f'<rect class="{name}" x="{x}" y="{y + 4}" width="{max(end - x, 1.0):.1f}" '
                f'height="10"><title>{escape(step.id + waits)}: {shown}</title></rect>'
            )


def _milestones(forecast: Forecast, scale: _Scale, bottom: int) -> Iterator[str]:
    """Below the rows, each on its own line: a diamond at its P50."""
    for index, one in enumerate(forecast.milestones):
        y = bottom + ROW * (index + 1)
        yield f'<text x="8" y="{y + 4}" font-weight="bold">{escape(one.name)}</text>'
        if one.p50 is None:
            yield f'<text x="{LEFT}" y="{y + 4}">never</text>'
            continue
        x = scale(one.p50)
        side, anchor = (-10, "end") if x > LEFT + WIDTH / 2 else (10, "start")
        yield f'<path class="mark" d="M{x} {y - 6}l6 6l-6 6l-6-6z"/>'
        shown = f"{one.p50:%a %F %H:%M}" + (f", P90 {one.p90:%a %F %H:%M}" if one.p90 else "")
        yield f'<text x="{x + side}" y="{y + 4}" text-anchor="{anchor}">{shown} UTC</text>'
