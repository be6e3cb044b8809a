"""The storefront of the demo: the bad version is caught early, healthy ones go through."""

from __future__ import annotations

from statistics import median

import pytest

from tests.decisions.judge import demo_shape as shape
from windlass.decisions.judge import ArmCounts, CountPolicy, Look, judge_counts

np = pytest.importorskip("numpy")

POLICY = CountPolicy(alpha=0.002, critical=True)


def test_a_six_percent_version_is_found_at_the_five_percent_step() -> None:
    """Half of the runs within 12 s, nineteen of twenty within 25 s, all before 60 s."""
    rng = np.random.default_rng(20260801)
    seconds = []
    for _ in range(100):
        looks = list(shape.looks(rng, shape.BAD_RATE, 0.05, 60))
        verdict = judge_counts(looks, POLICY)
        assert verdict.decision == "rollback"
        seconds.append(verdict.look * 1.5)
    assert 5 <= median(seconds) <= 12
    assert sorted(seconds)[94] <= 25


def test_a_hundred_healthy_releases_are_not_rolled_back() -> None:
    """20 s at 5 %, 8 s at 25, 50 and 100 %: no rollback in any step of any release."""
    rng = np.random.default_rng(20260802)
    for _ in range(100):
        history: list[Look] = []
        for share, bake in ((0.05, 20), (0.25, 8), (0.5, 8)):
            looks = list(shape.looks(rng, shape.BASE_RATE, share, bake))
            assert judge_counts(looks, POLICY).decision != "rollback"
            history.extend(looks)
        alone = [
            Look(None, look.canary, look.at) for look in shape.looks(rng, shape.BASE_RATE, 1.0, 8)
        ]
        verdict = judge_counts(alone, POLICY, history=history)
        assert verdict.weaker
        assert verdict.decision != "rollback"


@pytest.mark.parametrize("every", [1.0, 2.0])
def test_at_full_exposure_a_bad_version_is_found_against_its_past(every: float) -> None:
    """Without a baseline arm, the looks of the earlier steps are the comparison."""
    rng = np.random.default_rng(20260803)
    history = list(shape.looks(rng, shape.BASE_RATE, 0.25, 36))
    bad = [
        Look(None, look.canary, look.at) for look in shape.looks(rng, shape.BAD_RATE, 1.0, 8, every)
    ]
    verdict = judge_counts(bad, POLICY, history=history)
    assert verdict.decision == "rollback"
    assert verdict.look * every <= 4
    assert any("before/after" in reason for reason in verdict.reasons)


def test_no_traffic_never_passes() -> None:
    """A canary without a single request is NO_DATA, whatever the baseline did."""
    looks = [Look(ArmCounts(200, 0), ArmCounts(0, 0), float(at)) for at in range(20)]
    assert judge_counts(looks, POLICY).outcome == "NO_DATA"
