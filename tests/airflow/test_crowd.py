"""Many people who answer in the same second."""

from __future__ import annotations

import pytest

from tests.airflow.stage import SIGNERS, Stage
from windlass.tasks.verbs import cancel

pytestmark = [pytest.mark.airflow, pytest.mark.deep, pytest.mark.timeout(3600)]

RELEASES = 13
GATES = ("validation.acceptance.gate", "validation.readiness.gate")


@pytest.mark.product("crowd")
def test_fifty_answers_given_four_at_a_time_are_all_kept_and_no_release_is_stuck(
    stage: Stage,
) -> None:
    """As soon as Airflow shows the question, so within moments of parking, to two API servers."""
    for number in range(RELEASES):
        show = stage.run("crowd", "r1" if number == 0 else f"s{number}")
        if number:
            show.trigger()
        for seat in SIGNERS:
            show.until_asked(seat, people=False, thinking=0)
        assert show.all_answer_at_once(SIGNERS) == [200] * len(SIGNERS)
        assert [show.signed(person) for person in SIGNERS.values()] == [1] * len(SIGNERS)
        show.until(lambda r: all(r.view.record(gate) for gate in GATES), people=False)
        cancel(show.release, by="mia", reason="the next one")
        assert show.until_over(people=False).view.outcome == "cancelled"
