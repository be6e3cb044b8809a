"""Appending and reading events, in both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest

from windlass.errors import InputError, LedgerError, StaleToken
from windlass.ledger import Ledger, open_ledger
from windlass.ledger.canonical import canonical
from windlass.ledger.event import GENESIS, event_hash

T = datetime(2026, 1, 6, 9, tzinfo=UTC)
R = "storefront/minor/1"


def opened(ledger: Ledger, stream: str = R, product: str = "storefront", at: datetime = T) -> None:
    ledger.append(stream, "release.opened", {"product": product}, key="opened", at=at)


def test_events_come_back_as_they_were_written(ledger: Ledger) -> None:
    opened(ledger)
    data = {"percent": 12.5, "note": "Grüße 🚀", "list": [1, {"a": None}]}
    written = ledger.append(R, "evidence", data, at=T, by="mia", key="e:1")
    first, second = ledger.events(R)
    assert second == written
    assert (first.seq, second.seq) == (1, 2)
    assert dict(second.data) == data
    assert (second.type, second.version, second.by, second.key) == ("evidence", 1, "mia", "e:1")
    assert second.at == T
    assert second.at.tzinfo is UTC


def test_events_that_belong_together_are_written_together_or_not_at_all(ledger: Ledger) -> None:
    opened(ledger)
    pair = [("signature.given", {"by": "mia"}, "s"), ("question.answered", {}, "q")]
    with pytest.raises(InputError, match="unknown event type"):
        ledger.append_together(R, [pair[0], ("no.such", {}, None)], at=T)
    assert [event.type for event in ledger.events(R)] == ["release.opened"]
    written = ledger.append_together(R, pair, at=T, by="mia")
    assert written == ledger.append_together(R, pair, at=T, by="mia") == ledger.events(R)[1:]
    assert ledger.verify(R).ok


def test_each_event_carries_the_hash_of_the_one_before(ledger: Ledger) -> None:
    opened(ledger)
    ledger.append(R, "evidence", {}, at=T)
    first, second = ledger.events(R)
    assert first.prev_hash == GENESIS
    assert second.prev_hash == first.hash
    assert event_hash(second, canonical(dict(second.data))) == second.hash


def test_data_cannot_be_changed_by_its_reader(ledger: Ledger) -> None:
    opened(ledger)
    with pytest.raises(TypeError):
        ledger.events(R)[0].data["product"] = "other"  # type: ignore[index] # the point: it is read-only


def test_an_instant_in_another_zone_is_kept_as_utc(ledger: Ledger) -> None:
    zone = timezone(timedelta(hours=2))
    event = ledger.append(R, "evidence", {}, at=datetime(2026, 1, 6, 11, 0, 0, 123456, tzinfo=zone))
    assert event.at == datetime(2026, 1, 6, 9, 0, 0, 123456, tzinfo=UTC)
    assert ledger.events(R)[0] == event


def test_appending_again_with_a_key_gives_the_first_event_and_writes_nothing(
    ledger: Ledger,
) -> None:
    first = ledger.append(R, "evidence", {"n": 1}, key="once", at=T)
    again = ledger.append(R, "evidence", {"n": 2}, key="once", at=T + timedelta(hours=1))
    assert again == first
    assert len(ledger.events(R)) == 1


def test_a_key_belongs_to_one_stream_and_one_type(ledger: Ledger) -> None:
    ledger.append(R, "evidence", {}, key="k", at=T)
    assert ledger.append("other", "evidence", {}, key="k", at=T).seq == 1
    with pytest.raises(LedgerError, match="is taken by an event of type evidence"):
        ledger.append(R, "task.started", {}, key="k", at=T)


def test_events_after_a_sequence_number(ledger: Ledger) -> None:
    for number in range(3):
        ledger.append(R, "evidence", {"n": number}, at=T)
    assert [event.seq for event in ledger.events(R, after=1)] == [2, 3]
    assert ledger.events("nobody") == ()


def test_a_write_with_an_old_token_is_refused_and_writes_nothing(ledger: Ledger) -> None:
    opened(ledger)
    head = ledger.head(R)
    assert head is not None
    assert head.token == 1
    assert ledger.bump_token(R) == 2
    with pytest.raises(StaleToken, match="taken over with token 2"):
        ledger.append(R, "evidence", {}, at=T, token=1)
    with pytest.raises(StaleToken):
        ledger.append(R, "release.opened", {"product": "x"}, key="opened", at=T, token=1)
    assert ledger.append(R, "evidence", {}, at=T, token=2).seq == 2


def test_a_token_that_was_never_handed_out_is_refused(ledger: Ledger) -> None:
    with pytest.raises(LedgerError, match="never handed out"):
        ledger.append(R, "evidence", {}, at=T, token=7)


def test_heads_of_many_streams_come_from_one_query(ledger: Ledger) -> None:
    names = [f"s{number}" for number in range(20)]
    for name in names:
        ledger.append(name, "evidence", {}, at=T)
    heads = ledger.heads([*names, "nobody", "s1"])
    assert sorted(heads) == sorted(names)
    assert heads["s3"].hash == ledger.events("s3")[-1].hash
    assert ledger.head("nobody") is None
    assert ledger.heads([]) == {}


def test_releases_are_listed_newest_first_and_other_streams_are_not(ledger: Ledger) -> None:
    opened(ledger, "a/1", "a", T)
    opened(ledger, "b/1", "b", T + timedelta(days=1))
    opened(ledger, "a/2", "a", T + timedelta(days=2))
    ledger.append("a/1", "release.ended", {"outcome": "released"}, at=T + timedelta(days=3))
    ledger.append("notes", "evidence", {}, at=T)
    assert [info.stream for info in ledger.streams()] == ["a/2", "b/1", "a/1"]
    assert [info.stream for info in ledger.streams("a/")] == ["a/2", "a/1"]
    assert [info.stream for info in ledger.streams(open_only=True)] == ["a/2", "b/1"]
    last = ledger.streams()[-1]
    assert (last.product, last.opened_at, last.closed_at) == ("a", T, T + timedelta(days=3))
    assert last.seq == 2


def test_a_name_with_wildcards_is_taken_literally(ledger: Ledger) -> None:
    opened(ledger, "a_b/1")
    opened(ledger, "axb/1")
    assert [info.stream for info in ledger.streams("a_b")] == ["a_b/1"]


def test_select_reads_types_over_all_releases_in_order_of_time(ledger: Ledger) -> None:
    opened(ledger, "a/1", "a")
    opened(ledger, "b/1", "b")
    ledger.append("b/1", "version.promoted", {"v": 1}, at=T + timedelta(hours=2))
    ledger.append("a/1", "version.promoted", {"v": 2}, at=T + timedelta(hours=1))
    ledger.append("a/1", "version.blocked", {"v": 3}, at=T + timedelta(hours=1))
    ledger.append("a/1", "evidence", {"v": 4}, at=T + timedelta(hours=1))
    types = {"version.promoted", "version.blocked"}
    assert [event.data["v"] for event in ledger.select(types)] == [2, 3, 1]
    assert [event.data["v"] for event in ledger.select(types, product="b")] == [1]
    after = T + timedelta(hours=1)
    assert [event.data["v"] for event in ledger.select(types, after=after)] == [1]
    assert ledger.select(()) == ()


def test_events_of_one_instant_are_ordered_alike_in_every_database(ledger: Ledger) -> None:
    """By bytes, whatever the server's locale thinks of capitals and slashes."""
    names = ["a/1", "B/1", "a-1", "é/1", "aa/1"]
    for name in names:
        ledger.append(name, "evidence", {}, at=T)
    assert [event.stream for event in ledger.select(["evidence"])] == sorted(names)


