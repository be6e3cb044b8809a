"""Where the plain adapters keep what they must remember between processes."""

from __future__ import annotations

import os
from pathlib import Path


def state_folder(root: Path, name: str) -> Path:
    """The folder for ``name``: in ``$WINDLASS_STATE``, else in ``.windlass`` under ``root``.

    All processes of one installation must see the same folder. Set the variable where ``root``
    moves between tasks, as it does in a versioned bundle.
    """
    return Path(os.environ.get("WINDLASS_STATE") or root / ".windlass") / name
