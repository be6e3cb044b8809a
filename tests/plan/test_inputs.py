"""What a person, the calendar or another DAG hands to a release when it starts."""

from __future__ import annotations

import pytest

from windlass.errors import InputError
from windlass.plan.inputs import REASONS, ReleaseInputs, parse_inputs

#: What a business asks a release for beside its cadence.
ASKED_FOR = ("security", "compliance", "performance", "infrastructure", "market")


@pytest.mark.parametrize("reason", ASKED_FOR)
def test_every_reason_that_a_business_has_is_one_that_a_person_may_give(reason: str) -> None:
    assert reason in REASONS
    assert parse_inputs({"reason": reason}, by="mia").reason == reason


@pytest.mark.parametrize("form", [{}, {"reason": None}, {"reason": ""}, {"reason": "because"}])
def test_a_release_that_a_person_starts_without_a_reason_is_refused(form: dict[str, str]) -> None:
    with pytest.raises(InputError, match="must say why") as refused:
        parse_inputs(form, by="mia")
    assert all(reason in str(refused.value) for reason in ASKED_FOR)


def test_the_calendars_own_reason_is_the_cadence() -> None:
    assert parse_inputs({}, by="calendar", scheduled=True).reason == "cadence"


def test_inputs_that_were_frozen_before_there_was_a_completion_are_read_all_the_same() -> None:
    data = parse_inputs({"reason": "market"}, by="mia").to_json()
    del data["completion"]
    assert ReleaseInputs.from_json(data).completion is None
