"""YAML → DAGs. A product's DAG file is three lines::

    \"\"\"Airflow DAGs of the storefront.\"\"\"
    from windlass.factory import release_dags
    globals().update(release_dags(__file__, "../include/products/storefront.yaml"))
"""

from __future__ import annotations

from windlass.factory.release_dags import release_dags

__all__ = ["release_dags"]
