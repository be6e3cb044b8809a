"""Recorders: nothing real is ever called, everything is written down and seen by later reads."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from windlass.adapters.recorder import FileStore, MemoryStore, Store, record
from windlass.adapters.recorder.pipelines import stand_in
from windlass.adapters.registry import PORT_TYPES
from windlass.adapters.reports.by_format import read
from windlass.errors import NotConfigured, RefusedByVendor
from windlass.ports.announcements import Annotation, CalendarEvent, Maintenance, Meeting
from windlass.ports.deployments import Artifact, Exposure
from windlass.ports.documents import Page
from windlass.ports.effect import effect_methods
from windlass.ports.environments import Backup
from windlass.ports.flags import FlagState
from windlass.ports.incidents import ChangeRecord, Incident
from windlass.ports.messages import Message, MessageRef
from windlass.ports.pipelines import RunRequest, RunState, RunStatus
from windlass.ports.source_control import Commit
from windlass.ports.test_reports import Findings, Performance, TestReport
from windlass.ports.tracker import Issue

NOON = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
SHA = "a" * 40
ARTIFACT = Artifact("1.1.0", "storefront-1.1.0.tar", "sha256:1")
OLD = Artifact("1.0.0", "storefront-1.0.0.tar", "sha256:0")
MESSAGE = Message("t", "Release 1.1.0", links=(("Report", "https://example.com"),), to=("mia",))
MAINTENANCE = Maintenance("k", "Release", "text", "scheduled", NOON, NOON, ("checkout",))
EVENT = CalendarEvent("u", "Review", NOON, NOON + timedelta(hours=1), attendees=("mia",))
INCIDENT = {
    "marker": "m", "title": "Errors", "text": "6 %", "severity": "high",
    "service": "storefront", "version": "1.1.0",
}  # fmt: skip

#: (port, method) → how a task calls it. A marked method without a line here fails the test.
CALLS: dict[tuple[str, str], tuple[tuple[Any, ...], dict[str, Any]]] = {
    ("source_control", "create_branch"): (("release/1.1.0", SHA), {}),
    ("source_control", "create_tag"): (("v1.1.0", SHA, "Release 1.1.0"), {}),
    ("tracker", "create"): ((), {"marker": "m", "title": "t", "body": "b", "kind": "bug"}),
    ("tracker", "set_version"): ((("A-1",), "1.1.0"), {}),
    ("tracker", "mark_released"): (("1.1.0",), {"on": "2026-12-01"}),
    ("documents", "publish"): ((Page("notes", "Notes", "# 1.1.0"),), {}),
    ("messages", "post"): ((MESSAGE,), {"marker": "m", "under": None}),
    ("messages", "edit"): ((MessageRef("c", "1"), MESSAGE), {}),
    ("pipelines", "start"): ((RunRequest("m", "make x", SHA, {"A": "1"}, ("j.xml",)),), {}),
    ("pipelines", "cancel"): (("dry-run:run-1",), {}),
    ("deployments", "expose"): (("staging", ARTIFACT, 5.0), {}),
    ("deployments", "retract"): (("staging", "1.1.0", OLD), {}),
    ("status_page", "publish"): ((MAINTENANCE,), {}),
    ("calendar", "put"): ((EVENT,), {}),
    ("dashboards", "annotate"): ((Annotation("k", "1.1.0 at 5 %", NOON, ("a",)),), {}),
    ("meetings", "schedule"): (("k", "Review", NOON, 45), {}),
    ("meetings", "cancel"): (("k",), {}),
    ("surveys", "open"): (("k", "How was it?", ("Well?",)), {}),
    ("flags", "set"): (("production", "one", FlagState(on=True, percent=5.0)), {}),
    ("incidents", "open"): ((), INCIDENT),
    ("change_records", "open"): (
        (), {"key": "k", "title": "t", "text": "b", "standard": False},
    ),
    ("change_records", "move"): (("CHG-1", "closed", "done"), {}),
    ("change_records", "remark"): (("CHG-1", "moved to Tuesday"), {}),
    ("backups", "create"): (("production/eu-west",), {"marker": "m"}),
}  # fmt: skip

#: What the real world answers when it is read.
WORLD: dict[str, Any] = {
    "resolve": SHA, "compare": (Commit(SHA, "Dev", NOON, "m"),), "contains": True,
    "planned": (Issue("A-1", "One", "bug", done=True, status="done"),), "is_released": False,
    "get": (Issue("A-1", "One", "bug", done=True, status="done"),), "responses": (),
    "reported_against": (), "poll": RunStatus("real", RunState.RUNNING), "report": b"real",
    "current": Exposure({"1.0.0": 100.0}, {"1.0.0": "sha256:0"}), "available": True,
    "rehearse": "start 2 replicas", "open_incidents": (), "linked_to": (),
    "newest": Backup("b1", NOON),
}  # fmt: skip


class World:
    """A real adapter of a port, as far as it may be called: its readers."""

    undo = "halt_only"

    def __init__(self, port: str, **answers: Any) -> None:
        self._writers = effect_methods(PORT_TYPES[port])
        self._port = PORT_TYPES[port]
        self._answers = {**WORLD, **answers}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in dir(self._port):
            raise AttributeError(name)
        assert name not in self._writers, f"{name} of the real adapter was called"

        async def answer(*_: Any, **__: Any) -> Any:
            return self._answers.get(name)

        return answer


def inner(port: str, method: str) -> World:
    answers: dict[tuple[str, str], dict[str, Any]] = {
        ("flags", "set"): {"read": FlagState(on=False)},
        ("source_control", "create_branch"): {"resolve": None},
        ("source_control", "create_tag"): {"resolve": None},
    }
    return World(port, **answers.get((port, method), {}))


def test_every_method_that_changes_the_world_is_tried_here() -> None:
    marked = {(port, name) for port, kind in PORT_TYPES.items() for name in effect_methods(kind)}
    assert marked == set(CALLS)


@pytest.mark.parametrize("key", CALLS, ids=".".join)
async def test_a_call_is_written_down_in_place_of_being_made(key: tuple[str, str]) -> None:
    port, method = key
    store = MemoryStore()
    arguments, named = CALLS[key]
    await getattr(record(port, inner(port, method), store), method)(*arguments, **named)
    (call,) = store.calls()
    assert (call.port, call.medium, call.method) == (port, "World", method)
    assert call.would
    signature = inspect.signature(getattr(PORT_TYPES[port], method))
    assert set(call.arguments) == set(signature.parameters) - {"self"}


@pytest.mark.parametrize("port", PORT_TYPES)
def test_a_recorder_has_every_method_of_its_port_with_its_parameters(port: str) -> None:
    made = record(port, World(port))
    for name, method in inspect.getmembers(PORT_TYPES[port], inspect.isfunction):
        if name.startswith("_"):
            continue
        ours = list(inspect.signature(getattr(type(made), name, method)).parameters)
        assert ours == list(inspect.signature(method).parameters), name
    if effect_methods(PORT_TYPES[port]):
        assert type(made) is not World
        assert made.deadline > 0
    else:
        assert type(made) is World


def test_an_unknown_port_is_answered_with_the_known_ones() -> None:
    with pytest.raises(NotConfigured, match="did you mean 'tracker'"):
        record("trackr", World("tracker"))


@pytest.fixture(params=["memory", "file"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Store]:
    """Gives the store of one dry run; a file's is opened anew, as by another process."""
    memory = MemoryStore()
    return lambda: memory if request.param == "memory" else FileStore(tmp_path / "dry-run.jsonl")


