"""The plain world: a product on plain adapters, in a temporary folder, with a clock that jumps.

Git, the tracker, documents, messages, calendar, incidents, change requests, status page,
dashboards, meetings and surveys are the real plain adapters on real files. What would need
processes, traffic or a network is written by hand at the port, in :mod:`tests.tasks.fakes`, with
state of its own: a deployment moves traffic, traffic makes counters count, a suite leaves a report.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url
from sqlalchemy.event import listen

from tests.tasks import fakes, shop
from windlass.adapters.registry import build
from windlass.ledger import Ledger, open_ledger
from windlass.ledger.views.release import Asked
from windlass.plan.compiling import compile_plan
from windlass.plan.inputs import ReleaseInputs
from windlass.plan.release_plan import Nature, PlannedTask, ReleasePlan
from windlass.ports.deployments import Artifact
from windlass.spec.product import Product
from windlass.tasks.answering import answer
from windlass.tasks.opening import open_release, take_up
from windlass.tasks.perform import perform
from windlass.tasks.ports import Ports
from windlass.tasks.release import Release
from windlass.tasks.results import Ask, Result, Wait
from windlass.tasks.runner import Run, Watcher, run_release

#: A Monday, eight days before Day 0.
START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
DAY_0 = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)
#: No release of this world takes longer.
LONGEST = timedelta(days=60)
#: Nobody else writes to this world's ledger: waits for it may be long.
LEDGER_POLL = 86400.0
#: Seconds without any change after which a release is stuck.
PATIENCE = 9 * 86400.0
LIVE = "1.3.0"
#: Ports that are written by hand; every other one is the plain adapter the product names.
BY_HAND = (
    "deployments",
    "metrics",
    "pipelines",
    "probes",
    "infrastructure",
    "configuration",
    "backups",
    "logs",
    "errors",
)


class Clock:
    """A clock that stands still until somebody waits, and jumps then."""

    def __init__(self, start: datetime = START) -> None:
        self.at = start
        self.end = START + LONGEST

    def now(self) -> datetime:
        """The instant it is."""
        return self.at

    async def sleep(self, seconds: float) -> None:
        """Jump.

        Raises:
            TimeoutError: it is long after every release of this world should have ended.
        """
        self.pass_(seconds)
        if self.at > self.end:
            raise TimeoutError(f"it is {self.at:%F}, and a release still goes on")

    def pass_(self, seconds: float) -> None:
        """Let ``seconds`` pass."""
        self.at += timedelta(seconds=seconds)


@dataclass(frozen=True, slots=True)
class Reply:
    """What somebody answers to the questions of one task (a prefix will do)."""

    task: str
    option: str
    by: str
    fields: Mapping[str, str] = field(default_factory=dict)
    kind: str | None = None


class World:
    """Everything outside of one product's releases, and its ledger."""

    def __init__(self, root: Path, ledger: Ledger, product: Product) -> None:
        self.root, self.ledger = root, ledger
        self.product = product
        self.clock = Clock()
        self.deployments = fakes.Deployments(self.clock)
        self.metrics = fakes.Metrics(self.clock, self.deployments)
        self.pipelines = fakes.Pipelines(self.clock)
        self.probes = fakes.Probes(self.deployments, shop.PLACES)
        self.infrastructure = fakes.Drifts()
        self.configuration = fakes.Drifts()
        self.backups = fakes.Backups(self.clock)
        self.logs = fakes.Logs()
        self.errors = fakes.Errors()
        self.replies: list[Reply] = []
        self.silent: set[str] = set()
        self.asked: list[Asked] = []
        self.results: dict[str, Result] = {}
        self.watcher: Watcher = lambda task, result: None

    # -- what is there before a release --------------------------------------------------------

    def repository(self) -> Repository:
        """The product's git repository."""
        return Repository(self.root / "shop.git")

    def live(self, version: str, sha: str, *, product: str = "shop", at: datetime = START) -> None:
        """``version`` is live everywhere, put there by an earlier release."""
        if product == "shop":
            self.put(version)
        write_down_live(self.ledger, version, sha, product=product, at=at)

    def put(self, version: str) -> None:
        """Users of every target get ``version``."""
        for target in shop.TARGETS:
            self.deployments.put(target, self.artifact(version))

    def artifact(self, version: str) -> Artifact:
        """The package of ``version``, which can be had."""
        made = package(version)
        self.deployments.packages.add(made.digest)
        return made

    def issue(self, key: str, title: str, **fields: str) -> None:
        """Write an issue file."""
        known = {"key": key, "title": title, "kind": "feature", "status": "done", **fields}
        lines = "\n".join(f"{name}: {json.dumps(value)}" for name, value in known.items())
        path = self.root / "issues" / f"{key}.md"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"---\n{lines}\n---\n")

    def end(self) -> None:
        """Nobody looks at this world any more: the next one may have its ledger."""
        self.ledger.close()
        _FREE.append(self.ledger)

    # -- one release ---------------------------------------------------------------------------

    def ports(self, product: Product) -> Ports:
        """The ports of a release of this world's product."""

        def port(name: str) -> Any:
            if name in BY_HAND:
                return getattr(self, name)
            vendors = product.vendors.get(name, ())
            built = [
                build(name, v.vendor, v.settings, root=self.root, connect=_no_connection)
                for v in vendors
            ]
            return tuple(built) if name == "messages" else built[0]

        return Ports({*product.vendors, "probes"}, port)

    def open(
        self,
        release_type: str = "minor",
        *,
        rows: tuple[str, ...] | None = None,
        day_0: datetime | None = DAY_0,
        run: str = "run-1",
        plan: ReleasePlan | None = None,
        **inputs: Any,
    ) -> Release:
        """Open a release.

        Args:
            rows: only these rows of the plan (and what holds a release together).
        """
        whole = plan or compile_plan(self.product, release_type)
        known = {"reason": "feature", "by": "ines", **inputs}
        release_id = f"{self.product.product}.{release_type}/{run}"
        open_release(
            self.ledger,
            release_id=release_id,
            product=self.product,
            plan=whole if rows is None else only(whole, rows),
            inputs=ReleaseInputs(**known),
            day_0=day_0,
            now=self.clock.now(),
        )
        return self.take_up(release_id)

    def take_up(self, release_id: str) -> Release:
        """The release as another process would find it."""
        return take_up(self.ledger, release_id, connect=self.ports, clock=self.clock.now)

    async def run(self, release: Release, *, patience: float = PATIENCE) -> Run:
        """Run the release with this world's people until it ends.

        Raises:
            TimeoutError: it waits for something that does not come.
        """

        def watch(task: PlannedTask, result: Result) -> None:
            self.results[task.id] = result
            self.watcher(task, result)

        return await run_release(
            release,
            time=self.clock,
            people=self._people,
            watcher=watch,
            patience=patience,
            ledger_poll=LEDGER_POLL,
        )

    async def stuck(self, release: Release, *, patience: float = PATIENCE) -> str:
        """Run until nothing moves any more; says what waits for what.

        Raises:
            AssertionError: it ended.
        """
        try:
            await self.run(release, patience=patience)
        except TimeoutError as problem:
            return str(problem)
        raise AssertionError("the release ended")

    def reply(
        self, task: str, option: str, by: str, kind: str | None = None, **fields: str
    ) -> None:
        """From now on ``by`` answers the questions of ``task`` so; the newest reply counts."""
        self.replies.insert(0, Reply(task, option, by, fields, kind))

    async def _people(self, release: Release, asked: Asked) -> None:
        self.asked.append(asked)
        question = asked.question
        if any(str(question["task"]).startswith(task) for task in self.silent):
            return
        for reply in self.replies:
            mine = str(question["task"]).startswith(reply.task)
            fits = reply.option in question["options"] and reply.kind in (None, question["kind"])
            if mine and fits:
                self.answer(release, asked, reply)
                return
        if question["kind"] == "seat":
            by = next(p for p in self.product.holders(question["roles"][0]) if p != "ines")
            self.answer(release, asked, Reply("", "Approve", by))

    def answer(self, release: Release, asked: Asked, reply: Reply) -> None:
        """Answer a question as somebody would in Airflow."""
        answer(
            release,
            asked.question["id"],
            reply.option,
            by=reply.by,
            at=self.clock.now(),
            fields=reply.fields,
        )

    async def do(self, release: Release, task: str, *, patience: float = PATIENCE) -> Result:
        """Perform one task again and again, with everything before it, as long as it waits.

        Raises:
            TimeoutError: it waits for something that does not come; says for what.
        """
        end = self.clock.at + timedelta(seconds=patience)
        while True:
            before = release.view.seq
            result = await perform(release, task)
            if not isinstance(result, Wait | Ask):
                return result
            for asked in release.view.open_questions():
                await self._people(release, asked)
            if release.view.seq != before:
                continue
            if self.clock.at >= end:
                raise TimeoutError(str(result))
            every = result.every if isinstance(result, Wait) else 0.0
            until = result.until or end
            left = (until - self.clock.at).total_seconds()
            self.clock.pass_(max(0.02, min(every or LEDGER_POLL, left)))

    # -- what came of it -----------------------------------------------------------------------

    def exposed(self, version: str) -> float:
        """The largest share that ``version`` has on any live target, read from the targets."""
        live = [target for target in shop.TARGETS if target.startswith("production")]
        return max(self.deployments.state(target).share(version) for target in live)

    def events(self, release: Release, kind: str) -> list[Mapping[str, Any]]:
        """What the ledger has of a type, for one release."""
        return [event.data for event in self.ledger.events(release.id) if event.type == kind]


