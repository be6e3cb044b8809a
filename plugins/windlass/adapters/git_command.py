"""The ``git`` command: argument lists only, no prompts, no hooks.

Remote repositories take their credentials from where git itself looks: an SSH agent or a
credential helper in the configuration of the user that the workers run as.
"""

from __future__ import annotations

import re
from pathlib import Path

from windlass.adapters.commands import Finished, environment, run
from windlass.errors import InputError, TerminalError

TIMEOUT = 120.0
_REF = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/+@-]{0,199}")
_FORBIDDEN = ("..", "//", "@{", "/.", "./")

_QUIET = {
    "LC_ALL": "C",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_ASKPASS": "true",
    "GIT_SSH_COMMAND": "ssh -o BatchMode=yes",
}


def checked_ref(ref: str) -> str:
    """``ref`` as it is, when it can only be a name and nothing that git acts on.

    Raises:
        InputError: it starts with a dash, has a space, ``..``, ``@{`` or the like.
    """
    good = _REF.fullmatch(ref) and not any(part in ref for part in _FORBIDDEN)
    if not good or ref.endswith(("/", ".", ".lock")):
        raise InputError(
            f"{ref!r} is not a git name; allowed: letters, digits and . _ / + @ -, not starting "
            "with a dash or dot, without '..', '//' or '@{'"
        )
    return ref


class Git:
    """Runs git on one repository.

    Args:
        folder: the repository, bare or not.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._env = environment(_QUIET)

    async def ask(self, *words: str, stdin: bytes = b"", cwd: Path | None = None) -> Finished:
        """Run ``git words…`` and return it, whatever its exit code."""
        safe = ("-c", "core.hooksPath=/dev/null", "-c", "protocol.ext.allow=never")
        return await run(
            ("git", *safe, *words),
            cwd=cwd or self.folder,
            env=self._env,
            timeout=TIMEOUT,
            stdin=stdin,
        )

    async def tell(self, *words: str, stdin: bytes = b"", cwd: Path | None = None) -> bytes:
        """Run ``git words…`` and return what it printed.

        Raises:
            TerminalError: git refused; carries what it said.
        """
        done = await self.ask(*words, stdin=stdin, cwd=cwd)
        if done.code:
            said = done.err.decode(errors="replace").strip()[-600:]
            raise TerminalError(f"git {words[0]} in {self.folder}: {said}")
        return done.out
