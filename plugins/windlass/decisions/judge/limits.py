"""The limits method: measurements with phases and limits, by Argo Rollouts' rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import isnan

from windlass.decisions.verdict import Outcome, Verdict


class Phase(StrEnum):
    """The phase of a measurement, a metric or a run; pending is "nothing measured yet"."""

    PENDING = "Pending"
    RUNNING = "Running"
    SUCCESSFUL = "Successful"
    INCONCLUSIVE = "Inconclusive"
    ERROR = "Error"
    FAILED = "Failed"


#: From best to worst of the completed phases.
WORSE: tuple[Phase, ...] = (Phase.SUCCESSFUL, Phase.INCONCLUSIVE, Phase.ERROR, Phase.FAILED)

OUTCOMES: Mapping[Phase, Outcome] = {
    Phase.PENDING: Outcome.INCONCLUSIVE,
    Phase.RUNNING: Outcome.INCONCLUSIVE,
    Phase.SUCCESSFUL: Outcome.PASS,
    Phase.INCONCLUSIVE: Outcome.INCONCLUSIVE,
    Phase.ERROR: Outcome.ERROR,
    Phase.FAILED: Outcome.FAIL,
}


@dataclass(frozen=True, slots=True)
class Limits:
    """How many measurements, and how many bad ones. The defaults are Argo's.

    Attributes:
        interval: seconds between measurements; ``None`` measures once.
        count: measurements to take; ``None`` with an interval goes on until stopped.
        failure_limit: failed measurements allowed; one more fails the metric; -1 never does.
        inconclusive_limit: the same for inconclusive ones.
        consecutive_error_limit: errors in a row allowed; any other result starts again.
        consecutive_success_limit: successes in a row that are enough; 0 is off.
        dry_run: reported, never decides.
    """

    interval: float | None = None
    count: int | None = None
    failure_limit: int = 0
    inconclusive_limit: int = 0
    consecutive_error_limit: int = 4
    consecutive_success_limit: int = 0
    dry_run: bool = False

    def __post_init__(self) -> None:
        for name in ("inconclusive_limit", "consecutive_error_limit", "consecutive_success_limit"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name}: {getattr(self, name)} is below 0")
        if self.failure_limit < -1:
            raise ValueError(f"failure_limit: {self.failure_limit} is below -1 (-1 is no limit)")
        if self.count is not None and self.count < 1:
            raise ValueError(f"count: {self.count} is not 1 or more")

    @property
    def problems(self) -> tuple[str, ...]:
        """Limits that contradict one another: Argo refuses such a metric when it is written."""
        count, found = self.count, []
        if count is not None and count > 1 and self.interval is None:
            found.append(f"count {count} needs an interval")
        needed = self.failure_limit + self.consecutive_success_limit
        if count is not None and count < needed:
            found.append(
                f"count {count} is below failure_limit {self.failure_limit} plus "
                f"consecutive_success_limit {self.consecutive_success_limit}"
            )
        if count is not None and count < self.inconclusive_limit:
            found.append(f"count {count} is below inconclusive_limit {self.inconclusive_limit}")
        if count is None and self.interval is not None and not self.consecutive_success_limit:
            found.append("an interval without a count: it goes on until it is stopped")
        return tuple(found)

    @property
    def wanted(self) -> int | None:
        """How many measurements complete it; ``None`` for no end."""
        if self.count is not None:
            return self.count
        return 1 if self.interval is None else None


@dataclass(frozen=True, slots=True)
class LimitsVerdict:
    """The phase of a metric or run, and why."""

    phase: Phase
    reasons: tuple[str, ...]

    @property
    def outcome(self) -> Outcome:
        """The phase as an outcome; still running is ``INCONCLUSIVE``."""
        return OUTCOMES[self.phase]

    @property
    def verdict(self) -> Verdict:
        """The same as the verdict every decision gives."""
        return Verdict(self.outcome, self.reasons, {"phase": self.phase})


def measure(value: float | None, *, success: bool | None, failure: bool | None) -> Phase:
    """The phase of one measurement, from what its conditions said of ``value``.

    Args:
        value: the result; ``None`` is no result, which is an error.
        success: whether the success condition held; ``None`` without one.
        failure: whether the failure condition held; ``None`` without one.

    NaN makes every comparison false, so that both conditions together are inconclusive and a
    success condition alone fails.
    """
    if value is None:
        return Phase.ERROR
    if isnan(value):
        success, failure = (None if held is None else False for held in (success, failure))
    if failure:
        return Phase.FAILED
    if success is None:
        return Phase.SUCCESSFUL
    if success:
        return Phase.SUCCESSFUL
    return Phase.FAILED if failure is None else Phase.INCONCLUSIVE


@dataclass(slots=True)
class _Tally:
    failed: int = 0
    inconclusive: int = 0
    successful: int = 0
    errors_in_a_row: int = 0
    successes_in_a_row: int = 0

    @property
    def counted(self) -> int:
        """Errors do not advance the count."""
        return self.failed + self.inconclusive + self.successful

    def add(self, phase: Phase) -> None:
        """Take one measurement in."""
        self.errors_in_a_row = self.errors_in_a_row + 1 if phase is Phase.ERROR else 0
        good = phase is Phase.SUCCESSFUL
        self.successes_in_a_row = self.successes_in_a_row + 1 if good else 0
        self.failed += phase is Phase.FAILED
        self.inconclusive += phase is Phase.INCONCLUSIVE
        self.successful += good


def judge_limits(
    limits: Limits, measurements: Sequence[Phase], *, terminating: bool = False
) -> LimitsVerdict:
    """The phase of a metric after its measurements.

    Args:
        limits: what is allowed.
        measurements: in order; a running one at the end is still in flight.
        terminating: whether the run is being stopped: what is not decided is then successful.
    """
    tally = _Tally()
    for phase in measurements:
        if phase in WORSE:
            tally.add(phase)
            if _exceeded(limits, tally):
                return _worst_exceeded(limits, measurements)
            ended = _completed(limits, tally)
            if ended is not None:
                return ended
    if measurements and measurements[-1] not in WORSE:
        return LimitsVerdict(Phase.RUNNING, ("a measurement is in flight",))
    if terminating:
        return LimitsVerdict(Phase.SUCCESSFUL, ("stopped before any limit was reached",))
    if not measurements:
        return LimitsVerdict(Phase.PENDING, ("nothing was measured yet",))
    wanted = limits.wanted
    said = f"{tally.counted} measurements" + ("" if wanted is None else f" of {wanted}")
    return LimitsVerdict(Phase.RUNNING, (f"{said}, no limit reached",))


@dataclass(frozen=True, slots=True)
class Runs:
    """One run after another over the same measurements.

    Attributes:
        ended: what the last run that ended came to; a failed one stays the last.
        present: the measurements since then.
    """

    ended: LimitsVerdict | None
    present: tuple[Phase, ...]


def judge_runs(limits: Limits, measurements: Sequence[Phase]) -> Runs:
    """What runs of a metric come to where measuring goes on: as one ends, the next begins.

    A run that failed is the last one.
    """
    tally, ended, begin = _Tally(), None, 0
    for place, phase in enumerate(measurements, start=1):
        tally.add(phase)
        exceeded = _exceeded(limits, tally)
        found = exceeded[0] if exceeded else _completed(limits, tally)
        if found is not None:
            tally, ended, begin = _Tally(), found, place
            if found.phase is Phase.FAILED:
                return Runs(ended, ())
    return Runs(ended, tuple(measurements[begin:]))


def _worst_exceeded(limits: Limits, measurements: Sequence[Phase]) -> LimitsVerdict:
    """Of the limits that the measurements exceed: error over inconclusive over failed."""
    tally, exceeded = _Tally(), dict[Phase, LimitsVerdict]()
    for phase in measurements:
        tally.add(phase)
        exceeded.update({verdict.phase: verdict for verdict in _exceeded(limits, tally)})
    order = (Phase.ERROR, Phase.INCONCLUSIVE, Phase.FAILED)
    return next(exceeded[phase] for phase in order if phase in exceeded)


def _exceeded(limits: Limits, tally: _Tally) -> list[LimitsVerdict]:
    """Every limit that is exceeded now."""
    counts = [
        (Phase.ERROR, "consecutive errors", tally.errors_in_a_row, limits.consecutive_error_limit),
        (Phase.INCONCLUSIVE, "inconclusive", tally.inconclusive, limits.inconclusive_limit),
    ]
    if limits.failure_limit >= 0:
        counts.append((Phase.FAILED, "failed", tally.failed, limits.failure_limit))
    return [
        _over(phase, word, count, limit) for phase, word, count, limit in counts if count > limit
    ]


def _over(phase: Phase, word: str, count: int, limit: int) -> LimitsVerdict:
    return LimitsVerdict(phase, (f"{word} ({count}) above the limit ({limit})",))


def _completed(limits: Limits, tally: _Tally) -> LimitsVerdict | None:
    """Whether enough was measured, and how that came out."""
    wanted_in_a_row = limits.consecutive_success_limit
    if wanted_in_a_row and tally.successes_in_a_row >= wanted_in_a_row:
        reason = f"{tally.successes_in_a_row} successes in a row, {wanted_in_a_row} are enough"
        return LimitsVerdict(Phase.SUCCESSFUL, (reason,))
    if limits.wanted is None or tally.counted < limits.wanted:
        return None
    counted = f"{tally.counted} measurements taken"
    if not wanted_in_a_row:
        return LimitsVerdict(Phase.SUCCESSFUL, (f"{counted}, no limit exceeded",))
    missed = f"{counted}, never {wanted_in_a_row} successes in a row"
    if limits.failure_limit >= 0:
        return LimitsVerdict(Phase.INCONCLUSIVE, (missed,))
    return LimitsVerdict(Phase.FAILED, (missed,))


def run_phase(metrics: Mapping[str, tuple[Limits, LimitsVerdict]]) -> LimitsVerdict:
    """The phase of a run: its worst metric; running while any metric runs and none is bad.

    Metrics on dry run never count; a run with nothing measured is successful only when stopped,
    which is what its metrics then say.
    """
    counted = {name: verdict for name, (limits, verdict) in metrics.items() if not limits.dry_run}
    bad = [v for v in counted.values() if v.phase in WORSE[1:]]
    if bad:
        worst = max((verdict.phase for verdict in bad), key=WORSE.index)
    elif any(verdict.phase not in WORSE for verdict in counted.values()):
        worst = Phase.RUNNING
    else:
        worst = Phase.SUCCESSFUL
    reasons = [
        f"{name}: {reason}"
        for name, verdict in counted.items()
        if verdict.phase is worst
        for reason in verdict.reasons
    ]
    reasons += [f"{name} is on dry run" for name, (limits, _) in metrics.items() if limits.dry_run]
    return LimitsVerdict(worst, tuple(reasons or ["no metric decides"]))
