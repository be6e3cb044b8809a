"""A command that compares what is with what is declared: exit 0 the same, 2 drift, else an error.

These are the exit codes of ``terraform plan -detailed-exitcode``. Differences are what it printed.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from windlass.adapters.command_words import as_variables, filled
from windlass.adapters.commands import environment, run
from windlass.adapters.safe_names import visible
from windlass.errors import VendorUnavailable
from windlass.ports.environments import Drift

TIMEOUT = 300.0
DRIFT = 2
_LINES, _CHARACTERS = 20, 2000


async def drift(words: Sequence[str], values: Mapping[str, str], cwd: Path) -> Drift:
    """Run the command with ``values`` filled in, and in its environment.

    Raises:
        VendorUnavailable: it ended with another exit code: the question could not be asked.
        TerminalError: there is no such program.
    """
    command = filled(words, values)
    done = await run(command, cwd=cwd, env=environment(as_variables(values)), timeout=TIMEOUT)
    if done.code not in (0, DRIFT):
        raise VendorUnavailable(f"{shlex.join(command)} ended with {done.code}: {done.tail(500)}")
    if done.code == 0:
        return Drift(drifted=False)
    said = visible(done.tail(_CHARACTERS)).splitlines()[-_LINES:]
    return Drift(drifted=True, detail="\n".join(said) or "the command does not say what differs")
