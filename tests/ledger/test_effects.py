"""``once`` and ``converge`` on both databases: never twice, never dropped, never guessed."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from tests.ledger.vendor import LOST, REFUSED, Clock, T, Vendor
from windlass.errors import (
    EffectBusy,
    InputError,
    LedgerUnavailable,
    RefusedByVendor,
    RetryableError,
    StaleToken,
    TerminalError,
    UnsupportedByVendor,
    VendorUnavailable,
)
from windlass.ledger import (
    EffectBusyUntil,
    EffectState,
    ExposureClosed,
    Idempotency,
    Ledger,
    ReleaseEffects,
)

R = "storefront/minor/1"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def vendor(clock: Clock) -> Vendor:
    return Vendor(clock)


@pytest.fixture
def effects(ledger: Ledger, clock: Clock) -> ReleaseEffects:
    ledger.append(R, "release.opened", {"product": "storefront"}, at=T)
    return ledger.effects(R, token=1, clock=clock)


async def tag(effects: ReleaseEffects, vendor: Vendor, **changes: Any) -> Any:
    settings: dict[str, Any] = {
        "kind": "source_control.tag",
        "find": vendor.find,
        "do": vendor.do,
        "idempotency": Idempotency.NATURAL_KEY,
        "visible_within": 5,
        "deadline": 10,
    }
    return await effects.once("tag", **(settings | changes))


def kinds(ledger: Ledger) -> list[str]:
    return [event.type for event in ledger.events(R) if event.type.startswith("effect.")]


async def test_it_happens_and_its_result_is_kept(
    ledger: Ledger, effects: ReleaseEffects, vendor: Vendor
) -> None:
    assert await tag(effects, vendor) == {"number": 1}
    assert await tag(effects, vendor) == {"number": 1}
    assert len(vendor.made) == 1
    assert vendor.looked == 0
    assert kinds(ledger) == ["effect.intended", "effect.done"]
    done = ledger.events(R)[-1]
    assert done.data["result"] == {"number": 1}
    (row,) = effects.list()
    assert (row.state, row.token, row.result) == (EffectState.DONE, 1, {"number": 1})
    assert ledger.verify().ok


async def test_a_second_try_while_the_first_may_live_is_told_to_wait(
    effects: ReleaseEffects, vendor: Vendor, clock: Clock
) -> None:
    """Airflow runs two tries at once: a killed worker's child goes on."""
    started, release = asyncio.Event(), asyncio.Event()

    async def slow() -> Any:
        started.set()
        await release.wait()
        return await vendor.do()

    first = asyncio.create_task(tag(effects, vendor, do=slow))
    await started.wait()
    for seconds in (0, 9, 5.9):
        clock.pass_(seconds)
        with pytest.raises(EffectBusyUntil, match="may be in the middle of it") as busy:
            await tag(effects, vendor)
        assert busy.value.quiet_at == T + timedelta(seconds=15)
    release.set()
    assert await first == {"number": 1}
    assert await tag(effects, vendor) == {"number": 1}
    assert len(vendor.made) == 1


async def test_a_lost_reply_is_found_out_and_not_repeated(
    ledger: Ledger, effects: ReleaseEffects, vendor: Vendor, clock: Clock
) -> None:
    vendor.fails_after = LOST
    with pytest.raises(RetryableError, match="may or may not have happened"):
        await tag(effects, vendor)
    vendor.fails_after = None
    with pytest.raises(EffectBusy):
        await tag(effects, vendor)
    clock.pass_(5)
    assert await tag(effects, vendor) == {"number": 1}
    assert len(vendor.made) == 1
    assert kinds(ledger) == ["effect.intended", "effect.unknown", "effect.intended", "effect.done"]


async def test_a_call_that_never_arrived_is_done_after_all(
    effects: ReleaseEffects, vendor: Vendor, clock: Clock
) -> None:
    vendor.fails_before = VendorUnavailable("connection refused")
    with pytest.raises(VendorUnavailable):
        await tag(effects, vendor)
    vendor.fails_before = None
    clock.pass_(5)
    assert await tag(effects, vendor) == {"number": 1}


