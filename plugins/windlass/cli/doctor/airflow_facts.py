"""What the Airflow of this environment is and how it is set; read once, judged elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec


@dataclass(frozen=True, slots=True)
class AirflowFacts:
    """Settings by Airflow's own names.

    Attributes:
        users: of the simple auth manager; None where another one keeps them.
        plugins: how often the plugin ``windlass`` is registered.
        plugin_errors: file or module → why it could not be loaded.
    """

    version: str
    executor: str
    auth_manager: str
    users: frozenset[str] | None
    all_admins: bool
    base_url: str
    default_timezone: str
    heartbeat_timeout: int
    retry_delay: int
    plugins: int = 1
    plugin_errors: Mapping[str, str] = field(default_factory=dict)


def read_airflow() -> AirflowFacts | None:
    """The facts; None where Airflow is not installed."""
    if find_spec("airflow") is None:
        return None
    import airflow
    from airflow import plugins_manager
    from airflow.configuration import conf

    manager = conf.get("core", "auth_manager", fallback="")
    simple = manager.endswith("SimpleAuthManager")
    users = conf.get("core", "simple_auth_manager_users", fallback="")
    names = [plugin["name"] for plugin in plugins_manager.get_plugin_info()]
    return AirflowFacts(
        version=airflow.__version__,
        executor=conf.get("core", "executor"),
        auth_manager=manager,
        users=frozenset(user.partition(":")[0].strip() for user in users.split(","))
        if simple
        else None,
        all_admins=simple
        and conf.getboolean("core", "simple_auth_manager_all_admins", fallback=False),
        base_url=conf.get("api", "base_url", fallback="") or "",
        default_timezone=conf.get("core", "default_timezone", fallback="utc"),
        heartbeat_timeout=conf.getint("scheduler", "task_instance_heartbeat_timeout", fallback=300),
        retry_delay=conf.getint("core", "default_task_retry_delay", fallback=300),
        plugins=names.count("windlass"),
        plugin_errors=plugins_manager.get_import_errors(),
    )
