from __future__ import annotations

from collections import Counter

import pytest

from demo.backends import BackendTable, BadBackends, Wish

OLD_A = Wish("1.0.0", "http://127.0.0.1:1001", 50)
OLD_B = Wish("1.0.0", "http://127.0.0.1:1002", 50)
NEW = Wish("1.1.0", "http://127.0.0.1:1003", 0)


@pytest.fixture
def table() -> BackendTable:
    made = BackendTable()
    made.replace([OLD_A, OLD_B, NEW])
    return made


def chosen(table: BackendTable, times: int) -> Counter[str]:
    found = [table.choose() for _ in range(times)]
    return Counter(backend.version for backend in found if backend)


@pytest.mark.parametrize("percent", [0, 1, 5, 25, 50, 99, 100])
def test_of_a_hundred_requests_a_version_gets_its_percentage(
    table: BackendTable, percent: int
) -> None:
    table.reweigh({"1.0.0": 100 - percent, "1.1.0": percent})
    assert chosen(table, 100)["1.1.0"] == percent


def test_replicas_of_a_version_share_evenly(table: BackendTable) -> None:
    urls = Counter(backend.url for _ in range(100) if (backend := table.choose()))
    assert urls == {OLD_A.url: 50, OLD_B.url: 50}


def test_a_backend_that_is_passed_over_leaves_the_rest_in_proportion(table: BackendTable) -> None:
    dead = table.serving[0]
    assert {b.url for _ in range(10) if (b := table.choose([dead]))} == {OLD_B.url}


def test_every_change_has_a_new_revision_and_the_same_wish_has_none(table: BackendTable) -> None:
    before = table.etag
    table.replace([OLD_A, OLD_B, NEW])
    assert table.etag == before
    table.reweigh({"1.0.0": 95, "1.1.0": 5})
    assert table.etag != before


def test_a_removed_backend_is_kept_until_its_requests_are_done(table: BackendTable) -> None:
    busy = table.serving[0]
    busy.in_flight = 2
    table.replace([OLD_B, NEW])
    assert [b.url for b in table.leaving()] == [OLD_A.url]
    busy.in_flight = 0
    assert table.leaving() == []


@pytest.mark.parametrize(
    "wishes,why",
    [
        ([OLD_A, OLD_A], "twice"),
        ([Wish("1.0.0", "http://127.0.0.1:1001", -1)], "weight"),
        ([Wish("1.0.0", "http://127.0.0.1:1001", float("nan"))], "weight"),
        ([Wish("1.0.0", "ftp://127.0.0.1:1001", 1)], "expected http"),
        ([NEW], "no backend with traffic"),
        ([], "no backend with traffic"),
    ],
)
def test_a_wish_that_makes_no_sense_changes_nothing(
    table: BackendTable, wishes: list[Wish], why: str
) -> None:
    before = table.etag
    with pytest.raises(BadBackends, match=why):
        table.replace(wishes)
    assert table.etag == before
    assert len(table.serving) == 3


def test_a_weight_for_a_version_nobody_runs_is_refused(table: BackendTable) -> None:
    with pytest.raises(BadBackends, match=r"no backend runs 9\.9\.9"):
        table.reweigh({"1.0.0": 95, "9.9.9": 5})


def test_silence_must_be_meant(table: BackendTable) -> None:
    table.replace([], allow_silence=True)
    assert table.choose() is None
