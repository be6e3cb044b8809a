"""Peculiarities of runs as local commands: survival, streams, secrets, stale reports."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.adapters import waiting
from tests.adapters.waiting import alive
from windlass.adapters.pipelines.command import CommandPipelines
from windlass.adapters.supervised.run_folder import RunFolder
from windlass.errors import InputError, NotConfigured, TerminalError, VendorUnavailable
from windlass.ports.connection import ConnectionInfo
from windlass.ports.pipelines import RunRequest, RunState, RunStatus
from windlass.spec.vendors import CommandPipelineSettings


def no_connection(name: str) -> ConnectionInfo:
    raise NotConfigured(name)


@pytest.fixture
def pipelines(tmp_path: Path) -> CommandPipelines:
    return CommandPipelines(CommandPipelineSettings(cwd="."), root=tmp_path, connect=no_connection)


async def until(pipelines: CommandPipelines, run_id: str, state: RunState) -> RunStatus:
    return await waiting.until(lambda: pipelines.poll(run_id), lambda seen: seen.state is state)


def run_folder(tmp_path: Path, run_id: str) -> Path:
    return tmp_path / ".windlass" / "runs" / run_id


async def test_a_run_outlives_the_process_that_started_it(
    pipelines: CommandPipelines, tmp_path: Path
) -> None:
    starter = f"""
import asyncio, os, pathlib, signal, sys
sys.path[:0] = {sys.path!r}
from windlass.adapters.pipelines.command import CommandPipelines
from windlass.ports.pipelines import RunRequest
from windlass.spec.vendors import CommandPipelineSettings
root = pathlib.Path({str(tmp_path)!r})
made = CommandPipelines(CommandPipelineSettings(), root=root, connect=None)
asyncio.run(made.start(RunRequest("m", "sh -c 'until [ -e go ]; do sleep 0.02; done; echo lived'")))
os.killpg(0, signal.SIGKILL)
"""
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", starter], start_new_session=True, check=False
    )
    assert done.returncode == -signal.SIGKILL
    run_id = await pipelines.find("m")
    assert run_id is not None
    assert (await pipelines.poll(run_id)).state is RunState.RUNNING
    (tmp_path / "go").touch()
    assert "lived" in (await until(pipelines, run_id, RunState.PASSED)).tail


async def test_output_can_be_read_while_the_run_goes_on(
    pipelines: CommandPipelines, tmp_path: Path
) -> None:
    run_id = await pipelines.start(
        RunRequest("m", "sh -c 'echo first; until [ -e go ]; do sleep 0.02; done'")
    )
    status = await waiting.until(lambda: pipelines.poll(run_id), lambda seen: "first" in seen.tail)
    assert status.state is RunState.RUNNING
    (tmp_path / "go").touch()
    await until(pipelines, run_id, RunState.PASSED)


async def test_a_run_whose_supervisor_was_killed_is_lost_and_its_command_gone(
    pipelines: CommandPipelines, tmp_path: Path
) -> None:
    run_id = await pipelines.start(RunRequest("m", "sh -c 'echo $$ > pid; exec sleep 600'"))
    pid = int(await waiting.text_in(tmp_path / "pid"))
    started = json.loads((run_folder(tmp_path, run_id) / "started.json").read_text())
    os.kill(started["pid"], signal.SIGKILL)
    await until(pipelines, run_id, RunState.LOST)
    await waiting.until(lambda: asyncio.to_thread(alive, pid), lambda seen: not seen)


async def test_cancel_also_ends_what_the_command_left_running(
    pipelines: CommandPipelines, tmp_path: Path
) -> None:
    command = "sh -c 'sleep 600 & echo $! > pid; wait'"
    run_id = await pipelines.start(RunRequest("m", command))
    pid = int(await waiting.text_in(tmp_path / "pid"))
    await pipelines.cancel(run_id)
    await until(pipelines, run_id, RunState.CANCELLED)
    await waiting.until(lambda: asyncio.to_thread(alive, pid), lambda seen: not seen)


async def test_a_run_prepared_by_a_killed_starter_counts_as_never_started(
    pipelines: CommandPipelines, tmp_path: Path
) -> None:
    folder = run_folder(tmp_path, RunFolder.name("m"))
    folder.mkdir(parents=True)
    (folder / "alive.lock").touch()
    (folder / "request.json").write_text("{}")
    assert await pipelines.find("m") is None
    run_id = await pipelines.start(RunRequest("m", "echo now"))
    assert "now" in (await until(pipelines, run_id, RunState.PASSED)).tail


async def test_a_run_of_another_host_is_not_called_lost(
    pipelines: CommandPipelines, tmp_path: Path
) -> None:
    folder = run_folder(tmp_path, RunFolder.name("m"))
    folder.mkdir(parents=True)
    (folder / "alive.lock").touch()
    (folder / "started.json").write_text('{"pid": 1, "host": "elsewhere", "at": 0}')
    with pytest.raises(VendorUnavailable, match="elsewhere"):
        await pipelines.poll(RunFolder.name("m"))


async def test_the_command_sees_no_variable_of_ours_and_no_shell(
    pipelines: CommandPipelines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_SECRET", "hunter2")
    run_id = await pipelines.start(RunRequest("m", "env"))
    assert "hunter2" not in (await until(pipelines, run_id, RunState.PASSED)).tail
    run_id = await pipelines.start(RunRequest("n", "echo $HOME ; echo $(id) > injected"))
    status = await until(pipelines, run_id, RunState.PASSED)
    assert "$HOME ; echo $(id) > injected" in status.tail


async def test_a_report_from_before_the_run_is_not_its_report(
    pipelines: CommandPipelines, tmp_path: Path
) -> None:
    (tmp_path / "junit.xml").write_text("old")
    run_id = await pipelines.start(RunRequest("m", "true", reports=("junit.xml", "*.sarif")))
    status = await until(pipelines, run_id, RunState.PASSED)
    assert await pipelines.report(run_id, "junit.xml") is None
    assert "report junit.xml: 0 files written, expected 1" in status.tail


async def test_a_report_may_be_a_glob_but_not_lead_outside(
    pipelines: CommandPipelines, tmp_path: Path
) -> None:
    run_id = await pipelines.start(
        RunRequest("m", "sh -c 'mkdir b; echo 1 > b/x.xml'", reports=("b/*.xml",))
    )
    await until(pipelines, run_id, RunState.PASSED)
    assert await pipelines.report(run_id, "b/*.xml") == b"1\n"
    for name in ("../x", "/etc/passwd", ""):
        with pytest.raises(InputError, match="inside the run's folder"):
            await pipelines.start(RunRequest("n", "true", reports=(name,)))


async def test_a_link_out_of_the_folder_is_no_report(
    pipelines: CommandPipelines, tmp_path: Path
) -> None:
    run_id = await pipelines.start(
        RunRequest("m", "ln -s /etc/passwd junit.xml", reports=("junit.xml",))
    )
    await until(pipelines, run_id, RunState.PASSED)
    assert await pipelines.report(run_id, "junit.xml") is None


@pytest.mark.parametrize("run", ["", "  ", "echo 'open"])
async def test_a_command_that_cannot_be_read_is_refused(
    pipelines: CommandPipelines, run: str
) -> None:
    with pytest.raises(TerminalError, match="command"):
        await pipelines.start(RunRequest("m", run))
