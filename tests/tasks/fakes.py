"""Hand-written adapters with real state: what they answer follows from what was done to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import pi, sin
from pathlib import Path
from typing import Any, Protocol

from windlass.adapters.package_store import digest_of
from windlass.errors import TerminalError, VendorUnavailable
from windlass.ports.deployments import Artifact, Exposure
from windlass.ports.environments import Backup, Drift
from windlass.ports.metrics import Histogram, Reading
from windlass.ports.observations import ErrorGroup, LogCount
from windlass.ports.pipelines import RunRequest, RunState, RunStatus
from windlass.ports.probes import ProbeAnswer


class Clock(Protocol):
    """The world's clock."""

    def now(self) -> datetime: ...
    def pass_(self, seconds: float) -> None: ...


def _holds(path: Path, digest: str) -> bool:
    return path.is_file() and digest_of(path.read_bytes()) == digest


class Deployments:
    """Targets that serve versions. ``seconds`` is how long one change takes."""

    undo = "full"

    def __init__(self, clock: Clock) -> None:
        self.clock, self.seconds = clock, 2.0
        self.targets: dict[str, dict[str, float]] = {}
        self.running: dict[str, dict[str, str]] = {}
        self.packages: set[str] = set()
        self.broken: dict[str, Exception] = {}
        self.stubborn: set[str] = set()
        self.calls: list[tuple[str, ...]] = []
        self.before_change: Callable[[], None] = lambda: None
        self.after_change: Callable[[], None] = lambda: None

    def put(self, target: str, artifact: Artifact) -> None:
        """``artifact`` serves ``target`` alone, by nobody's doing."""
        self.targets[target] = {artifact.version: 100.0}
        self.running[target] = {artifact.version: artifact.digest}

    def state(self, target: str) -> Exposure:
        """What ``target`` serves."""
        return Exposure(dict(self.targets.get(target, {})), dict(self.running.get(target, {})))

    async def current(self, target: str) -> Exposure:
        """See the port."""
        if target in self.broken:
            raise self.broken[target]
        return self.state(target)

    async def available(self, artifact: Artifact) -> bool:
        """See the port: one of the packages that are there anyway, or a file of that digest."""
        kept = _holds(Path(artifact.location), artifact.digest)
        return artifact.digest in self.packages or kept

    async def rehearse(self, target: str, artifact: Artifact, percent: float) -> str:
        """See the port."""
        if not await self.available(artifact):
            raise TerminalError(f"no package {artifact.digest}")
        if target in self.broken:
            raise self.broken[target]
        return f"{percent:g} % of {target} to {artifact.version}"

    async def expose(self, target: str, artifact: Artifact, percent: float) -> None:
        """See the port."""
        if target in self.broken:
            raise self.broken[target]
        self.calls.append(("expose", target, artifact.version, f"{percent:g}"))
        self._change()
        shares = self.targets.setdefault(target, {})
        others = {v: s for v, s in shares.items() if v != artifact.version and s > 0}
        percent = percent if others else 100.0
        stable = max(others, key=lambda v: others[v], default=None)
        self.targets[target] = {artifact.version: percent}
        if stable is not None and percent < 100.0:
            self.targets[target][stable] = 100.0 - percent
        known = {**self.running.get(target, {}), artifact.version: artifact.digest}
        self.running[target] = {v: d for v, d in known.items() if v in self.targets[target]}
        self.after_change()

    async def retract(self, target: str, version: str, back_to: Artifact | None) -> None:
        """See the port."""
        self.calls.append(("retract", target, version, back_to.version if back_to else ""))
        self._change()
        if self.undo == "none":
            raise TerminalError(f"nothing can be taken out of {target}")
        if target in self.stubborn or self.undo == "halt_only":
            return
        if back_to is None:
            self.targets[target], self.running[target] = {}, {}
        else:
            self.put(target, back_to)

    def _change(self) -> None:
        self.before_change()
        self.clock.pass_(self.seconds)


