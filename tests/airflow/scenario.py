"""Tests that are played side by side on one Airflow."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

import pytest

from tests.airflow.stage import Scenario, Stage


def after_the_others(product: str) -> Callable[[Scenario], Scenario]:
    """A test that kills or stops a part of Airflow: played alone on it, when the rest is over."""

    def decorate(scenario: Scenario) -> Scenario:
        return pytest.mark.disturbing(beside_the_others(product)(scenario))

    return decorate


def beside_the_others(product: str) -> Callable[[Scenario], Scenario]:
    """A test of a product of its own: played from the moment Airflow is up, looked at in its turn.

    It must not disturb the others.
    """

    def decorate(scenario: Scenario) -> Scenario:
        @pytest.mark.product(product, scenario)
        @wraps(scenario)
        def played(stage: Stage) -> None:
            stage.end_of(scenario)

        return played

    return decorate
