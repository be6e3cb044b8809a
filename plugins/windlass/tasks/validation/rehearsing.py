"""The stages of a rehearsal: up, back, up again; each verified, each done once per try."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from windlass.decisions.verdict import Outcome, Verdict
from windlass.plan.release_plan import PlannedTarget, PlannedTask
from windlass.ports.deployments import Artifact
from windlass.ports.pipelines import RunState
from windlass.spec.checks import HttpCheck
from windlass.spec.rollout import Migrations
from windlass.tasks.acceptance import place_of
from windlass.tasks.execution.probing import ask
from windlass.tasks.execution.revert import RETRACT_DEADLINE
from windlass.tasks.exposing import expose
from windlass.tasks.marking import mark, marked
from windlass.tasks.piping import request_for, run_pipeline
from windlass.tasks.release import Release
from windlass.tasks.results import Wait

#: None: go on. A verdict: what went wrong. A wait: not over yet.
Stopped = Verdict | Wait | None


@dataclass(slots=True)
class Trip:
    """One rehearsal of ``new`` on ``target``, back to ``old`` (None: back to empty)."""

    release: Release
    task: PlannedTask
    target: PlannedTarget
    new: Artifact
    old: Artifact | None
    ran: list[str] = field(default_factory=list)

    async def go(self) -> Stopped:
        """Every stage in line. One that fails does not keep the candidate from coming back."""
        problem = await self._stage("up", self._up) or await self._stage("back", self._back)
        if isinstance(problem, Wait):
            return problem
        again = await self._stage("again", self._up)
        return again if isinstance(again, Wait) else problem or again

    @property
    def recovery_seconds(self) -> float | None:
        """From the decision to go back until the old version was proven to serve alone."""
        began = marked(self.release, self.task, "rolling back")
        ended = marked(self.release, self.task, "back")
        if not began or not ended:
            return None
        instants = [datetime.fromisoformat(stage["at"]) for stage in (began, ended)]
        return (instants[1] - instants[0]).total_seconds()

    @property
    def moves(self) -> Migrations | None:
        """The migrations of this release, when it brings any."""
        if not (self.release.view.scope or {}).get("migrations"):
            return None
        return self.release.policy.rollout.migrations

    @property
    def both_ways(self) -> bool:
        """Whether the data was migrated up, down and up again, each time to its end."""
        went = [line.partition("-")[2] for line in self.migrations if line.endswith("passed")]
        return went.count("expand: passed") == 2 and "down: passed" in went

    @property
    def migrations(self) -> list[str]:
        """Every migration command that ran, in order, with how it ended."""
        stages = [marked(self.release, self.task, name) for name in ("up", "back", "again")]
        return [line for stage in stages for line in stage.get("ran", ())] + self.ran

    async def _stage(self, name: str, stage: Callable[[str], Awaitable[Stopped]]) -> Stopped:
        if marked(self.release, self.task, name):
            return None
        stopped = await stage(name)
        if stopped is None:
            mark(self.release, self.task, name, ran=list(self.ran))
            self.ran.clear()
        return stopped

    async def _up(self, name: str) -> Stopped:
        """Migrate up, give everybody the candidate, see that it serves."""
        migrations = self.moves
        if migrations is not None:
            stopped = await self._command(f"{name}-expand", migrations.expand, migrations.check)
            if stopped is not None:
                return stopped
        await expose(self.release, self.task, self.target.name, self.new, 100.0)
        return await self._serves(self.new)

    async def _back(self, name: str) -> Stopped:
        """Roll back as settle would, migrate down where that is possible, see the old version."""
        mark(self.release, self.task, "rolling back")
        await self._retract(name)
        migrations = self.moves
        if migrations is not None and migrations.undo == "full":
            if migrations.down is None:
                text = "rollout.migrations.down is missing: undo: full cannot be shown"
                return Verdict(Outcome.FAIL, (text,))
            stopped = await self._command(f"{name}-down", migrations.down, None)
            if stopped is not None:
                return stopped
        return await self._serves(self.old)

    async def _retract(self, name: str) -> None:
        deployments, target = self.release.ports.deployments, self.target.name

        async def read() -> Any:
            exposure = await deployments.current(target)
            return {"share": exposure.share(self.new.version), "stable": exposure.stable}

        async def write(current: Any) -> None:
            await deployments.retract(target, self.new.version, self.old)

        await self.release.converge(
            self.task,
            f"{name}-{target}#{self.release.attempt(self.task)}",
            kind="deployments.retract",
            read=read,
            write=write,
            want={"share": 0.0, "stable": self.old.version if self.old else None},
            deadline=RETRACT_DEADLINE,
            target=target,
        )

    async def _serves(self, artifact: Artifact | None) -> Verdict | None:
        """What is wrong with what the target serves, read from the target itself."""
        exposure = await self.release.ports.deployments.current(self.target.name)
        wanted = artifact.version if artifact else None
        alone = wanted is None or exposure.share(wanted) == 100.0
        if exposure.stable != wanted or not alone:
            text = f"{self.target.name} serves {dict(exposure.shares)}, not {wanted} alone"
            return Verdict(Outcome.FAIL, (text,))
        if self.target.url is None or artifact is None:
            return None
        path = self.release.product.environment(self.target.environment).health
        healthy = await ask(self.release, self.target.url.rstrip("/") + path, HttpCheck(path=path))
        return None if healthy.passed else healthy

    async def _command(
        self, name: str, command: tuple[str, ...], check: tuple[str, ...] | None
    ) -> Stopped:
        """Run a migration, then the check of the data; both must pass."""
        for step, words in ((name, command), (f"{name}-check", check)):
            if words is None:
                continue
            request = request_for(
                self.release,
                self.task,
                words,
                ref=str((self.release.view.candidate or {})["sha"]),
                name=step,
                place=place_of(self.target),
            )
            status = await run_pipeline(self.release, self.task, step, request)
            if isinstance(status, Wait):
                return status
            self.ran.append(f"{step}: {status.state}")
            if status.state is not RunState.PASSED:
                text = f"{step} in {self.target.name} failed: {status.tail[-300:].strip()}"
                return Verdict(Outcome.FAIL, (text,))
        return None
