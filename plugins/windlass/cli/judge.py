"""``windlass judge FILE|-``: JSON Lines in, one verdict a line out."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from windlass.cli import judge_import
from windlass.cli.judge_documents import answer
from windlass.errors import InputError


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command("judge")(judge)


def judge(
    source: Annotated[
        str, typer.Argument(metavar="FILE|-|import", help="JSON Lines, or the word import.")
    ],
    file: Annotated[
        str | None, typer.Argument(help="With import: a configuration of Kayenta, Argo, Flagger.")
    ] = None,
) -> None:
    """Judge documents, one a line; or import another tool's canary configuration."""
    if source != "import" and file is not None:
        raise InputError(f"one file at a time: {source} and {file} were given")
    if source == "import" and file is None:
        raise InputError("import needs a file: windlass judge import FILE")
    raise typer.Exit(main(source) if file is None else judge_import.main(file))


def judge_lines(lines: Iterable[str]) -> Iterator[str]:
    """The answer to each line that is not blank, in order.

    A line that cannot be judged is answered with outcome ``ERROR`` and the reason; those after
    it are still judged.
    """
    for line in lines:
        if not line.strip():
            continue
        yield json.dumps(_answered(line), ensure_ascii=False, allow_nan=False)


def _answered(line: str) -> dict[str, object]:
    try:
        return answer(json.loads(line))
    except json.JSONDecodeError as problem:
        return {"outcome": "ERROR", "reasons": [f"not JSON: {problem}"]}
    except RecursionError:
        return {"outcome": "ERROR", "reasons": ["not JSON: nested too deeply"]}
    except InputError as problem:
        return {"outcome": "ERROR", "reasons": [str(problem)]}


def main(path: str) -> int:
    """Judge the file at ``path``, or standard input for ``-``.

    Returns:
        0 when every document was judged, 1 when one could not be, 2 when there is no such file.
    """
    if path == "-":
        return _write(sys.stdin)
    try:
        with Path(path).open(encoding="utf-8", errors="replace") as lines:
            return _write(lines)
    except OSError as problem:
        print(f"windlass judge: {path}: {problem.strerror}", file=sys.stderr)
        return 2


def _write(lines: Iterable[str]) -> int:
    failed = total = 0
    for text in judge_lines(lines):
        total += 1
        failed += text.startswith('{"outcome": "ERROR"')
        sys.stdout.write(text + "\n")
    if failed:
        print(f"windlass judge: {failed} of {total} documents not judged", file=sys.stderr)
    return 1 if failed else 0