def package(version: str) -> Artifact:
    """What was built of ``version``."""
    return Artifact(version, f"packages/shop-{version}.tar", f"sha256:{version:0>64}")


def write_down_live(
    ledger: Ledger, version: str, sha: str, *, product: str = "shop", at: datetime = START
) -> None:
    """What an earlier release wrote that promoted ``version`` everywhere."""
    stream, before = f"{product}.minor/earlier-{version}", at - timedelta(days=14)
    ledger.append(stream, "release.opened", {"product": product}, at=before)
    made = package(version)
    artifact = {"version": version, "location": made.location, "digest": made.digest}
    common = {"product": product, "version": version, "sha": sha, "artifact": artifact}
    for target in shop.TARGETS:
        promoted = {**common, "target": target}
        ledger.append(stream, "version.promoted", promoted, at=before)


def only(plan: ReleasePlan, rows: tuple[str, ...]) -> ReleasePlan:
    """``plan`` with these rows alone, and setups and teardowns; edges lead over what is left out.

    A row may be given whole (``planning.risk``) or by a task's id.
    """
    kept = {
        task.id
        for task in plan.tasks
        if task.row in rows or task.id in rows or task.nature is not Nature.WORK
    }
    before: dict[str, tuple[str, ...]] = {}
    for task in plan.tasks:
        found: list[str] = []
        for one in task.after:
            found += [one] if one in kept else before.get(one, ())
        before[task.id] = tuple(dict.fromkeys(found))
    tasks = tuple(replace(task, after=before[task.id]) for task in plan.tasks if task.id in kept)
    return replace(plan, tasks=tasks)


