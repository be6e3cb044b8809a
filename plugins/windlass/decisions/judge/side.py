"""One direction of a comparison: the bet on "worse" and the bet on "not that bad"."""

from __future__ import annotations

from windlass.decisions.judge.counts import CountPolicy
from windlass.decisions.judge.dispersion import with_margin
from windlass.decisions.judge.evidence import Evidence
from windlass.decisions.judge.past import Past
from windlass.decisions.judge.prior import BETTER, worse_prior

#: Without a baseline arm the canary is a vanishing share of all the errors that could be.
_ALONE = 1e-6


class Side:
    """Evidence in one direction.

    Args:
        policy: ratios and dispersion.
        down: whether fewer is worse; ratios are then baseline over canary.
    """

    __slots__ = ("_errors", "_looks", "_policy", "_worse", "better", "down")

    def __init__(self, policy: CountPolicy, *, down: bool) -> None:
        self.down = down
        self.better = Evidence(BETTER, policy.refuse_ratio)
        self._worse: Evidence | None = None
        self._policy = policy
        self._errors = 0.0
        self._looks = 0

    @property
    def worse(self) -> float:
        """Evidence for "worse than tolerated"."""
        return 1.0 if self._worse is None else self._worse.value

    def observe_arms(self, s1: float, n1: float, s0: float, n0: float, phi: float) -> None:
        """Take in an interval with both arms: errors and requests of canary and baseline."""
        canary, share = (s0, n0) if self.down else (s1, n1)
        share /= n1 + n0
        total = s1 + s0
        worse = self._bets(total, share)
        if worse is not None:
            worse.observe_arms(canary / phi, total / phi, share)
        self.better.observe_arms(canary / phi, total / phi, share)

    def observe_alone(self, errors: float, requests: float, past: Past, phi: float) -> None:
        """Take in an interval without a baseline arm, against bounds of the past's rate."""
        careful, other = (past.low, past.high) if self.down else (past.high, past.low)
        worse = self._bets(past.high * requests / _ALONE, _ALONE)
        if worse is not None:
            worse.observe_mean(errors / phi, careful * requests / phi, upside_down=self.down)
        self.better.observe_mean(errors / phi, other * requests / phi, upside_down=self.down)

    def _bets(self, total: float, share: float) -> Evidence | None:
        """The bet on "worse", placed at the first look with errors.

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
