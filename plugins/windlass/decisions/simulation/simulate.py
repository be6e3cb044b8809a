"""Many runs of one release on the real calendar: when it is done, and what holds it up."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from windlass.decisions.assignment import Option, assign
from windlass.decisions.simulation.drawing import draw
from windlass.decisions.simulation.forecast import (
    Forecast,
    FreezeEffect,
    MilestoneForecast,
    Outside,
    StepForecast,
)
from windlass.decisions.simulation.missing import missed_windows
from windlass.decisions.simulation.model import Kind, Model
from windlass.decisions.simulation.playing import Played, Player
from windlass.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: How many freezes are tried away, the nearest first.
FREEZES_TRIED = 3


def simulate(model: Model, runs: int, seed: int) -> Forecast:
    """Play ``model`` ``runs`` times; the same seed gives the same answer.

    Failures (a red check, a rollback) are not simulated: the answer is for a release that goes
    well, with durations as scattered as they were.

    Raises:
        InputError: fewer than one run.
    """
    if runs < 1:
        raise InputError(f"a simulation has 1 run or more, not {runs}")
    drawn = draw(model, runs, seed)
    played = Player(model, drawn, runs).play()
    return Forecast(
        start=model.start,
        runs=runs,
        seed=seed,
        milestones=_milestones(model, played),
        steps=_steps(model, played),
        missed=missed_windows(model, played, runs),
        asked_outside=_outside(model, played),
        unmeetable=unmeetable(model),
        overrun=_overrun(model, played),
        watch_off={name: _share(off) for name, off in played.days_off.items() if off.any()},
        freezes=_freeze_effects(model, drawn, played, runs),
    )


def unmeetable(model: Model) -> tuple[str, ...]:
    """The gates that can never be filled: too few different people for their seats."""
    gates: dict[str, dict[tuple[int, str], int]] = {}
    for step in model.steps:
        if step.kind is Kind.SEAT:
            needed = gates.setdefault(step.gate, {})
            needed[(0, step.role)] = needed.get((0, step.role), 0) + step.count
    found: list[str] = []
    for gate, needed in gates.items():
        options: dict[str, list[Option]] = {}
        for cell in needed:
            for name in model.holders(cell[1]):
                options.setdefault(name, []).append(Option(cell[1], frozenset({cell})))
        for role, lacking in assign(needed, options).short.items():
            holders = ", ".join(model.holders(role)) or "nobody"
            found.append(
                f"{gate}: {lacking} more {role} needed; {holders} may sign, each once a gate"
            )
    return tuple(found)


def _milestones(model: Model, played: Played) -> tuple[MilestoneForecast, ...]:
    found = []
    for name, members in model.milestones.items():
        done = _last(played, members)
        never = 1.0 - _share(_finite(done))
        found.append(MilestoneForecast(name, _at(model, done, 0.5), _at(model, done, 0.9), never))
    return tuple(found)


def _steps(model: Model, played: Played) -> tuple[StepForecast, ...]:
    return tuple(
        StepForecast(
            step.id,
            step.kind.value,
            _at(model, played.ready[step.id], 0.5),
            _at(model, played.done[step.id], 0.5),
            _at(model, played.done[step.id], 0.9),
        )
        for step in model.steps
    )


def _outside(model: Model, played: Played) -> tuple[Outside, ...]:
    return tuple(
        Outside(step.id, step.role, _share(played.outside[step.id]))
        for step in model.steps
        if step.id in played.outside and played.outside[step.id].any()
    )


def _overrun(model: Model, played: Played) -> dict[str, float]:
    found: dict[str, float] = {}
    for step in model.steps:
        if step.kind is Kind.WINDOW and step.covers:
            late = _last(played, step.covers) > played.closes[step.id]
            if late.any():
                found[step.place] = _share(late)
    return found


def _freeze_effects(
    model: Model, drawn: dict[str, Floats], played: Played, runs: int
) -> tuple[FreezeEffect, ...]:
    """The same runs without one freeze, for each of the nearest freezes."""
    windows = tuple(step.id for step in model.steps if step.kind is Kind.WINDOW)
    if not windows:
        return ()
    end = _last(played, windows)
    found = []
    for name in _nearest_freezes(model):
        other = Player(_without_freeze(model, name), drawn, runs).play()
        without = _last(other, windows)
        found.append(FreezeEffect(name, _later(end, without, 0.5), _later(end, without, 0.9)))
    return tuple(found)


def _nearest_freezes(model: Model) -> list[str]:
    end = model.start + model.horizon
    freezes = sorted(
        (freeze.start, freeze.name)
        for place in model.places.values()
        for freeze in place.rules.freezes(model.start, end)
    )
    return list(dict.fromkeys(name for _, name in freezes))[:FREEZES_TRIED]


def _without_freeze(model: Model, name: str) -> Model:
    places = {}
    for key, place in model.places.items():
        calendar = place.rules.calendar
        kept = tuple(freeze for freeze in calendar.freezes if freeze.name != name)
        rules = replace(place.rules, calendar=replace(calendar, freezes=kept))
        places[key] = replace(place, rules=rules)
    return replace(model, places=places)


def _later(end: Floats, without: Floats, share: float) -> float | None:
    with_it, without_it = _quantile(end, share), _quantile(without, share)
    return None if with_it is None or without_it is None else with_it - without_it


def _last(played: Played, names: tuple[str, ...]) -> Floats:
    import numpy as np

    last: Floats = np.max(np.array([played.done[name] for name in names]), axis=0)
    return last


def _finite(values: Floats) -> NDArray[np.bool_]:
    import numpy as np

    return np.isfinite(values)


def _share(flags: NDArray[np.bool_]) -> float:
    return float(flags.mean())


def _quantile(values: Floats, share: float) -> float | None:
    """The smallest value that at least ``share`` of the runs do not exceed; ``None``: never."""
    import numpy as np

    ranked = np.sort(values)
    found = float(ranked[int(np.ceil(share * len(ranked))) - 1])
    return found if np.isfinite(found) else None


def _at(model: Model, values: Floats, share: float) -> datetime | None:
    seconds = _quantile(values, share)
    return None if seconds is None else model.start + timedelta(seconds=round(seconds))