class Repository:
    """A git repository with a work tree; ``at`` makes its commits the same ones each time."""

    def __init__(self, folder: Path, *, at: datetime | None = None) -> None:
        self.folder = folder
        dates = ("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE")
        self._dates = dict.fromkeys(dates, at.isoformat()) if at else {}

    def git(self, *words: str, author: str = "dev") -> str:
        """Run git here as somebody."""
        who = ("-c", f"user.name={author}", "-c", f"user.email={author}@shop.example")
        done = subprocess.run(
            ["git", *who, *words],
            cwd=self.folder,
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, **self._dates},
        )
        return done.stdout.strip()

    def commit(self, message: str, *paths: str, author: str = "dev") -> str:
        """Change ``paths`` (default: one file) and commit; the id."""
        for path in paths or ("shop.py",):
            file = self.folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("a") as written:
                written.write(f"{message}\n")
        self.git("add", "--all", author=author)
        self.git("commit", "--quiet", "--message", message, author=author)
        return self.head()

    def head(self, ref: str = "HEAD") -> str:
        """The commit that ``ref`` names."""
        return self.git("rev-parse", ref)


@cache
def template(folder: Path) -> Path:
    """A repository whose 1.3.0 is tagged, with three commits since. Made once."""
    repository = Repository(folder / "shop.git", at=START)
    repository.folder.mkdir(parents=True)
    repository.git("init", "--quiet", "--template=", "--initial-branch=main")
    repository.commit("feat: sell things (SHOP-1)")
    repository.git("tag", "--annotate", "--message", "1.3.0", f"v{LIVE}")
    repository.commit("feat: gift notes (SHOP-12)", "gifts.py")
    repository.commit("fix: refuse quantities below one (SHOP-14)", "cart.py", author="mia")
    repository.commit("chore: tidy up", "README.md")
    repository.git("gc", "--quiet")  # a few files to copy for each world, not dozens
    return folder


