"""A release as it was when it was read: pages work on it, and it moves no more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from windlass.board.book import Book
from windlass.ledger.event import Entry
from windlass.ledger.views.event_like import EventLike
from windlass.ledger.views.folding import fold
from windlass.ledger.views.release import ReleaseView
from windlass.plan.inputs import ReleaseInputs
from windlass.plan.release_plan import PlannedTask, ReleasePlan
from windlass.spec.product import Product
from windlass.tasks.ports import Ports
from windlass.tasks.release import Clock, Release
from windlass.tasks.teams import with_people_of_today


class Snapshot(Release):
    """A release that stands still; has no ports and writes nothing."""

    @property
    def view(self) -> ReleaseView:
        """What the ledger said when the snapshot was taken."""
        return self._view

    def _write(self, entries: Sequence[Entry], by: str) -> None:
        """Refuse: what is read from a page is not written through it.

        Raises:
            TypeError: always.
        """
        kinds = ", ".join(kind for kind, _, _ in entries)
        raise TypeError(f"{self.id} is a snapshot: {kinds} by {by} cannot be written through it")

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


@dataclass(frozen=True, slots=True)
class Folded:
    """What the events of a release amount to; nothing of it changes any more."""

    view: ReleaseView
    plan: ReleasePlan
    product: Product
    inputs: ReleaseInputs


def folded(stream: str, events: Iterable[EventLike]) -> Folded | None:
    """The release ``stream`` by its events, all of them; None when it was opened on no plan."""
    view = fold(stream, events)
    if view.opened is None or "plan" not in view.opened:
        return None
    return Folded(
        view=view,
        plan=ReleasePlan.from_json(view.opened["plan"]),
        product=Product.model_validate(view.opened["spec"]),
        inputs=ReleaseInputs.from_json(view.opened["inputs"]),
    )


def snapshot(known: Folded, book: Book, *, clock: Clock) -> Snapshot:
    """The release as it stands, with the people of today.

    Args:
        book: read for what is not the release's own: teams, standing approvals.
        clock: the present: what has expired by now does not count.
    """
    return Snapshot(
        ledger=book,
        view=known.view,
        plan=known.plan,
        product=with_people_of_today(book, known.product),
        inputs=known.inputs,
        ports=Ports((), _no_port),
        clock=clock,
        token=0,
    )


def _no_port(port: str) -> Any:
    raise TypeError(f"a page asks nothing of the outside: {port}")
