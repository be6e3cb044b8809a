"""``ReadyTrigger``: tells Airflow, once, that a product's development is complete.

It watches the tracker or source control for the asset ``windlass://PRODUCT/ready``. All it needs is
in its arguments and in the connections: the triggerer does not see the product's file.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

from airflow.triggers.base import BaseEventTrigger, TriggerEvent

from windlass.adapters.registry import build
from windlass.connections import configured_ledger, connect
from windlass.errors import WindlassError
from windlass.tasks.completion import Completion, already_started, milestone_done, ref_moved

LOG = logging.getLogger(__name__)


class ReadyTrigger(BaseEventTrigger):
    """Fires for each completion for which no release was started yet.

    Args:
        product: whose development.
        port: ``tracker`` or ``source_control``.
        vendor, settings: its adapter, as the product's file has it; plain JSON.
        root: where relative paths start.
        name: the milestone, or the branch or tag.
        every: seconds between two looks.
    """

    def __init__(
        self,
        *,
        product: str,
        port: str,
        vendor: str,
        settings: Mapping[str, Any],
        root: str,
        name: str,
        every: float = 60.0,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # Airflow's has no hints
        self.product, self.port, self.vendor = product, port, vendor
        self.settings, self.root, self.name, self.every = dict(settings), root, name, every

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Everything that a restarted triggerer needs."""
        return (
            "windlass.triggers.ready.ReadyTrigger",
            {
                "product": self.product,
                "port": self.port,
                "vendor": self.vendor,
                "settings": self.settings,
                "root": self.root,
                "name": self.name,
                "every": self.every,
            },
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Yield an event per completion, for as long as the product has ``ready:``."""
        fired: str | None = None
        while True:
            found = await asyncio.to_thread(self.look)
            if found is not None and found.marker != fired:
                fired = found.marker
                yield TriggerEvent({"completion": found.marker, "text": found.text})  # type: ignore[no-untyped-call] # as above
            await asyncio.sleep(self.every)

    def look(self) -> Completion | None:
        """One look; what cannot be asked now is asked again at the next one."""
        try:
            found = asyncio.run(self._found())
            if found is None or already_started(configured_ledger(), self.product, found):
                return None
        except WindlassError as problem:
            LOG.warning("cannot tell whether %s is ready: %s", self.product, problem)
            return None
        return found

    async def _found(self) -> Completion | None:
        root = Path(self.root or ".")
        adapter = build(self.port, self.vendor, self.settings, root=root, connect=connect)
        if self.port == "tracker":
            return await milestone_done(adapter, self.name)
        return await ref_moved(adapter, self.name)