class Metrics:
    """Counters that count as time passes: requests by share, errors by each version's rate.

    ``flags`` says by target and label how many percent have a flag ``on`` and ``off``.
    """

    def __init__(self, clock: Clock, deployments: Deployments) -> None:
        self.clock, self.deployments = clock, deployments
        self.rate = 200.0
        self.errors: dict[str, float] = {}
        self.gauges: dict[str, float] = {}
        self.wave = 0.0
        self.counted: dict[str, dict[str, dict[str, float]]] = {}
        self.seen: dict[str, datetime] = {}
        self.silent: set[str] = set()
        self.down = False
        self.flags: Callable[[str, str], Mapping[str, float]] = lambda target, label: {}

    async def read(
        self,
        target: str,
        counters: tuple[str, ...],
        histograms: tuple[str, ...],
        *,
        by: str | None = None,
    ) -> Reading:
        """See the port."""
        if self.down:
            raise VendorUnavailable("metrics do not answer")
        key = f"{target} by {by}" if by else target
        shares = self.flags(target, by) if by else self.deployments.state(target).shares
        self._count(key, shares)
        shown = {
            version: {
                name: value
                for name, value in {**counts, **self._gauges(version)}.items()
                if name in counters
            }
            for version, counts in self.counted.get(key, {}).items()
            if target not in self.silent
        }
        buckets = {
            version: {name: Histogram({0.1: counts["http_requests_total"]}) for name in histograms}
            for version, counts in self.counted.get(key, {}).items()
        }
        return Reading(self.clock.now(), shown, buckets)

    def _gauges(self, version: str) -> dict[str, float]:
        """A queue that sways a little around its version's length, or in waves of some seconds."""
        if version not in self.gauges:
            return {}
        second = self.clock.now().timestamp()
        sway = (second * 0.37 + len(version)) % 2.0
        if self.wave:
            sway = 1 + sin(2 * pi * second / self.wave)
        return {"queue_length": self.gauges[version] + sway}

    def _count(self, target: str, shares: Mapping[str, float]) -> None:
        """What came since the last reading; an hour of it before the first one."""
        now = self.clock.now()
        since = (now - self.seen.get(target, now - timedelta(hours=1))).total_seconds()
        self.seen[target] = now
        for version, share in shares.items():
            counts = self.counted.setdefault(target, {}).setdefault(
                version, {"http_requests_total": 0.0, "http_errors_total": 0.0}
            )
            requests = self.rate * share / 100.0 * since
            counts["http_requests_total"] += requests
            counts["http_errors_total"] += requests * self.errors.get(version, 0.002)


JUNIT = '<testsuite name="shop" tests="{tests}" failures="{bad}" errors="0">{cases}</testsuite>'


def junit(*, good: int = 3, bad: tuple[str, ...] = ()) -> bytes:
    """A JUnit report with so many good cases and these bad ones."""
    cases = [f'<testcase classname="shop" name="good_{n}" time="0.1"/>' for n in range(good)]
    cases += [
        f'<testcase classname="shop" name="{name}"><failure message="no">no</failure></testcase>'
        for name in bad
    ]
    return JUNIT.format(tests=good + len(bad), bad=len(bad), cases="".join(cases)).encode()


SARIF = b"""{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "scan", "rules": []}},
"results": [%s]}]}"""
AXE = b'[{"url": "http://staging/", "violations": [%s], "passes": [{"id": "a"}], "incomplete": []}]'
K6 = b"""{"metrics": {"http_req_duration": {"type": "trend", "contains": "time",
"values": {"avg": 90, "min": 10, "med": 80, "max": 400, "p(90)": 100, "p(95)": %d}},
"http_reqs": {"type": "counter", "contains": "default", "values": {"count": 5000, "rate": 250}},
"http_req_failed": {"type": "rate", "contains": "default", "values": {"rate": 0, "passes": 0,
"fails": 5000}}}}"""


@dataclass(slots=True)
class Outcome:
    """How a command ends: after ``polls`` looks, with this exit code and these files."""

    code: int = 0
    reports: Mapping[str, bytes] = field(default_factory=dict)
    tail: str = ""
    polls: int = 1
    lost: bool = False