Opened = Callable[[], Store]


async def test_branches_and_tags_resolve_to_what_was_written_down(store: Opened) -> None:
    git = record("source_control", World("source_control", resolve=None), store())
    await git.create_branch("release/1.1.0", SHA)
    await git.create_branch("release/1.1.0", SHA)
    await git.create_tag("v1.1.0", SHA, "Release 1.1.0")
    later = record("source_control", World("source_control", resolve=None), store())
    assert await later.resolve("release/1.1.0") == await later.resolve("v1.1.0") == SHA
    assert await later.tag_message("v1.1.0") == "Release 1.1.0"
    assert await later.resolve("v1.2.0") is None
    assert len(list(store().calls())) == 2
    with pytest.raises(RefusedByVendor, match="already at"):
        await later.create_tag("v1.1.0", "b" * 40, "moved")


async def test_a_rollout_goes_step_by_step_and_back_without_touching_anything(
    store: Opened,
) -> None:
    deployments = record("deployments", World("deployments"), store())
    assert deployments.undo == "halt_only"
    assert (await deployments.current("staging")).shares == {"1.0.0": 100.0}
    for percent in (5.0, 50.0):
        await deployments.expose("staging", ARTIFACT, percent)
        later = record("deployments", World("deployments"), store())
        shares = {"1.0.0": 100.0 - percent, "1.1.0": percent}
        assert (await later.current("staging")).shares == shares
    assert (await deployments.current("production/eu-west")).shares == {"1.0.0": 100.0}
    await deployments.expose("staging", ARTIFACT, 100.0)
    assert await deployments.current("staging") == Exposure({"1.1.0": 100.0}, {"1.1.0": "sha256:1"})
    await deployments.retract("staging", "1.1.0", OLD)
    assert (await deployments.current("staging")).shares == {"1.0.0": 100.0}
    await deployments.retract("staging", "1.0.0", None)
    assert (await deployments.current("staging")).shares == {}


