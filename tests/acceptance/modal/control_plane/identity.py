"""`MODAL_IDENTITY_TOKEN`: proves to a cloud which function is running.

The form is that of Modal's guide to OIDC: issuer and audience, the subject's parts, the claims, a
lifetime of 48 hours, an RS256 signature. The key is of this run and made here, since no package
at hand signs with RSA; `jwks` publishes its public half.
"""

import asyncio
import hashlib
import json
import math
import secrets
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from .auth import encode_segment
from .state import Function, Workspace

ISSUER = "https://oidc.modal.com"
AUDIENCE = "oidc.modal.com"
LIFETIME_SECONDS = 172_800

_BITS = 2048
_EXPONENT = 65537
#: the ASN.1 head of a SHA-256 digest in a PKCS #1 v1.5 signature (RFC 8017, 9.2)
_SHA256_HEAD = bytes.fromhex("3031300d060960864801650304020105000420")
_SMALL_PRIMES = [n for n in range(3, 2000, 2) if all(n % d for d in range(3, math.isqrt(n) + 1, 2))]


@dataclass
class _Key:
    modulus: int
    private: int


class Identity:
    """Signs tokens with a key that is made in the background, in some tenths of a second."""

    def __init__(self) -> None:
        self._made: Future[_Key] = Future()
        self._worker: threading.Thread | None = None

    def prepare(self) -> None:
        """Begin to make the key."""
        if self._worker is None:
            self._worker = threading.Thread(target=self._make, daemon=True)
            self._worker.start()

    def _make(self) -> None:
        self._made.set_result(_new_key())

    async def ready(self) -> None:
        """Wait until the key is made."""
        self.prepare()
        await asyncio.wrap_future(self._made)

    def token(self, workspace: Workspace, function: Function, container_id: str) -> str:
        """The token of one container."""
        app = function.app
        parts = {
            "workspace_id": workspace.workspace_id,
            "environment_name": app.environment.name,
            "app_name": app.name,
            "function_name": function.name,
            "container_id": container_id,
        }
        now = int(time.time())
        claims = {
            "sub": "modal:" + ":".join(f"{name}:{value}" for name, value in parts.items()),
            "aud": AUDIENCE,
            "iss": ISSUER,
            "iat": now,
            "exp": now + LIFETIME_SECONDS,
            "jti": secrets.token_hex(16),
            **parts,
            "environment_id": app.environment.environment_id,
            "app_id": app.app_id,
            "function_id": function.function_id,
        }
        header = {"alg": "RS256", "typ": "JWT", "kid": self._kid()}
        signed = ".".join(encode_segment(json.dumps(part).encode()) for part in (header, claims))
        return f"{signed}.{encode_segment(self._sign(signed.encode()))}"

    def jwks(self) -> dict[str, Any]:
        """The public key, as an OIDC issuer publishes it."""
        modulus = self._made.result().modulus.to_bytes(_BITS // 8, "big")
        exponent = _EXPONENT.to_bytes(3, "big")
        return {
            "keys": [
                {
                    "kty": "RSA",
                    "use": "sig",
                    "alg": "RS256",
                    "kid": self._kid(),
                    "n": encode_segment(modulus),
                    "e": encode_segment(exponent),
                }
            ]
        }

    def _kid(self) -> str:
        return hashlib.sha256(str(self._made.result().modulus).encode()).hexdigest()[:16]

    def _sign(self, message: bytes) -> bytes:
        key = self._made.result()
        tail = _SHA256_HEAD + hashlib.sha256(message).digest()
        size = _BITS // 8
        padded = b"\x00\x01" + b"\xff" * (size - len(tail) - 3) + b"\x00" + tail
        signature = pow(int.from_bytes(padded, "big"), key.private, key.modulus)
        return signature.to_bytes(size, "big")


def _new_key() -> _Key:
    while True:
        p, q = _prime(_BITS // 2), _prime(_BITS // 2)
        totient = (p - 1) * (q - 1)
        if p != q and (p * q).bit_length() == _BITS and math.gcd(_EXPONENT, totient) == 1:
            return _Key(p * q, pow(_EXPONENT, -1, totient))


def _prime(bits: int) -> int:
    while True:
        candidate = secrets.randbits(bits) | (3 << (bits - 2)) | 1
        if all(candidate % small for small in _SMALL_PRIMES) and _probably_prime(candidate):
            return candidate


def _probably_prime(number: int) -> bool:
    """Miller-Rabin, eight rounds: ample for numbers picked at random."""
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for _ in range(8):
        value = pow(secrets.randbelow(number - 3) + 2, odd, number)
        if value in (1, number - 1):
            continue
        for _ in range(twos - 1):
            value = value * value % number
            if value == number - 1:
                break
        else:
            return False
    return True
