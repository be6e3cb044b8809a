"""``windlass doctor``: each thing that can be wrong is seen wrong, with a way to put it right."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from rich.console import Console

from windlass.airflow_api import AirflowApi
from windlass.cli.doctor import people_of, print_findings
from windlass.cli.doctor.airflow_checks import check_airflow
from windlass.cli.doctor.airflow_facts import AirflowFacts
from windlass.cli.doctor.finding import Finding, Level
from windlass.cli.doctor.ledger_checks import check_ledger
from windlass.cli.doctor.project_checks import check_connections, connection_ids, read_project
from windlass.cli.doctor.watch_checks import check_watch
from windlass.errors import NotConfigured
from windlass.ledger import Signer, open_ledger
from windlass.ledger.ledger import SIGNING_KEY_FILE
from windlass.ports.connection import ConnectionInfo

NOW = datetime(2026, 6, 1, tzinfo=UTC)
GOOD = AirflowFacts(
    version="3.3.2",
    executor="LocalExecutor",
    auth_manager="airflow.api_fastapi.auth.managers.simple.SimpleAuthManager",
    users=frozenset({"mia", "ops"}),
    all_admins=False,
    base_url="https://airflow.example.com",
    default_timezone="utc",
    heartbeat_timeout=30,
    retry_delay=10,
)
PEOPLE = {"mia": "mia", "owen": "ops"}
PRODUCT = """\
product: shop
vendors:
  source_control: {git: {repository: r.git}}
  deployments: {processes: {fleet: f.json}}
  messages: {slack: {connection: our_slack, channel: "#releases"}}
environments:
  - production: {live: yes, zone: Europe/Zurich, url: "connection:shop_front"}