async def test_an_exposure_fails_as_the_real_one_would() -> None:
    class Broken(World):
        async def rehearse(self, *_: Any) -> str:
            raise RefusedByVendor("no such package")

    store = MemoryStore()
    deployments = record("deployments", Broken("deployments"), store)
    with pytest.raises(RefusedByVendor, match="no such package"):
        await deployments.expose("staging", ARTIFACT, 5.0)
    assert list(store.calls()) == []


async def test_issues_are_created_once_moved_and_released(store: Opened) -> None:
    tracker = record("tracker", World("tracker"), store())
    made = await tracker.create(marker="m", title="t", body="b", kind="bug")
    assert made.key == "dry-run:issue-1"
    later = record("tracker", World("tracker"), store())
    assert await later.create(marker="m", title="x", body="", kind="bug") == made
    assert await later.find("m") == made
    await later.set_version((made.key, "A-1"), "1.1.0")
    assert [issue.version for issue in await later.get((made.key,))] == ["1.1.0"]
    planned = await later.planned("1.1.0")
    assert {issue.key for issue in planned} == {made.key, "A-1"}
    assert not await later.is_released("1.1.0")
    await later.mark_released("1.1.0", on="2026-12-01")
    assert await later.is_released("1.1.0")


async def test_a_run_passes_once_and_its_reports_say_that_nothing_was_run(
    store: Opened,
) -> None:
    pipelines = record("pipelines", World("pipelines", find=None), store())
    request = RunRequest("m", "make regression", SHA, reports=("j.xml",))
    run_id = await pipelines.start(request)
    later = record("pipelines", World("pipelines", find=None), store())
    assert run_id == await later.start(request) == await later.find("m")
    status = await later.poll(run_id)
    assert (status.state, run_id) == (RunState.PASSED, "dry-run:run-1")
    assert "nothing was run" in status.tail
    report = await later.report(run_id, "j.xml")
    assert report is not None
    assert b"nothing was run" in report
    assert await later.report(run_id, "other.xml") is None
    assert (await later.poll("real")).state is RunState.RUNNING
    assert await later.report("real", "x") == b"real"
    await later.cancel(run_id)
    assert (await later.poll(run_id)).state is RunState.CANCELLED


