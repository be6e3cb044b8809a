"""The trigger form: flat, all optional for scheduled DAGs, checked again when the release opens."""

from __future__ import annotations

from airflow.sdk import Param
from airflow.sdk.definitions.param import ParamsDict

from windlass.plan.inputs import REASONS
from windlass.spec.product import Product

SEMVER = r"^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?$"
REF = r"^[A-Za-z0-9][A-Za-z0-9._/-]*$"


def form(product: Product, release_type: str) -> ParamsDict:
    """The parameters of a DAG, as Airflow's trigger form shows them."""
    fields = {
        "reason": Param(
            None,
            type=["null", "string"],
            enum=[None, *REASONS],
            title="Why",
            description="Every release that a person starts says why.",
        ),
        "note": Param(None, type=["null", "string"], title="In a sentence", maxLength=2000),
        "version": Param(
            None,
            type=["null", "string"],
            pattern=SEMVER,
            title="Version",
            description="MAJOR.MINOR.PATCH; empty: worked out from the commits.",
        ),
        "ref": Param(
            None,
            type=["null", "string"],
            pattern=REF,
            title="Branch, tag or commit",
            description="Empty: the product's main branch.",
        ),
        "incident": Param(None, type=["null", "string"], title="Incident"),
        "day_0": Param(
            None,
            type=["null", "string"],
            title="Day 0",
            description="An instant with its zone, or empty for the next fitting window.",
        ),
        "captain": Param(
            None,
            type=["null", "string"],
            enum=[None, *sorted(product.people)],
            title="Captain",
            description="Who gets the questions.",
        ),
        "regions": Param(
            None, type=["null", "array"], items={"type": "string"}, title="Only these regions"
        ),
        "dry_run": Param(
            default=False,
            type="boolean",
            title="Dry run",
            description="Everything is decided and nothing is done.",
        ),
    }
    if release_type == "rollback":
        fields["to_version"] = Param(
            None,
            type=["null", "string"],
            pattern=SEMVER,
            title="Back to version",
            description="Empty: the last good one of each region.",
        )
    return ParamsDict(fields)
