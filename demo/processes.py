"""Starting processes that never outlive the one that started them.

Each child leads its own process group and gets SIGTERM from the kernel when the thread that
started it ends, however that happens (`demo.tether`). Start children from a thread that lives as
long as they should: the main thread, or an event loop in it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

TETHER = Path(__file__).with_name("tether.py")


class DidNotStart(RuntimeError):
    """A process ended, or said nothing, before it was ready."""


@dataclass(frozen=True, slots=True)
class Child:
    """A running child: its name, its process and its log file."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        """The process id, which is the id of its group as well."""
        return self.process.pid

    @property
    def running(self) -> bool:
        """Whether the process has not ended."""
        return self.process.poll() is None


def spawn(
    name: str,
    command: list[str],
    *,
    folder: Path,
    log: Path,
    path: list[Path] | None = None,
    more: Mapping[str, str] | None = None,
) -> Child:
    """Start `command` in `folder`; output goes to the end of `log`.

    Args:
        name: What people call it.
        command: The program and its arguments; no shell.
        folder: Where it runs.
        log: Receives standard output and error.
        path: Folders for PYTHONPATH, instead of this process's own.
        more: Variables that it has besides this process's own, or with other values.
    """
    known = {**os.environ, **(more or {})}
    environment = {k: v for k, v in known.items() if not k.startswith("PYTHON")}
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    environment["PYTHONUNBUFFERED"] = "1"
    if path:
        environment["PYTHONPATH"] = os.pathsep.join(str(entry) for entry in path)
    log.parent.mkdir(parents=True, exist_ok=True)
    tether = [sys.executable, "-I", "-S", str(TETHER), str(os.getpid())]
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*tether, *command],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
        )
    return Child(name, process, log)


def ready(child: Child, file: Path, seconds: float = 20.0) -> str:
    """Wait for the file that the child writes when it answers; the file's text.

    Raises:
        DidNotStart: With the end of the child's log.
    """
    until = time.monotonic() + seconds
    while not file.exists():
        if not child.running or time.monotonic() > until:
            tail = child.log.read_text(encoding="utf-8", errors="replace")[-2000:]
            raise DidNotStart(f"{child.name} (exit code {child.process.poll()}): {tail}")
        time.sleep(0.01)
    return file.read_text(encoding="utf-8")


def stop(children: list[Child], seconds: float = 10.0) -> list[str]:
    """End the children, all at once: SIGTERM, then SIGKILL after `seconds`; names those killed."""
    for child in children:
        _signal(child, signal.SIGTERM)
    until = time.monotonic() + seconds
    killed = []
    for child in children:
        try:
            child.process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            _signal(child, signal.SIGKILL)
            child.process.wait()
            killed.append(child.name)
    return killed


def _signal(child: Child, number: signal.Signals) -> None:
    if child.running:
        with contextlib.suppress(ProcessLookupError):  # it may end between the two lines
            os.killpg(child.pid, number)
