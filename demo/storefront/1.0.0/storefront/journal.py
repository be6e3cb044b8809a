"""The log: one JSON object a line on standard error."""

from __future__ import annotations

import json
import sys
import traceback
from datetime import UTC, datetime

from storefront.release import VERSION
from storefront.shop import Request


def write(level: str, region: str, request: Request, what: Exception | str) -> None:
    """One line for one request that went wrong, with the stack of an exception."""
    entry = {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "level": level,
        "version": VERSION,
        "region": region,
        "request": request.id,
        "route": f"{request.method} {request.path}",
        "message": str(what),
    }
    if isinstance(what, Exception):
        entry["error"] = type(what).__name__
        entry["stack"] = "".join(traceback.format_exception(what))
    sys.stderr.write(json.dumps(entry) + "\n")
    sys.stderr.flush()
