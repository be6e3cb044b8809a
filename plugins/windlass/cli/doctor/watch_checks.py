"""Does Airflow's own API answer the connection Windlass has for it, and is the watchdog awake?"""

from __future__ import annotations

from windlass.airflow_api import CONNECTION, AirflowApi
from windlass.cli.doctor.finding import Finding, broken, fine, worse
from windlass.errors import RefusedByVendor, VendorUnavailable

WATCHDOG = "windlass.watchdog"


async def check_watch(api: AirflowApi | None) -> list[Finding]:
    """Two lines, or one where the API cannot be asked.

    Args:
        api: None where the connection is not configured.
    """
    if api is None:
        return [
            worse(
                "Airflow's API",
                f"no connection {CONNECTION}: nothing can be started or cleared by a release, and "
                "the watchdog cannot tell what became of a run",
                f"airflow connections add {CONNECTION} with a user of role Op",
            )
        ]
    try:
        paused = await api.is_paused(WATCHDOG)
    except (RefusedByVendor, VendorUnavailable) as problem:
        return [broken("Airflow's API", str(problem), f"correct the connection {CONNECTION}")]
    answers = fine("Airflow's API", f"answers the connection {CONNECTION}")
    if paused is None:
        fix = "add dags/watchdog.py (windlass init writes one)"
        return [answers, broken("watchdog", f"Airflow has no DAG {WATCHDOG}", fix)]
    if paused:
        fix = f"airflow dags unpause {WATCHDOG}"
        return [answers, broken("watchdog", "is paused: a crashed release stays exposed", fix)]
    return [answers, fine("watchdog", "is not paused")]
