"""Products that need this one: do they take the new version, and do they know what breaks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from windlass.decisions.verdict import Outcome, Verdict
from windlass.plan.release_plan import PlannedTask
from windlass.spec.version_range import satisfies
from windlass.tasks.release import Release
from windlass.tasks.teams import NEEDS, holders_of, who_holds_at
from windlass.tasks.telling import tell

#: Who is told at a product that needs this one.
ROLES = ("product_manager", "developer")


def consumers(release: Release) -> dict[str, str]:
    """Product → the versions of this one it takes, as its own file says now."""
    documents, mine = release.ledger.documents, release.plan.product
    found = {}
    for name in documents.names(NEEDS):
        newest = documents.latest(NEEDS, name)
        wanted = newest.data["depends_on"].get(mine) if newest is not None else None
        if wanted is not None:
            found[name] = str(wanted)
    return found


def compatibility(release: Release) -> Verdict:
    """Whether every product that needs this one takes the version that is released."""
    version = release.view.version or release.inputs.version
    needing = consumers(release)
    if not needing:
        return Verdict(Outcome.PASS, ("no product that is known here needs this one",))
    if version is None:
        return Verdict(Outcome.PASS, ("the version is fixed at the cut, and compared then",))
    refusing = {name: wanted for name, wanted in needing.items() if not satisfies(version, wanted)}
    if refusing:
        reasons = (f"{name} takes {w}, not {version}" for name, w in refusing.items())
        return Verdict(Outcome.FAIL, tuple(reasons))
    return Verdict(Outcome.PASS, (f"{', '.join(needing)} take {version}",))


async def tell_consumers(
    release: Release, task: PlannedTask, scope: Mapping[str, Any]
) -> dict[str, list[str]]:
    """Tell each of them what breaks, once; the ids of the messages by product."""
    breaking = scope.get("breaking") or ()
    if not breaking:
        return {}
    items = "\n".join(f"- {item['key']}: {item['title']}" for item in breaking)
    return {
        name: await tell(
            release,
            task,
            "ask",
            f"{release.name} breaks what {name} may use",
            body=f"{name} takes {wanted}. What breaks:\n{items}",
            to=_people(release, name),
            name=f"consumer {name}",
        )
        for name, wanted in consumers(release).items()
    }


def _people(release: Release, product: str) -> tuple[str, ...]:
    known = holders_of(release.ledger, product)
    people = [p for role in ROLES for p in who_holds_at(known, role, release.now())]
    return tuple(dict.fromkeys(people))
