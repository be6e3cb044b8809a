"""The watchdog's DAG: every minute, one run at a time, no product in it."""

from __future__ import annotations

from datetime import timedelta

import pendulum
from airflow.sdk import DAG, DeltaTriggerTimetable

from windlass.operators.watchdog import WatchdogOperator


def watchdog_dag(*, every: timedelta = timedelta(minutes=1), patience_seconds: float = 60.0) -> DAG:
    """The DAG ``windlass.watchdog``.

    Args:
        every: between two looks.
        patience_seconds: how long a release's own tasks are given before the watchdog acts.
    """
    with DAG(
        dag_id="windlass.watchdog",
        dag_display_name="Windlass watchdog",
        description="Settles what a crash, a pause or a broken file left half exposed.",
        schedule=DeltaTriggerTimetable(every),
        start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
        catchup=False,
        max_active_runs=1,
        is_paused_upon_creation=False,
        tags=["windlass"],
    ) as dag:
        WatchdogOperator(
            task_id="look_after_every_release",
            task_display_name="Look after every release",
            patience_seconds=patience_seconds,
            retries=0,
            priority_weight=100,
            weight_rule="absolute",
        )
    return dag
