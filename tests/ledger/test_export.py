"""An export verifies anywhere, and a changed one does not."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import windlass
from windlass.errors import InputError
from windlass.ledger import Ledger, Signer, open_ledger, verify_export

T = datetime(2026, 1, 6, 9, tzinfo=UTC)
R = "storefront/minor/1"
PLUGINS = Path(windlass.__file__).parents[1]


@pytest.fixture
def signer() -> Signer:
    return Signer.generate()


@pytest.fixture
def signed(sqlite_url: str, signer: Signer) -> Iterator[Ledger]:
    opened = open_ledger(sqlite_url, signer=signer)
    write_release(opened)
    yield opened
    opened.close()


def write_release(ledger: Ledger) -> None:
    ledger.append(R, "release.opened", {"product": "storefront"}, at=T)
    for number in range(4):
        ledger.append(R, "evidence", {"n": number, "note": "Grüße 🚀 </script>"}, at=T)


def changed(text: str, change: Any) -> str:
    document = json.loads(text)
    change(document)
    return json.dumps(document)


def test_an_export_verifies_and_holds_every_event(signed: Ledger, signer: Signer) -> None:
    text = signed.export(R)
    found = verify_export(text, signer.public_pem())
    assert (found.problems, found.notes, found.events) == ((), (), 5)
    document = json.loads(text)
    assert document["ledger"] == signed.identity.ledger_id
    assert [event["seq"] for event in document["events"]] == [1, 2, 3, 4, 5]


def test_the_export_of_an_unsigned_ledger_says_so(ledger: Ledger) -> None:
    write_release(ledger)
    found = verify_export(ledger.export(R))
    assert found.ok
    assert found.notes == ("the head is not signed",)


def test_the_same_release_exports_to_the_same_bytes(ledger: Ledger) -> None:
    write_release(ledger)
    assert ledger.export(R) == ledger.export(R)


@pytest.mark.parametrize(
    "change,problem",
    [
        (lambda d: d["events"][2]["data"].update(n=9), "event 3 (evidence) was changed"),
        (lambda d: d["events"].pop(2), "after event 2 comes event 4: events are missing"),
        (lambda d: d["events"].reverse(), "comes event 5"),
        (lambda d: d["events"].pop(), "its tail was cut off"),
        (lambda d: d.update(signed_head=None), "the head is not signed"),
        (lambda d: d["signed_head"].update(signature="00" * 64), "does not hold"),
        (lambda d: d["signed_head"].update(stream="other"), "the signed head is that of other"),
        (lambda d: d["events"][0].update(stream="other"), "belongs to stream other"),
        (lambda d: d["head"].update(seq=4), "the file's head is not its last event"),
        (lambda d: d.update(events=[]), "its tail was cut off"),
        (lambda d: d.pop("events"), "this is not a ledger export"),
        (lambda d: d.update(format="windlass ledger export 9"), "this is not a ledger export"),
    ],
)
def test_a_changed_export_is_found(
    signed: Ledger, signer: Signer, change: Any, problem: str
) -> None:
    found = verify_export(changed(signed.export(R), change), signer.public_pem())
    assert any(problem in line for line in found.problems), found.problems


def test_a_tail_that_is_not_signed_for_is_found(signed: Ledger, signer: Signer) -> None:
    """An older signed head with newer events after it: they could be anybody's."""
    old = json.loads(signed.export(R))["signed_head"]
    signed.append(R, "evidence", {"n": 99}, at=T)
    text = changed(signed.export(R), lambda d: d.update(signed_head=old))
    assert verify_export(text, signer.public_pem()).problems == (
        f"{R}: only the first 5 of 6 events are signed for",
    )


def test_a_file_rewritten_from_the_start_needs_the_key_to_be_found(
    signed: Ledger, sqlite_url: str, tmp_path: Path, signer: Signer
) -> None:
    forger = open_ledger(f"sqlite:///{tmp_path}/forged.db", migrate=True, signer=Signer.generate())
    forger.append(R, "release.opened", {"product": "forged"}, at=T)
    text = forger.export(R)
    forger.close()
    assert verify_export(text).ok
    assert verify_export(text).notes == ("the signature was not checked: no public key given",)
    assert not verify_export(text, signer.public_pem()).ok


@pytest.mark.parametrize("text", ["", "[]", "null", '{"format": 1}', "{", '"text"'])
def test_any_other_file_is_no_export_and_no_crash(text: str) -> None:
    assert verify_export(text).problems[0].startswith("this is not a ledger export")


def test_verifying_needs_neither_database_nor_airflow(
    signed: Ledger, signer: Signer, tmp_path: Path
) -> None:
    (tmp_path / "r.json").write_text(signed.export(R), encoding="utf-8")
    (tmp_path / "key.pem").write_text(signer.public_pem())
    program = (
        "import sys\n"
        "for name in ('sqlalchemy', 'alembic', 'airflow', 'pydantic'): sys.modules[name] = None\n"
        "from windlass.ledger.export import main\n"
        "raise SystemExit(main(sys.argv[1:]))\n"
    )
    files = [str(tmp_path / "r.json"), str(tmp_path / "key.pem")]
    command = [sys.executable, "-c", program, *files]
    run = subprocess.run(
        command, env={"PYTHONPATH": str(PLUGINS)}, capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stdout) == (0, "verified: 5 events\n"), run.stderr


def test_exporting_a_stream_that_never_was_is_an_input_error(sqlite_ledger: Ledger) -> None:
    with pytest.raises(InputError, match="no stream nobody"):
        sqlite_ledger.export("nobody")


def test_a_key_survives_its_file(tmp_path: Path, signer: Signer) -> None:
    (tmp_path / "key.pem").write_text(signer.pem())
    assert Signer.from_file(tmp_path / "key.pem").public_pem() == signer.public_pem()


def test_a_file_that_holds_no_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text("no key")
    with pytest.raises(InputError, match="ledger signing key"):
        Signer.from_file(tmp_path / "key.pem")
    with pytest.raises(InputError, match="ledger signing key"):
        Signer.from_file(tmp_path / "absent.pem")
