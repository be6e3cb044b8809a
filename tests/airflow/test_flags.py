"""Feature flags in a real Airflow: ramped behind their code, and alone on what is live."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.airflow.flagged import Flagged
from tests.airflow.scenario import beside_the_others
from tests.airflow.stage import ENDED_WELL, Show, Stage
from windlass.ports.flags import FlagState
from windlass.tasks.adopting import lift

pytestmark = [pytest.mark.airflow, pytest.mark.timeout(900)]

EU, US = "production/eu", "production/us"
CART_EU, CART_US = f"{EU}+new-cart", f"{US}+new-cart"
OLD, NEW = "1.0.0", "1.1.0"
WINDOW = "execution.production.eu.window"
OFF, ON = FlagState(on=False), FlagState(on=True, percent=100.0)


@beside_the_others("flagged")
def test_a_flag_goes_off_before_its_code_goes_back_and_is_ramped_later_on_what_is_live(
    stage: Stage,
) -> None:
    show = stage.run("flagged")
    small = show.small
    assert isinstance(small, Flagged)
    users_of_the_flag_do_badly_and_all_goes_back(stage, show, small)
    (small.root / "state" / "errors-on").unlink()
    alone = stage.run("flagged", "f1", "flag")
    alone.trigger(by="dev", reason="launch", flags=["new-cart"])
    nothing_begins_for_an_hour_unless_somebody_lifts_what_was_taken_back(alone)
    release = alone.until_over()
    assert release.view.outcome in ENDED_WELL, release.view.ended
    assert release.view.version == OLD
    assert small.flag(EU) == small.flag(US) == ON
    assert small.serves(EU) == small.serves(US) == {OLD: 100.0}
    assert alone.stepped() == [
        (CART_EU, "staff"),
        (CART_EU, 100.0),
        (CART_US, "staff"),
        (CART_US, 100.0),
    ]
    assert stage.ledger.verify(alone.name).ok


def nothing_begins_for_an_hour_unless_somebody_lifts_what_was_taken_back(show: Show) -> None:
    release = show.until(lambda r: WINDOW in r.view.waiting)
    assert f"{NEW} was taken back" in release.view.waiting[WINDOW]["reason"]
    assert not show.stepped()
    lift(
        release.ledger,
        product=show.small.name,
        version=NEW,
        by="ops",
        reason="it was the flag",
        at=datetime.now(UTC),
    )


def users_of_the_flag_do_badly_and_all_goes_back(stage: Stage, show: Show, small: Flagged) -> None:
    """The code itself was fine at every step."""
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
