"""docker-compose.yaml is the distributed shape, with the settings a release needs."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
AIRFLOW = {name: one for name, one in SERVICES.items() if name not in {"postgres", "redis"}}


def airflow_options() -> dict[str, Any]:
    """Airflow's own list of settings, read as a file: Airflow is not imported."""
    spec = find_spec("airflow")
    assert spec is not None
    assert spec.origin is not None
    path = Path(spec.origin).parent / "config_templates" / "config.yml"
    sections: dict[str, Any] = yaml.safe_load(path.read_text())
    return sections


def test_the_shape_has_what_survives_the_loss_of_one_process() -> None:
    commands = [one.get("command") for one in AIRFLOW.values()]
    assert commands.count("triggerer") == 2
    assert SERVICES["worker"]["deploy"]["replicas"] >= 2
    assert {"api-server", "scheduler", "dag-processor"} <= set(SERVICES)


@pytest.mark.parametrize("name", sorted(AIRFLOW))
def test_every_process_uses_the_same_ledger(name: str) -> None:
    url = AIRFLOW[name]["environment"]["WINDLASS_LEDGER_URL"]
    assert url.startswith("postgresql+psycopg://")
    assert url == AIRFLOW["scheduler"]["environment"]["WINDLASS_LEDGER_URL"]


def test_a_dead_worker_is_noticed_within_a_minute() -> None:
    seconds = AIRFLOW["scheduler"]["environment"][
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT"
    ]
    assert 30 <= int(seconds) <= 60


def test_every_airflow_setting_in_it_exists() -> None:
    """A misspelt variable would be ignored in silence. Celery's options are its provider's."""
    known = airflow_options()
    unknown = [
        variable
        for one in AIRFLOW.values()
        for variable in one["environment"]
        if (found := re.fullmatch(r"AIRFLOW__([A-Z_]+?)__(\w+)", variable))
        and found[1] != "CELERY"
        and found[2].lower() not in known.get(found[1].lower(), {}).get("options", {})
    ]
    assert not unknown


def test_no_secret_is_written_in_it_or_has_a_default() -> None:
    text = (ROOT / "docker-compose.yaml").read_text()
    names = set(re.findall(r"\$\{(\w*(?:PASSWORD|KEY|SECRET)\w*)", text))
    assert len(names) == 6
    for name in names:
        assert re.search(rf"\$\{{{name}:\?", text), f"{name} is not required"
        assert not re.search(rf"\$\{{{name}:?-", text), f"{name} has a default"


def test_the_operations_page_writes_every_secret_that_it_needs() -> None:
    text = (ROOT / "docker-compose.yaml").read_text()
    page = (ROOT / "docs" / "operations.md").read_text()
    for name in set(re.findall(r"\$\{(\w+):\?", text)):
        assert name in page


def test_ports_are_open_on_this_machine_only() -> None:
    ports = [port for one in SERVICES.values() for port in one.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)
