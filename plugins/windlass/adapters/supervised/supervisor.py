"""Watches over one command until it ends; started as a script, it outlives whoever started it.

    python -I -S supervisor.py RUN_FOLDER LOCK_FD

Standard library only, and nothing of Windlass: it must start in milliseconds and go on when the
code around it is replaced. It holds the lock on ``LOCK_FD`` for as long as it lives, which is how
everybody else knows that it does. What it reads and leaves in the run's folder:

* ``request.json`` (read): words, cwd, env, repository, sha, reports.
* ``started.json``: pid, host and instant; from here on the run counts as started.
* ``output.log``: what the command prints, as it prints it.
* ``cancel`` (looked for): somebody wants the command stopped.
* ``reports/<n>``: the files asked for, by their number in the request.
* ``result.json``: state, exit code and duration; written last.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, Any

GRACE_SECONDS = 10.0
LOOK_SECONDS = 0.1
LARGEST_REPORT = 512 * 1024 * 1024
PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)

Seen = dict[Path, tuple[int, int, int]]


class CannotStart(Exception):
    """The source could not be checked out; the output says why."""


def main() -> None:
    """Detach, run, leave the result."""
    folder, lock = Path(sys.argv[1]), int(sys.argv[2])
    if os.fork():
        os._exit(0)  # whoever started us waits only for this
    os.set_inheritable(lock, False)  # noqa: FBT003 - the call's own shape
    request = json.loads((folder / "request.json").read_text(encoding="utf-8"))
    began = time.time()
    _write(folder / "started.json", {"pid": os.getpid(), "host": socket.gethostname(), "at": began})
    with (folder / "output.log").open("ab", buffering=0) as output:
        try:
            state, code = _supervise(folder, request, output)
        except (OSError, CannotStart) as error:
            output.write(f"could not run: {error}\n".encode())
            state, code = "failed", None
    result = {"state": state, "exit_code": code, "seconds": time.time() - began}
    _write(folder / "result.json", result)
    shutil.rmtree(folder / "work", ignore_errors=True)


def _supervise(folder: Path, request: dict[str, Any], output: IO[bytes]) -> tuple[str, int | None]:
    where = Path(request["cwd"])
    if request["sha"]:
        where = _check_out(folder / "work", request, output)
    before = [_matching(where, pattern) for pattern in request["reports"]]
    child = subprocess.Popen(
        request["words"],
        cwd=where,
        env=request["env"],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=True,
        preexec_fn=_die_with_the_supervisor,  # noqa: PLW1509 - this process has one thread
    )
    cancelled = _wait(child, folder / "cancel")
    _end_group(child.pid)
    for number, pattern in enumerate(request["reports"]):
        _keep(folder, where, number, pattern, before[number], output)
    if cancelled:
        return "cancelled", child.returncode
    return ("failed" if child.returncode else "passed"), child.returncode


def _check_out(work: Path, request: dict[str, Any], output: IO[bytes]) -> Path:
    git = ("git", "-c", "core.hooksPath=/dev/null", "-c", "advice.detachedHead=false")
    clone = (
        *git,
        "clone",
        "--quiet",
        "--shared",
        "--no-checkout",
        request["repository"],
        str(work),
    )
    check = (*git, "-C", str(work), "checkout", "--quiet", "--detach", request["sha"])
    for words in (clone, check):
        done = subprocess.run(
            words,
            env=request["env"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            check=False,
        )
        if done.returncode:
            raise CannotStart(f"git ended with {done.returncode}")
    return work / str(request["prefix"])


def _wait(child: subprocess.Popen[bytes], cancel: Path) -> bool:
    """Wait for the end of ``child``; whether it was stopped because ``cancel`` appeared."""
    while True:
        try:
            child.wait(LOOK_SECONDS)
        except subprocess.TimeoutExpired:
            if not cancel.exists():
                continue
            os.killpg(child.pid, signal.SIGTERM)
            try:
                child.wait(GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                _end_group(child.pid)
                child.wait()
            return True
        else:
            return False


def _end_group(group: int) -> None:
    """Whatever the command left running in its group ends with it."""
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        pass
    except PermissionError:
        pass  # only members that became another user are left


def _die_with_the_supervisor() -> None:
    _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _matching(where: Path, pattern: str) -> Seen:
    """Files that match, with what tells whether they were written since."""
    found: Seen = {}
    for path in sorted(where.glob(pattern)):
        if path.is_file() and path.resolve().is_relative_to(where.resolve()):
            about = path.stat()
            found[path] = (about.st_ino, about.st_mtime_ns, about.st_size)
    return found


def _keep(
    folder: Path, where: Path, number: int, pattern: str, before: Seen, output: IO[bytes]
) -> None:
    """Copy the one file that matches and was written by this run; say when there is not one."""
    written = [path for path, seen in _matching(where, pattern).items() if before.get(path) != seen]
    if len(written) != 1:
        output.write(f"report {pattern}: {len(written)} files written, expected 1\n".encode())
    elif written[0].stat().st_size > LARGEST_REPORT:
        output.write(f"report {pattern}: larger than {LARGEST_REPORT} bytes\n".encode())
    else:
        target = folder / "reports" / str(number)
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(written[0], target)


def _write(path: Path, document: dict[str, Any]) -> None:
    partial = path.with_suffix(".tmp")
    with partial.open("w", encoding="utf-8") as file:
        json.dump(document, file)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


if __name__ == "__main__":
    main()
