"""Whatever is done to the record behind our back is found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, text

from windlass.errors import InputError
from windlass.ledger import Ledger, Signer, open_ledger

T = datetime(2026, 1, 6, 9, tzinfo=UTC)
R, OTHER = "storefront/minor/1", "storefront/minor/0"


def write_release(ledger: Ledger, stream: str, *, end: bool = False) -> None:
    ledger.append(stream, "release.opened", {"product": "storefront"}, key="opened", at=T)
    for number in range(2, 7):
        ledger.append(stream, "evidence", {"n": number}, at=T, by="mia")
    if end:
        ledger.append(stream, "release.ended", {"outcome": "released"}, key="ended", at=T)


@pytest.fixture
def signer() -> Signer:
    return Signer.generate()


@pytest.fixture
def signed(url: str, signer: Signer) -> Iterator[Ledger]:
    """A ledger with a key, an ended release and an open one."""
    opened = open_ledger(url, signer=signer)
    write_release(opened, OTHER, end=True)
    write_release(opened, R)
    yield opened
    opened.close()


@pytest.fixture
def unsigned(ledger: Ledger) -> Ledger:
    """The same without a key."""
    write_release(ledger, OTHER, end=True)
    write_release(ledger, R)
    return ledger


@contextmanager
def behind_our_back(ledger: Ledger) -> Iterator[Callable[..., object]]:
    """Run SQL as somebody with the database's own rights would, past the append-only trigger."""
    with ledger.store.writing() as connection:
        disarm(connection)
        yield lambda sql, **values: connection.execute(text(sql), values)
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET session_replication_role = DEFAULT"))


