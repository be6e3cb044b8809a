"""The first version was there before Windlass: take it up, so that it can be gone back to."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from demo.home import Home
from demo.repository import FIRST_VERSION
from windlass.ledger import Ledger
from windlass.ports.deployments import Artifact
from windlass.spec.product import Product
from windlass.tasks.adopting import adopt
from windlass.tasks.ports import Ports

TARGETS = ("staging", "production/eu-west", "production/us-east")


async def adopt_first_version(home: Home, ledger: Ledger, product: Product, ports: Ports) -> None:
    """Write down that every place serves the first version, with its package and commit."""
    package = next(home.artifacts.glob(f"*{FIRST_VERSION}*.tar"))
    manifest = json.loads(package.with_suffix(".json").read_text(encoding="utf-8"))
    artifact = Artifact(FIRST_VERSION, str(package), str(manifest["digest"]))
    sha = await ports.source_control.resolve(f"v{FIRST_VERSION}")
    for target in TARGETS:
        await adopt(
            ledger,
            ports.deployments,
            product=product.product,
            target=target,
            artifact=artifact,
            by="ops",
            reason="it was live before Windlass",
            at=datetime.now(UTC),
            sha=sha,
        )
