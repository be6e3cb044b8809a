"""Two releases in one environment: the five by five table, cell by cell, and every stage."""

from __future__ import annotations

import itertools

import pytest

from windlass.decisions.two_releases import Encounter, Newcomer, Other, Party, Stage, meet

TYPES = ("major", "minor", "patch", "emergency", "rollback")
WAITS, PREEMPTS = Newcomer.WAITS, Newcomer.PREEMPTS

#: Arriving type → what it does to a holder of each type of TYPES, for another purpose.
TABLE = {
    "major": (WAITS, WAITS, WAITS, WAITS, WAITS),
    "minor": (WAITS, WAITS, WAITS, WAITS, WAITS),
    "patch": (WAITS, WAITS, WAITS, WAITS, WAITS),
    "emergency": (PREEMPTS, PREEMPTS, PREEMPTS, WAITS, WAITS),
    "rollback": (PREEMPTS, PREEMPTS, PREEMPTS, PREEMPTS, WAITS),
}
CELLS = [
    (arriving, holder, TABLE[arriving][TYPES.index(holder)])
    for arriving, holder in itertools.product(TYPES, TYPES)
]


def encounter(
    arriving: str, holder: str, stage: Stage, *, live: bool = True, same: bool = False
) -> Encounter:
    return meet(
        Party(id="new", release_type=arriving, purpose="2026-03-02"),
        Party(id="old", release_type=holder, purpose="2026-03-02" if same else "2026-02-16"),
        stage,
        live=live,
    )


@pytest.mark.parametrize("arriving, holder, expected", CELLS)
def test_each_cell_of_the_table_while_the_holder_has_exposed_nothing(
    arriving: str, holder: str, expected: Newcomer
) -> None:
    met = encounter(arriving, holder, Stage.HOLDING)
    assert met.newcomer is expected
    assert met.other is (Other.IS_HELD if expected is PREEMPTS else Other.GOES_ON)
    assert "old" in met.reason


@pytest.mark.parametrize("arriving, holder, expected", CELLS)
@pytest.mark.parametrize("live, other", [(True, Other.IS_SETTLED), (False, Other.PUTS_BACK)])
def test_each_cell_of_the_table_once_the_holder_is_exposed(
    arriving: str, holder: str, expected: Newcomer, live: bool, other: Other
) -> None:
    """In production the holder ends; in staging (a rehearsal, say) it does it again later."""
    met = encounter(arriving, holder, Stage.EXPOSED, live=live)
    assert met.newcomer is expected
    assert met.other is (other if expected is PREEMPTS else Other.GOES_ON)


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("stage", [Stage.PREPARING, Stage.HOLDING, Stage.EXPOSED, Stage.SETTLING])
def test_the_same_release_asked_for_twice_ends_superseded(kind: str, stage: Stage) -> None:
    met = encounter(kind, kind, stage, same=True)
    assert (met.newcomer, met.other) == (Newcomer.ENDS_SUPERSEDED, Other.GOES_ON)


def test_without_a_purpose_no_two_releases_are_the_same() -> None:
    one, two = (Party(id=name, release_type="minor") for name in ("new", "old"))
    assert meet(one, two, Stage.HOLDING, live=True).newcomer is WAITS


@pytest.mark.parametrize("arriving, holder", list(itertools.product(TYPES, TYPES)))
def test_nobody_interrupts_a_revert(arriving: str, holder: str) -> None:
    met = encounter(arriving, holder, Stage.SETTLING)
    assert (met.newcomer, met.other) == (WAITS, Other.GOES_ON)


@pytest.mark.parametrize("arriving, holder", list(itertools.product(TYPES, TYPES)))
def test_a_watch_stands_in_nobodys_way_and_ends_when_the_new_version_is_live(
    arriving: str, holder: str
) -> None:
    met = encounter(arriving, holder, Stage.WATCHING)
    assert (met.newcomer, met.other) == (Newcomer.GOES, Other.ENDS_WATCH)


@pytest.mark.parametrize("arriving, holder, expected", CELLS)
def test_while_the_other_prepares_both_go_on_unless_the_new_one_is_urgent(
    arriving: str, holder: str, expected: Newcomer
) -> None:
    met = encounter(arriving, holder, Stage.PREPARING)
    assert met.newcomer is Newcomer.GOES
    assert met.other is (Other.IS_HELD if expected is PREEMPTS else Other.GOES_ON)


def test_a_release_that_is_over_matters_to_nobody() -> None:
    assert encounter("minor", "minor", Stage.OVER, same=True).newcomer is Newcomer.GOES


def test_a_products_own_release_type_is_ordinary() -> None:
    assert encounter("quarterly", "minor", Stage.HOLDING).newcomer is WAITS
    assert encounter("emergency", "quarterly", Stage.HOLDING).newcomer is PREEMPTS