async def test_what_a_crashed_try_did_is_found_only_after_its_time(
    ledger: Ledger, effects: ReleaseEffects, vendor: Vendor, clock: Clock
) -> None:
    """Killed after the call and before the outcome, at a vendor whose search lags by 5 s."""
    vendor.lag = 5

    async def killed() -> Any:
        await vendor.do()
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await tag(effects, vendor, do=killed)
    assert effects.list()[0].state is EffectState.INTENDED
    assert effects.quiet_at() == T + timedelta(seconds=15)
    clock.pass_(14.9)
    with pytest.raises(EffectBusy):
        await tag(effects, vendor)
    clock.pass_(0.1)
    assert effects.quiet_at() is None
    assert await tag(effects, vendor) == {"number": 1}
    assert len(vendor.made) == 1


async def test_a_call_that_takes_too_long_is_cut_off_and_unknown(
    effects: ReleaseEffects, vendor: Vendor
) -> None:
    async def hangs() -> None:
        await asyncio.Event().wait()

    with pytest.raises(RetryableError, match="TimeoutError"):
        await tag(effects, vendor, do=hangs, deadline=0.01)
    assert effects.list()[0].state is EffectState.UNKNOWN


async def test_a_no_is_written_down_and_said_again_when_asked_again(
    ledger: Ledger, effects: ReleaseEffects, vendor: Vendor
) -> None:
    vendor.fails_before = REFUSED
    with pytest.raises(RefusedByVendor):
        await tag(effects, vendor)
    assert kinds(ledger) == ["effect.intended", "effect.refused"]
    assert "409" in ledger.events(R)[-1].data["reason"]
    vendor.fails_before = None
    assert await tag(effects, vendor) == {"number": 1}


async def test_what_a_vendor_cannot_do_at_all_is_a_no(
    effects: ReleaseEffects, vendor: Vendor
) -> None:
    vendor.fails_before = UnsupportedByVendor("flagd cannot schedule")
    with pytest.raises(UnsupportedByVendor):
        await tag(effects, vendor)
    assert effects.list()[0].state is EffectState.REFUSED


async def test_what_nobody_can_tell_is_never_done_again_and_asked_of_a_person(
    ledger: Ledger, effects: ReleaseEffects, vendor: Vendor, clock: Clock
) -> None:
    vendor.fails_after, vendor.cannot_tell = LOST, "the webhook keeps no history"
    with pytest.raises(RetryableError):
        await tag(effects, vendor, idempotency=Idempotency.LEDGER_ONLY)
    for _ in range(2):
        clock.pass_(60)
        with pytest.raises(TerminalError, match="A person must look at the other system") as asked:
            await tag(effects, vendor, idempotency=Idempotency.LEDGER_ONLY)
        assert "the webhook keeps no history" in str(asked.value)
    assert len(vendor.made) == 1
    assert kinds(ledger)[-1] == "effect.unknown"


@pytest.mark.parametrize("happened,made", [(True, 1), (False, 2)])
async def test_a_person_decides_what_nobody_can_tell(
    ledger: Ledger,
    effects: ReleaseEffects,
    vendor: Vendor,
    clock: Clock,
    happened: bool,
    made: int,
) -> None:
    vendor.fails_after, vendor.cannot_tell = LOST, "no history"
    with pytest.raises(RetryableError):
        await tag(effects, vendor)
    vendor.fails_after = None
    result = {"number": "from mia"}
    effects.decide("tag", happened=happened, by="mia", reason="I looked", result=result)
    clock.pass_(60)
    answer = await tag(effects, vendor)
    assert answer == (result if happened else {"number": 2})
    assert len(vendor.made) == made
    decided = [event for event in ledger.events(R) if event.type == "effect.decided"]
    assert [(event.by, event.data["happened"]) for event in decided] == [("mia", happened)]
    assert ledger.verify().ok


