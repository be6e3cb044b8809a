"""A world in which effects run: processes that pause or die anywhere, a vendor that lags.

Real ``Effects`` coroutines run here, stopped at every boundary: each database transaction and each
call to the vendor is a :class:`Point` at which the coroutine waits until the schedule moves it.
A process that is never moved again has crashed; one that is moved much later is a late writer.

What the vendor may do, within what adapters promise: a call is carried out at any instant up to
``visible_within`` after it ended for its caller (answered, broken or cut off at ``until``), or
never, also when its caller is dead; it can be found at once or only ``visible_within`` later, but
not more than ``visible_within`` after the call ended; its reply may be lost.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Generator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from tests.ledger.vendor import T
from windlass.errors import RefusedByVendor
from windlass.ledger.effect_rules import EffectRow
from windlass.ledger.effect_store import EffectStore
from windlass.ledger.effects import Absent, Effects, Found, Unknown

DEADLINE, VISIBLE = 10.0, 5.0


class WorldStore(EffectStore, Protocol):
    """What the world asks of a store besides effects."""

    def bump_token(self, stream: str) -> int: ...

    def close(self, stream: str, at: datetime) -> None: ...

    def all_rows(self) -> list[EffectRow]: ...


@dataclass
class Point:
    """Where a coroutine waits. ``call`` is the transaction, for points of the store."""

    label: str
    call: Callable[[], Any] | None = None
    value: Any = None
    made: bool = False

    def __await__(self) -> Generator[Point, Any, Any]:
        return (yield self)


@dataclass
class Made:
    """Something the vendor carried out: ``value`` was set (or one was created)."""

    value: Any
    at: float
    visible_at: float


@dataclass
class Process:
    """One process that tries an effect, again while it has tries left."""

    name: str
    start: Callable[[Process], Coroutine[Any, Any, Any]]
    tries: int
    point: Point | None = None
    until: float = 0.0
    history: tuple[str, ...] = ()
    result: Any = None
    ended: str = ""
    _run: Coroutine[Any, Any, Any] | None = None

    def begin(self) -> None:
        self.tries -= 1
        self.history, self.ended = (), ""
        self._run = self.start(self)
        self._advance(lambda run: run.send(None))

    def send(self, value: Any) -> None:
        self.history += (f"{value}",)
        self._advance(lambda run: run.send(value))

    def throw(self, error: BaseException) -> None:
        self.history += (f"{type(error).__name__}: {error}",)
        self._advance(lambda run: run.throw(error))

    def _advance(self, move: Callable[[Any], Point]) -> None:
        self.point = None
        try:
            self.point = move(self._run)
        except StopIteration as stop:
            self.ended, self.result = "done", stop.value
        except Exception as error:  # noqa: BLE001  # how a try ends is what we look at
            self.ended = type(error).__name__
            if self.tries > 0:
                self.begin()  # up to its first transaction, which waits for its turn

    def kill(self) -> None:
        if self._run is not None:
            self._run.close()


@dataclass
class World:
    """The store, the vendor, the clock and the processes; ``moves`` says what can happen next."""

    store: WorldStore
    cannot_tell: bool = False
    failures: int = 1
    waits: int = 4
    kind: type[Effects] = Effects
    now: float = 0.0
    made: list[Made] = field(default_factory=list)
    adrift: list[tuple[float, Point]] = field(default_factory=list)
    processes: list[Process] = field(default_factory=list)

    def clock(self) -> datetime:
        return T + timedelta(seconds=self.now)

    def start(self, *processes: Process) -> None:
        """Add processes, each waiting at its first transaction."""
        self.processes += processes
        for process in processes:
            process.begin()

    # ---- what processes run

    def effects(self, process: Process, stream: str, token: int) -> Effects:
        async def run(call: Callable[[], Any]) -> Any:
            value = await Point("store", call)
            if value is None:  # the recheck: it may sleep between that and its call
                await Point("resume")
            return value

        async def bounded(seconds: float, work: Awaitable[Any]) -> Any:
            process.until = self.now + seconds
            return await work

        return self.kind(
            self.store, stream, token=token, clock=self.clock, run=run, bounded=bounded
        )

    async def transaction(self, call: Callable[[], Any]) -> Any:
        return await Point("store", call)

    async def do(self, value: Any = 1) -> Any:
        return await Point("do", value=value)

    async def find(self) -> Any:
        return await Point("find")

    async def read(self) -> Any:
        return await Point("read")

    # ---- what can happen next

    def moves(self) -> list[tuple[str, Callable[[], None]]]:
        """Every next step, each with a name; the order is part of a schedule's meaning."""
        found: list[tuple[str, Callable[[], None]]] = []
        for process in self.processes:
            found += [(f"{process.name}.{name}", act) for name, act in self.moves_of(process)]
        for number, (last, point) in enumerate(self.adrift):
            found += [
                (f"adrift {number} {name}", act) for name, act in self._carrying_out(point, last)
            ]
        later = self._next_instant()
        if self.waits > 0 and later is not None:
            found.append((f"wait until {later}", lambda: self._wait(later)))
        return found

    def moves_of(self, process: Process) -> list[tuple[str, Callable[[], None]]]:
        """What can happen next to one process."""
        point = process.point
        if point is None:
            return []
        if point.label == "store":
            return [("store", lambda: self._transact(process, point))]
        if point.label == "resume":
            return [("resume", lambda: process.send(None))]
        late = self.now >= process.until
        found: list[tuple[str, Callable[[], None]]] = []
        if late:
            found.append(("timeout", lambda: self._cut_off(process, point)))
        if point.label == "do":
            found += self._of_call(process, point, late=late)
        elif not late:
            found.append((point.label, lambda: process.send(self._seen(point))))
            found += self._failing("error", lambda: process.throw(ConnectionError("lost")))
        return found

    def _of_call(
        self, process: Process, point: Point, *, late: bool
    ) -> list[tuple[str, Callable[[], None]]]:
        found = self._carrying_out(point, process.until + VISIBLE)
        if point.made and not late:
            found.append(("reply", lambda: process.send({"number": len(self.made)})))
        if not late:
            found += self._failing("lost", lambda: self._lose(process, point))
            if not point.made:
                no = RefusedByVendor("no")
                found += self._failing("refused", lambda: process.throw(no))
        return found

    def _carrying_out(self, point: Point, last: float) -> list[tuple[str, Callable[[], None]]]:
        if point.made or self.now >= last:
            return []
        seen = min(self.now + VISIBLE, last)
        return [
            ("carried out", lambda: self._make(point, self.now)),
            ("carried out, seen late", lambda: self._make(point, seen)),
        ]

    def _lose(self, process: Process, point: Point) -> None:
        """The connection breaks: the caller knows nothing, the request may still be on its way."""
        self.adrift.append((self.now + VISIBLE, point))
        process.throw(ConnectionError("lost"))

    def _failing(self, name: str, act: Callable[[], None]) -> list[tuple[str, Callable[[], None]]]:
        def fail() -> None:
            self.failures -= 1
            act()

        return [(name, fail)] if self.failures > 0 else []

    def _transact(self, process: Process, point: Point) -> None:
        assert point.call is not None
        try:
            value = point.call()
        except Exception as error:  # noqa: BLE001  # goes to the process, as in life
            process.throw(error)
        else:
            process.send(value)

    def _cut_off(self, process: Process, point: Point) -> None:
        if point.label == "do":
            self.adrift.append((process.until + VISIBLE, point))
        process.throw(TimeoutError())

    def _make(self, point: Point, visible_at: float) -> None:
        point.made = True
        self.made.append(Made(point.value, self.now, visible_at))

    def _seen(self, point: Point) -> Any:
        visible = [made for made in self.made if made.visible_at <= self.now]
        if point.label == "read":
            return visible[-1].value if visible else 0
        if self.cannot_tell:
            return Unknown("keeps no history")
        return Found({"number": len(visible)}) if visible else Absent()

    def _next_instant(self) -> float | None:
        instants = [process.until for process in self.processes if process.point is not None]
        for row in self.store.all_rows():
            instants += [
                (row.until - T).total_seconds(),
                (row.quiet_at - T).total_seconds(),
            ]
        return min((instant for instant in instants if instant > self.now), default=None)

    def _wait(self, instant: float) -> None:
        self.waits -= 1
        self.now = instant

    # ---- looking at it

    def state(self) -> tuple[Any, ...]:
        """Everything that decides what can still happen."""
        return (
            *self.outside(),
            self.waits,
            self.failures,
            tuple(
                (p.tries, p.ended, p.until, p.history, p.point and (p.point.label, p.point.made))
                for p in self.processes
            ),
        )

    def outside(self) -> tuple[Any, ...]:
        """What is left when every process is dead: time, store, vendor, calls on their way."""
        calls = [
            (process.until + VISIBLE, process.point)
            for process in self.processes
            if process.point is not None and process.point.label in ("do", "write")
        ]
        return (
            self.now,
            tuple(
                (r.stream, r.key, r.state, r.token, r.attempt, r.until, r.visible_within)
                for r in self.store.all_rows()
            ),
            tuple((made.value, made.at, made.visible_at) for made in self.made),
            tuple((last, point.value, point.made) for last, point in (*self.adrift, *calls)),
        )

    def run_alone(self, process: Process) -> None:
        """Run a fresh, healthy process to its end, waiting when it is told to."""
        self.processes.append(process)
        process.begin()
        for _ in range(60):
            if process.ended == "done" or (
                process.ended and not process.ended.startswith("EffectBusy")
            ):
                return
            if process.ended.startswith("EffectBusy"):
                later = self._next_instant()
                self.now = self.now + 1 if later is None else later
            if process.point is None:
                process.begin()
            else:
                self._healthy(process, process.point)
        raise AssertionError(f"stuck: {process.history}")

    def _healthy(self, process: Process, point: Point) -> None:
        if point.label == "store":
            self._transact(process, point)
        elif point.label == "resume":
            process.send(None)
        elif point.label == "do":
            self._make(point, self.now)
            process.send({"number": len(self.made)})
        else:
            process.send(self._seen(point))

    def end(self) -> None:
        for process in self.processes:
            process.kill()
