"""Airflow DAGs of the storefront."""

from __future__ import annotations

from windlass.factory import release_dags

globals().update(release_dags(__file__, "../include/products/storefront.yaml"))