async def test_only_an_unknown_effect_can_be_decided(
    effects: ReleaseEffects, vendor: Vendor
) -> None:
    await tag(effects, vendor)
    for key, state in (("tag", "done"), ("mail", "not known")):
        with pytest.raises(InputError, match=f"is {state}; only an unknown one can be decided"):
            effects.decide(key, happened=False, by="mia", reason="x")


async def test_a_find_that_fails_leaves_it_unknown_and_is_tried_again(
    effects: ReleaseEffects, vendor: Vendor, clock: Clock
) -> None:
    vendor.fails_after = LOST
    with pytest.raises(RetryableError):
        await tag(effects, vendor)

    async def down() -> Any:
        raise VendorUnavailable("503")

    clock.pass_(5)
    with pytest.raises(VendorUnavailable):
        await tag(effects, vendor, find=down)
    clock.pass_(5)
    assert await tag(effects, vendor) == {"number": 1}
    assert len(vendor.made) == 1


async def test_a_process_that_was_taken_over_does_nothing(
    ledger: Ledger, effects: ReleaseEffects, vendor: Vendor
) -> None:
    ledger.bump_token(R)
    with pytest.raises(StaleToken):
        await tag(effects, vendor)
    assert vendor.made == []
    assert effects.list() == ()


async def test_a_late_write_of_a_process_that_was_taken_over_is_refused(
    ledger: Ledger, effects: ReleaseEffects, vendor: Vendor, clock: Clock
) -> None:
    """It did the call, slept, and wakes up after the take-over: the world is asked, not it."""

    async def sleeps() -> Any:
        answer = await vendor.do()
        ledger.bump_token(R)
        clock.pass_(60)
        return answer

    with pytest.raises(StaleToken):
        await tag(effects, vendor, do=sleeps)
    assert effects.list()[0].state is EffectState.INTENDED
    assert await tag(ledger.effects(R, token=2, clock=clock), vendor) == {"number": 1}
    assert len(vendor.made) == 1


async def test_a_process_that_wakes_before_its_call_but_after_its_time_does_nothing(
    ledger: Ledger, clock: Clock, vendor: Vendor
) -> None:
    effects = ledger.effects(R, token=1, clock=clock)
    store = effects._store
    claim = store.claim

    class Sleepy:
        """The store of a process that sleeps for a minute after each claim."""

        def __getattr__(self, name: str) -> Any:
            return getattr(store, name)

        def claim(self, *arguments: Any) -> Any:
            answer = claim(*arguments)
            clock.pass_(60)
            return answer

    effects._store = Sleepy()
    with pytest.raises(EffectBusy, match=r"time ended .* nothing was done"):
        await tag(effects, vendor)
    assert vendor.made == []


async def test_a_ledger_that_cannot_be_written_stops_the_effect_before_it_happens(
    sqlite_ledger: Ledger, clock: Clock, vendor: Vendor
) -> None:
    sqlite_ledger.append(R, "release.opened", {"product": "storefront"}, at=T)
    with sqlite_ledger.store.writing() as connection:
        connection.execute(text("DROP TABLE windlass_effects"))
    with pytest.raises(LedgerUnavailable):
        await tag(sqlite_ledger.effects(R, token=1, clock=clock), vendor)
    assert vendor.made == []


async def test_steps_are_refused_once_exposure_is_closed_and_reverts_go_on(
    ledger: Ledger, effects: ReleaseEffects, vendor: Vendor
) -> None:
    ledger.append(R, "exposure.closed", {"reason": "judge"}, at=T)
    with pytest.raises(ExposureClosed, match="the release's exposure is closed"):
        await tag(effects, vendor, unless_closed=True)
    assert vendor.made == []
    assert await tag(effects, vendor) == {"number": 1}


async def test_closing_between_claim_and_call_still_stops_the_step_and_frees_the_target(
    ledger: Ledger, effects: ReleaseEffects, vendor: Vendor, clock: Clock
) -> None:
    async def read() -> int:
        ledger.append(R, "exposure.closed", {}, key="closed", at=T)
        return 0

    with pytest.raises(ExposureClosed):
        await effects.converge(
            "step",
            read=read,
            write=vendor.writing(25),
            want=25,
            deadline=10,
            unless_closed=True,
            target="eu",
        )
    assert vendor.exposure == 0
    assert effects.list()[0].state is EffectState.REFUSED
    await revert(effects, vendor)


