"""What every ``flags`` adapter must do."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from windlass.adapters.registry import choices
from windlass.errors import InputError, RefusedByVendor
from windlass.ports.flags import Flags, FlagState

FLAG = {"state": "ENABLED", "variants": {"on": True, "off": False}, "defaultVariant": "off"}


@pytest.fixture(params=choices("flags"))
def flags(request: pytest.FixtureRequest, tmp_path: Path, make: Callable[..., Any]) -> Flags:
    """An adapter whose environments hold the flags ``one`` and ``two``, off."""
    for environment in ("staging", "production"):
        document = {"flags": {"one": FLAG, "two": FLAG}}
        (tmp_path / f"flags-{environment}.json").write_text(json.dumps(document))
    settings = {"flagd": {"path": "flags-{environment}.json"}}
    return make("flags", request.param, settings[request.param])


STATES = [
    FlagState(on=False),
    FlagState(on=True, percent=100.0),
    FlagState(on=True, percent=5.0),
    FlagState(on=True, percent=0.5, audiences=("beta", "staff")),
    FlagState(on=True, percent=0.0, audiences=("beta",)),
    FlagState(on=True, percent=100.0, audiences=("beta",)),
    FlagState(on=True, percent=0.0),
]


@pytest.mark.parametrize("state", STATES, ids=str)
async def test_a_flag_reads_back_as_it_was_set_in_that_environment_only(
    flags: Flags, state: FlagState
) -> None:
    for _ in range(2):
        await flags.set("production", "one", state)
        assert await flags.read("production", "one") == state
    assert await flags.read("production", "two") == FlagState(on=False)
    assert await flags.read("staging", "one") == FlagState(on=False)
    await flags.set("production", "one", FlagState(on=False))
    assert await flags.read("production", "one") == FlagState(on=False)


async def test_a_flag_that_nobody_defined_is_refused(flags: Flags) -> None:
    assert await flags.read("production", "three") is None
    with pytest.raises(RefusedByVendor, match="no flag 'three'"):
        await flags.set("production", "three", FlagState(on=True, percent=5.0))


@pytest.mark.parametrize("percent", [-1.0, 100.5, float("nan")])
async def test_a_percentage_that_is_none_is_refused(flags: Flags, percent: float) -> None:
    with pytest.raises(InputError, match="no exposure"):
        await flags.set("production", "one", FlagState(on=True, percent=percent))


async def test_an_environment_is_a_name_and_no_path(flags: Flags) -> None:
    with pytest.raises(InputError, match="not the name of an environment"):
        await flags.read("../production", "one")
