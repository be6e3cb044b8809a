"""Open a release in the ledger, or take up one that is open."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from windlass.errors import InputError
from windlass.ledger.views.folding import fold
from windlass.plan.inputs import ReleaseInputs, check_flags
from windlass.plan.release_plan import ReleasePlan
from windlass.spec.product import Product
from windlass.tasks.assembling import recorded
from windlass.tasks.ports import Ports
from windlass.tasks.release import Clock, Release
from windlass.tasks.teams import publish, with_people_of_today

if TYPE_CHECKING:
    from windlass.ledger import Ledger

#: Builds the ports of a product.
Connect = Callable[[Product], Ports]


def open_release(
    ledger: Ledger,
    *,
    release_id: str,
    product: Product,
    plan: ReleasePlan,
    inputs: ReleaseInputs,
    day_0: datetime | None,
    now: datetime,
) -> None:
    """Freeze the plan and the resolved product into the ledger; a second call changes nothing.

    Args:
        release_id: ``<dag id>/<run id>``.
        day_0: the production window this release is for; None for one that starts at once.

    Raises:
        InputError: it names a flag that its plan cannot ramp, or brings nothing at all.
    """
    ships = product.policy(plan.release_type).ships
    check_flags(inputs, plan, needed=ships == "flags")
    ledger.append(
        release_id,
        "release.opened",
        {
            "product": plan.product,
            "release_type": plan.release_type,
            "inputs": inputs.to_json(),
            "plan": plan.to_json(),
            "plan_digest": plan.digest,
            "spec": product.model_dump(mode="json", by_alias=True),
            "day_0": day_0.isoformat() if day_0 else None,
            "captain": inputs.captain or _captain(product),
        },
        key="opened",
        at=now,
        by=inputs.by,
    )
    publish(ledger, product, at=now)


def take_up(ledger: Ledger, release_id: str, *, connect: Connect, clock: Clock) -> Release:
    """The release as the ledger has it: the plan and product it opened with, today's people.

    Raises:
        InputError: the ledger has no such release.
    """
    view = fold(release_id, ledger.events(release_id))
    if view.opened is None:
        raise InputError(f"the ledger has no release {release_id!r}; see: windlass status")
    product = with_people_of_today(ledger, Product.model_validate(view.opened["spec"]))
    inputs = ReleaseInputs.from_json(view.opened["inputs"])
    head = ledger.head(release_id)
    return Release(
        ledger=ledger,
        view=view,
        plan=ReleasePlan.from_json(view.opened["plan"]),
        product=product,
        inputs=inputs,
        ports=recorded(connect(product), product, release_id)
        if inputs.dry_run
        else connect(product),
        clock=clock,
        token=head.token if head else 0,
    )


def _captain(product: Product) -> str | None:
    """Who gets the questions: the rota's first, else the first product manager."""
    return next(iter((*product.rota, *product.holders("product_manager"))), None)
