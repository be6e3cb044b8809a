"""What a task needs, imported by the process that forks instead of by each of its children.

Airflow starts every task, and every parse of a DAG file, in a fork of its own. What the parent has
imported the child has for nothing; what it has not costs each child a third of a second of CPU.
A process that loads the plugin and never forks (a task that is not ours) imports nothing.
"""

from __future__ import annotations

import os
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import BaseModel

#: Modules that every fork needs and this process does not. Those of the standard provider are what
#: Airflow's serializer asks of each operator whether it is one.
FOR_THE_FORKS = (
    "airflow.providers.standard.operators.trigger_dagrun",
    "airflow.providers.standard.sensors.external_task",
    "airflow.sdk.bases.hook",
    "airflow.sdk.execution_time.cache",
    "windlass.factory",
    "windlass.tasks.opening",
    "windlass.timetables.either",
    "windlass.timetables.sprint",
)


def preload_before_forking() -> None:
    """From now on, the first fork of this process is preceded by :func:`preload`."""
    os.register_at_fork(before=preload)


@cache
def preload() -> None:
    """Import what tasks run on, read what comes with Windlass, build the models' validators."""
    from windlass.spec.layers import RELEASE_TYPES, packaged
    from windlass.spec.model import SpecModel
    from windlass.tasks.registry import ROWS, coroutine

    for name in FOR_THE_FORKS:
        import_module(name)
    for name in RELEASE_TYPES:
        packaged("release_types", name)
    _build(SpecModel)
    for row in ROWS:
        coroutine(row)


def _build(model: type[BaseModel]) -> None:
    """Build what was put off at import: ``defer_build`` keeps the command line quick to start."""
    kinds: list[type[BaseModel]] = model.__subclasses__()
    for kind in kinds:
        kind.model_rebuild()
        _build(kind)
