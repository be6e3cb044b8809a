"""Signed heads: an Ed25519 signature over "stream, seq, hash".

A chain of hashes shows that nothing inside it was changed; only a head kept elsewhere shows that
nothing was cut off its end. Heads are signed on every append when a key is configured, and put
into reports and exports, where whoever holds the database cannot reach them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from windlass.errors import InputError
from windlass.ledger.canonical import JSON, canonical


@dataclass(frozen=True, slots=True)
class SignedHead:
    """Signed: stream ``stream`` had ``seq`` events and the last one's hash was ``hash``.

    ``key_id`` is the start of the SHA-256 of the public key; ``signature`` is hexadecimal.
    """

    stream: str
    seq: int
    hash: str
    key_id: str
    signature: str

    def as_json(self) -> dict[str, JSON]:
        """The head as JSON, for reports and exports."""
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_json(cls, data: Mapping[str, JSON]) -> SignedHead:
        """The head that :meth:`as_json` wrote; InputError when it is something else."""
        try:
            return cls(
                str(data["stream"]),
                int(data["seq"]),
                str(data["hash"]),
                str(data["key_id"]),
                str(data["signature"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"not a signed head: {error!r}") from error


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key that signs heads."""

    key: Ed25519PrivateKey

    @classmethod
    def from_file(cls, path: Path) -> Signer:
        """Read an unencrypted PEM file (``openssl genpkey -algorithm ed25519``)."""
        try:
            key = load_pem_private_key(path.read_bytes(), password=None)
        except (OSError, TypeError, ValueError) as error:
            raise InputError(f"ledger signing key {path}: {error}") from error
        if not isinstance(key, Ed25519PrivateKey):
            raise InputError(f"ledger signing key {path}: must be an Ed25519 private key")
        return cls(key)

    @classmethod
    def generate(cls) -> Signer:
        """A new key."""
        return cls(Ed25519PrivateKey.generate())

    def pem(self) -> str:
        """The private key as PEM text, to be kept in a file only the ledger's processes read."""
        form = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return self.key.private_bytes(*form).decode()

    def public_pem(self) -> str:
        """The public key as PEM text, for whoever verifies."""
        form = (Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return self.key.public_key().public_bytes(*form).decode()


def sign_head(signer: Signer, stream: str, seq: int, head_hash: str) -> SignedHead:
    """Sign "``stream`` stands at ``seq`` with ``head_hash``"."""
    signature = signer.key.sign(_statement(stream, seq, head_hash)).hex()
    return SignedHead(stream, seq, head_hash, key_id(signer.key.public_key()), signature)


def signature_problem(head: SignedHead, public_pem: str) -> str | None:
    """Why the signature of ``head`` does not hold under the public key; None when it does."""
    key = _public_key(public_pem)
    if head.key_id != key_id(key):
        return f"signed with key {head.key_id}, not with the key given ({key_id(key)})"
    try:
        key.verify(bytes.fromhex(head.signature), _statement(head.stream, head.seq, head.hash))
    except (InvalidSignature, ValueError):
        return f"the signature of the head at {head.seq} does not hold"
    return None


def key_id(key: Ed25519PublicKey) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of the raw public key."""
    return hashlib.sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:16]


def _public_key(pem: str) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key(pem.encode())
    except ValueError as error:
        raise InputError(f"ledger public key: {error}") from error
    if not isinstance(key, Ed25519PublicKey):
        raise InputError("ledger public key: must be an Ed25519 public key in PEM form")
    return key


def _statement(stream: str, seq: int, head_hash: str) -> bytes:
    statement = {"windlass-head": 1, "stream": stream, "seq": seq, "hash": head_hash}
    return canonical(statement).encode()
