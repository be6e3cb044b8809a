"""YAML → DAGs, by :func:`release_dags`; a product's DAG file is three lines.

The first says what it is, the second imports ``release_dags``, the third is
``globals().update(release_dags(__file__, "../include/products/storefront.yaml"))``.
"""

from __future__ import annotations

from windlass.factory.release_dags import release_dags

__all__ = ["release_dags"]
