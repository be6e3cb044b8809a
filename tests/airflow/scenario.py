"""Tests that are played side by side on one Airflow."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

import pytest

from tests.airflow.stage import Scenario, Stage


def on_an_airflow_of_its_own(product: str) -> Callable[[Scenario], Scenario]:
    """A test that kills or stops parts of Airflow; played, like the others, from the beginning."""

    def decorate(scenario: Scenario) -> Scenario:
        def alone(stage: Stage) -> None:
            with stage.beside(product) as own:
                scenario(own)

        @pytest.mark.alone.with_args(alone)  # called with a function alone it would mark that
        @wraps(scenario)
        def played(stage: Stage) -> None:
            stage.end_of(alone)

        return played

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
