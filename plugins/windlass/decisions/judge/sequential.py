"""The count judge: ROLLBACK, GO or CONTINUE after every look, with stated error budgets."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

from windlass.decisions.judge import sentences
from windlass.decisions.judge.count_verdict import CountVerdict, Decision
from windlass.decisions.judge.counts import ArmCounts, CountPolicy, Look
from windlass.decisions.judge.dispersion import Scatter
from windlass.decisions.judge.past import History, Past
from windlass.decisions.judge.prior import stage_share
from windlass.decisions.judge.ratio import RatioTally, ratio_interval
from windlass.decisions.judge.side import Side
from windlass.decisions.judge.tidy import Tidy, silent_arm, tidy
from windlass.decisions.verdict import Outcome


def judge_counts(
    looks: Sequence[Look],
    policy: CountPolicy,
    *,
    name: str = "errors",
    history: Sequence[Look] = (),
) -> CountVerdict:
    """Judge a metric that is a count of errors among requests.

    A rollback stays a rollback: later looks cannot undo it. After a GO the watch goes on, and a
    regression that begins later still rolls back. What later looks show never changes what an
    earlier prefix of them said. Where the looks' stage changes, evidence for a rollback runs on
    and GO, missing data and ``min_requests`` begin anew.

    Args:
        looks: the intervals so far; counts of each interval, in any order if ``at`` is given.
        policy: error budgets and what to refuse.
        name: the metric's name, used in the reasons.
        history: looks before the release, for intervals without a baseline arm.
    """
    ordered = tidy(looks)
    judge = CountJudge(policy, history)
    for look in ordered.looks:
        judge.observe(look)
    return judge.conclude(name, ordered)


class CountJudge:
    """The judge between looks; keep one and give it each look as it comes."""

    def __init__(self, policy: CountPolicy, history: Sequence[Look] = ()) -> None:
        self.policy = policy
        directions = {"increase": (False,), "decrease": (True,), "either": (False, True)}
        downs = directions[policy.direction]
        self._sides = [Side(policy, down=down, alpha=policy.alpha / len(downs)) for down in downs]
        # That the past misleads is paid by the stage without a baseline arm, which is the last.
        last = stage_share(policy.stages - 1, policy.stages)
        self._history = History(history, policy.alpha * last / 2, policy.dispersion)
        self._past = self._history.expect(None)
        self._scatter = Scatter(policy.dispersion)
        self._tally = RatioTally()
        self._alone = ArmCounts(0, 0)
        self._stage: float | str | None = None
        self._stages = 0
        self._stage_began = 0
        self._begin()
        self.path: list[float] = []
        self.peak = 1.0
        self.rollback_look: int | None = None

    def _begin(self) -> None:
        """What is asked anew in each stage."""
        self.go_look: int | None = None
        self._go_peaks = [1.0 for _ in self._sides]
        self._requests = 0.0

    @property
    def e_value(self) -> float:
        """Evidence that the canary is worse, now."""
        value = self._sides[0].worse
        if len(self._sides) == 2:
            value = (value + self._sides[1].worse) / 2
        return value / 2 if self._alone.requests else value

    @property
    def go_value(self) -> float:
        """Evidence against the ratio to refuse, now; of the weaker side when there are two."""
        value = min(side.better.value for side in self._sides)
        return value / 2 if self._alone.requests else value

    def observe(self, look: Look) -> None:
        """Take one tidy look in; a look that failed or shows nothing leaves the evidence as is."""
        if look.stage != self._stage:
            self._next_stage(look.stage)
        for side in self._sides:
            side.tick()
        canary, baseline = look.canary, look.baseline
        if look.error is None and canary is not None:
            if baseline is not None:
                self._compare(canary, baseline)
            else:
                past = self._history.expect(look.at)
                if past is not None and canary.requests > 0:
                    self._compare_past(canary, past)
        self._note()

    def _next_stage(self, stage: float | str | None) -> None:
        self._stage = stage
        if self.path:
            self._stages += 1
            self._stage_began = len(self.path)
            self._begin()
            for side in self._sides:
                side.begin(self._stages)

    def _compare(self, canary: ArmCounts, baseline: ArmCounts) -> None:
        requests = canary.requests + baseline.requests
        if requests <= 0:
            return
        phi = self._scatter.value
        arms = (canary.errors, canary.requests, baseline.errors, baseline.requests)
        for side in self._sides:
            side.observe_arms(*arms, phi)
        share = canary.requests / requests
        self._scatter.observe(canary.errors, canary.errors + baseline.errors, share)
        self._tally.add(*arms)
        self._requests += canary.requests

    def _compare_past(self, canary: ArmCounts, past: Past) -> None:
        phi = max(self._scatter.value, past.dispersion)
        for side in self._sides:
            side.observe_alone(canary.errors, canary.requests, past, phi)
        self._past = past
        self._requests += canary.requests
        self._alone = ArmCounts(
            self._alone.requests + canary.requests, self._alone.errors + canary.errors
        )

    def _note(self) -> None:
        value = self.e_value
        self.path.append(value)
        self.peak = max(self.peak, value)
        halved = 2.0 if self._alone.requests else 1.0
        self._go_peaks = [
            max(peak, side.better.value / halved)
            for peak, side in zip(self._go_peaks, self._sides, strict=True)
        ]
        if self.rollback_look is None and value >= 1 / self.policy.alpha:
            self.rollback_look = len(self.path)
        if (
            self.go_look is None
            and min(self._go_peaks) >= 1 / self.policy.beta
            and self._requests >= self.policy.min_requests
        ):
            self.go_look = len(self.path)

    def conclude(self, name: str, ordered: Tidy) -> CountVerdict:
        """The verdict on what was observed so far."""
        decision, outcome, why = self._decide(ordered)
        look = {"rollback": self.rollback_look, "go": self.go_look}.get(decision)
        look = look or len(self.path)
        tally, past, phi = self._tally, self._past, self._scatter.value
        canary = ArmCounts(tally.canary_requests, tally.canary_errors)
        baseline = ArmCounts(tally.baseline_requests, tally.baseline_errors)
        ratio = tally.ratio
        share, errors = tally.share, (tally.canary_errors, tally.baseline_errors)
        against = "baseline"
        if self._alone.requests and past is not None:
            canary, baseline = self._alone, ArmCounts(past.requests, past.errors)
            against = sentences.before(seasonal=past.seasonal)
            phi = max(phi, past.dispersion)
            ratio = _ratio(canary, baseline)
            share = canary.requests / (canary.requests + baseline.requests)
            errors = (canary.errors, baseline.errors)
        interval = ratio_interval(errors[0] / phi, errors[1] / phi, share, self.policy.alpha)
        reasons = [sentences.comparison(name, canary, baseline, ratio, interval, against), *why]
        if self._alone.requests:
            reasons.append(sentences.WEAKER)
        return CountVerdict(
            name=name,
            decision=decision,
            outcome=outcome,
            reasons=(*reasons, *(f"{name}: {warning}" for warning in ordered.warnings)),
            e_value=self.path[look - 1] if decision == "rollback" else self.e_value,
            p_value=min(1.0, 1 / self.peak),
            go_value=self.go_value,
            ratio=None if ratio == inf else ratio,
            ratio_interval=interval,
            look=look,
            canary=canary,
            baseline=baseline,
            path=tuple(self.path),
            policy=self.policy,
            weaker=bool(self._alone.requests),
            overtime=any(side.window.over for side in self._sides if side.window is not None),
        )

    def _decide(self, ordered: Tidy) -> tuple[Decision, Outcome, list[str]]:
        policy = self.policy
        if self.rollback_look is not None:
            value = self.path[self.rollback_look - 1]
            why = [sentences.rollback(self.rollback_look, value, policy), *self._windows()]
            return "rollback", Outcome.FAIL, why
        missing = self._missing(ordered)
        if missing is not None:
            return "continue", missing[0], [missing[1]]
        if self.go_look is not None:
            return "go", Outcome.PASS, [sentences.go(self.go_look, min(self._go_peaks), policy)]
        why = [sentences.undecided(len(self.path), self.e_value, self.go_value, policy)]
        why += self._windows()
        return "continue", Outcome.INCONCLUSIVE, why

    def _windows(self) -> list[str]:
        """Where the windows of known length stand: those that were crossed, or the present ones."""
        won = [(side, window) for side in self._sides for window in side.won]
        now = [(side, side.window) for side in self._sides if side.window is not None]
        return [
            sentences.window(window, "baseline" if side.down else "canary")
            for side, window in won or now
        ]

    def _missing(self, ordered: Tidy) -> tuple[Outcome, str] | None:
        """Whether the data is too incomplete to conclude anything good from it."""
        looks = ordered.looks[self._stage_began :]
        if not looks:
            return Outcome.NO_DATA, "nothing was counted: that takes two readings"
        failed = sum(1 for look in looks if look.error is not None)
        if looks[-1].error is not None:
            return Outcome.ERROR, f"the latest look failed: {looks[-1].error}"
        if failed > self.policy.max_missing * len(looks):
            share = sentences.percent(self.policy.max_missing)
            return Outcome.ERROR, f"{failed} of {len(looks)} looks failed; {share} may"
        return self._unusable(looks)

    def _unusable(self, looks: Sequence[Look]) -> tuple[Outcome, str] | None:
        """Whether an arm is missing from too many looks to conclude anything good."""
        with_arms = any(look.baseline is not None for look in looks)
        if not with_arms and self._past is None:
            return Outcome.NO_DATA, "no baseline arm and no history: nothing to compare with"
        if _requests(looks, "canary") <= 0:
            return Outcome.NO_DATA, "the canary had no requests"
        if with_arms and not self._alone.requests and _requests(looks, "baseline") <= 0:
            return Outcome.NO_DATA, "the baseline had no requests"
        lacking = sum(
            1
            for look in looks
            if look.error is None
            and (look.canary is None or (look.baseline is None and self._past is None))
        )
        if lacking > self.policy.max_missing * len(looks):
            return Outcome.NO_DATA, f"in {lacking} of {len(looks)} looks an arm reported nothing"
        silent = silent_arm(looks, needs_baseline=with_arms and looks[-1].baseline is not None)
        if silent is not None:
            return Outcome.NO_DATA, f"the {silent} stopped reporting requests"
        return None


def _requests(looks: Sequence[Look], arm: str) -> float:
    arms: list[ArmCounts | None] = [getattr(look, arm) for look in looks]
    return sum(counts.requests for counts in arms if counts is not None)


def _ratio(canary: ArmCounts, baseline: ArmCounts) -> float | None:
    if canary.requests <= 0 or baseline.requests <= 0 or not canary.errors + baseline.errors:
        return None
    if not baseline.errors:
        return inf
    return (canary.errors / canary.requests) / (baseline.errors / baseline.requests)
