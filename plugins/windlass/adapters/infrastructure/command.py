"""Infrastructure as code by a command that plans and applies nothing.

``plan`` may hold ``{environment}``, ``{region}`` and ``{target}``. It exits 0 when nothing would
change and 2 when something would; ``terraform plan -detailed-exitcode`` does.
"""

from __future__ import annotations

from pathlib import Path

from windlass.adapters.command_words import place_values
from windlass.adapters.drift_command import drift
from windlass.ports.connection import Connect
from windlass.ports.environments import Drift
from windlass.spec.vendors import PlanApplySettings


class CommandInfrastructure:
    """Asks by running ``plan``."""

    def __init__(
        self,
        settings: PlanApplySettings,
        *,
        root: Path,
        connect: Connect,  # noqa: ARG002 - every adapter is made the same way
    ) -> None:
        self._words = settings.plan
        self._cwd = root / settings.cwd

    async def drift(self, environment: str) -> Drift:
        """See the port; ``environment`` may be a target, ``production/eu-west``."""
        return await drift(self._words, place_values(environment), self._cwd)
