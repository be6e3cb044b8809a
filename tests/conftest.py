"""What every test shares: how Hypothesis searches."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# A shared machine is slow at random: a deadline would find the machine, not a bug.
settings.register_profile(
    "quick", deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("deep", settings.get_profile("quick"), max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))
