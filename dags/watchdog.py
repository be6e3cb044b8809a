"""Airflow DAG of the watchdog: it looks after every release, whatever became of its own DAG."""

from __future__ import annotations

from windlass.factory.watchdog import watchdog_dag

dag = watchdog_dag()
