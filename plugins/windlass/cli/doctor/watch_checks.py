"""Does Airflow's own API answer, is the watchdog awake, can people go back?"""

from __future__ import annotations

from windlass.airflow_api import CONNECTION, AirflowApi
from windlass.cli.doctor.finding import Finding, broken, fine, worse
from windlass.errors import RefusedByVendor, VendorUnavailable

WATCHDOG = "windlass.watchdog"


async def check_watch(api: AirflowApi | None) -> list[Finding]:
    """Three lines, or one where the API cannot be asked.

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
        asleep = await api.is_paused(WATCHDOG)
        paused = await api.paused_ways_back()
    except (RefusedByVendor, VendorUnavailable) as problem:
        return [broken("Airflow's API", str(problem), f"correct the connection {CONNECTION}")]
    answers = fine("Airflow's API", f"answers the connection {CONNECTION}")
    return [answers, _watchdog(asleep), _ways_back(paused)]


def _watchdog(asleep: bool | None) -> Finding:
    if asleep is None:
        fix = "add dags/watchdog.py (windlass init writes one)"
        return broken("watchdog", f"Airflow has no DAG {WATCHDOG}", fix)
    if asleep:
        fix = f"airflow dags unpause {WATCHDOG}"
        return broken("watchdog", "is paused: a crashed release stays exposed", fix)
    return fine("watchdog", "is not paused")


def _ways_back(paused: tuple[str, ...]) -> Finding:
    if paused:
        names = ", ".join(paused)
        fix = "; ".join(f"airflow dags unpause {name}" for name in paused)
        return broken("ways back", f"paused: {names}; a run of them would stay queued", fix)
    return fine("ways back", "no rollback and no emergency is paused")
