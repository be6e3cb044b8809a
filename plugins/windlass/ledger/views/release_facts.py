"""What a release's events and frozen plan say, in the terms that criteria ask for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from windlass.ledger.views.event_like import EventLike
from windlass.ledger.views.release import Record, ReleaseView
from windlass.plan.release_plan import ReleasePlan


class Facts:
    """A release's events and plan, asked for what criteria need.

    Args:
        critical_open: what critical is open now, by whoever asked the tracker and the desk last;
            None: nobody did.
    """

    def __init__(
        self,
        view: ReleaseView,
        events: Iterable[EventLike],
        plan: ReleasePlan,
        *,
        critical_open: Sequence[str] | None = None,
    ) -> None:
        self.view, self.plan = view, plan
        self.critical_open = None if critical_open is None else tuple(critical_open)
        self.events = list(events)
        self.regions = tuple((view.opened or {}).get("inputs", {}).get("regions") or ())

    @property
    def first(self) -> tuple[int, ...]:
        """The opening: it froze what the release has, and so what it has not."""
        return self.last("release.opened")

    def last(self, *types: str) -> tuple[int, ...]:
        """The newest event of these types; empty when there is none."""
        found = [event.seq for event in self.events if event.type in types]
        return (found[-1],) if found else ()

    def every(self, *types: str) -> tuple[int, ...]:
        """All events of these types."""
        return tuple(event.seq for event in self.events if event.type in types)

    def record(self, task: str) -> Record | None:
        """How ``task`` ended, if it did."""
        return self.view.record(task)

    def seqs(self, *tasks: str) -> tuple[int, ...]:
        """The events in which these tasks ended; those that did not are left out."""
        records = [self.view.record(task) for task in tasks]
        return tuple(record.seq for record in records if record is not None)

    def absent(self, row: str, task: str | None = None) -> str | None:
        """Why the release has no such task, None when it has."""
        ids = {each.id for each in self.plan.tasks} | {each.row for each in self.plan.tasks}
        if (task or row) in ids:
            return None
        name = task or row
        listed = self.plan.not_applicable.get(name) or self.plan.not_applicable.get(row)
        return listed or f"{self.plan.release_type} releases have no {name}"

    def has_port(self, port: str) -> bool:
        """Whether the product, as it was frozen, configures ``port``."""
        spec: Mapping[str, Any] = (self.view.opened or {}).get("spec") or {}
        return bool((spec.get("vendors") or {}).get(port))

    def setting(self, name: str) -> Any:
        """A setting of the frozen policy of this release type; None when there is none."""
        spec: Mapping[str, Any] = (self.view.opened or {}).get("spec") or {}
        return ((spec.get("release_types") or {}).get(self.plan.release_type) or {}).get(name)

    def mark(self, task: str, name: str) -> tuple[int, ...]:
        """The events in which ``task`` says that it reached ``name``."""
        return tuple(
            event.seq
            for event in self.events
            if event.type == "evidence"
            and (event.data.get("task"), event.data.get("mark")) == (task, name)
        )

    def targets(self) -> tuple[str, ...]:
        """The live targets that this release is for."""
        return tuple(
            target.name
            for target in self.plan.live_targets
            if not self.regions or not target.region or target.region in self.regions
        )

    def done(self, task: str) -> Record | None:
        """How ``task`` ended, if it did its work."""
        record = self.view.record(task)
        return record if record is not None and record.outcome == "done" else None


def mapping(value: Any) -> Mapping[str, Any]:
    """``value`` if it is one: a dry run leaves a sentence where the evidence would be."""
    return value if isinstance(value, Mapping) else {}


def waived(record: Record) -> str:
    """Who let a red result pass; empty: nobody."""
    return str(record.evidence.get("waived_by") or "")
