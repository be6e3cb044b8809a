"""A shop with a feature flag of its own in each region, in real files that flagd would serve."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.tasks.world import World
from windlass.adapters.registry import build
from windlass.ports.flags import FlagState

EU, US = "production/eu", "production/us"
CART_EU, CART_US = "production/eu+new-cart", "production/us+new-cart"
AT = "execution.production.eu.new-cart"
#: Percent of users that are staff: the shop knows, Windlass does not.
STAFF = 2.0
NEW_CART = {"state": "ENABLED", "variants": {"on": True, "off": False}, "defaultVariant": "off"}
FLAGGED: Mapping[str, Any] = {
    "vendors": {"flags": {"flagd": {"path": "flags-{environment}-{region}.json"}}},
    "rollout": {"later_steps": [10, 100]},
    "audiences": ["staff"],
    "flags": {"new-cart": {"steps": ["staff", 50, 100]}},
}


def with_flags(make: Any, *, guard: Mapping[str, Any] | None = None, **changes: Any) -> World:
    """The plain world whose shop may ramp ``new-cart``, which is off everywhere."""
    cart = {**FLAGGED["flags"]["new-cart"], **({"guard": guard} if guard else {})}
    world: World = make({**FLAGGED, "flags": {"new-cart": cart}, **changes})
    define_flags(world)
    return world


def define_flags(world: World) -> None:
    """The developers' part: ``new-cart`` is there, off, and the metrics tell its users apart."""
    for place in (EU, US):
        path = world.root / f"flags-{place.replace('/', '-')}.json"
        path.write_text(json.dumps({"flags": {"new-cart": NEW_CART}}))
    world.metrics.flags = lambda target, label: on_and_off(world, target, label)


def flags(world: World) -> Any:
    """The flags of the shop, as anybody may read and set them."""
    settings = world.product.vendors["flags"][0].settings
    return build("flags", "flagd", settings, root=world.root, connect=lambda name: None)


def flag(world: World, place: str = EU) -> FlagState:
    """``new-cart`` there, as flagd's file has it."""
    state: FlagState = flags(world)._read(place, "new-cart")
    return state


def on_and_off(world: World, place: str, label: str) -> dict[str, float]:
    """How many percent of the users there have the flag whose label this is."""
    assert label == "new_cart"
    state = flag(world, place)
    staff = STAFF if "staff" in state.audiences else 0.0
    on = max(state.percent, staff) if state.on else 0.0
    return {name: share for name, share in (("on", on), ("off", 100.0 - on)) if share}
