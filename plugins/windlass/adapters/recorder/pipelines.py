"""Runs that a dry run would have started; each is said to have passed, and leaves a stand-in."""

from __future__ import annotations

import json

from windlass.adapters.recorder.call import SIMULATED, Call, Log, from_json
from windlass.ports.pipelines import Pipelines, RunRequest, RunState, RunStatus

_NAME = f"{SIMULATED} nothing was run"


class RecordedPipelines:
    """A run that was not started passes; the reports it leaves say that nothing was run."""

    visible_within = 0.0
    deadline = 60.0

    def __init__(self, inner: Pipelines, log: Log) -> None:
        self._inner, self._log = inner, log

    async def find(self, marker: str) -> str | None:
        """See the port."""
        for call in self._log.calls("start"):
            if call.arguments["request"]["marker"] == marker:
                return str(call.answer)
        return await self._inner.find(marker)

    async def start(self, request: RunRequest) -> str:
        """See the port."""
        earlier = await self.find(request.marker)
        if earlier is not None:
            return earlier
        run_id = f"{SIMULATED}run-{len(self._log.calls('start')) + 1}"
        at = f" at {request.ref}" if request.ref else ""
        self._log.add("start", f"run {request.run!r}{at}", run_id, request=request)
        return run_id

    async def poll(self, run_id: str) -> RunStatus:
        """See the port."""
        call = self._started(run_id)
        if call is None:
            return await self._inner.poll(run_id)
        cancelled = self._log.last("cancel", run_id=run_id) is not None
        state = RunState.CANCELLED if cancelled else RunState.PASSED
        tail = f"{_NAME}: would {call.would}"
        return RunStatus(run_id, state, exit_code=0, tail=tail, seconds=0.0)

    async def report(self, run_id: str, name: str) -> bytes | None:
        """See the port; a stand-in in the format that the name suggests."""
        call = self._started(run_id)
        if call is None:
            return await self._inner.report(run_id, name)
        request = from_json(RunRequest, call.arguments["request"])
        return stand_in(name) if name in request.reports else None

    async def cancel(self, run_id: str) -> None:
        """See the port."""
        self._log.add("cancel", f"cancel {run_id}", run_id=run_id)

    def _started(self, run_id: str) -> Call | None:
        for call in self._log.calls("start"):
            if call.answer == run_id:
                return call
        return None


def stand_in(name: str) -> bytes:
    """A report that can be read as what its name ends in, and says that nothing was run."""
    suffix = name.rpartition(".")[2]
    if suffix == "xml":
        return f'<testsuite name="{_NAME}"><testcase name="{_NAME}"/></testsuite>'.encode()
    if suffix == "sarif":
        run = {"tool": {"driver": {"name": _NAME}}, "results": []}
        return json.dumps({"version": "2.1.0", "runs": [run]}).encode()
    if suffix == "csv":
        head = "Name,Request Count,Failure Count,Requests/s,50%,95%,99%"
        return f"{head}\nAggregated,1,0,1,0,0,0\n".encode()
    if suffix == "json":
        times = {"med": 0, "p(95)": 0, "p(99)": 0}
        metrics = {
            "http_reqs": {"values": {"count": 1, "rate": 1}},
            "http_req_failed": {"values": {"rate": 0}},
            "http_req_duration": {"values": times},
        }
        page = {"url": _NAME, "violations": [], "passes": [{"id": _NAME}]}
        return json.dumps({**page, "metrics": metrics}).encode()
    return f"{_NAME}: {name}\n".encode()