@pytest.mark.parametrize(
    "form, name, kind",
    [
        ("junit", "build/junit.xml", TestReport),
        ("sarif", "s.sarif", Findings),
        ("axe", "axe.json", Findings),
        ("k6", "k6.json", Performance),
        ("locust", "l_stats.csv", Performance),
    ],
)
def test_a_stand_in_can_be_read_and_names_itself(form: str, name: str, kind: type) -> None:
    content = stand_in(name)
    assert isinstance(read(form, content, name), kind)
    assert name.endswith("csv") or b"nothing was run" in content
    assert b"nothing was run" in stand_in("package.tar.gz")


async def test_messages_are_found_again_and_kept_apart_by_medium(store: Opened) -> None:
    class Other(World):
        pass

    messages = record("messages", World("messages", find=None), store())
    ref = await messages.post(MESSAGE, marker="m", under=None)
    assert ref.id == "dry-run:message-1"
    assert await messages.post(MESSAGE, marker="m", under=None) == ref
    assert await record("messages", World("messages"), store()).find("t", "m") == ref
    assert await record("messages", Other("messages"), store()).find("t", "m") is None


async def test_what_was_announced_reads_back(store: Opened) -> None:
    announced = [
        ("status_page", "publish", MAINTENANCE, "k"),
        ("calendar", "put", EVENT, "u"),
        ("dashboards", "annotate", Annotation("k", "5 %", NOON, ("a",)), "k"),
        ("documents", "publish", Page("k", "Notes", "# 1.1.0"), "k"),
    ]
    for port, method, value, key in announced:
        await getattr(record(port, World(port), store()), method)(value)
        assert await record(port, World(port), store()).read(key) == value
        assert await record(port, World(port), store()).read("other") is None


async def test_incidents_changes_flags_backups_and_the_rest_read_back(store: Opened) -> None:
    incidents = record("incidents", World("incidents"), store())
    incident = await incidents.open(**INCIDENT)
    assert isinstance(incident, Incident)
    assert await incidents.open(**INCIDENT) == incident == await incidents.find("m")
    assert await incidents.open_incidents("storefront") == (incident,)
    assert await incidents.linked_to("1.1.0") == (incident,)

    changes = record("change_records", World("change_records"), store())
    change = await changes.open(key="k", title="t", text="b", standard=False)
    assert isinstance(change, ChangeRecord)
    assert change.state == "approved"
    await changes.move(change.id, "closed", "done")
    assert (await changes.find("k")).state == "closed"

    flags = record("flags", World("flags", read=FlagState(on=False)), store())
    await flags.set("production", "one", FlagState(on=True, percent=5.0, audiences=("beta",)))
    assert await flags.read("production", "one") == FlagState(True, 5.0, ("beta",))
    assert await flags.read("staging", "one") == FlagState(on=False)
    with pytest.raises(RefusedByVendor, match="no flag"):
        await record("flags", World("flags"), store()).set("p", "none", FlagState(on=True))

    backups = record("backups", World("backups"), store())
    backup = await backups.create("staging", marker="m")
    assert await backups.newest("staging") == backup == await backups.find("staging", "m")
    assert not (await backups.prove_restore("staging", backup.id)).drifted
    assert (await backups.newest("production")).id == "b1"

    meetings = record("meetings", World("meetings"), store())
    link = await meetings.schedule("k", "Review", NOON, 45)
    assert await meetings.read("k") == Meeting(link, NOON)
    assert await meetings.schedule("k", "Review", NOON + timedelta(days=1), 45) == link
    assert await meetings.read("k") == Meeting(link, NOON + timedelta(days=1))
    await meetings.cancel("k")
    assert (await meetings.read("k")).cancelled
    assert await meetings.schedule("k", "Review", NOON, 45) == link
    assert await meetings.read("k") == Meeting(link, NOON)

    surveys = record("surveys", World("surveys"), store())
    link = await surveys.open("k", "How was it?", ())
    assert link == await surveys.find("k") == await surveys.open("k", "x", ())
    assert await surveys.responses("k") == ()
