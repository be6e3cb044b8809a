"""What the judge says is read by people."""

from __future__ import annotations

import pytest

from windlass.decisions.judge.ratio import digits, odds


@pytest.mark.parametrize(
    "value, said",
    [
        (0.7142, "0.714"),
        (33.24, "33.2"),
        (999.6, "1,000"),
        (2261.0, "2,260"),
        (999499.0, "999,000"),
    ],
)
def test_a_figure_has_three_digits_and_no_exponent(value: float, said: str) -> None:
    assert digits(value) == said


def test_evidence_is_said_as_odds() -> None:
    assert odds(2261.0) == "2,260 to 1"
    assert odds(1 / 2261.0) == "1 to 2,260"
    assert odds(4e7) == "more than a million to 1"