roles: {product_manager: [mia], developer: [d], devops: [ops], qa_engineer: [q], stakeholder: [s]}
"""


def find(findings: list[Finding], what: str) -> Finding:
    return next(finding for finding in findings if finding.what == what)


def test_a_good_airflow_has_nothing_to_put_right() -> None:
    assert {finding.level for finding in check_airflow(GOOD, PEOPLE)} == {Level.OK}


@pytest.mark.parametrize(
    "facts,what,level,found",
    [
        (replace(GOOD, version="3.2.1"), "airflow", Level.FAIL, "3.2.1"),
        (
            replace(GOOD, plugins=0),
            "plugin",
            Level.FAIL,
            "not registered: no timetable, no witness, no release pages",
        ),
        (
            replace(GOOD, plugins=2),
            "plugin",
            Level.FAIL,
            "registered 2 times: acts would be written down twice",
        ),
        (
            replace(GOOD, plugin_errors={"windlass_plugin.py": "no module"}),
            "plugin",
            Level.FAIL,
            "windlass_plugin.py cannot be loaded: no module",
        ),
        (
            replace(GOOD, all_admins=True),
            "login",
            Level.FAIL,
            "everybody is an admin without logging in: no signature could name anybody",
        ),
        (
            replace(GOOD, users=frozenset({"mia"})),
            "users",
            Level.FAIL,
            "Airflow has no such user: owen (ops); they cannot sign",
        ),
        (
            replace(GOOD, users=None, auth_manager="x.FabAuthManager"),
            "users",
            Level.FAIL,
            "Airflow has no such user: mia (mia), owen (ops); they cannot sign",
        ),
        (
            replace(GOOD, users=None, auth_manager="x.KeycloakAuthManager"),
            "users",
            Level.WARN,
            "the users of KeycloakAuthManager cannot be listed here",
        ),
        (
            replace(GOOD, base_url=""),
            "public URL",
            Level.WARN,
            "[api] base_url is not set: links lead to this machine only",
        ),
        (
            replace(GOOD, base_url="http://localhost:8080"),
            "public URL",
            Level.WARN,
            "[api] base_url is http://localhost:8080: links lead to this machine only",
        ),
        (
            replace(GOOD, default_timezone="Europe/Zurich"),
            "timezone",
            Level.WARN,
            (
                "[core] default_timezone is Europe/Zurich; releases do not use it, "
                "other DAGs and Airflow's pages may"
            ),
        ),
        (
            replace(GOOD, heartbeat_timeout=300),
            "dead workers",
            Level.WARN,
            "noticed after 300 s: a half-done step stands that long",
        ),
        (
            replace(GOOD, retry_delay=300),
            "retries",
            Level.WARN,
            "[core] default_task_retry_delay is 300 s; Windlass's own tasks retry after 10 s",
        ),
        (
            None,
            "airflow",
            Level.WARN,
            "not installed in this environment: plugin, users and settings were not looked at",
        ),
    ],
)
def test_what_is_wrong_with_airflow_is_said_with_a_way_out(
    facts: AirflowFacts | None, what: str, level: Level, found: str
) -> None:
    finding = find([*check_airflow(facts, PEOPLE)], what)
    assert (finding.level, finding.found) == (level, found)
    assert finding.fix


def test_numbers_of_fab_can_log_in() -> None:
    fab = replace(GOOD, users=None, auth_manager="x.FabAuthManager")
    assert find([*check_airflow(fab, {"mia": "3"})], "users").level is Level.OK


def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'ledger.db'}"


def test_a_good_ledger_is_reached_written_and_left_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = tmp_path / "key.pem"
    key.write_text(Signer.generate().pem())
    monkeypatch.setenv(SIGNING_KEY_FILE, str(key))
    open_ledger(url(tmp_path), migrate=True).close()
    for _ in range(2):  # a row left behind would break the second time
        findings = [*check_ledger(url(tmp_path), "LocalExecutor")]
        assert {finding.level for finding in findings} == {Level.OK}


def test_a_ledger_that_is_not_there_says_what_to_run(tmp_path: Path) -> None:
    finding = find([*check_ledger(url(tmp_path), "LocalExecutor")], "ledger")
    assert finding.level is Level.FAIL
    assert finding.found == f"no ledger at {tmp_path}/ledger.db; run: windlass ledger migrate"
    assert finding.fix == "windlass ledger migrate"


def test_an_address_that_cannot_hold_a_ledger_is_to_be_corrected() -> None:
    finding = find([*check_ledger("mysql://x/y", "LocalExecutor")], "ledger")
    assert (finding.level, finding.fix) == (Level.FAIL, "correct WINDLASS_LEDGER_URL")


def test_a_sqlite_ledger_with_workers_elsewhere_fails(tmp_path: Path) -> None:
    open_ledger(url(tmp_path), migrate=True).close()
    finding = find([*check_ledger(url(tmp_path), "x.CeleryExecutor")], "ledger is shared")
    assert finding.level is Level.FAIL
    assert finding.found == (
        "a SQLite ledger cannot be shared by the workers of CeleryExecutor; "
        "set WINDLASS_LEDGER_URL to a PostgreSQL database in every process"
    )


def test_a_ledger_that_takes_no_row_fails(tmp_path: Path) -> None:
    with open_ledger(url(tmp_path), migrate=True) as ledger, ledger.store.writing() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER full BEFORE INSERT ON windlass_meta "
            "BEGIN SELECT RAISE(ABORT, 'full'); END"
        )
    findings = [*check_ledger(url(tmp_path), "LocalExecutor")]
    finding = find(findings, "ledger is writable")
    assert (finding.level, finding.found) == (Level.FAIL, "(sqlite3.IntegrityError) full")


def test_a_key_that_is_none_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "key.pem").write_text("no key")
    monkeypatch.setenv(SIGNING_KEY_FILE, str(tmp_path / "key.pem"))
    finding = next(iter(check_ledger(url(tmp_path), "LocalExecutor")))
    assert (finding.what, finding.level) == ("signing key", Level.FAIL)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    products = tmp_path / "include/products"
    products.mkdir(parents=True)
    (products / "shop.yaml").write_text(PRODUCT, encoding="utf-8")
    monkeypatch.delenv("WINDLASS_INCLUDE", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_good_product_and_the_connections_it_names_are_found(project: Path) -> None:
    products, findings = read_project(project, NOW)
    assert [finding.level for finding in findings] == [Level.OK]
    assert sorted(connection_ids(products[0])) == ["our_slack", "shop_front"]
    assert people_of(products)["mia"] == "mia"
    connected = [*check_connections(products, lambda name: ConnectionInfo(host="h"))]
    assert {finding.level for finding in connected} == {Level.OK}


def test_a_bad_product_is_one_line_with_the_command_that_says_the_rest(project: Path) -> None:
    path = project / "include/products/shop.yaml"
    path.write_text(PRODUCT + "nonsense: 1\nmore: 2\n", encoding="utf-8")
    products, findings = read_project(project, NOW)
    assert products == []
    assert findings[0].found.endswith("(and 1 more)")
    assert findings[0].fix == f"windlass validate {path}"


def test_a_folder_without_products_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WINDLASS_INCLUDE", raising=False)
    _, findings = read_project(tmp_path, NOW)
    assert findings[0].level is Level.WARN


def test_a_connection_that_is_missing_says_who_asks_for_it(project: Path) -> None:
    products, _ = read_project(project, NOW)

    def connect(name: str) -> ConnectionInfo:
        raise NotConfigured(f"there is no {name}")

    finding = next(iter(check_connections(products, connect)))
    assert finding.level is Level.FAIL
    assert finding.found == "our_slack is asked for by shop: there is no our_slack"
    assert finding.fix == "airflow connections add our_slack, or set AIRFLOW_CONN_OUR_SLACK"


def api(answer: Callable[[httpx.Request], httpx.Response]) -> AirflowApi:
    def reply(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/auth/token":
            return httpx.Response(201, json={"access_token": "t"})
        return answer(request)

    return AirflowApi(ConnectionInfo(host="http://airflow"), httpx.MockTransport(reply))


@pytest.mark.parametrize(
    "answer,levels,found",
    [
        (
            httpx.Response(200, json={"is_paused": False}),
            [Level.OK, Level.OK, Level.OK],
            "is not paused",
        ),
        (
            httpx.Response(200, json={"is_paused": True}),
            [Level.OK, Level.FAIL, Level.OK],
            "is paused: a crashed release stays exposed",
        ),
        (
            httpx.Response(404),
            [Level.OK, Level.FAIL, Level.OK],
            "Airflow has no DAG windlass.watchdog",
        ),
        (
            httpx.Response(403, text="no"),
            [Level.FAIL],
            "Airflow: GET /api/v2/dags/windlass.watchdog: 403 no",
        ),
    ],
)
async def test_the_watchdog_is_asked_after(
    answer: httpx.Response, levels: list[Level], found: str
) -> None:
    findings = await check_watch(api(lambda request: answered(request, answer)))
    assert [finding.level for finding in findings] == levels
    assert found in [finding.found for finding in findings]


def answered(
    request: httpx.Request, about_the_watchdog: httpx.Response, *paused: str
) -> httpx.Response:
    """Page by page, as Airflow answers; a page of two, whatever was asked for."""
    if request.url.path != "/api/v2/dags":
        return about_the_watchdog
    start = int(request.url.params["offset"])
    page = [{"dag_id": name} for name in paused[start : start + 2]]
    return httpx.Response(200, json={"dags": page, "total_entries": len(paused)})


async def test_a_rollback_that_nobody_could_start_is_named() -> None:
    awake = httpx.Response(200, json={"is_paused": False})
    paused = ("shop.emergency", "shop.minor", "till.rollback")
    findings = await check_watch(api(lambda request: answered(request, awake, *paused)))
    assert findings[-1].level is Level.FAIL
    assert findings[-1].found == (
        "paused: shop.emergency, till.rollback; a run of them would stay queued"
    )
    assert findings[-1].fix == (
        "airflow dags unpause shop.emergency; airflow dags unpause till.rollback"
    )


async def test_without_a_connection_to_airflow_the_loss_is_said() -> None:
    (finding,) = await check_watch(None)
    assert finding.level is Level.WARN


def test_what_is_printed_is_never_markup() -> None:
    out = io.StringIO()
    print_findings(Console(file=out, width=200), [Finding(Level.FAIL, "x", "[red]a[/red]", "b")])
    assert "[red]a[/red]" in out.getvalue()
    assert "→ b" in out.getvalue()
    assert "1 to put right" in out.getvalue()
