"""A release, played many times on the real calendar before it starts: see ``simulate``."""

from __future__ import annotations

from windlass.decisions.simulation.forecast import (
    Forecast,
    FreezeEffect,
    MilestoneForecast,
    Missed,
    Outside,
    StepForecast,
)
from windlass.decisions.simulation.model import Busy, Effort, Kind, Model, Place, Step
from windlass.decisions.simulation.simulate import simulate, unmeetable
from windlass.decisions.simulation.stretch import stretch_p90

__all__ = [
    "Busy",
    "Effort",
    "Forecast",
    "FreezeEffect",
    "Kind",
    "MilestoneForecast",
    "Missed",
    "Model",
    "Outside",
    "Place",
    "Step",
    "StepForecast",
    "simulate",
    "stretch_p90",
    "unmeetable",
]
