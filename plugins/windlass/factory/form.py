"""The trigger form: flat, all optional for scheduled DAGs, checked again when the release opens."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from airflow.sdk import Param
from airflow.sdk.definitions.param import ParamsDict

from windlass.plan.inputs import REASONS
from windlass.spec.product import Product

SEMVER = r"^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?$"
REF = r"^[A-Za-z0-9][A-Za-z0-9._/-]*$"


def form(product: Product, release_type: str) -> ParamsDict:
    """The parameters of a DAG, as Airflow's trigger form shows them."""
    fields = {
        "reason": _text("Why", "Every release that a person starts says why.", among=REASONS),
        "note": _text("In a sentence", maxLength=2000),
        "version": _text(
            "Version", "MAJOR.MINOR.PATCH; empty: worked out from the commits.", pattern=SEMVER
        ),
        "ref": _text("Branch, tag or commit", "Empty: the product's main branch.", pattern=REF),
        "incident": _text("Incident"),
        "day_0": _text(
            "Day 0",
            "An instant with its zone, as for a launch; next: the first window after the lead "
            "time; empty: as soon as it is ready and a window fits.",
        ),
        "captain": _text("Captain", "Who gets the questions.", among=sorted(product.people)),
        "regions": Param(
            None, type=["null", "array"], items={"type": "string"}, title="Only these regions"
        ),
        **_flags(product, release_type),
        "dry_run": Param(
            default=False,
            type="boolean",
            title="Dry run",
            description="Everything is decided and nothing is done.",
        ),
    }
    if release_type == "rollback":
        fields["to_version"] = _text(
            "Back to version", "Empty: the last good one of each region.", pattern=SEMVER
        )
        fields["from_version"] = _text(
            "Take out version", "Only where it is live; empty: whatever is.", pattern=SEMVER
        )
    return ParamsDict(fields)


def _flags(product: Product, release_type: str) -> dict[str, Param]:
    """The feature flags to choose from, where the release can ramp any."""
    policy = product.policy(release_type)
    if not product.flags or policy.preempts:
        return {}
    needed = policy.ships == "flags"
    told = "At least one." if needed else "Each ramps where the code is live; empty: none."
    return {
        "flags": Param(
            None,
            type=["null", "array"],
            items={"type": "string", "enum": sorted(product.flags)},
            title="Flags to ramp",
            description=told,
        )
    }


def _text(title: str, description: str = "", *, among: Iterable[str] = (), **rules: Any) -> Param:
    """A text that may be left empty; ``rules`` are JSON Schema's."""
    if choices := [*among]:
        rules["enum"] = [None, *choices]
    if description:
        rules["description"] = description
    return Param(None, type=["null", "string"], title=title, **rules)