@pytest.mark.parametrize(
    "type_,data,message",
    [
        ("signature.givne", {}, "did you mean signature.given"),
        ("release.opened", {}, "data lacks product"),
        ("evidence", {"password": "x"}, "a secret may not enter"),
        ("evidence", {"at": T}, "datetime cannot be recorded"),
        ("evidence", {"x": float("nan")}, "nan"),
    ],
)
def test_what_may_not_be_written_is_refused_with_the_reason(
    sqlite_ledger: Ledger, type_: str, data: dict[str, object], message: str
) -> None:
    with pytest.raises(InputError) as refused:
        sqlite_ledger.append(R, type_, data, at=T)
    assert message in str(refused.value)
    assert sqlite_ledger.events(R) == ()
    assert sqlite_ledger.head(R) is None


def test_a_naive_instant_is_refused(sqlite_ledger: Ledger) -> None:
    with pytest.raises(InputError, match="no time zone"):
        sqlite_ledger.append(R, "evidence", {}, at=datetime(2026, 1, 6))  # noqa: DTZ001


@pytest.mark.parametrize("name", ["", "x" * 251, "a\x00b", "a\nb"])
def test_a_name_that_cannot_be_stored_is_refused(sqlite_ledger: Ledger, name: str) -> None:
    with pytest.raises(InputError, match="printable"):
        sqlite_ledger.append(name, "evidence", {}, at=T)
    with pytest.raises(InputError, match="printable"):
        sqlite_ledger.append(R, "evidence", {}, at=T, key=name)


def test_many_writers_at_once_leave_one_chain_without_a_gap(url: str, ledger: Ledger) -> None:
    """Twenty parallel siblings of one release, through two ledgers opened apart."""
    other = open_ledger(url)

    def write(number: int) -> int:
        writer = ledger if number % 2 else other
        return writer.append(R, "evidence", {"n": number}, key=f"n{number // 2}", at=T).seq

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(write, range(40)))
    other.close()
    events = ledger.events(R)
    assert [event.seq for event in events] == list(range(1, 21))
    assert ledger.verify().problems == ()
    head = ledger.head(R)
    assert head is not None
    assert (head.seq, head.hash) == (20, events[-1].hash)


def test_releases_opened_at_once_are_all_in_the_registry(ledger: Ledger) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: opened(ledger, f"p/{n}"), range(16)))
    registered = {event.data["stream"] for event in ledger.events("ledger")}
    assert registered == {f"p/{n}" for n in range(16)}
