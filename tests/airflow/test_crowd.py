"""Five people who answer in the same second, again and again."""

from __future__ import annotations

import pytest

from tests.airflow.stage import Stage
from windlass.tasks.verbs import cancel

pytestmark = [pytest.mark.airflow, pytest.mark.deep, pytest.mark.timeout(3600)]

RELEASES = 13
GATES = ("validation.acceptance.gate", "validation.readiness.gate")
ACCEPT, READY = "validation.acceptance.approval", "validation.readiness.approval"
#: Who answers in the same moment as who else, seat by seat.
PAIRS = (
    {f"{ACCEPT}.product_manager": "mia", f"{ACCEPT}.stakeholder": "sam"},
    {f"{ACCEPT}.developer": "ines", f"{ACCEPT}.devops": "ops"},
    {f"{READY}.product_manager": "mia", f"{READY}.qa_engineer": "quinn"},
    {f"{READY}.developer": "ines", f"{READY}.devops": "ops"},
)


@pytest.mark.product("crowd")
def test_two_answers_in_the_same_moment_fifty_times_are_all_kept_and_no_release_is_stuck(
    stage: Stage,
) -> None:
    """As soon as Airflow shows the questions, so within moments of parking, to two API servers."""
    for number in range(RELEASES):
        show = stage.run("crowd", "r1" if number == 0 else f"s{number}")
        if number:
            show.trigger()
        for pair in PAIRS:
            for seat in pair:
                show.until_asked(seat, people=False, thinking=0)
            assert show.all_answer_at_once(pair) == [200, 200]
        signed = [(e.data["task"], e.by) for e in show.events("signature.given")]
        assert sorted(signed) == sorted(seat for pair in PAIRS for seat in pair.items())
        show.until(lambda r: all(r.view.record(gate) for gate in GATES), people=False)
        cancel(show.release, by="mia", reason="the next one")
        assert show.until_over(people=False).view.outcome == "cancelled"
