"""Plays every run of a simulation at once, step by step."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from windlass.decisions.simulation.clocks import Stretches
from windlass.decisions.simulation.model import Kind, Model, Step
from windlass.decisions.windows.spans import merged, without
from windlass.decisions.windows.state import open_spans
from windlass.decisions.windows.wallclock import zone_named
from windlass.decisions.working_days import watch_after

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]


@dataclass(slots=True)
class Played:
    """What happened, one value a run.

    Attributes:
        ready: step → when everything before it was done.
        done: step → when it was done.
        closes: window step → when the opening it took closes.
        outside: seat step → whether nobody who may sign worked when it was asked.
        days_off: watch step → whether it counts days on which nobody works.
        needs: window step → seconds that had to be left.
    """

    ready: dict[str, Floats] = field(default_factory=dict)
    done: dict[str, Floats] = field(default_factory=dict)
    closes: dict[str, Floats] = field(default_factory=dict)
    outside: dict[str, Bools] = field(default_factory=dict)
    days_off: dict[str, Bools] = field(default_factory=dict)
    needs: dict[str, float] = field(default_factory=dict)


class Player:
    """One model with its durations and clocks; ``play`` runs through its steps."""

    def __init__(self, model: Model, drawn: dict[str, Floats], runs: int) -> None:
        self.model, self.drawn, self.runs = model, drawn, runs
        self.end = model.start + model.horizon
        self.hours = {
            name: Stretches(hours.spans(model.start, self.end), model.start)
            for name, hours in model.people.items()
        }
        self.openings = {
            name: Stretches(
                without(
                    open_spans(place.rules, model.start, self.end),
                    merged(busy.span for busy in place.busy),
                ),
                model.start,
            )
            for name, place in model.places.items()
        }
        self.signed: dict[str, dict[str, Bools]] = {}
        self.played = Played()

    def play(self) -> Played:
        """Every step in turn."""
        import numpy as np

        for step in self.model.steps:
            ready = np.zeros(self.runs)
            for name in step.after:
                ready = np.maximum(ready, self.played.done[name])
            if step.not_before is not None:
                ready = np.maximum(ready, (step.not_before - self.model.start).total_seconds())
            self.played.ready[step.id] = ready
            self.played.done[step.id] = self._done(step, ready)
        return self.played

    def _done(self, step: Step, ready: Floats) -> Floats:
        if step.kind is Kind.PEOPLE:
            return self._people(step, ready)
        if step.kind is Kind.SEAT:
            return self._seat(step, ready)
        if step.kind is Kind.WINDOW:
            return self._window(step, ready)
        if step.kind is Kind.WATCH:
            return self._watch(step, ready)
        done: Floats = ready + self.drawn[step.id]
        return done

    def _people(self, step: Step, ready: Floats) -> Floats:
        import numpy as np

        done = np.full(self.runs, np.inf)
        for name in self.model.holders(step.role):
            done = np.minimum(done, self.hours[name].after(ready, self.drawn[step.id]))
        return done

    def _seat(self, step: Step, ready: Floats) -> Floats:
        """The first ``count`` answers of people who have not signed another seat of the gate."""
        import numpy as np

        names = self.model.holders(step.role)
        signed = self.signed.setdefault(step.gate, {})
        if not names:
            return np.full(self.runs, np.inf)
        self._ask(step, names, ready)
        answers = np.array(
            [
                self.hours[name].after(ready, work)
                for name, work in zip(names, self.drawn[step.id], strict=True)
            ]
        )
        for row, name in enumerate(names):
            if name in signed:
                answers[row][signed[name]] = np.inf
        done = np.zeros(self.runs)
        for _ in range(step.count):
            first = np.argmin(answers, axis=0)
            done = np.maximum(done, answers[first, np.arange(self.runs)])
            for row, name in enumerate(names):
                taken = first == row
                signed[name] = signed.get(name, np.zeros(self.runs, dtype=bool)) | taken
                answers[row][taken] = np.inf
        return done

    def _ask(self, step: Step, names: tuple[str, ...], ready: Floats) -> None:
        import numpy as np

        somebody = np.zeros(self.runs, dtype=bool)
        for name in names:
            somebody |= self.hours[name].inside(ready)
        self.played.outside[step.id] = ~somebody & np.isfinite(ready)

    def _window(self, step: Step, ready: Floats) -> Floats:
        need = self._need(step)
        begins, closes = self.openings[step.place].fitting(ready, need)
        self.played.closes[step.id], self.played.needs[step.id] = closes, need
        return begins

    def _need(self, step: Step) -> float:
        """The P90 of the work that the window has to hold."""
        import numpy as np

        if not step.covers:
            return 0.0
        total = sum((self.drawn[name] for name in step.covers), np.zeros(self.runs))
        return float(np.quantile(total, 0.9, method="higher"))

    def _watch(self, step: Step, ready: Floats) -> Floats:
        import numpy as np

        zone, working = zone_named(self.model.zone), self.model.working
        done = np.full(self.runs, np.inf)
        off = np.zeros(self.runs, dtype=bool)
        for run in np.flatnonzero(np.isfinite(ready)):
            begins = self.at(float(ready[run]))
            watch = watch_after(begins, step.days, zone, working, only_worked=step.only_worked)
            done[run] = (watch.end - self.model.start).total_seconds()
            off[run] = watch.needs_watcher and not step.only_worked
        self.played.days_off[step.id] = off
        return done

    def at(self, seconds: float) -> datetime:
        """The instant ``seconds`` after the start."""
        return self.model.start + timedelta(seconds=round(seconds))
