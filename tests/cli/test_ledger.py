"""``windlass ledger``: what is printed, and exit codes 0, 1, 2."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

from windlass.cli.ledger import ledger_app
from windlass.errors import InputError, LedgerSchemaError, RetryableError, TerminalError
from windlass.ledger import Idempotency, Ledger, Signer, Unknown, open_ledger

T = datetime(2026, 1, 6, 9, tzinfo=UTC)
R = "storefront/minor/1"


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    address = f"sqlite:///{tmp_path}/ledger.db"
    monkeypatch.setenv("WINDLASS_LEDGER_URL", address)
    monkeypatch.setenv("WINDLASS_USER", "mia")
    monkeypatch.setenv("COLUMNS", "200")
    return address


@pytest.fixture
def book(url: str) -> Iterator[Ledger]:
    with open_ledger(url, migrate=True) as opened:
        opened.append(R, "release.opened", {"product": "storefront"}, at=T)
        opened.append(R, "evidence", {"note": "[red]not markup[/red]"}, at=T, by="mia")
        yield opened


def windlass_ledger(*arguments: str) -> Result:
    return CliRunner().invoke(ledger_app, list(arguments))


def test_show_lists_events_and_takes_their_text_literally(book: Ledger) -> None:
    shown = windlass_ledger("show", R)
    assert shown.exit_code == 0
    assert "release.opened" in shown.stdout
    assert "[red]not markup[/red]" in shown.stdout


def test_show_as_json_is_one_event_a_line(book: Ledger) -> None:
    lines = windlass_ledger("show", R, "--json", "--type", "evidence").stdout.splitlines()
    assert [json.loads(line)["by"] for line in lines] == ["mia"]
    assert windlass_ledger("show", R, "--json", "--after", "2").stdout == ""


def test_show_finds_a_release_by_its_product(book: Ledger) -> None:
    assert windlass_ledger("show", "storefront").exit_code == 0
    with pytest.raises(InputError, match="is no release"):
        raise windlass_ledger("show", "payments").exception or AssertionError


def test_verify_passes_an_untouched_ledger(book: Ledger) -> None:
    found = windlass_ledger("verify")
    assert found.exit_code == 0
    assert "verified: 3 events in 2 streams" in found.stdout


def test_verify_names_an_edited_event_and_exits_1(book: Ledger) -> None:
    with book.store.writing() as connection:
        connection.execute(text("DROP TRIGGER windlass_events_no_update"))
        connection.execute(text("UPDATE windlass_events SET by = 'eve' WHERE seq = 2"))
    found = windlass_ledger("verify")
    assert found.exit_code == 1
    assert f"{R}: event 2 (evidence) was changed" in found.stdout
    listed = json.loads(windlass_ledger("verify", R, "--json").stdout)
    assert (listed["ok"], listed["events"]) == (False, 2)


def test_an_export_is_verified_with_the_public_key(
    url: str, book: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = windlass_ledger("new-key", str(tmp_path / "key.pem"))
    (tmp_path / "public.pem").write_text(made.stdout)
    assert (tmp_path / "key.pem").stat().st_mode & 0o077 == 0
    monkeypatch.setenv("WINDLASS_LEDGER_SIGNING_KEY_FILE", str(tmp_path / "key.pem"))
    file = tmp_path / "release.json"
    assert windlass_ledger("export", R, "--to", str(file)).exit_code == 0
    key = ["--public-key", str(tmp_path / "public.pem")]
    monkeypatch.delenv("WINDLASS_LEDGER_URL")
    assert windlass_ledger("verify", str(file), *key).exit_code == 0
    file.write_text(file.read_text().replace("not markup", "forged"))
    assert windlass_ledger("verify", str(file), *key).exit_code == 1


def test_a_head_kept_elsewhere_shows_what_the_ledger_lost(
    url: str, book: Ledger, tmp_path: Path
) -> None:
    signer = Signer.generate()
    with open_ledger(url, signer=signer) as signing:
        (tmp_path / "kept.json").write_text(signing.export(R))
    (tmp_path / "public.pem").write_text(signer.public_pem())
    with book.store.writing() as connection:
        connection.execute(text("DROP TRIGGER windlass_events_no_delete"))
        connection.execute(
            text("DELETE FROM windlass_events WHERE stream = :s AND seq = 2"), {"s": R}
        )
        connection.execute(
            text(
                "UPDATE windlass_streams SET seq = 1, hash = (SELECT hash FROM windlass_events "
                "WHERE stream = :s) WHERE stream = :s"
            ),
            {"s": R},
        )
    key = ["--public-key", str(tmp_path / "public.pem")]
    assert windlass_ledger("verify", R, *key).exit_code == 0
    found = windlass_ledger("verify", R, *key, "--head", str(tmp_path / "kept.json"))
    assert found.exit_code == 1
    assert "its tail was cut off" in found.stdout


def test_export_to_the_terminal_is_the_file_itself(book: Ledger) -> None:
    assert json.loads(windlass_ledger("export", R).stdout)["stream"] == R


def test_migrate_makes_a_ledger_and_then_has_nothing_to_do(url: str) -> None:
    assert isinstance(windlass_ledger("show", R).exception, LedgerSchemaError)
    first = windlass_ledger("migrate")
    assert (first.exit_code, "a new ledger → schema" in first.stdout) == (0, True)
    assert "nothing to do" in windlass_ledger("migrate").stdout


def test_an_effect_nobody_can_tell_is_listed_and_decided(book: Ledger) -> None:
    async def lost() -> Any:
        raise ConnectionResetError

    async def cannot_tell() -> Unknown:
        return Unknown("no history")

    def mail() -> None:
        effects = book.effects(R, token=1)
        asyncio.run(
            effects.once(
                "mail",
                kind="messages.send",
                find=cannot_tell,
                do=lost,
                idempotency=Idempotency.LEDGER_ONLY,
                visible_within=0,
                deadline=5,
            )
        )

    with pytest.raises(RetryableError):
        mail()
    with pytest.raises(TerminalError, match="windlass ledger decide"):
        mail()
    listed = windlass_ledger("effects", R)
    assert listed.exit_code == 1
    assert "no history" in listed.stdout
    decided = windlass_ledger("decide", R, "mail", "--happened", "--reason", "it is in the inbox")
    assert (decided.exit_code, decided.stdout.startswith("mail: done")) == (0, True)
    assert windlass_ledger("effects", R).exit_code == 0
    assert json.loads(windlass_ledger("effects", R, "--json").stdout)[0]["state"] == "done"
    assert book.events(R)[-1].by == "mia"


def test_a_key_file_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text("precious")
    assert windlass_ledger("new-key", str(tmp_path / "key.pem")).exit_code != 0
    assert (tmp_path / "key.pem").read_text() == "precious"
