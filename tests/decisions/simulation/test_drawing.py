"""Durations from a seed alone."""

from __future__ import annotations

import pytest

from windlass.decisions.simulation import Effort
from windlass.decisions.simulation.drawing import durations, uniform


def test_the_first_numbers_are_those_of_splitmix64() -> None:
    """The reference generator's first output for the state that seed 1, stream 0 leads to."""
    state = _reference(_reference(1)[0] % 2**64)[0]
    expected = (_reference(state)[0] >> 11) * 2.0**-53 + 2.0**-54
    assert uniform(1, 0, 3)[0] == expected


def _reference(state: int) -> tuple[int, int]:
    """``next()`` of the published C code: the output, and the new state."""
    state = (state + 0x9E3779B97F4A7C15) % 2**64
    z = state
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) % 2**64
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) % 2**64
    return z ^ (z >> 31), state


def test_numbers_are_even_between_0_and_1_and_streams_have_nothing_in_common() -> None:
    import numpy as np
    from scipy.stats import kstest

    one, two = uniform(7, 0, 20000), uniform(7, 1, 20000)
    assert 0 < one.min() < one.max() < 1
    assert kstest(one, "uniform").pvalue > 0.001
    assert abs(np.corrcoef(one, two)[0, 1]) < 0.03
    assert abs(np.corrcoef(one[:-1], one[1:])[0, 1]) < 0.03


@pytest.mark.parametrize("spread", [1.0, 1.5, 4.0])
def test_the_median_and_the_p90_are_those_asked_for(spread: float) -> None:
    import numpy as np

    drawn = durations(Effort(100.0, spread), 3, 5, 40000)
    assert np.quantile(drawn, 0.5) == pytest.approx(100.0, rel=0.03)
    assert np.quantile(drawn, 0.9) == pytest.approx(100.0 * spread, rel=0.03)


def test_past_durations_are_drawn_evenly() -> None:
    drawn = durations(Effort(1.0, samples=(1.0, 2.0, 3.0, 4.0, 5.0)), 3, 5, 50000)
    for value in (1.0, 2.0, 3.0, 4.0, 5.0):
        assert (drawn == value).mean() == pytest.approx(0.2, abs=0.02)
