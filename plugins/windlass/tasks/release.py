"""A release in the hands of a task: its frozen plan, its ledger, its ports, its clock."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from windlass.ledger.views.folding import apply
from windlass.ledger.views.release import ReleaseView
from windlass.plan.inputs import ReleaseInputs
from windlass.plan.release_plan import FLAG_SIGN, PlannedTask, ReleasePlan, flag_of
from windlass.ports.effect import Idempotency
from windlass.tasks.question import Answer, Question

if TYPE_CHECKING:
    from windlass.ledger import Ledger
    from windlass.ledger.event import Entry, Event
    from windlass.spec.policy import Policy
    from windlass.spec.product import Product
    from windlass.tasks.ports import Ports
    from windlass.tasks.starting import Starter

#: Gives the instant it is, in UTC.
Clock = Callable[[], datetime]

#: Seconds a call may take that goes to no port: Airflow's own API.
DEADLINE = 60.0
#: Events that other releases read: a dry run only says that it would write them.
BEYOND_THE_RELEASE = frozenset(
    {"version.promoted", "version.blocked", "review.owed", "hotfix.requested", "incident.opened"}
)


#: The task that builds the package, and the row before it.
CANDIDATE, CUT = "validation.candidate", "validation.cut"


def belongs_to_package(task: PlannedTask) -> bool:
    """Whether a new package makes the task's result worthless: every check of the package."""
    return task.phase == "validation" and task.row not in (CUT, CANDIDATE)


def is_rollback(release: Release) -> bool:
    """Whether the release is a rollback by hand, which is never rolled back itself."""
    return release.plan.release_type == "rollback"


def ships_flags(release: Release) -> bool:
    """Whether the release brings feature flags only, on the version that is live."""
    return release.policy.ships == "flags"


def subject(release: Release, target: str) -> str:
    """What users of ``target`` get, as it is blocked: ``1.4.0``, or ``1.4.0+new-cart``."""
    flag = flag_of(target)
    return f"{release.version}{FLAG_SIGN}{flag}" if flag else release.version


