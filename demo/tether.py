"""`python tether.py PARENT PROGRAM ARGUMENT…`: become PROGRAM, and end when PARENT does.

The kernel sends SIGTERM to this process when its parent ends, however it ends (Linux:
PR_SET_PDEATHSIG); that survives the exec. A program of its own because running Python between
fork and exec is not safe in a process that has threads.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(words: list[str]) -> None:
    """Tie this process to its parent and become the program."""
    parent, program = int(words[0]), words[1:]
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM) != 0:
        sys.exit(f"prctl failed: {os.strerror(ctypes.get_errno())}")
    if os.getppid() != parent:
        sys.exit("the parent ended before this process was tied to it")
    os.execvp(program[0], program)


if __name__ == "__main__":
    main(sys.argv[1:])
