"""Who somebody is: one person has a name here, an id in Airflow, an address in git."""

from __future__ import annotations

from windlass.spec.product import Product


def person_called(product: Product, airflow_id: str) -> str:
    """The short name in teams.yaml of an Airflow user; the id itself when nobody has it.

    An id that nobody has holds no role, so nothing it signs will count.
    """
    for name, person in product.people.items():
        if person.airflow == airflow_id:
            return name
    return airflow_id


def author_called(product: Product, address: str) -> str | None:
    """The short name of the author with this git address (``Name <mail>`` or the mail alone)."""
    mail = address.rpartition("<")[2].rstrip("> ").lower()
    for name, person in product.people.items():
        if mail in (known.lower() for known in person.git):
            return name
    return None
