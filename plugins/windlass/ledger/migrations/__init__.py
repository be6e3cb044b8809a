"""How the ledger's schema came to be."""

from __future__ import annotations
