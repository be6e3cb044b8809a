"""``windlass ledger``: read the record, prove it, take it elsewhere, bring its schema up to date.

Each ``print_…`` and ``run_…`` function takes what it works on and gives the exit code; the typer
commands below only say what the arguments are.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from windlass.cli import FINDING, screen, session
from windlass.errors import InputError
from windlass.ledger.canonical import canonical
from windlass.ledger.chain import Verification
from windlass.ledger.export import verify_export
from windlass.ledger.schema import migrate as migrate_schema
from windlass.ledger.signing import SignedHead, Signer
from windlass.ledger.store import Store

if TYPE_CHECKING:
    from windlass.ledger import Event, Ledger

AsJson = Annotated[bool, typer.Option("--json", help="Plain JSON instead of a table.")]
PublicKey = Annotated[Path | None, typer.Option(help="PEM file of the ledger's public key.")]

ledger_app = typer.Typer(help="The record of every release.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add ``windlass ledger``."""
    app.add_typer(ledger_app, name="ledger")


@ledger_app.command()
def show(
    release: Annotated[str, typer.Argument(help="Release id, product, or any stream.")],
    after: Annotated[int, typer.Option(help="Only events after this number.")] = 0,
    kind: Annotated[str, typer.Option("--type", help="Only types that start so.")] = "",
    as_json: AsJson = False,
) -> None:
    """The events of a release, in order."""
    book = session.ledger()
    stream = _stream(book, release)
    events = [event for event in book.events(stream, after=after) if event.type.startswith(kind)]
    raise typer.Exit(print_events(screen.console(), events, as_json=as_json))


@ledger_app.command()
def effects(
    release: Annotated[str, typer.Argument(help="Release id or product.")],
    as_json: AsJson = False,
) -> None:
    """What a release did to other systems, and what nobody can tell."""
    book = session.ledger()
    stream = _stream(book, release)
    raise typer.Exit(print_effects(screen.console(), book, stream, as_json=as_json))