@cache
def started(folder: Path, migrated: Path) -> Path:
    """A ledger by which 1.3.0 is live. Made once."""
    path = folder / "started.db"
    shutil.copy(migrated, path)
    sha = Repository(template(folder) / "shop.git").head(f"v{LIVE}^{{commit}}")
    with open_ledger(f"sqlite:///{path}") as ledger:
        write_down_live(ledger, LIVE, sha)
    return path


def make_world(
    root: Path, templates: Path, migrated: Path, changes: Mapping[str, Any] | None = None
) -> World:
    """A fresh world in ``root`` where 1.3.0 is live; the product differs by ``changes``."""
    shutil.copytree(template(templates) / "shop.git", root / "shop.git")
    ledger = lent(root / "ledger.db", started(templates, migrated))
    product = shop.product(templates, json.dumps(changes or {}))
    world = World(root, ledger, product.model_copy(update={"root": str(root)}))
    world.put(LIVE)
    world.issue("SHOP-12", "Gift notes", version="")
    world.issue("SHOP-14", "Refuse quantities below one", kind="bug", version="")
    return world


#: Ledgers that no world uses at present. To open one makes SQLAlchemy compile every statement anew.
_FREE: list[Ledger] = []


def lent(place: Path, template: Path) -> Ledger:
    """A ledger in the file ``place`` that begins as ``template``, until :meth:`World.end`."""
    shutil.copy(template, place)
    if not _FREE:
        ledger = open_ledger(f"sqlite:///{place}")
        prepare(ledger)
        return ledger
    ledger = _FREE.pop()
    ledger.store.url = make_url(f"sqlite:///{place}")
    return ledger


def prepare(ledger: Ledger) -> None:
    """Make it connect to where its URL points by then, and not wait for the disk.

    These tests end with their process, not with the power.
    """

    def where(_dialect: object, _record: object, arguments: list[Any], _named: object) -> None:
        arguments[0] = str(ledger.store.url.database)

    def without_syncing(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA synchronous=OFF")

    listen(ledger.store.engine, "do_connect", where)
    listen(ledger.store.engine, "connect", without_syncing)
    ledger.store.close()  # connections that were made before


def _no_connection(name: str) -> Any:
    raise AssertionError(f"the plain world has no connection {name}")


Make = Callable[..., World]
