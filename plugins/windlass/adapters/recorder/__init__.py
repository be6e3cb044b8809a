"""For each port an adapter that writes down instead of acting: a dry run.

``record(port, adapter)`` gives the adapter's place to one that reads through it and never calls a
method that changes the world. What was written down in the same dry run is seen by later reads,
so that a whole release can be played. Every name it makes up begins with ``dry-run:``.
"""

from __future__ import annotations

from windlass.adapters.recorder.call import Call, FileStore, MemoryStore, Store
from windlass.adapters.recorder.recording import record

__all__ = ["Call", "FileStore", "MemoryStore", "Store", "record"]
