"""Whether development is complete: asked of the tracker or of source control, without a release."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from windlass.ledger.canonical import sha256
from windlass.ports.source_control import SourceControl
from windlass.ports.tracker import Tracker

if TYPE_CHECKING:
    from windlass.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Completion:
    """Development is complete: ``marker`` tells this time from the others, ``text`` is why."""

    marker: str
    text: str


async def milestone_done(tracker: Tracker, milestone: str) -> Completion | None:
    """Every issue planned for ``milestone`` is done, and there is at least one."""
    planned = await tracker.planned(milestone)
    if not planned or not all(issue.done for issue in planned):
        return None
    keys = sorted(issue.key for issue in planned)
    return Completion(
        f"issues-{sha256(' '.join(keys))[:16]}", f"{milestone} is done: {', '.join(keys)}"
    )


async def ref_moved(source: SourceControl, ref: str) -> Completion | None:
    """``ref`` names a commit; another commit is another completion."""
    sha = await source.resolve(ref)
    return None if sha is None else Completion(f"commit-{sha}", f"{ref} is {sha[:12]}")


def already_started(ledger: Ledger, product: str, completion: Completion) -> bool:
    """Whether a release was started for this completion, however it ended."""
    return any(
        (event.data.get("inputs") or {}).get("completion") == completion.marker
        for event in ledger.select(("release.opened",), product=product)
    )