class Pipelines:
    """Commands that end as they are told. ``outcomes`` is by the beginning of the command."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.outcomes: dict[str, Outcome] = {
            "make package": Outcome(reports={"dist/shop.tar": b"the package"}),
            "make regression": Outcome(reports={"build/junit.xml": junit()}),
            "make integration": Outcome(reports={"build/integration.xml": junit(good=2)}),
            "make performance": Outcome(reports={"build/k6.json": K6 % 120}),
            "make security": Outcome(reports={"build/security.sarif": SARIF % b""}),
            "make accessibility": Outcome(reports={"build/axe.json": AXE % b""}),
        }
        self.runs: dict[str, RunRequest] = {}
        self.left: dict[str, int] = {}
        self.cancelled: set[str] = set()
        self.on_start: Callable[[RunRequest], None] = lambda request: None

    def outcome(self, request: RunRequest) -> Outcome:
        """How the run of ``request`` ends."""
        found = [name for name in self.outcomes if request.run.startswith(name)]
        return self.outcomes[max(found, key=len)] if found else Outcome()

    def ran(self, command: str) -> list[RunRequest]:
        """The requests whose command begins so, in order."""
        return [request for request in self.runs.values() if request.run.startswith(command)]

    async def find(self, marker: str) -> str | None:
        """See the port."""
        return marker if marker in self.runs else None

    async def start(self, request: RunRequest) -> str:
        """See the port."""
        assert request.marker not in self.runs, f"{request.marker} was started twice"
        self.runs[request.marker] = request
        self.left[request.marker] = self.outcome(request).polls
        self.on_start(request)
        return request.marker

    async def poll(self, run_id: str) -> RunStatus:
        """See the port."""
        request = self.runs[run_id]
        outcome = self.outcome(request)
        if outcome.lost:
            return RunStatus(run_id, RunState.LOST)
        if run_id in self.cancelled:
            return RunStatus(run_id, RunState.CANCELLED, tail="cancelled")
        if self.left[run_id] > 0:
            self.left[run_id] -= 1
            return RunStatus(run_id, RunState.RUNNING)
        state = RunState.FAILED if outcome.code else RunState.PASSED
        return RunStatus(run_id, state, exit_code=outcome.code, tail=outcome.tail, seconds=2.0)

    async def report(self, run_id: str, name: str) -> bytes | None:
        """See the port."""
        request = self.runs[run_id]
        return self.outcome(request).reports.get(name) if name in request.reports else None

    async def cancel(self, run_id: str) -> None:
        """See the port."""
        self.cancelled.add(run_id)


class Probes:
    """Places that answer 200 with the version they serve, unless they are told otherwise."""

    def __init__(self, deployments: Deployments, places: Mapping[str, str]) -> None:
        self.deployments, self.places = deployments, places
        self.answers: dict[str, ProbeAnswer] = {}
        self.asked: list[str] = []

    async def request(
        self, url: str, *, method: str = "GET", body: str | None = None, timeout: float = 5.0
    ) -> ProbeAnswer:
        """See the port."""
        self.asked.append(url)
        known = [start for start in self.answers if url.startswith(start)]
        if known:
            return self.answers[max(known, key=len)]
        target = next((self.places[at] for at in self.places if url.startswith(at)), None)
        serves = self.deployments.state(target).stable if target else "anything"
        if serves is None:
            return ProbeAnswer(0, 0.0, problem="connection refused")
        return ProbeAnswer(200, 0.01, body=f"version {serves}")


class Drifts:
    """Infrastructure or configuration: ``found`` says which environment has drifted, and how."""

    def __init__(self) -> None:
        self.found: dict[str, str] = {}

    async def drift(self, environment: str) -> Drift:
        """See the port."""
        return Drift(environment in self.found, self.found.get(environment, ""))


class Backups:
    """Backups by target; each target has one that is an hour old."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.made: dict[str, list[Backup]] = {}
        self.markers: dict[tuple[str, str], Backup] = {}
        self.age = timedelta(hours=1)
        self.none: set[str] = set()
        self.broken: dict[str, str] = {}
        self.restore_seconds = 5.0

    async def newest(self, target: str) -> Backup | None:
        """See the port."""
        if target in self.none:
            return None
        made = self.made.get(target)
        return made[-1] if made else Backup(f"b-{target}", self.clock.now() - self.age)

    async def prove_restore(self, target: str, backup_id: str) -> Drift:
        """See the port."""
        self.clock.pass_(self.restore_seconds)
        return Drift(target in self.broken, self.broken.get(target, ""))

    async def create(self, target: str, *, marker: str) -> Backup:
        """See the port."""
        backup = Backup(f"b-{len(self.markers) + 1}", self.clock.now())
        self.made.setdefault(target, []).append(backup)
        self.markers[target, marker] = backup
        return backup

    async def find(self, target: str, marker: str) -> Backup | None:
        """See the port."""
        return self.markers.get((target, marker))


class Logs:
    """Log lines by version; every version is quiet."""

    def __init__(self) -> None:
        self.counts: dict[str, LogCount] = {}

    async def count(self, target: str, version: str, level: str, since: datetime) -> LogCount:
        """See the port."""
        return self.counts.get(version, LogCount(1000, 0))


class Errors:
    """New error groups by version; there are none."""

    def __init__(self) -> None:
        self.groups: dict[str, list[ErrorGroup]] = {}

    async def new_groups(self, version: str, since: datetime) -> tuple[ErrorGroup, ...]:
        """See the port."""
        return tuple(self.groups.get(version, ()))


def failing(outcome: Outcome, **changes: Any) -> Outcome:
    """``outcome`` with parts replaced."""
    return replace(outcome, **changes)
