"""A small product whose users have a feature flag, in files that flagd would serve.

Its only release type of its own has no gates, so that a release is in production within seconds.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.airflow.counters import Counters
from tests.airflow.small import TARGETS, Small, file_of
from tests.airflow.stalling import BARE
from windlass.adapters.flags.flagd import FlagdFlags
from windlass.ports.flags import FlagState
from windlass.spec.vendors import FlagdSettings

FLAG, LABEL = "new-cart", "new_cart"
#: Percent of users that are staff: the product knows, Windlass does not.
STAFF = 10.0
OTHERS = "  incidents: {folder:"
FLAGGED = """\
audiences: [staff]
flags:
  new-cart: {steps: [staff, 100], bake: {time: 4 s, requests: 50, longest: 2 min}}
"""
#: Long enough for two looks by whatever process takes them: of one nothing can be counted.
MONITORED = "  flag: {follow_up: {monitor: 15 s, interval: 1 s}}\n"
DEFINED = {"state": "ENABLED", "variants": {"on": True, "off": False}, "defaultVariant": "off"}


@dataclass(slots=True)
class Flagged(Small):
    """``errors-on`` in its state folder is the rate of errors of whoever has the flag."""

    kind: str = "bare"

    @property
    def conf(self) -> Mapping[str, object]:
        """Its first release ramps the flag behind the code."""
        return {"flags": [FLAG]}

    @property
    def _pattern(self) -> str:
        return f"{self.root}/state/flags-{{environment}}-{{region}}.json"

    def flag(self, target: str) -> FlagState:
        """The flag at a target, as anybody may read it."""
        settings = FlagdSettings(path=self._pattern)
        adapter = FlagdFlags(settings, root=self.root, connect=lambda name: None)
        state = asyncio.run(adapter.read(target, FLAG))
        assert state is not None
        return state

    def text(self, words: dict[str, str]) -> str:
        """See :class:`Small`."""
        text = Small.text(self, words).partition("release_types:\n")[0] + FLAGGED + BARE + MONITORED
        assert OTHERS in text
        return text.replace(OTHERS, f"  flags: {{flagd: {{path: '{self._pattern}'}}}}\n{OTHERS}")

    def make(self, include: Path, dags: Path, counters: Counters | None = None) -> None:
        """See :class:`Small`; the flag is off everywhere."""
        Small.make(self, include, dags, counters)
        for target in TARGETS:
            path = self.root / "state" / f"flags-{file_of(target)}"
            path.write_text(json.dumps({"flags": {FLAG: DEFINED}}))

    def halves(self, target: str) -> Mapping[str, float]:
        """How many percent of a target's users have the flag, and how many have not."""
        state = self.flag(target)
        staff = STAFF if "staff" in state.audiences else 0.0
        on = max(state.percent, staff) if state.on else 0.0
        return {f'{LABEL}="on"': on, f'{LABEL}="off"': 100.0 - on}
