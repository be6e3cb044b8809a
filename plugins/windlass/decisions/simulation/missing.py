"""Which business windows a release let pass, and why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from windlass.decisions.runway import in_words
from windlass.decisions.simulation.forecast import Missed
from windlass.decisions.simulation.model import Kind, Model, Place, Step
from windlass.decisions.simulation.playing import Played
from windlass.decisions.windows.agenda import agenda
from windlass.decisions.windows.spans import Span, merged, within_both, without
from windlass.decisions.windows.state import open_spans

#: A window that a smaller share of the runs let pass is not worth a line.
WORTH_SAYING = 0.01


def missed_windows(model: Model, played: Played, runs: int) -> tuple[Missed, ...]:
    """Every business window, or part of one, that some runs let pass, by place and time.

    A run lets it pass when it was ready before its end and went ahead at its end or later. Runs
    that never find an opening are told by ``MilestoneForecast.never`` instead.
    """
    found: list[Missed] = []
    for step in model.steps:
        if step.kind is Kind.WINDOW:
            found.extend(_of(step, model, played, runs))
    return tuple(found)


def _of(step: Step, model: Model, played: Played, runs: int) -> list[Missed]:
    import numpy as np

    place = model.places[step.place]
    since, begins = played.ready[step.id], played.done[step.id]
    waited = np.isfinite(begins) & (begins > since)
    if not waited.any():
        return []
    last = model.start + timedelta(seconds=float(begins[waited].max()))
    need = in_words(timedelta(seconds=round(played.needs[step.id])))
    found: list[Missed] = []
    for span, why in sorted(_pieces(place, model, need)):
        if span.start > last:
            break
        shuts = (span.end - model.start).total_seconds()
        share = float((waited & (since < shuts) & (begins >= shuts)).sum()) / runs
        if share >= WORTH_SAYING:
            found.append(Missed(step.place, span.start, why, share))
    return found


def _pieces(place: Place, model: Model, need: str) -> Iterator[tuple[Span, str]]:
    """The business hours cut where something else closes them, each with what spoke against it."""
    start, end = model.start, model.start + model.horizon
    busy = merged(held.span for held in place.busy)
    for entry in agenda(place.rules, start, end):
        if not entry.open:
            yield entry.span, entry.why
    opened = list(open_spans(place.rules, start, end))
    for span in within_both(opened, busy):
        holders = [held.holder for held in place.busy if held.span.covers(span.start)]
        yield span, f"held by {', '.join(dict.fromkeys(holders))}"
    for span in without(opened, busy):
        yield span, f"too little of it was left for the work ({need} at P90)"
