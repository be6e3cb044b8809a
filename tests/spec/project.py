"""A project in a temporary folder: what people would write."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from windlass.spec.loader import Read, load_product, read_product
from windlass.spec.product import Product

PEOPLE = """
people:
  mia: {airflow: mia, git: mia@shop.example}
  dev: {airflow: dev, git: dev@shop.example}
  ops: {airflow: ops}
roles: {product_manager: mia, developer: dev, devops: ops, qa_engineer: dev, stakeholder: mia}
"""
SHOP = """
product: shop
vendors:
  source_control: {git: {repository: shop.git}}
  deployments: {processes: {fleet: fleet.json}}
environments:
  - staging: {live: no}
  - production: {live: yes}
"""


class Project:
    """Writes files below ``include/`` and reads products from there."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.write("teams.yaml", PEOPLE)

    def write(self, name: str, text: str) -> Path:
        """Write ``include/<name>``; a blank first line and common indents are taken off."""
        path = self.root / "include" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
        return path

    def read(self, text: str = SHOP, name: str = "shop") -> Read:
        """What reading a product of this text gives."""
        return read_product(self.write(f"products/{name}.yaml", text))

    def load(self, text: str = SHOP, name: str = "shop") -> Product:
        """The product of this text."""
        return load_product(self.write(f"products/{name}.yaml", text))

    def problems(self, text: str, name: str = "shop") -> list[str]:
        """The problems of this text, without the file's name where it is the product's own."""
        found = self.read(text, name).problems
        return [problem.removeprefix(f"include/products/{name}.yaml:") for problem in found]
