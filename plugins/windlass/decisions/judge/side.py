"""One direction of a comparison: the bets on "worse" and the bet on "not that bad"."""

from __future__ import annotations

from windlass.decisions.judge.counts import CountPolicy
from windlass.decisions.judge.dispersion import with_margin
from windlass.decisions.judge.evidence import Evidence
from windlass.decisions.judge.past import Past
from windlass.decisions.judge.planned import KEPT, PlannedWindow
from windlass.decisions.judge.prior import BETTER, stage_share, worse_prior

#: Without a baseline arm the canary is a vanishing share of all the errors that could be.
_ALONE = 1e-6


class Side:
    """Evidence in one direction.

    Where the policy knows the windows' lengths, most of the wealth of a stage is on its boundary
    (:class:`PlannedWindow`): all or nothing, which is evidence like any other, as what it can pay
    times the chance that it does so is what was put on it.

    Args:
        policy: ratios, dispersion, planned stages, windows.
        down: whether fewer is worse; ratios are then baseline over canary.
        alpha: the error budget of this direction.

    Attributes:
        better: the bet on "not as bad as refused".
        window: of the present stage; ``None`` where no length is known.
        won: windows whose boundary was crossed.
    """

    __slots__ = (
        "_alpha",
        "_bets",
        "_policy",
        "_staked",
        "_unstaked",
        "better",
        "down",
        "window",
        "won",
    )

    def __init__(self, policy: CountPolicy, *, down: bool, alpha: float) -> None:
        self.down = down
        self._policy, self._alpha = policy, alpha
        self._bets: list[StageBet] = []
        self._unstaked = 1.0
        self.won: list[PlannedWindow] = []
        self.begin(0)

    def begin(self, stage: int) -> None:
        """Stage ``stage`` begins: its part of the wealth is bet on "worse", GO is asked anew."""
        self.better = Evidence(BETTER, self._policy.refuse_ratio)
        self.window: PlannedWindow | None = None
        self._staked = 0.0
        part = stage_share(stage, self._policy.stages)
        if not part:
            return
        self._unstaked -= part
        if self._policy.windows:
            self._staked = part * (1 - KEPT)
            looks = self._policy.windows[stage]
            self.window = PlannedWindow(looks, self._alpha * self._staked)
        self._bets.append(StageBet(self._policy, part - self._staked))

    @property
    def worse(self) -> float:
        """Evidence for "worse than tolerated": what all bets so far have become."""
        value = max(0.0, self._unstaked) + len(self.won) / self._alpha
        for bet in self._bets:
            value += bet.value
        return value

    def observe_arms(self, s1: float, n1: float, s0: float, n0: float, phi: float) -> None:
        """Take in an interval with both arms: errors and requests of canary and baseline."""
        canary, share = (s0, n0) if self.down else (s1, n1)
        share /= n1 + n0
        total = s1 + s0
        for bet in self._bets:
            worse = bet.placed(total, share)
            if worse is not None:
                worse.observe_arms(canary / phi, total / phi, share)
        self.better.observe_arms(canary / phi, total / phi, share)
        if self.window is not None and 0 < share < 1:
            self._watch(self.window, canary / phi, total / phi, share)

    def _watch(self, window: PlannedWindow, canary: float, total: float, share: float) -> None:
        tolerated = self._policy.tolerance_ratio
        if window.crossed is None:
            window.observe(canary, total, tolerated * share / (1 + (tolerated - 1) * share))
            if window.crossed is not None:
                self.won.append(window)

    def observe_alone(self, errors: float, requests: float, past: Past, phi: float) -> None:
        """Take in an interval without a baseline arm, against bounds of the past's rate."""
        if self.window is not None and not self.window.total:
            self._bets.append(StageBet(self._policy, self._staked))
            self.window = None
        careful, other = (past.low, past.high) if self.down else (past.high, past.low)
        for bet in self._bets:
            worse = bet.placed(past.high * requests / _ALONE, _ALONE)
            if worse is not None:
                worse.observe_mean(errors / phi, careful * requests / phi, upside_down=self.down)
        self.better.observe_mean(errors / phi, other * requests / phi, upside_down=self.down)

    def tick(self) -> None:
        """A look begins."""
        if self.window is not None:
            self.window.tick()


class StageBet:
    """The bet on "worse" that is placed in one stage.

    Args:
        policy: ratios and dispersion.
        part: of the wealth that is bet.
    """

    __slots__ = ("_errors", "_looks", "_part", "_policy", "_worse")

    def __init__(self, policy: CountPolicy, part: float) -> None:
        self._policy, self._part = policy, part
        self._worse: Evidence | None = None
        self._errors = 0.0
        self._looks = 0

    @property
    def value(self) -> float:
        """What the part has become."""
        return self._part if self._worse is None else self._part * self._worse.value

    def placed(self, total: float, share: float) -> Evidence | None:
        """The bet, placed at the first look with errors; ``None`` before.

        How many there are tells what is worth betting on, and says nothing about whose they are.
        """
        self._looks += 1
        self._errors += total
        if self._worse is None and self._errors > 0 and 0 < share < 1:
            tolerated = self._policy.tolerance_ratio
            prior = worse_prior(
                self._errors / self._looks,
                tolerated * share / (1 + (tolerated - 1) * share),
                with_margin(self._policy.dispersion),
                self._policy.planned_looks,
            )
            self._worse = Evidence(prior, tolerated, self._looks - 1)
        return self._worse