def disarm(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET session_replication_role = replica"))
        return
    for verb in ("update", "delete"):
        connection.execute(text(f"DROP TRIGGER IF EXISTS windlass_events_no_{verb}"))


def test_an_untouched_ledger_verifies(signed: Ledger) -> None:
    found = signed.verify()
    assert found.problems == ()
    assert found.notes == ()
    assert (found.streams, found.events) == (3, 16)  # two releases and the registry
    assert signed.verify(R).ok
    assert signed.verify(R).events == 6


def test_without_a_key_the_check_says_what_it_cannot_show(unsigned: Ledger) -> None:
    found = unsigned.verify()
    assert found.ok
    assert found.notes == (
        "heads are not signed: who can write to the database could rewrite it whole",
    )


@pytest.mark.parametrize(
    "change",
    [
        "data = '{\"n\"\\:99}'",
        "by = 'eve'",
        "at = '2026-01-06T08:00:00.000000Z'",
        "type = 'judge.look'",
        "key = 'k'",
        "version = 2",
    ],
)
def test_an_edited_event_is_found(unsigned: Ledger, change: str) -> None:
    with behind_our_back(unsigned) as run:
        run(f"UPDATE windlass_events SET {change} WHERE stream = :s AND seq = 4", s=R)
    problems = unsigned.verify().problems
    assert len(problems) == 1
    assert problems[0].startswith(f"{R}: event 4 (")
    assert problems[0].endswith("was changed: its hash does not hold")


def test_an_edit_that_mends_its_own_hash_breaks_the_next_link(unsigned: Ledger) -> None:
    with behind_our_back(unsigned) as run:
        run("UPDATE windlass_events SET hash = :h WHERE stream = :s AND seq = 4", h="f" * 64, s=R)
    assert unsigned.verify(R).problems == (
        f"{R}: event 4 (evidence) was changed: its hash does not hold",
        f"{R}: event 5 (evidence) does not follow event 4: its link is broken",
    )


def test_data_that_is_no_json_any_more_is_found(unsigned: Ledger) -> None:
    with behind_our_back(unsigned) as run:
        run("UPDATE windlass_events SET data = '{oops' WHERE stream = :s AND seq = 4", s=R)
    assert unsigned.verify(R).problems == (f"{R}: event 4 was changed: not canonical JSON",)


def test_a_deleted_event_is_found(unsigned: Ledger) -> None:
    with behind_our_back(unsigned) as run:
        run("DELETE FROM windlass_events WHERE stream = :s AND seq = 4", s=R)
    assert unsigned.verify().problems == (f"{R}: after event 3 comes event 5: events are missing",)


def test_a_deleted_first_event_is_found(unsigned: Ledger) -> None:
    with behind_our_back(unsigned) as run:
        run("DELETE FROM windlass_events WHERE stream = :s AND seq = 1", s=R)
    assert f"{R}: after event 0 comes event 2: events are missing" in unsigned.verify().problems


def test_two_swapped_events_are_found(unsigned: Ledger) -> None:
    with behind_our_back(unsigned) as run:
        for old, new in ((3, 100), (4, 3), (100, 4)):
            move = "UPDATE windlass_events SET seq = :new WHERE stream = :s AND seq = :old"
            run(move, s=R, old=old, new=new)
    problems = unsigned.verify().problems
    assert f"{R}: event 3 (evidence) does not follow event 2: its link is broken" in problems
    assert f"{R}: event 4 (evidence) was changed: its hash does not hold" in problems


def cut_tail(ledger: Ledger, stream: str, keep: int) -> None:
    """Delete the events after ``keep`` and mend the head row, as a careful hand would."""
    with behind_our_back(ledger) as run:
        run("DELETE FROM windlass_events WHERE stream = :s AND seq > :n", s=stream, n=keep)
        run(
            "UPDATE windlass_streams SET seq = :n, hash = (SELECT hash FROM windlass_events "
            "WHERE stream = :s AND seq = :n) WHERE stream = :s",
            s=stream,
            n=keep,
        )


def test_a_careless_truncation_is_found_by_the_head_row(unsigned: Ledger) -> None:
    with behind_our_back(unsigned) as run:
        run("DELETE FROM windlass_events WHERE stream = :s AND seq > 4", s=R)
    assert unsigned.verify().problems == (
        (
            f"{R}: its last event is 4 but its head row says 6: its tail was cut off or its head "
            "changed"
        ),
    )


def test_a_careful_truncation_is_found_by_the_signed_head(signed: Ledger) -> None:
    cut_tail(signed, R, 4)
    assert signed.verify().problems == (
        f"{R}: ends at event 4 but its signed head names event 6: its tail was cut off",
    )


def test_a_truncated_release_that_had_ended_is_found_by_the_registry(unsigned: Ledger) -> None:
    cut_tail(unsigned, OTHER, 5)
    problems = unsigned.verify().problems
    assert (
        f"{OTHER}: ends at event 5 but the registry (written when it ended) names event 7: its "
        "tail was cut off"
    ) in problems


def test_a_truncation_of_everything_in_the_database_is_found_by_a_head_kept_outside(
    signed: Ledger,
) -> None:
    head = signed.signed_head(R)
    assert head is not None
    cut_tail(signed, R, 4)
    with behind_our_back(signed) as run:
        run("DELETE FROM windlass_signed_heads")
    assert signed.verify(R).ok
    assert signed.verify(R, head=head).problems == (
        f"{R}: ends at event 4 but the signed head given names event 6: its tail was cut off",
    )


def test_a_chain_rewritten_whole_is_found_by_its_signed_head(signed: Ledger) -> None:
    head = signed.signed_head(R)
    with behind_our_back(signed) as run:
        for table in ("events", "streams", "signed_heads"):
            run(f"DELETE FROM windlass_{table} WHERE stream = :s", s=R)
    forger = open_ledger(signed.store.url.render_as_string(hide_password=False))
    forger.append(R, "release.opened", {"product": "storefront"}, key="opened", at=T)
    for _ in range(6):
        forger.append(R, "evidence", {"n": "forged"}, at=T)
    forger.close()
    assert f"{R}: event 6 is not the one that the signed head given names: replaced" in (
        signed.verify(R, head=head).problems
    )


def test_a_release_deleted_whole_is_missed_by_the_registry(unsigned: Ledger) -> None:
    with behind_our_back(unsigned) as run:
        run("DELETE FROM windlass_events WHERE stream = :s", s=R)
        run("DELETE FROM windlass_streams WHERE stream = :s", s=R)
    expected = (f"{R}: every event of it was deleted",)
    assert unsigned.verify().problems == expected
    assert unsigned.verify(R).problems == expected


def test_a_forged_signature_is_found(signed: Ledger) -> None:
    with behind_our_back(signed) as run:
        run("UPDATE windlass_signed_heads SET signature = :x WHERE stream = :s", x="00" * 64, s=R)
    assert signed.verify().problems == (
        f"{R}: its signed head: the signature of the head at 6 does not hold",
    )


def test_a_head_signed_with_another_key_is_found(signed: Ledger) -> None:
    other = Signer.generate()
    found = signed.verify(R, public_key=other.public_pem())
    assert not found.ok
    assert "not with the key given" in found.problems[0]


def test_a_release_reopened_in_its_head_row_is_found(unsigned: Ledger) -> None:
    """The board lists open releases from the head rows; they must say what the events say."""
    with behind_our_back(unsigned) as run:
        run("UPDATE windlass_streams SET closed_at = NULL WHERE stream = :s", s=OTHER)
    assert unsigned.verify().problems == (
        f"{OTHER}: its head row was changed: product, opening or end differ",
    )


def test_an_effect_row_made_to_forget_is_found(unsigned: Ledger) -> None:
    unsigned.append(R, "effect.intended", {"key": "tag"}, at=T)
    assert unsigned.verify(R).problems == (
        f"{R}: effect tag is recorded as nothing but its events say intended",
    )


def test_events_cannot_be_changed_or_deleted_by_accident(ledger: Ledger) -> None:
    write_release(ledger, R)
    for sql in ("UPDATE windlass_events SET by = 'eve'", "DELETE FROM windlass_events"):
        with pytest.raises(Exception, match="append-only"), ledger.store.writing() as connection:
            connection.execute(text(sql))
    assert ledger.verify().ok


def test_a_stream_that_never_was_is_an_input_error(ledger: Ledger) -> None:
    with pytest.raises(InputError, match="no stream nobody"):
        ledger.verify("nobody")


def test_a_process_without_the_key_leaves_events_that_are_noted_not_found(
    signed: Ledger, signer: Signer
) -> None:
    keyless = open_ledger(signed.store.url.render_as_string(hide_password=False))
    keyless.append(R, "evidence", {"n": 7}, at=T)
    keyless.append("notes", "evidence", {}, at=T)
    found = keyless.verify(public_key=signer.public_pem())
    keyless.close()
    assert found.ok
    assert found.notes == ("not signed: notes (1 streams)",)
