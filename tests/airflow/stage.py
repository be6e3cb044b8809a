"""One real Airflow for all the tests here, and what a test does to a release in it."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Never

import httpx
import psutil
import yaml
from sqlalchemy import Connection, make_url

from demo.airflow_client import AirflowClient, Refused
from demo.embedded_airflow import EmbeddedAirflow
from demo.project import ROOT, open_every_day
from demo.reviewers import what_they_say, who_answers
from tests.airflow.counters import Counters
from tests.airflow.locking import Row, locked, until_found
from tests.airflow.small import Small
from tests.airflow.telling import told
from windlass.ledger import Event, Ledger, open_ledger
from windlass.ledger.views.release import Asked
from windlass.spec.product import Product
from windlass.tasks.assembling import ports_of
from windlass.tasks.opening import take_up
from windlass.tasks.ports import Ports
from windlass.tasks.release import Release

WATCHDOG = '''\
"""Airflow DAG of the watchdog, in a hurry."""

from __future__ import annotations

from datetime import timedelta

from windlass.factory.watchdog import watchdog_dag

dag = watchdog_dag(every=timedelta(seconds=5), patience_seconds=8)
'''
#: Airflow may fail a task that is answered within moments of parking.
THINKING = 5.0
#: A question is in the ledger a little before Airflow's page has it; seconds on a busy machine.
SHOWN_WITHIN = 120.0
#: A busy machine may take minutes to start it.
STARTS_WITHIN = 300.0
#: A dozen products' files are parsed, and their runs looked at, as seldom as the tests can bear.
PATIENT = {
    "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "30",
    "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.5",
}
#: Names the folder that the adapters share; whoever builds a stage sets it, once for the process.
STATE = "WINDLASS_STATE"
#: Address of a Redis; where it is set, Airflow has the distributed shape.
BROKER = "WINDLASS_TEST_BROKER"
KINDS = ("api-server", "scheduler", "dag-processor", "triggerer", "celery-worker")
NOT_FOUND = 404
#: Seconds between two looks at the ledger; and at Airflow's API, which is dearer for everybody.
POLL, API_POLL = 0.5, 1.0
#: Every seat of a small product's release, and who fills it.
SIGNERS = {
    "validation.acceptance.approval.product_manager": "mia",
    "validation.acceptance.approval.stakeholder": "sam",
    "validation.readiness.approval.developer": "ines",
    "validation.readiness.approval.devops": "ops",
}
_THREADS, _SCENES = ThreadPoolExecutor(8), ThreadPoolExecutor(16)
#: States of a run that is over, and of a task that nobody works at.
ENDED = ("success", "failed")
CALM = ("success", "failed", "skipped", "upstream_failed", "deferred")
ENDED_WELL = ("released", "released with exceptions")
Scenario = Callable[["Stage"], None]


@dataclass(slots=True)
class Stage:
    """Airflow, its ledger, and small products by name."""

    folder: Path
    airflow: EmbeddedAirflow
    client: AirflowClient
    products: dict[str, Small] = field(default_factory=dict)
    counters: Counters = field(default_factory=Counters)
    _ledger: Ledger | None = None
    _played: dict[Scenario, Future[None]] = field(default_factory=dict)
    _beside: list[Stage] = field(default_factory=list)

    @classmethod
    def build(
        cls,
        folder: Path,
        made: Sequence[Small],
        judged: Collection[str] = (),
        *,
        api_workers: int = 1,
    ) -> Stage:
        """Write the project, start Airflow, take up what is live.

        Args:
            folder: everything is below it.
            made: the products; none is written yet.
            judged: the names of those whose releases are judged.
            api_workers: how many processes answer Airflow's API.
        """
        dags, include = folder / "dags", folder / "include"
        dags.mkdir(parents=True)
        shutil.copytree(ROOT / "include", include)
        open_every_day(include)
        at_any_hour(include)
        (dags / "watchdog.py").write_text(WATCHDOG)
        products = {small.name: small for small in made}
        counters = Counters()
        for name, small in products.items():
            small.make(include, dags, counters if name in judged else None)
        airflow = EmbeddedAirflow(
            folder / "airflow",
            dags=dags,
            extra={**PATIENT, STATE: os.environ[STATE]},
            api_workers=api_workers,
            broker=os.environ.get(BROKER, ""),
        )
        stage = cls(folder, airflow, AirflowClient(airflow), products, counters)
        airflow.prepare()
        for small in products.values():
            asyncio.run(small.adopt(stage.ledger, include))
        for name in airflow.components:
            airflow.start_component(name)
        airflow.wait_until_healthy(STARTS_WITHIN)
        return stage

    @contextmanager
    def beside(self, product: str) -> Iterator[Stage]:
        """Another Airflow, with one short product whose first release is under way."""
        folder = Path(tempfile.mkdtemp(prefix="windlass-stage-"))
        stage = Stage.build(folder, [Small(product, folder / product)])
        self._beside.append(stage)
        try:
            stage.run(product).trigger()
            yield stage
        except BaseException as problem:
            problem.add_note(told(stage.ledger, product))
            raise
        finally:
            stage.close()

    @property
    def ledger(self) -> Ledger:
        """The ledger that Airflow's processes write to."""
        if self._ledger is None:
            self._ledger = open_ledger(self.airflow.ledger_url)
        return self._ledger

    def begin(self, scenarios: Sequence[Scenario]) -> None:
        """Play them from now on, each in a thread of its own: they wait for most of their time."""
        self._played |= {scenario: _SCENES.submit(scenario, self) for scenario in scenarios}

    def end_of(self, scenario: Scenario) -> None:
        """Wait until it is over; raises what it raised."""
        self._played[scenario].result()

    def close(self) -> None:
        """Stop everything; a scenario that nobody waited for ends because nothing answers."""
        for stage in (self, *self._beside):
            stage.airflow.stop()
        wait(self._played.values())
        if self._ledger is not None:
            self._ledger.close()
        self.counters.close()

    def run(self, name: str, run: str = "r1", kind: str | None = None) -> Show:
        """A release, whether or not it was triggered; of the product's first type if not told."""
        small = self.products[name]
        return Show(self, f"{name}.{kind or small.kind}", run, small)

    def kill(self, *kinds: str) -> None:
        """SIGKILL every component of these kinds, at once, and everything they started."""
        killed = [self.airflow.children[name] for name in self._of(kinds)]
        for child in killed:
            os.killpg(child.pid, signal.SIGKILL)
        for child in killed:
            child.process.wait()

    def start(self, *kinds: str) -> None:
        """Start components that were killed; they are healthy when this returns."""
        for name in self._of(kinds):
            self.airflow.start_component(name)
        self.airflow.wait_until_healthy(STARTS_WITHIN)

    def kill_everything(self) -> None:
        """SIGKILL all of Airflow at once; its database and the ledger's stay."""
        self.kill(*KINDS)

    def start_everything(self) -> None:
        """Start all of Airflow again."""
        self.start(*KINDS)

    def _of(self, kinds: Collection[str]) -> list[str]:
        names = self.airflow.components
        return [name for name in names if name.rstrip("-0123456789") in kinds]

    def until_somebody_waits_for_a_lock(self) -> None:
        """Wait until a process of Airflow waits for what :meth:`locked` holds."""
        url = make_url(self.airflow.database)
        until_found(url, "SELECT 1 FROM pg_locks WHERE NOT granted", seconds=SHOWN_WITHIN)

    def until_airflow_has_an_answer(self, attempt: str) -> None:
        """Wait until Airflow has committed the answer to a required action."""
        answered = "SELECT 1 FROM hitl_detail WHERE ti_id = :attempt AND responded_at IS NOT NULL"
        until_found(
            make_url(self.airflow.database), answered, seconds=SHOWN_WITHIN, attempt=attempt
        )

    def locked(self, what: Row, key: str) -> AbstractContextManager[Connection]:
        """Hold a row of a database: who writes it waits until the block ends."""
        url = self.ledger.store.url if what is Row.LEDGER else make_url(self.airflow.database)
        return locked(url, what, key)

    def kill_worker_of(self, show: Show, task: str) -> None:
        """SIGKILL the process that runs a task, and nothing else."""
        attempt = show.attempt(task)
        parents = [psutil.Process(child.pid) for child in self.airflow.children.values()]
        everybody = [c for parent in parents for c in parent.children(recursive=True)]
        workers = [process for process in everybody if attempt in _command(process)]
        assert workers, f"no process runs {task}"
        for worker in workers:
            worker.kill()


