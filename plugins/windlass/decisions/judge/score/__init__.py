"""The score method: Kayenta's pipeline, label for label, made deterministic."""

from __future__ import annotations

from windlass.decisions.judge.score.judge import ScoreVerdict, judge_score
from windlass.decisions.judge.score.metric import EffectSize, Label, Labelled, ScoreMetric
from windlass.decisions.judge.score.runs import Window, run_outcome, windows
from windlass.decisions.judge.score.scoring import Thresholds

__all__ = [
    "EffectSize",
    "Label",
    "Labelled",
    "ScoreMetric",
    "ScoreVerdict",
    "Thresholds",
    "Window",
    "judge_score",
    "run_outcome",
    "windows",
]
