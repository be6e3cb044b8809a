"""The kill switch: a person turns a feature flag off at once, whatever is frozen or under way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from windlass.errors import InputError, WindlassError
from windlass.ports.flags import Flags, FlagState
from windlass.spec.suggest import allowed, did_you_mean

if TYPE_CHECKING:
    from windlass.ledger import Event, Ledger
    from windlass.spec.product import Product

#: Seconds reading and setting a flag may take, where the adapter declares nothing.
DEADLINE = 60.0


def flags_stream(product: str) -> str:
    """Where what people did to a product's flags is written, outside of any release."""
    return f"flags/{product}"


async def kill(
    ledger: Ledger,
    flags: Flags,
    product: Product,
    flag: str,
    *,
    environment: str | None,
    by: str,
    reason: str,
    clock: Callable[[], datetime],
) -> dict[str, FlagState | None]:
    """Turn ``flag`` off for everybody. Returns what it was before, by environment or region.

    No window, freeze, hold or stopped line is asked, and nobody else's call is waited for. The act
    is written down before the flag is touched, and a release that ramps the flag goes back when it
    reads that. One place that refuses does not keep the flag on in the others.

    Args:
        environment: only there; None: in every live one.

    Raises:
        InputError: no reason, no such environment, or ``by`` holds no role in the product.
        RefusedByVendor: there is no such flag.
    """
    _check(product, by, reason)
    stream = flags_stream(product.product)
    what = {"product": product.product, "flag": flag, "reason": reason}
    before: dict[str, FlagState | None] = {}
    refused: list[WindlassError] = []
    for name in _places(product, environment):
        try:
            data = {**what, "environment": name.partition("/")[0], "target": name}
            act = ledger.append(stream, "flag.killed", data, at=clock(), by=by)
            before[name] = await _turn_off(ledger, flags, act, clock)
        except WindlassError as problem:  # it goes off elsewhere first
            refused.append(problem)
    if refused:
        raise refused[0]
    return before


async def _turn_off(
    ledger: Ledger, flags: Flags, act: Event, clock: Callable[[], datetime]
) -> FlagState | None:
    target, flag = str(act.data["target"]), str(act.data["flag"])
    head = ledger.head(act.stream)
    effects = ledger.effects(act.stream, token=head.token if head else 1, clock=clock)
    before = await flags.read(target, flag)

    async def read() -> Any:
        state = await flags.read(target, flag)
        return None if state is None else {"on": state.on}

    async def write(_current: Any) -> None:
        await flags.set(target, flag, FlagState(on=False))

    await effects.converge(
        f"kill-{act.seq}/{target}/{flag}",
        kind="flags.set",
        read=read,
        write=write,
        want={"on": False},
        deadline=float(getattr(flags, "deadline", DEADLINE)),
        visible_within=float(getattr(flags, "visible_within", 0.0)),
    )
    return before


def _check(product: Product, by: str, reason: str) -> None:
    if not reason.strip():
        raise InputError("killing a flag needs a reason")
    if not any(by in product.holders(role) for role in product.roles):
        roles = ", ".join(product.roles)
        raise InputError(f"{by} may not kill flags of {product.product}; who holds one of: {roles}")


def _places(product: Product, environment: str | None) -> list[str]:
    """Every place that has flags of its own: an environment, or each region of it."""
    known = [each.name for each in product.environments]
    if environment is not None and environment not in known:
        hint = f"{allowed(known)}{did_you_mean(environment, known)}"
        raise InputError(f"{product.product} has no environment {environment!r}{hint}")
    return [
        f"{each.name}/{region}" if region else each.name
        for each in product.environments
        if each.name == environment or (environment is None and each.live)
        for region in [one.name for one in each.regions] or [""]
    ]
