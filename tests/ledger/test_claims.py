"""One release at a time holds a target, and time alone never takes it away."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from windlass.errors import ClaimHeld, InputError, StaleToken
from windlass.ledger import Ledger

T = datetime(2026, 1, 6, 9, tzinfo=UTC)
LATER = T + timedelta(hours=1)
EU, US = "storefront/production/eu-west", "storefront/production/us-east"
A, B, C = "storefront/minor/1", "storefront/emergency/1", "storefront/rollback/1"


def names(ledger: Ledger, stream: str) -> list[str]:
    return [event.type for event in ledger.events(stream)]


def test_the_first_release_holds_and_the_second_is_told_who(ledger: Ledger) -> None:
    assert ledger.claims.take(EU, A, at=T, lease=60) == 1
    with pytest.raises(ClaimHeld) as held:
        ledger.claims.take(EU, B, at=LATER, lease=60)
    assert (held.value.target, held.value.holder) == (EU, A)
    assert ledger.claims.take(US, B, at=T, lease=60) == 1
    holder = ledger.claims.holder(EU)
    assert holder is not None
    assert holder.stream == A
    assert ledger.claims.holder("elsewhere") is None
    assert names(ledger, B) == ["claim.taken"]


def test_a_release_takes_again_what_it_holds_and_renews_the_lease(ledger: Ledger) -> None:
    ledger.claims.take(EU, A, at=T, lease=60)
    ledger.claims.take(EU, A, at=LATER, lease=60)
    holder = ledger.claims.holder(EU)
    assert holder is not None
    assert (holder.taken_at, holder.until) == (T, LATER + timedelta(seconds=60))
    assert names(ledger, A) == ["claim.taken"]


def test_a_lease_that_is_over_makes_a_claim_suspect_and_keeps_it(ledger: Ledger) -> None:
    ledger.claims.take(EU, A, at=T, lease=60)
    ledger.claims.take(US, B, at=T, lease=7200)
    assert ledger.claims.suspect(T + timedelta(seconds=59)) == ()
    assert [claim.target for claim in ledger.claims.suspect(LATER)] == [EU]
    with pytest.raises(ClaimHeld):
        ledger.claims.take(EU, B, at=LATER, lease=60)


def test_freeing_gives_the_target_to_whoever_asks_next(ledger: Ledger) -> None:
    ledger.claims.take(EU, A, at=T, lease=60)
    assert ledger.claims.free(EU, A, at=LATER)
    assert not ledger.claims.free(EU, A, at=LATER)
    assert ledger.claims.take(EU, B, at=LATER, lease=60) == 1
    assert not ledger.claims.free(EU, A, at=LATER)
    assert names(ledger, A) == ["claim.taken", "claim.freed"]


def test_a_holder_that_was_taken_over_can_neither_renew_nor_free(ledger: Ledger) -> None:
    token = ledger.claims.take(EU, A, at=T, lease=60)
    ledger.bump_token(A)
    with pytest.raises(StaleToken):
        ledger.claims.free(EU, A, at=LATER, token=token)
    with pytest.raises(StaleToken):
        ledger.claims.take(EU, A, at=LATER, lease=60, token=token)
    assert ledger.claims.free(EU, A, at=LATER, token=token + 1)


def test_preempting_raises_the_holders_token_and_the_target_follows(ledger: Ledger) -> None:
    ledger.claims.take(EU, A, at=T, lease=60)
    preemption = ledger.claims.preempt(EU, B, T, "payments are down")
    assert (preemption.victim, preemption.token) == (A, 2)
    with pytest.raises(StaleToken):
        ledger.append(A, "evidence", {}, at=T, token=1)
    with pytest.raises(ClaimHeld) as waiting:
        ledger.claims.take(EU, B, at=T, lease=60)
    assert waiting.value.holder == A
    with pytest.raises(ClaimHeld) as third:
        ledger.claims.take(EU, C, at=T, lease=60)
    assert third.value.holder == B
    assert ledger.claims.free(EU, A, at=LATER, token=2)
    holder = ledger.claims.holder(EU)
    assert holder is not None
    assert (holder.stream, holder.wanted_by) == (B, None)
    assert ledger.claims.take(EU, B, at=LATER, lease=60) == 1
    assert names(ledger, A) == ["claim.taken", "release.preempted", "claim.freed"]
    assert names(ledger, B) == ["claim.taken"]


def test_preempting_again_gives_the_same_answer_and_changes_nothing(ledger: Ledger) -> None:
    ledger.claims.take(EU, A, at=T, lease=60)
    first = ledger.claims.preempt(EU, B, T, "x")
    assert ledger.claims.preempt(EU, B, LATER, "x") == first
    assert names(ledger, A) == ["claim.taken", "release.preempted"]


def test_preempting_a_free_target_takes_it(ledger: Ledger) -> None:
    preemption = ledger.claims.preempt(EU, B, T, "x")
    assert (preemption.victim, preemption.token) == (None, 1)
    assert ledger.claims.preempt(EU, B, T, "x") == preemption
    holder = ledger.claims.holder(EU)
    assert holder is not None
    assert holder.stream == B


def test_a_target_is_preempted_by_one_release_at_a_time(ledger: Ledger) -> None:
    ledger.claims.take(EU, A, at=T, lease=60)
    ledger.claims.preempt(EU, B, T, "x")
    with pytest.raises(ClaimHeld) as held:
        ledger.claims.preempt(EU, C, T, "x")
    assert held.value.holder == B
    ledger.append(B, "release.ended", {}, at=T)
    assert ledger.claims.preempt(EU, C, T, "x").victim == A


def test_a_target_whose_preemptor_ended_meanwhile_is_free(ledger: Ledger) -> None:
    ledger.claims.take(EU, A, at=T, lease=60)
    ledger.claims.preempt(EU, B, T, "x")
    ledger.append(B, "release.ended", {}, at=T)
    ledger.claims.free(EU, A, at=LATER)
    assert ledger.claims.holder(EU) is None


def test_claims_are_listed_by_the_end_of_their_lease(ledger: Ledger) -> None:
    ledger.claims.take(EU, A, at=T, lease=90)
    ledger.claims.take(US, A, at=T, lease=60)
    assert [claim.target for claim in ledger.claims.all()] == [US, EU]
    assert [claim.target for claim in ledger.claims.of(A)] == [US, EU]
    assert ledger.claims.of(B) == ()


@pytest.mark.parametrize("lease", [0, -1])
def test_a_lease_without_length_is_refused(sqlite_ledger: Ledger, lease: float) -> None:
    with pytest.raises(InputError, match="lease must be above 0"):
        sqlite_ledger.claims.take(EU, A, at=T, lease=lease)


def test_of_many_releases_at_once_one_gets_the_target(ledger: Ledger) -> None:
    def take(number: int) -> bool:
        try:
            ledger.claims.take(EU, f"r/{number}", at=T, lease=60)
        except ClaimHeld:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(take, range(16))) == 1
    assert ledger.verify().ok