class Release:
    """One release. The plan and the product are those it opened with, read from the ledger.

    Args:
        view: folded up to now; refreshed before every read of :attr:`view`.
        token: the fencing token this process works under.
    """

    def __init__(
        self,
        *,
        ledger: Ledger,
        view: ReleaseView,
        plan: ReleasePlan,
        product: Product,
        inputs: ReleaseInputs,
        ports: Ports,
        clock: Clock,
        token: int,
    ) -> None:
        self.ledger, self._view, self._still = ledger, view, False
        self.plan, self.product, self.inputs = plan, product, inputs
        self.ports, self.now, self.token = ports, clock, token
        #: Starts other DAGs; None where there is no Airflow (simulation, tests, the watchdog).
        self.starter: Starter | None = None

    @property
    def id(self) -> str:
        """The ledger's stream: ``<dag id>/<run id>``."""
        return self._view.id

    @property
    def view(self) -> ReleaseView:
        """What the ledger says, up to this moment; inside :meth:`one_moment`, up to that one."""
        if not self._still:
            self._catch_up()
        return self._view

    @contextmanager
    def one_moment(self) -> Iterator[ReleaseView]:
        """Decide on one state of the ledger; what the block itself writes is seen, too.

        For a block that awaits nothing: what others write during it is not seen.
        """
        before = self._still
        view = self.view
        self._still = True
        try:
            yield view
        finally:
            self._still = before

    def _take_in(self, written: Event) -> None:
        """See what was just written, and before it what others wrote since the last look."""
        if written.seq == self._view.seq + 1:
            apply(self._view, written)
        elif written.seq > self._view.seq:
            self._catch_up()

    def _catch_up(self) -> None:
        for event in self.ledger.events(self.id, after=self._view.seq):
            apply(self._view, event)

    @property
    def policy(self) -> Policy:
        """The numbers of this release type, worked out for this product."""
        return self.product.policy(self.plan.release_type)

    @property
    def dry_run(self) -> bool:
        """Whether every port records instead of acting."""
        return self.inputs.dry_run

    @property
    def version(self) -> str:
        """The version being released.

        Raises:
            LookupError: the cut has not fixed it yet.
        """
        version = self.view.version
        if version is None:
            raise LookupError(f"{self.id} has no version before validation.cut")
        return version

    @property
    def name(self) -> str:
        """What people call it: ``storefront 1.4.0``, before the cut ``storefront (minor)``."""
        label = self.view.version or f"({self.plan.release_type})"
        return f"{self.plan.product} {label}"

    @property
    def tag(self) -> str:
        """The tag of this release's version in source control."""
        return self.tag_of(self.version)

    def tag_of(self, version: str) -> str:
        """The tag of ``version``: ``v1.4.0`` unless the product says otherwise."""
        vendor = self.product.vendor("source_control")
        pattern = getattr(vendor.settings, "tag", None) if vendor else None
        return str(pattern or "v{version}").replace("{version}", version)

    def record(
        self, kind: str, *, key: str | None = None, by: str = "windlass", **data: Any
    ) -> None:
        """Append an event; with ``key`` at most once. A dry run changes nothing beyond itself."""
        self._write([(kind, data, key)], by)

    def record_together(self, entries: Sequence[Entry], *, by: str = "windlass") -> None:
        """As :meth:`record`, for events of which none may be there without the others."""
        self._write(entries, by)

    def _write(self, entries: Sequence[Entry], by: str) -> None:
        """Append what a release may write, and see it; everything that is written comes by here."""
        told = [self._told(entry) for entry in entries]
        written = self.ledger.append_together(self.id, told, at=self.now(), by=by, token=self.token)
        for event in written:
            self._take_in(event)

    def _told(self, entry: Entry) -> Entry:
        kind, data, key = entry
        if self.dry_run and kind in BEYOND_THE_RELEASE:
            return "dry_run.recorded", {"would": kind, "data": dict(data)}, key
        return entry

    def answer(self, question: Question) -> Answer | None:
        """What was answered to exactly this question, or None; asks nobody."""
        asked = self.view.questions.get(question.id)
        if asked is None or asked.answer is None or asked.by is None:
            return None
        return Answer(
            option=asked.answer["option"],
            by=asked.by,
            at=asked.answered_at or self.now(),
            fields=asked.answer.get("fields") or {},
        )

    def attempt(self, task: PlannedTask) -> int:
        """Which try this is: one more than the runs people asked for or policy granted.

        A check of the package is tried anew with each new candidate, too.
        """
        return 1 + self.view.again.get(task.id, 0) + self.candidates(task)

    def candidates(self, task: PlannedTask) -> int:
        """How many candidates went before the present one, for a task that checks the package."""
        return self.view.again.get(CANDIDATE, 0) if belongs_to_package(task) else 0

    async def once(
        self,
        task: PlannedTask,
        name: str,
        *,
        kind: str,
        find: Callable[[], Awaitable[Any]],
        do: Callable[[], Awaitable[Any]],
        idempotency: Idempotency,
    ) -> Any:
        """Make something exactly once; ``name`` tells it from the task's other effects.

        ``find`` and ``do`` return plain JSON values; ``find`` returns None for "not there".
        ``kind`` is the port's method (``tracker.create``): how long a call may take, and how late
        it may come to sight, is what the product's adapter of that port declares.
        """
        effects = self.ledger.effects(self.id, token=self.token, clock=self.now)
        return await effects.once(
            f"{task.id}/{name}",
            kind=kind,
            find=_finder(find),
            do=do,
            idempotency=idempotency,
            deadline=self._slowest(kind, "deadline", DEADLINE),
            visible_within=self._slowest(kind, "visible_within", 0.0),
        )

    async def converge(  # noqa: PLR0913 - what an effect must say about itself
        self,
        task: PlannedTask,
        name: str,
        *,
        kind: str,
        read: Callable[[], Awaitable[Any]],
        write: Callable[[Any], Awaitable[None]],
        want: Any,
        deadline: float | None = None,
        unless_closed: bool = False,
        target: str | None = None,
    ) -> None:
        """Bring something to the state ``want``; always compares with what is there now.

        Args:
            kind: the port's method, as in :meth:`once`.
            deadline: seconds; fewer than the adapter declares, where others must not wait so long.
            target: the place; effects on it, of this release and of others, wait for each other.
        """
        effects = self.ledger.effects(self.id, token=self.token, clock=self.now)
        alone = target is not None and not self.dry_run
        await effects.converge(
            f"{task.id}/{name}",
            kind=kind,
            read=read,
            write=write,
            want=want,
            deadline=deadline or self._slowest(kind, "deadline", DEADLINE),
            visible_within=self._slowest(kind, "visible_within", 0.0),
            unless_closed=unless_closed,
            target=f"{self.plan.product}/{target}" if alone else None,
        )

    def _slowest(self, kind: str, figure: str, otherwise: float) -> float:
        """A figure that the adapters of ``kind``'s port declare; a port may have several."""
        port = kind.partition(".")[0]
        if not self.ports.has(port):
            return otherwise
        found = self.ports.get(port)
        adapters = found if isinstance(found, tuple) else (found,)
        return max(float(getattr(adapter, figure, otherwise)) for adapter in adapters)


def _finder(find: Callable[[], Awaitable[Any]]) -> Callable[[], Awaitable[Any]]:
    """None means absent; anything else was found."""
    from windlass.ledger import Absent, Found

    async def look() -> Any:
        found = await find()
        return Absent() if found is None else Found(found)

    return look
