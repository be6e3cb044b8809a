"""A release as it was when it was read: pages work on it and ask the ledger nothing more."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

from windlass.ledger.views.event_like import EventLike
from windlass.ledger.views.folding import fold
from windlass.ledger.views.release import ReleaseView
from windlass.plan.inputs import ReleaseInputs
from windlass.plan.release_plan import PlannedTask, ReleasePlan
from windlass.spec.product import Product
from windlass.tasks.ports import Ports
from windlass.tasks.release import Clock, Release

if TYPE_CHECKING:
    from windlass.ledger import Ledger


class Snapshot(Release):
    """A release that stands still; has no ports and writes nothing."""

    @property
    def view(self) -> ReleaseView:
        """What the ledger said when the snapshot was taken."""
        return self._view

    def record(
        self,
        kind: str,
        *,
        key: str | None = None,  # noqa: ARG002 - the signature of what is refused
        by: str = "windlass",  # noqa: ARG002
        **data: Any,  # noqa: ARG002
    ) -> None:
        """Refuse: what is read from a page is not written through it.

        Raises:
            TypeError: always.
        """
        raise TypeError(f"{self.id} is a snapshot: {kind} cannot be written through it")

    @property
    def title(self) -> str:
        """The product's name as people read it."""
        return self.product.title or self.plan.product

    @property
    def dag_id(self) -> str:
        """Airflow's DAG of this release."""
        return self.id.partition("/")[0]

    @property
    def run_id(self) -> str:
        """Airflow's run of this release."""
        return self.id.partition("/")[2]

    def task(self, task_id: str) -> PlannedTask | None:
        """The task of the frozen plan with that id."""
        return next((task for task in self.plan.tasks if task.id == task_id), None)


def snapshot(stream: str, events: Iterable[EventLike], *, clock: Clock) -> Snapshot | None:
    """The release ``stream`` as ``events`` say it is; None when it was opened on no plan.

    Args:
        events: all of them, in order.
        clock: the present: what has expired by now does not count.
    """
    view = fold(stream, events)
    if view.opened is None or "plan" not in view.opened:
        return None
    return Snapshot(
        ledger=cast("Ledger", None),
        view=view,
        plan=ReleasePlan.from_json(view.opened["plan"]),
        product=Product.model_validate(view.opened["spec"]),
        inputs=ReleaseInputs.from_json(view.opened["inputs"]),
        ports=Ports((), _no_port),
        clock=clock,
        token=0,
    )


def _no_port(port: str) -> Any:
    raise TypeError(f"a page asks nothing of the outside: {port}")
