"""Running a program that ends soon: an argument list, never a shell, and no secrets inherited."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from windlass.errors import TerminalError, VendorUnavailable

#: What a program inherits of our environment: enough to find other programs, no credentials.
INHERITED = (
    "PATH",
    "HOME",
    "USER",
    "LANG",
    "LC_ALL",
    "TZ",
    "TMPDIR",
    "VIRTUAL_ENV",
    "SSH_AUTH_SOCK",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
)


@dataclass(frozen=True, slots=True)
class Finished:
    """A program that has ended. ``code`` is its exit code, negative when a signal ended it."""

    code: int
    out: bytes
    err: bytes

    def tail(self, limit: int = 2000) -> str:
        """The end of what it printed, standard error last."""
        return (self.out + self.err).decode(errors="replace").strip()[-limit:]


def environment(added: Mapping[str, str], also: Sequence[str] = ()) -> dict[str, str]:
    """The environment for a program: :data:`INHERITED`, the names in ``also``, and ``added``."""
    kept = {name: os.environ[name] for name in (*INHERITED, *also) if name in os.environ}
    return {**kept, **added}


async def run(
    words: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    timeout: float,
    stdin: bytes = b"",
) -> Finished:
    """Run ``words`` in ``cwd`` to its end; kills it and its children after ``timeout`` seconds.

    Raises:
        TerminalError: there is no such program or folder.
        VendorUnavailable: it did not end in time.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *words,
            cwd=cwd,
            env=dict(env),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        raise TerminalError(f"cannot run {words[0]!r} in {cwd}: {error}") from error
    try:
        async with asyncio.timeout(timeout):
            out, err = await process.communicate(stdin)
    except TimeoutError as error:
        raise VendorUnavailable(f"{words[0]!r} did not end within {timeout:g} s") from error
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):  # it has just ended by itself
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    return Finished(process.returncode or 0, out, err)
