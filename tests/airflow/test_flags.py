"""Feature flags in a real Airflow: ramped behind their code, and alone on what is live."""

from __future__ import annotations

import pytest

from tests.airflow.flagged import Flagged
from tests.airflow.scenario import beside_the_others
from tests.airflow.stage import ENDED_WELL, Show, Stage
from windlass.ports.flags import FlagState

pytestmark = [pytest.mark.airflow, pytest.mark.timeout(900)]

EU, US = "production/eu", "production/us"
CART_EU, CART_US = f"{EU}+new-cart", f"{US}+new-cart"
OLD, NEW = "1.0.0", "1.1.0"
OFF, ON = FlagState(on=False), FlagState(on=True, percent=100.0)


@beside_the_others("flagged")
def test_a_flag_whose_users_do_badly_goes_off_before_its_code_goes_back(stage: Stage) -> None:
    """The code itself was fine at every step."""
    show, small = shown(stage, "flagged")
    release = show.until_over()
    assert release.view.outcome == "rolled back", release.view.ended
    assert show.run_state == "failed"
    assert show.stepped() == [(EU, 50.0), (EU, 100.0), (CART_EU, "staff")]
    keys = [str(event.data["key"]) for event in show.events("effect.done")]
    back = [key.partition("/")[2] for key in keys if key.startswith("execution.revert/production")]
    assert list(dict.fromkeys(back)) == [CART_EU, EU]
    assert small.flag(EU) == small.flag(US) == OFF
    assert small.serves(EU) == {OLD: 100.0}
    blocked = stage.ledger.select(("version.blocked",), product="flagged")
    assert [event.data["version"] for event in blocked] == [NEW]
    assert not [claim for claim in stage.ledger.claims.all() if claim.stream == show.name]


@beside_the_others("launch")
def test_a_flag_alone_is_ramped_on_the_version_that_is_live(stage: Stage) -> None:
    show, small = shown(stage, "launch")
    release = show.until_over()
    assert release.view.outcome in ENDED_WELL, release.view.ended
    assert release.view.version == OLD
    assert small.flag(EU) == small.flag(US) == ON
    assert small.serves(EU) == small.serves(US) == {OLD: 100.0}
    audiences = [(target, step) for target in (CART_EU, CART_US) for step in ("staff", 100.0)]
    assert show.stepped() == audiences
    assert stage.ledger.verify(show.name).ok


def shown(stage: Stage, name: str) -> tuple[Show, Flagged]:
    """A product's first release, and the product."""
    show = stage.run(name)
    assert isinstance(show.small, Flagged)
    return show, show.small