async def step(effects: ReleaseEffects, vendor: Vendor, percent: int, **changes: Any) -> None:
    settings: dict[str, Any] = {
        "read": vendor.read,
        "write": vendor.writing(percent),
        "want": percent,
        "deadline": 10,
        "target": "eu",
    }
    await effects.converge(f"step_{percent}", **(settings | changes))


async def revert(effects: ReleaseEffects, vendor: Vendor) -> None:
    await effects.converge(
        "revert",
        read=vendor.read,
        write=vendor.writing(0),
        want=0,
        deadline=10,
        target="eu",
    )


async def test_converge_writes_only_where_the_world_differs(
    ledger: Ledger, effects: ReleaseEffects, vendor: Vendor
) -> None:
    await step(effects, vendor, 25)
    await step(effects, vendor, 25)
    assert vendor.writes == [25]
    done = [event.data["result"] for event in ledger.events(R) if event.type == "effect.done"]
    assert done == [{"want": 25, "changed": True}, {"want": 25, "changed": False}]


async def test_a_recorded_done_never_stops_a_second_expose(
    effects: ReleaseEffects, vendor: Vendor
) -> None:
    await step(effects, vendor, 25)
    await revert(effects, vendor)
    await step(effects, vendor, 25)
    await revert(effects, vendor)
    assert vendor.writes == [25, 0, 25, 0]


async def test_a_revert_waits_until_a_step_in_the_middle_of_its_call_is_over(
    ledger: Ledger, effects: ReleaseEffects, vendor: Vendor, clock: Clock
) -> None:
    """Another release's too: the preemptor reverts what the preempted one still writes."""
    vendor.fails_after = asyncio.CancelledError()
    with pytest.raises(asyncio.CancelledError):
        await step(effects, vendor, 25)
    vendor.fails_after = None
    other = ledger.effects("storefront/emergency/1", token=1, clock=clock)
    ledger.append("storefront/emergency/1", "release.opened", {"product": "storefront"}, at=T)
    with pytest.raises(EffectBusy, match="step_25 by storefront/minor/1"):
        await revert(other, vendor)
    clock.pass_(10)
    await revert(other, vendor)
    assert vendor.exposure == 0


async def test_a_write_that_failed_is_compared_again_next_time(
    effects: ReleaseEffects, vendor: Vendor
) -> None:
    vendor.fails_after = LOST
    with pytest.raises(RetryableError):
        await step(effects, vendor, 25)
    vendor.fails_after = None
    await step(effects, vendor, 25)
    assert vendor.writes == [25]


async def test_a_secret_in_a_vendors_answer_is_cut_out(
    ledger: Ledger, effects: ReleaseEffects, vendor: Vendor
) -> None:
    async def leaky() -> Any:
        return {"id": 7, "access_token": "not-a-hash", "url": "https://u:pw@host/x"}

    answer = await tag(effects, vendor, do=leaky)
    assert answer["id"] == 7
    assert "not-a-hash" not in ledger.export(R)
    assert ":pw@" not in ledger.export(R)


@pytest.mark.parametrize("changes", [{"deadline": 0}, {"visible_within": -1}])
async def test_figures_that_promise_nothing_are_refused(
    effects: ReleaseEffects, vendor: Vendor, changes: dict[str, Any]
) -> None:
    with pytest.raises(InputError, match="deadline must be above 0"):
        await tag(effects, vendor, **changes)


async def test_many_tries_at_once_make_one_effect(effects: ReleaseEffects, vendor: Vendor) -> None:
    answers = await asyncio.gather(
        *(tag(effects, vendor) for _ in range(8)), return_exceptions=True
    )
    assert len(vendor.made) == 1
    assert {type(answer) for answer in answers} <= {dict, EffectBusyUntil}
    assert {"number": 1} in answers
