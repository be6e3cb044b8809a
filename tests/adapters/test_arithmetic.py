"""Properties of the small arithmetic inside adapters: shares, file names, flag rules."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from windlass.adapters.deployments import routed
from windlass.adapters.deployments.routed import Backend, Table
from windlass.adapters.flags.flagd import FlagdFlags
from windlass.adapters.safe_names import file_name, one_line
from windlass.errors import NotConfigured
from windlass.ports.connection import ConnectionInfo
from windlass.ports.flags import FlagState
from windlass.spec.vendors import FlagdSettings

versions = st.sampled_from(["1.0.0", "1.1.0", "1.2.0"])
weights = st.one_of(st.just(0.0), st.floats(0.01, 100.0))
percents = st.integers(1, 10_000).map(lambda hundredths: hundredths / 100)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    found = draw(st.lists(st.tuples(versions, weights), max_size=6))
    return tuple(Backend(v, f"http://127.0.0.1:{4000 + n}", w) for n, (v, w) in enumerate(found))


@given(tables(), versions, percents, st.integers(1, 5))
def test_after_a_shift_the_shares_are_exactly_what_was_asked_for(
    table: Table, version: str, percent: float, replicas: int
) -> None:
    urls = [f"http://127.0.0.1:{5000 + n}" for n in range(replicas)]
    after = routed.shifted(table, version, urls, percent)
    stable = routed.stable_beside(table, version)
    exposure = routed.exposure(after, {})
    assert exposure.share(version) == (percent if stable else 100.0)
    assert abs(sum(exposure.shares.values()) - 100.0) < 1e-4
    assert {v for v, share in exposure.shares.items() if share} <= {version, stable}
    assert [b.url for b in after if b.version == version] == urls
    others = {b.url for b in table if b.version != version}
    assert others == {b.url for b in after if b.version != version}


@given(tables(), versions, percents)
def test_shifting_twice_is_shifting_once(table: Table, version: str, percent: float) -> None:
    once = routed.shifted(table, version, ["http://127.0.0.1:5000"], percent)
    twice = routed.shifted(once, version, ["http://127.0.0.1:5000"], percent)
    assert routed.exposure(twice, {}) == routed.exposure(once, {}) or percent == 100


@given(tables())
def test_a_silent_table_serves_nothing_and_loses_no_backend(table: Table) -> None:
    silent = routed.silent(table)
    assert len(silent) == len(table)
    assert routed.exposure(silent, {}).shares == dict.fromkeys(
        sorted({b.version for b in table}), 0
    )


@given(st.lists(st.text(max_size=40), min_size=2, max_size=5, unique=True))
def test_different_texts_have_different_file_names_in_one_folder(texts: list[str]) -> None:
    names = [file_name(text) for text in texts]
    assert len(set(names)) == len(names)
    assert all(name not in ("", ".", "..") and not set(name) & set("/\0\n") for name in names)


@given(st.text())
def test_one_line_is_one_line_without_hidden_characters(text: str) -> None:
    shown = one_line(text, 80)
    assert len(shown) <= 80
    assert len(shown.splitlines()) <= 1
    assert one_line(shown, 80) == shown


def no_connection(name: str) -> ConnectionInfo:
    raise NotConfigured(name)


states = st.one_of(
    st.just(FlagState(on=False)),
    st.builds(
        FlagState,
        on=st.just(value=True),
        percent=st.integers(0, 10_000).map(lambda hundredths: hundredths / 100),
        audiences=st.lists(st.text(min_size=1, max_size=5), max_size=2, unique=True).map(tuple),
    ),
)


@given(st.lists(states, min_size=1, max_size=3))
async def test_any_state_of_a_flag_reads_back_after_any_other(wanted: list[FlagState]) -> None:
    flag = {"variants": {"on": True, "off": False}, "defaultVariant": "off", "state": "ENABLED"}
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "f.json").write_text(json.dumps({"flags": {"one": flag}}))
        settings = FlagdSettings(path="f.json")
        flags = FlagdFlags(settings, root=Path(folder), connect=no_connection)
        for state in wanted:
            await flags.set("production", "one", state)
            assert await flags.read("production", "one") == state
