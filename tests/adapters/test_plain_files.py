"""Peculiarities of the plain adapters: hostile text, broken files, what people write by hand."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from icalendar import Calendar

from windlass.adapters import safe_names
from windlass.adapters.calendar.ics import IcsCalendar
from windlass.adapters.command_words import filled
from windlass.adapters.durable_files import append_line, locked, write_atomic
from windlass.adapters.flags.flagd import FlagdFlags
from windlass.adapters.front_matter import with_field
from windlass.adapters.incidents.folder import FolderIncidents
from windlass.adapters.logs.files import FileLogs
from windlass.adapters.records import Records
from windlass.adapters.status_page.folder import FolderStatusPage
from windlass.adapters.surveys.folder import FolderSurveys
from windlass.adapters.tracker.folder import FolderTracker
from windlass.errors import InputError, NotConfigured, TerminalError, VendorUnavailable
from windlass.ports.announcements import CalendarEvent, Maintenance
from windlass.ports.connection import ConnectionInfo
from windlass.ports.flags import FlagState
from windlass.spec.vendors import FilesSettings, FlagdSettings, FolderSettings, IcsSettings

NOON = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
HERE = FolderSettings(path="here")


def no_connection(name: str) -> ConnectionInfo:
    raise NotConfigured(name)


async def test_hostile_text_is_escaped_on_the_status_page(tmp_path: Path) -> None:
    page = FolderStatusPage(HERE, root=tmp_path, connect=no_connection)
    hostile = "<script>alert(1)</script>\u202e"
    await page.publish(
        Maintenance("k", hostile, hostile, "scheduled", NOON, NOON, (hostile,)),
    )
    shown = (tmp_path / "here" / "index.html").read_text()
    assert "<script" not in shown
    assert shown.count("&lt;script&gt;") == 3
    assert "\u202e" not in shown


async def test_the_status_page_shows_every_maintenance_newest_first(tmp_path: Path) -> None:
    page = FolderStatusPage(HERE, root=tmp_path, connect=no_connection)
    for day, title in enumerate(("First", "Second")):
        at = NOON + timedelta(days=day)
        await page.publish(Maintenance(title, title, "", "completed", at, at))
    shown = (tmp_path / "here" / "index.html").read_text()
    assert shown.index("Second") < shown.index("First")


async def test_a_calendar_keeps_what_others_wrote_and_counts_changes(tmp_path: Path) -> None:
    path = tmp_path / "c.ics"
    path.write_text(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:other\r\n"
        "DTSTAMP:20260101T000000Z\r\nDTSTART;VALUE=DATE:20261224\r\nSUMMARY:Holiday\r\n"
        "X-OURS:kept\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    calendar = IcsCalendar(IcsSettings(path="c.ics"), root=tmp_path, connect=no_connection)
    event = CalendarEvent("u", "Release", NOON, NOON + timedelta(hours=1))
    await calendar.put(event)
    before = path.read_bytes()
    await calendar.put(event)
    assert path.read_bytes() == before
    await calendar.put(replace(event, title="Release\r\nATTENDEE:mailto:x@example.com"))
    events = {str(e["UID"]): e for e in Calendar.from_ical(path.read_bytes()).walk("VEVENT")}
    assert str(events["other"]["X-OURS"]) == "kept"
    assert int(events["u"]["SEQUENCE"]) == 1
    assert "ATTENDEE" not in events["u"]


async def test_a_file_that_is_no_calendar_is_named(tmp_path: Path) -> None:
    (tmp_path / "c.ics").write_text("hello")
    calendar = IcsCalendar(IcsSettings(path="c.ics"), root=tmp_path, connect=no_connection)
    with pytest.raises(TerminalError, match=r"c\.ics: not an iCalendar file"):
        await calendar.read("u")


def flagd(root: Path, flag: object) -> FlagdFlags:
    (root / "flags.json").write_text(json.dumps({"$schema": "kept", "flags": {"one": flag}}))
    return FlagdFlags(FlagdSettings(path="flags.json"), root=root, connect=no_connection)


BOOLEAN = {"variants": {"yes": True, "no": False}, "defaultVariant": "no", "state": "ENABLED"}


async def test_a_flag_keeps_its_other_fields_and_the_file_too(tmp_path: Path) -> None:
    flags = flagd(tmp_path, {**BOOLEAN, "metadata": {"owner": "dev"}})
    await flags.set("production", "one", FlagState(on=True, percent=12.5))
    document = json.loads((tmp_path / "flags.json").read_text())
    assert document["$schema"] == "kept"
    assert document["flags"]["one"]["metadata"] == {"owner": "dev"}
    assert document["flags"]["one"]["targeting"] == {"fractional": [["yes", 1250], ["no", 8750]]}


async def test_targeting_written_by_hand_is_neither_read_nor_replaced(tmp_path: Path) -> None:
    by_hand = {"if": [{"ends_with": [{"var": "email"}, "@example.com"]}, "yes", "no"]}
    flags = flagd(tmp_path, {**BOOLEAN, "targeting": by_hand})
    with pytest.raises(TerminalError, match="written by hand"):
        await flags.read("production", "one")
    with pytest.raises(TerminalError, match="written by hand"):
        await flags.set("production", "one", FlagState(on=False))


async def test_a_flag_that_is_not_on_or_off_is_refused(tmp_path: Path) -> None:
    flags = flagd(tmp_path, {"variants": {"a": "x", "b": "y"}, "state": "ENABLED"})
    with pytest.raises(TerminalError, match="one variant that is true"):
        await flags.read("production", "one")


async def test_a_disabled_flag_is_off(tmp_path: Path) -> None:
    flags = flagd(tmp_path, {**BOOLEAN, "state": "DISABLED", "defaultVariant": "yes"})
    assert await flags.read("production", "one") == FlagState(on=False)


async def test_an_incident_closed_by_hand_is_closed(tmp_path: Path) -> None:
    incidents = FolderIncidents(HERE, root=tmp_path, connect=no_connection)
    made = await incidents.open(
        marker="m", title="t", text="", severity="low", service="s", version="1"
    )
    path = tmp_path / "here" / f"{made.id}.json"
    path.write_text(path.read_text().replace('"open": true', '"open": false'))
    assert await incidents.open_incidents("s") == ()
    path.write_text(path.read_text().replace('"low"', '"urgent"'))
    with pytest.raises(TerminalError, match=r"INC-1: severity 'urgent'; allowed: critical"):
        await incidents.open_incidents("s")
    path.write_text("{")
    with pytest.raises(TerminalError, match=r"INC-1\.json: not JSON"):
        await incidents.open_incidents("s")


@pytest.mark.parametrize("score", ["0", "6", "2.5", '"5"', "true", "null"])
async def test_an_answer_that_is_no_score_is_named(tmp_path: Path, score: str) -> None:
    surveys = FolderSurveys(HERE, root=tmp_path, connect=no_connection)
    await surveys.open("k", "t", ())
    (tmp_path / "here" / "k" / "responses" / "1.json").write_text(f'{{"score": {score}}}')
    with pytest.raises(TerminalError, match=r"1\.json: score"):
        await surveys.responses("k")


async def test_lines_of_text_count_for_the_version_in_their_file_name(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "app-1.1.0.log").write_text(
        "2026-12-01 12:00:01,500 ERROR broken\n  a stack line\n2026-12-01T12:00:02Z [info] fine\n"
    )
    (folder / "app-11.1.0.log").write_text("2026-12-01T12:00:01Z ERROR another version\n")
    logs = FileLogs(FilesSettings(path="logs"), root=tmp_path, connect=no_connection)
    found = await logs.count("staging", "1.1.0", "error", NOON)
    assert (found.lines, found.matching, found.examples) == (2, 1, ("broken",))


async def test_a_target_name_cannot_widen_the_glob(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "eu.log").touch()
    logs = FileLogs(FilesSettings(path="logs/{region}.log"), root=tmp_path, connect=no_connection)
    with pytest.raises(VendorUnavailable, match="no log file"):
        await logs.count("production/*", "1.1.0", "error", NOON)


@pytest.mark.parametrize(
    "content, problem",
    [
        ("no front matter", r"X\.md:1: begin the file"),
        ("---\ntitle: [\n---\n", "not YAML"),
        ("---\n- a\n---\n", "expected fields"),
        ("---\nkey: X-1\n---\n", "'title' is missing"),
    ],
)
async def test_a_broken_issue_file_is_named(tmp_path: Path, content: str, problem: str) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "X.md").write_text(content)
    tracker = FolderTracker(HERE, root=tmp_path, connect=no_connection)
    with pytest.raises(TerminalError, match=problem):
        await tracker.planned(None)


async def test_issues_may_be_yaml_and_edits_keep_every_other_line(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    path = tmp_path / "here" / "A-1.yaml"
    path.write_text("title: One  # as people say\nversion: 1.0\nkind: bug\n")
    tracker = FolderTracker(HERE, root=tmp_path, connect=no_connection)
    await tracker.set_version(("A-1",), "2.0.0")
    assert path.read_text() == 'title: One  # as people say\nversion: "2.0.0"\nkind: bug\n'
    assert with_field("", "1.0.0", "2026-12-01") == '1.0.0: "2026-12-01"\n'


@pytest.mark.parametrize("text", ["../../etc", "a/../b", "", "x" * 500, "a\0b", "ünïcode/ß", "."])
def test_any_text_becomes_a_file_name_inside_its_folder(text: str, tmp_path: Path) -> None:
    name = safe_names.file_name(text)
    assert "/" not in name
    assert (tmp_path / name).resolve().parent == tmp_path.resolve()
    assert len(name) < 200


def test_a_record_is_found_under_names_that_look_alike(tmp_path: Path) -> None:
    records = Records(tmp_path)
    names = ("a/b", "a-b", "a@b", "a b", "A/B")
    for name in names:
        records.write(name, {"name": name})
    assert [records.read(name) for name in names] == [{"name": name} for name in names]


def test_a_value_of_a_command_stays_one_word_and_no_option() -> None:
    assert filled(["x", "{version}"], {"version": "1.0 && rm"}) == ("x", "1.0 && rm")
    with pytest.raises(InputError, match="read as an option"):
        filled(["x", "{version}"], {"version": "--force"})
    with pytest.raises(NotConfigured, match=r"\{verson\}.*allowed: version.*did you mean"):
        filled(["x", "{verson}"], {"version": "1"})


def test_a_torn_line_stays_alone(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b'{"whole": 1}\n{"tor')
    append_line(path, '{"whole": 2}')
    assert path.read_text() == '{"whole": 1}\n{"tor\n{"whole": 2}\n'


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    write_atomic(tmp_path / "f", "old")
    with pytest.raises(UnicodeEncodeError):
        write_atomic(tmp_path / "f", "\ud800")
    assert (tmp_path / "f").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["f"]


def test_a_lock_is_waited_for_and_freed_when_its_holder_is_killed(tmp_path: Path) -> None:
    holder = """
import fcntl, sys, time
file = open(sys.argv[1], "w")
fcntl.flock(file, fcntl.LOCK_EX)
print(flush=True)
time.sleep(600)
"""
    with subprocess.Popen(
        [sys.executable, "-c", holder, str(tmp_path / "lock")], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with (
            pytest.raises(VendorUnavailable, match="held by another process"),
            locked(tmp_path / "lock", patience=0.05),
        ):
            pass
        process.kill()
        with locked(tmp_path / "lock"):
            assert process.wait() == -9
