"""Keyed hashes of personal values: HMAC-SHA256 under a secret of the environment, the same in SQL and in Python.

Who has the hashes, and not the secret, can neither tell a value from its hash nor try values that are likely.
"""

import hashlib
import hmac
import os
from collections.abc import Callable
from typing import NamedTuple

VARIABLE = "DATAOPS_PSEUDONYM_KEY"
LEAST = 32
"""Characters that the secret has at least."""

_BLOCK = 64  # bytes; https://www.rfc-editor.org/rfc/rfc2104


class NoPseudonymKey(ValueError):
    """The secret is not set, or too short to be one; it is not shown."""


class Pads(NamedTuple):
    """The two blocks that HMAC puts before what it hashes, made of the secret; as secret as that."""

    inner: bytes
    outer: bytes


def _secret() -> bytes:
    value = os.environ.get(VARIABLE, "").strip()
    if len(value) < LEAST:
        what = f"has fewer than {LEAST} characters" if value else "is not set"
        raise NoPseudonymKey(
            f"{VARIABLE} {what}: personal data are hashed with this secret; make one with: openssl rand -hex 32, keep "
            "it where other secrets are, and give it to every process that publishes or erases"
        )
    return value.encode()


def pads() -> Pads:
    """Of the secret; raises NoPseudonymKey."""
    secret = _secret()
    block = (hashlib.sha256(secret).digest() if len(secret) > _BLOCK else secret).ljust(_BLOCK, b"\0")
    return Pads(bytes(byte ^ 0x36 for byte in block), bytes(byte ^ 0x5C for byte in block))


def hasher() -> Callable[[str], str]:
    """What gives the keyed hash of a text, in hexadecimal digits; raises NoPseudonymKey."""
    keyed = hmac.new(_secret(), digestmod=hashlib.sha256)

    def hashed(value: str) -> str:
        each = keyed.copy()
        each.update(value.encode("utf-8", "surrogatepass"))
        return each.hexdigest()

    return hashed


def fingerprint() -> str:
    """By which two processes know that they have the same secret; raises NoPseudonymKey."""
    return hasher()("dataops: which secret is it?")[:16]