@dataclass(slots=True)
class Show:
    """One release in Airflow, as a test plays it."""

    stage: Stage
    dag: str
    run_id: str
    small: Small
    _seen: dict[str, float] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The ledger's stream."""
        return f"{self.dag}/{self.run_id}"

    def trigger(self, *, by: str = "dev", reason: str = "feature", **conf: object) -> Show:
        """Start it as a person does; waits for Airflow to know the DAG."""
        until = time.monotonic() + STARTS_WITHIN
        while True:
            try:
                self.stage.client.trigger(by, self.dag, self.run_id, reason=reason, **conf)
            except Refused as problem:
                if problem.status != NOT_FOUND or time.monotonic() > until:
                    raise
                time.sleep(1)
            else:
                return self

    def attempt(self, task: str) -> str:
        """Airflow's id of a task's present try."""
        return str(self.stage.client.task_instance(self.dag, self.run_id, task)["id"])

    @property
    def release(self) -> Release:
        """The release, as the ledger has it now."""
        return take_up(
            self.stage.ledger, self.name, connect=_ports, clock=lambda: datetime.now(UTC)
        )

    @property
    def opened(self) -> bool:
        """Whether the ledger has it."""
        return self.stage.ledger.head(self.name) is not None

    def state(self, task: str) -> str | None:
        """Airflow's state of a task."""
        return self.stage.client.task_states(self.dag, self.run_id).get(task)

    @property
    def run_state(self) -> str:
        """Airflow's state of the run."""
        return self.stage.client.run_state(self.dag, self.run_id)

    def until(
        self, what: Callable[[Release], object], *, seconds: float = 600.0, people: bool = True
    ) -> Release:
        """Wait until ``what`` holds; the right people answer meanwhile, unless they are not to.

        Raises:
            AssertionError: it never held; says where the release stands.
        """
        until = time.monotonic() + seconds
        release: Release | None = None  # taken up once: its view keeps up with the ledger
        while time.monotonic() < until:
            if release is None and self.opened:
                release = self.release
            if release is not None:
                if what(release):
                    return release
                if people:
                    self.let_people_answer(release)
            time.sleep(POLL)
        raise AssertionError(f"{self.name}: {self._where()}")

    def until_asked(
        self,
        task: str,
        *,
        people: bool = True,
        seconds: float = 600.0,
        thinking: float = THINKING,
    ) -> Asked:
        """Wait until ``task`` asks and has parked; the others' questions may be answered."""

        release = self.until(lambda r: self.asks(r, task), people=people, seconds=seconds)
        time.sleep(thinking)
        return next(a for a in release.view.open_questions() if a.question["task"] == task)

    @staticmethod
    def asks(release: Release, task: str) -> bool:
        """Whether a question of ``task`` is open."""
        return any(a.question["task"] == task for a in release.view.open_questions())

    def until_refused(self, person: str, *, seconds: float = 300.0) -> Release:
        """Wait until something that ``person`` did counted for nothing, and was written down."""

        def refused(release: Release) -> bool:
            events = self.stage.ledger.events(release.id)
            return any(e.type == "person.was_refused" and e.by == person for e in events)

        return self.until(refused, people=False, seconds=seconds)

    def until_over(self, *, seconds: float = 600.0, people: bool = True) -> Release:
        """Wait for the release's end and the run's."""
        release = self.until(lambda r: r.view.outcome, seconds=seconds, people=people)
        self.until_run_ends()
        return release

    def let_people_answer(self, release: Release, *, but: tuple[str, ...] = ()) -> None:
        """Whoever may answers what is asked, a few seconds after it was asked."""
        for asked in release.view.open_questions():
            task = str(asked.question["task"])
            since = self._seen.setdefault(str(asked.question["id"]), time.monotonic())
            if task in but or time.monotonic() - since < THINKING:
                continue
            person, words = who_answers(release, asked), what_they_say(asked)
            if person is not None and words is not None:
                self.answer(person, task, words[0], **words[1])

    @staticmethod
    def in_days(days: int) -> str:
        """A date from now on, ISO."""
        return f"{datetime.now(UTC) + timedelta(days=days):%F}"

    def until_shown(self, task: str, *, seconds: float = 300.0) -> None:
        """Wait until Airflow's required actions have ``task``; the watchdog may see to it."""
        path = (
            f"/api/v2/dags/{self.dag}/dagRuns/{self.run_id}/hitlDetails?limit=100"
            "&response_received=false&state=deferred&state=awaiting_input"
        )
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            found = self.stage.client.call("admin", "GET", path)["hitl_details"]
            if any(detail["task_instance"]["task_id"] == task for detail in found):
                return
            time.sleep(API_POLL)
        raise AssertionError(f"{task} is no required action: {self._where()}")

    def answer(self, person: str, task: str, option: str, **fields: str) -> int:
        """Answer through Airflow's API once it shows the question; the status, 200 when taken."""
        until = time.monotonic() + SHOWN_WITHIN
        while True:
            try:
                self.stage.client.answer(person, self.dag, self.run_id, task, option, fields)
            except Refused as problem:
                if problem.status == NOT_FOUND and time.monotonic() < until:
                    time.sleep(POLL)
                    continue
                return problem.status
            return 200

    def answers_in_vain(self, person: str, task: str) -> Future[str]:
        """Answer from a thread, to an API server that will not live to reply: what was told."""

        def answer() -> str:
            try:
                self.stage.client.answer(person, self.dag, self.run_id, task, "Approve", {})
            except (httpx.TransportError, Refused) as problem:
                return type(problem).__name__
            return "done"

        return _THREADS.submit(answer)

    def all_answer_at_once(self, answers: Mapping[str, str]) -> list[int]:
        """Everybody approves their task in the same moment; the statuses."""
        together = Barrier(len(answers))

        def answer(task: str, person: str) -> int:
            together.wait()
            return self.answer(person, task, "Approve")

        return list(_THREADS.map(answer, answers.keys(), answers.values()))

    def signed(self, person: str) -> int:
        """How many signatures of somebody the ledger has."""
        events = self.stage.ledger.events(self.name)
        return sum(1 for e in events if e.type == "signature.given" and e.by == person)

    def mark(self, person: str, task: str, state: str = "success", note: str = "") -> int:
        """Mark a task; the status."""
        try:
            self.stage.client.mark(person, self.dag, self.run_id, task, state, note)
        except Refused as problem:
            return problem.status
        return 200

    def mark_among_others(self, person: str, tasks: Sequence[str], state: str) -> None:
        """Mark tasks as one does on Airflow's page of all task instances."""
        names = {"dag_id": self.dag, "dag_run_id": self.run_id, "new_state": state}
        entities = [{**names, "task_id": task, "map_index": -1} for task in tasks]
        body = {"actions": [{"action": "update", "entities": entities}]}
        path = "/api/v2/dags/~/dagRuns/~/taskInstances"
        reply = self.stage.client.call(person, "PATCH", path, body)
        assert len(reply["update"]["success"]) == len(tasks), reply

    def clear_from(self, person: str, task: str) -> list[str]:
        """Clear a task and everything after it; what Airflow has cleared."""
        body = {
            "dry_run": False,
            "dag_run_id": self.run_id,
            "task_ids": [task],
            "include_downstream": True,
            "only_failed": False,
        }
        path = f"/api/v2/dags/{self.dag}/clearTaskInstances"
        reply = self.stage.client.call(person, "POST", path, body)
        return [ti["task_id"] for ti in reply["task_instances"]]

    def stepped(self) -> list[tuple[str, float | str]]:
        """What was exposed to users, in order: a target, and a percent or an audience."""
        said = [event.data for event in self.events("exposure.stepped")]
        steps = [(str(step["target"]), step.get("audience") or step["percent"]) for step in said]
        return [step for step in steps if step[0] != "staging"]

    def events(self, kind: str, *, after: int = 0) -> list[Event]:
        """What the ledger has of one type of event, from a number on."""
        found = self.stage.ledger.events(self.name, after=after)
        return [event for event in found if event.type == kind]

    def clear(self, person: str, task: str, *, downstream: bool = False) -> None:
        """Clear a task, and wait until Airflow has it done or parked again."""
        before = self.attempt(task)
        self.stage.client.clear(person, self.dag, self.run_id, task, downstream=downstream)
        self.until(lambda _: self.attempt(task) != before, people=False)
        self.until(lambda _: self.state(task) in CALM, people=False)

    def until_run_ends(self, *, seconds: float = 600.0) -> str:
        """Wait until Airflow has nothing more to do in the run; its state then."""
        until = time.monotonic() + seconds
        while self.run_state not in ENDED and time.monotonic() < until:
            time.sleep(API_POLL)
        return self.run_state

    def _where(self) -> str:
        if not self.opened:
            return f"not opened; run is {self.run_state}"
        view = self.release.view
        states = self.stage.client.task_states(self.dag, self.run_id)
        odd = {t: s for t, s in states.items() if s not in ("success", None, "skipped")}
        asks = [a.question["title"] for a in view.open_questions()]
        waits = {t: w["reason"] for t, w in view.waiting.items()}
        return f"run {self.run_state}; tasks {odd}; asks {asks}; waits {waits}; {view.outcome}"


def at_any_hour(include: Path) -> None:
    """Everybody works at every hour: what counts working time counts it at night, too."""
    path = include / "teams.yaml"
    teams = yaml.safe_load(path.read_text())
    for person in teams["people"].values():
        person["hours"] = "mon-sun 00:00-24:00"
    path.write_text(yaml.safe_dump(teams, sort_keys=False))


def slow(show: Show, seconds: float) -> None:
    """Every change of a target takes that long from now on; 0 makes it quick again."""
    path = show.small.root / "state" / "slow"
    path.write_text(str(seconds)) if seconds else path.unlink()


def production(show: Show) -> list[str]:
    """Every change of production that was begun, as production saw it."""
    return [line for line in show.small.effects if line.startswith("expose production")]


def _command(process: psutil.Process) -> str:
    """Its command line; empty when it has just ended."""
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def _ports(product: Product) -> Ports:
    return ports_of(product, connect=_no_connection)


def _no_connection(name: str) -> Never:
    raise AssertionError(f"nothing here needs the connection {name}")
