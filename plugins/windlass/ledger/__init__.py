"""The ledger: append-only events, effects that happen once, claims; and proofs of all three.

Names are imported when they are first used: verifying an export needs no database library.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from windlass.ledger.chain import Verification
    from windlass.ledger.claims import Claim, Claims, Preemption
    from windlass.ledger.documents import Document, Documents
    from windlass.ledger.effect_rules import EffectRow, EffectState, Idempotency
    from windlass.ledger.effect_store import ExposureClosed
    from windlass.ledger.effects import (
        Absent,
        EffectBusyUntil,
        Effects,
        Finding,
        Found,
        ReleaseEffects,
        Unknown,
    )
    from windlass.ledger.event import Event, Head, StreamInfo
    from windlass.ledger.export import verify_export
    from windlass.ledger.identity import Identity, this_host
    from windlass.ledger.ledger import Ledger, open_ledger
    from windlass.ledger.signing import SignedHead, Signer

_HOME = {
    "Absent": "effects",
    "Claim": "claims",
    "Claims": "claims",
    "Document": "documents",
    "Documents": "documents",
    "EffectBusyUntil": "effects",
    "EffectRow": "effect_rules",
    "EffectState": "effect_rules",
    "Effects": "effects",
    "Event": "event",
    "ExposureClosed": "effect_store",
    "Finding": "effects",
    "Found": "effects",
    "Head": "event",
    "Idempotency": "effect_rules",
    "Identity": "identity",
    "Ledger": "ledger",
    "Preemption": "claims",
    "ReleaseEffects": "effects",
    "SignedHead": "signing",
    "Signer": "signing",
    "StreamInfo": "event",
    "Unknown": "effects",
    "Verification": "chain",
    "open_ledger": "ledger",
    "this_host": "identity",
    "verify_export": "export",
}

__all__ = [
    "Absent",
    "Claim",
    "Claims",
    "Document",
    "Documents",
    "EffectBusyUntil",
    "EffectRow",
    "EffectState",
    "Effects",
    "Event",
    "ExposureClosed",
    "Finding",
    "Found",
    "Head",
    "Idempotency",
    "Identity",
    "Ledger",
    "Preemption",
    "ReleaseEffects",
    "SignedHead",
    "Signer",
    "StreamInfo",
    "Unknown",
    "Verification",
    "open_ledger",
    "this_host",
    "verify_export",
]


def __getattr__(name: str) -> Any:  # whatever is called that
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    return getattr(import_module(f"{__name__}.{home}"), name)
