"""What the product's last release measured, to compare with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from windlass.tasks.release import Release


def last_evidence(release: Release, task: str) -> Mapping[str, Any]:
    """The evidence of ``task`` in the product's last release that has any; empty for the first."""
    found = [
        event
        for event in release.ledger.select(("task.finished",), product=release.plan.product)
        if event.data.get("task") == task
        and event.data.get("outcome") == "done"
        and event.stream != release.id
    ]
    return dict(found[-1].data.get("evidence") or {}) if found else {}
