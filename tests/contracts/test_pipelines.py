"""What every ``pipelines`` adapter must do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.waiting import until
from windlass.adapters.registry import choices
from windlass.errors import InputError, TerminalError
from windlass.ports.pipelines import Pipelines, RunRequest, RunState, RunStatus

SUITE = """\
import os, pathlib, sys, time
print("suite of", os.environ["VERSION"], flush=True)
pathlib.Path("junit.xml").write_text("<testsuite/>")
if os.environ.get("HANG"):
    time.sleep(600)
sys.exit(int(os.environ.get("CODE", "0")))
"""


@pytest.fixture(params=choices("pipelines"))
def pipelines(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    git: Callable[..., str],
    make: Callable[..., Any],
) -> Pipelines:
    """An adapter whose product has a suite at the commit tagged v1, and none on main."""
    (tmp_path / "repo" / "suite.py").write_text(SUITE)
    git("add", "suite.py")
    git("commit", "--quiet", "--message", "suite")
    git("tag", "v1")
    git("rm", "--quiet", "suite.py")
    git("commit", "--quiet", "--message", "no suite")
    settings = {"command": {"cwd": "repo", "environment": {"VERSION": "none"}}}
    return make("pipelines", request.param, settings[request.param])


def wanted(marker: str = "m-1", ref: str | None = "v1", **parameters: str) -> RunRequest:
    parameters = {"VERSION": "1.1.0", **parameters}
    return RunRequest(marker, "python3 suite.py", ref, parameters, ("junit.xml",))


async def over(pipelines: Pipelines, run_id: str) -> RunStatus:
    return await until(lambda: pipelines.poll(run_id), lambda seen: seen.state.over)


async def test_a_run_at_a_commit_passes_and_leaves_its_output_and_report(
    pipelines: Pipelines,
) -> None:
    run_id = await pipelines.start(wanted())
    status = await over(pipelines, run_id)
    assert (status.state, status.exit_code) == (RunState.PASSED, 0)
    assert status.id == run_id
    assert "suite of 1.1.0" in status.tail
    assert status.seconds is not None
    assert await pipelines.report(run_id, "junit.xml") == b"<testsuite/>"
    assert await pipelines.report(run_id, "other.xml") is None


async def test_a_red_run_fails_with_its_exit_code(pipelines: Pipelines) -> None:
    status = await over(pipelines, await pipelines.start(wanted(CODE="3")))
    assert (status.state, status.exit_code) == (RunState.FAILED, 3)


async def test_a_run_that_cannot_start_its_program_fails(pipelines: Pipelines) -> None:
    run_id = await pipelines.start(wanted(ref=None))
    assert (await over(pipelines, run_id)).state is RunState.FAILED


async def test_the_same_marker_is_the_same_run(pipelines: Pipelines) -> None:
    assert await pipelines.find("m-1") is None
    ids = await asyncio.gather(*(pipelines.start(wanted()) for _ in range(4)))
    assert len(set(ids)) == 1
    assert await pipelines.find("m-1") == ids[0]
    status = await over(pipelines, ids[0])
    assert status.tail.count("suite of") == 1
    assert await pipelines.start(wanted()) == ids[0]
    assert await pipelines.find("m-2") is None


async def test_a_cancelled_run_stops_and_says_so(pipelines: Pipelines) -> None:
    run_id = await pipelines.start(wanted(HANG="1"))
    assert (await pipelines.poll(run_id)).state is RunState.RUNNING
    await pipelines.cancel(run_id)
    assert (await over(pipelines, run_id)).state is RunState.CANCELLED


async def test_cancelling_a_finished_run_changes_nothing(pipelines: Pipelines) -> None:
    run_id = await pipelines.start(wanted())
    before = await over(pipelines, run_id)
    await pipelines.cancel(run_id)
    assert await pipelines.poll(run_id) == before


async def test_a_run_that_nobody_knows_is_lost(pipelines: Pipelines) -> None:
    assert (await pipelines.poll("0" * 24)).state is RunState.LOST


async def test_a_ref_that_does_not_exist_is_refused_before_anything_starts(
    pipelines: Pipelines,
) -> None:
    with pytest.raises(TerminalError, match="v9"):
        await pipelines.start(wanted(ref="v9"))
    assert await pipelines.find("m-1") is None


@pytest.mark.parametrize("name", ["LD_PRELOAD", "PATH", "A B", "", "PYTHONPATH", "A=B"])
async def test_a_parameter_cannot_change_which_programs_run(
    pipelines: Pipelines, name: str
) -> None:
    with pytest.raises(InputError, match="cannot be an environment variable"):
        await pipelines.start(RunRequest("m", "true", None, {name: "x"}))
