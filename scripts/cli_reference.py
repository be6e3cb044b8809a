"""Writes docs/reference/cli.md from the commands: ``python scripts/cli_reference.py``."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from windlass.cli.app import app

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "cli.md"
HEAD = """\
# Command line

Written by `python scripts/cli_reference.py` from the commands themselves; do not edit it by hand.

Exit codes: 0 fine; 1 a finding (a file is wrong, a chain is broken, something fails); 2 wrong
usage. What is meant for programs has `--json`. Whoever gives a command is `WINDLASS_USER`, else the
login name. The ledger is `WINDLASS_LEDGER_URL`, else what Airflow is configured with.
"""


def page() -> str:
    """The whole page."""
    root = typer.main.get_command(app)
    return "\n".join([HEAD, *_commands(root, ("windlass",))]).rstrip() + "\n"


def _commands(group: Any, words: tuple[str, ...]) -> Iterator[str]:
    for name, command in group.commands.items():
        here = (*words, name)
        if getattr(command, "commands", None):
            yield from _commands(command, here)
        else:
            yield from _command(command, here)


def _command(command: Any, words: tuple[str, ...]) -> Iterator[str]:
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    options = [one for one in command.params if one.param_type_name == "option"]
    options = [option for option in options if option.name != "help"]
    usage = [*words, *(_placeholder(argument) for argument in arguments)]
    usage += [_usage(option) for option in options if option.required]
    optional = any(not option.required for option in options)
    yield f"## {' '.join(words)}\n"
    yield f"{_text(command.help)}\n"
    yield f"```\n{' '.join([*usage, *(['[OPTIONS]'] if optional else [])])}\n```\n"
    rows = [(f"`{_placeholder(argument)}`", argument) for argument in arguments]
    rows += [(f"`{_spelling(option)}`", option) for option in options]
    if rows:
        yield "| | |\n| --- | --- |"
        yield "\n".join(f"| {shown} | {_help(one)} |" for shown, one in rows) + "\n"


def _placeholder(argument: Any) -> str:
    name = argument.name.upper() + ("…" if argument.nargs == -1 else "")
    return name if argument.required else f"[{name}]"


def _usage(option: Any) -> str:
    return f"{option.opts[0]} {option.name.upper()}"


def _spelling(option: Any) -> str:
    both = " / ".join([*option.opts, *option.secondary_opts])
    return both if option.is_flag else f"{both} {option.name.upper()}"


def _help(one: Any) -> str:
    text = _text(getattr(one, "help", "") or "")
    default = one.default
    plain = isinstance(default, str | int | float) and not isinstance(default, bool)
    return f"{text} (default: `{default}`)" if plain and default != "" else text


def _text(text: str | None) -> str:
    """One paragraph, as Markdown has it: ``x`` as `x`, no bar that would end a table's cell."""
    joined = re.sub(r"\s+", " ", text or "").strip()
    return joined.replace("``", "`").replace("|", "\\|")


def main() -> int:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