@ledger_app.command()
def verify(
    what: Annotated[
        str | None, typer.Argument(help="Release, or an exported file; default: all.")
    ] = None,
    public_key: PublicKey = None,
    head: Annotated[
        Path | None, typer.Option(help="Signed head kept elsewhere: a JSON file, or an export.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Find events that were edited, deleted, reordered or cut off."""
    key = None if public_key is None else _text(public_key)
    if what is not None and Path(what).is_file():
        found = verify_export(_text(Path(what)), key)
    else:
        book = session.ledger()
        stream = None if what is None else _stream(book, what)
        kept = None if head is None else signed_head_in(_text(head))
        found = book.verify(stream, head=kept, public_key=key)
    raise typer.Exit(print_verification(screen.console(), found, as_json=as_json))


@ledger_app.command()
def export(
    release: Annotated[str, typer.Argument(help="Release id or product.")],
    to: Annotated[Path | None, typer.Option(help="File to write; default: the terminal.")] = None,
) -> None:
    """Write a release's events as one file that verifies without the ledger."""
    book = session.ledger()
    text = book.export(_stream(book, release))
    if to is None:
        typer.echo(text, nl=False)
        return
    to.write_text(text, encoding="utf-8")
    typer.echo(f"{to}: {len(text.encode())} bytes; check it with: windlass ledger verify {to}")


@ledger_app.command()
def migrate(
    url: Annotated[str | None, typer.Option(help="Default: the configured ledger.")] = None,
) -> None:
    """Bring the ledger's schema up to date, or make a new ledger."""
    raise typer.Exit(run_migrate(screen.console(), url or _configured_url()))


@ledger_app.command()
def decide(
    release: Annotated[str, typer.Argument(help="Release id or product.")],
    key: Annotated[str, typer.Argument(help="The effect, as the error names it.")],
    happened: Annotated[bool, typer.Option("--happened/--did-not-happen", help="What you saw.")],
    reason: Annotated[str, typer.Option(help="How you know.")],
    result: Annotated[
        str, typer.Option(help="JSON: what the other system would have answered.")
    ] = "null",
) -> None:
    """Answer what nobody can tell: whether an effect happened. Look at the other system first."""
    book = session.ledger()
    stream = _stream(book, release)
    head = book.head(stream)
    if head is None:
        raise InputError(f"no stream {stream} in this ledger; see: windlass status")
    row = book.effects(stream, token=head.token).decide(
        key, happened=happened, by=session.whoever(), reason=reason, result=_json(result)
    )
    typer.echo(f"{key}: {row.state}; the next try of its task goes on from there")


@ledger_app.command()
def new_key(
    file: Annotated[Path, typer.Argument(help="Where to write the private key (PEM).")],
) -> None:
    """Make a key that signs heads, readable by its owner only, and print its public key."""
    signer = Signer.generate()
    file.touch(mode=0o600, exist_ok=False)
    file.write_text(signer.pem())
    typer.echo(signer.public_pem(), nl=False)


def print_events(console: Console, events: Iterable[Event], *, as_json: bool) -> int:
    """Events as a table, or as JSON Lines. Exit code 0."""
    if as_json:
        for event in events:
            typer.echo(canonical(event.as_json()))
        return 0
    table = Table("#", "at (UTC)", "type", "by", "data")
    for event in events:
        when = event.at.strftime("%Y-%m-%d %H:%M:%S")
        data = canonical(dict(event.data))
        shown = data if len(data) <= 200 else data[:200] + "…"
        table.add_row(str(event.seq), when, Text(event.type), Text(event.by), Text(shown))
    console.print(table)
    return 0


def print_effects(console: Console, book: Ledger, stream: str, *, as_json: bool) -> int:
    """Effects of a release as a table or JSON. Exit code 1 when a person must decide one."""
    head = book.head(stream)
    rows = () if head is None else book.effects(stream, token=head.token).list()
    undecided = any(row.state == "unknown" for row in rows)
    if as_json:
        fields = ("key", "kind", "state", "attempt", "token", "reason", "result")
        listed = [{name: getattr(row, name) for name in fields} for row in rows]
        typer.echo(json.dumps(listed, indent=2))
    else:
        table = Table("effect", "kind", "state", "attempt", "until (UTC)", "reason")
        for row in rows:
            until = row.until.strftime("%Y-%m-%d %H:%M:%S") if row.state == "intended" else ""
            cells = (row.key, row.kind, str(row.state), str(row.attempt), until, row.reason)
            table.add_row(*(Text(cell) for cell in cells))
        console.print(table)
    return FINDING if undecided else 0


def print_verification(console: Console, found: Verification, *, as_json: bool) -> int:
    """What a verification found. Exit code 1 when it found something."""
    if as_json:
        result: dict[str, Any] = {
            "ok": found.ok,
            "problems": found.problems,
            "notes": found.notes,
            "streams": found.streams,
            "events": found.events,
        }
        typer.echo(json.dumps(result, indent=2))
    else:
        for problem in found.problems:
            console.print(Text(problem, style="red"), soft_wrap=True)
        for note in found.notes:
            console.print(Text(f"note: {note}", style="yellow"), soft_wrap=True)
        counted = f"{found.events} events in {found.streams} streams"
        verdict = f"verified: {counted}" if found.ok else f"NOT verified: {counted}"
        console.print(Text(verdict, style="green" if found.ok else "bold red"))
    return 0 if found.ok else FINDING


def run_migrate(console: Console, url: str) -> int:
    """Migrate the ledger at ``url`` and say from what to what. Exit code 0."""
    store = Store(url)
    before, after = migrate_schema(store)
    place = store.url.render_as_string(hide_password=True)
    store.close()
    if before == after:
        console.print(Text(f"{place}: schema {after}, nothing to do"), soft_wrap=True)
    else:
        was = "a new ledger" if before is None else f"schema {before}"
        console.print(Text(f"{place}: {was} → schema {after}"), soft_wrap=True)
    return 0


def signed_head_in(text: str) -> SignedHead:
    """The signed head in a JSON text: the head itself, or an export that holds one.

    Raises:
        InputError: there is none in it.
    """
    data = _json(text)
    if isinstance(data, dict) and "signed_head" in data:
        data = data["signed_head"]
    if not isinstance(data, dict):
        raise InputError("there is no signed head in that file")
    return SignedHead.from_json(data)


def _stream(book: Ledger, name: str) -> str:
    """A stream by its own name (``ledger``, ``documents/…``), else what the name means."""
    return name if book.head(name) is not None else session.release_id(book, name)


def _configured_url() -> str:
    url = os.environ.get("WINDLASS_LEDGER_URL")
    if url:
        return url
    from windlass.connections import ledger_url

    return ledger_url()


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: {error}") from error


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise InputError(f"not JSON: {text[:60]!r}: {error}") from error
