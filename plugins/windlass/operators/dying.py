"""A task whose supervisor was killed must not live on beside its own next try."""

from __future__ import annotations

import ctypes
import signal
import sys

_PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Ask Linux to kill this process when its parent dies; elsewhere this does nothing.

    Seen on Airflow 3.3.2: after SIGKILL of a LocalExecutor worker the forked task ran on to its
    end as an orphan. The ledger's effects are safe from that; the waste is not worth having.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
