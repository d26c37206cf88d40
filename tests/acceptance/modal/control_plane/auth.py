"""Who calls: token headers for callers, a short-lived token for the input plane."""

import base64
import hashlib
import hmac
import json
import re
import secrets
import time
from collections.abc import Mapping
from enum import Enum

from .errors import invalid, unauthenticated


class Plane(Enum):
    """Where a request came in."""

    CONTROL = "control"
    INPUT = "input"
    #: a container's own socket: whoever speaks there is that container
    CONTAINER = "container"


#: the secret of every token that ends
ENDING_SECRET = "as-until"


def expiry(token_id: str) -> int | None:
    """When a token ends: `ak-until-1800000000` at that second, others never."""
    ending = re.fullmatch(r"ak-until-(\d+)", token_id)
    return int(ending[1]) if ending else None


def encode_segment(data: bytes) -> str:
    """Base64 as JSON Web Tokens have it."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode_segment(text: str) -> bytes:
    """The other way."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Credentials:
    """The accepted tokens, and the short-lived ones made from them."""

    def __init__(self, tokens: dict[str, str], lifetime_seconds: float) -> None:
        self.tokens = tokens
        self.lifetime_seconds = lifetime_seconds
        self._key = secrets.token_bytes(32)

    def check_caller(self, plane: Plane, metadata: Mapping[str, str]) -> str:
        """The caller's token id, or the refusal."""
        if plane is Plane.CONTAINER:
            return ""
        for name in ("x-modal-client-type", "x-modal-client-version"):
            if not metadata.get(name):
                words = name.removeprefix("x-modal-").replace("-", " ").capitalize()
                raise invalid(f"{words} is required")
        token_id = metadata.get("x-modal-token-id", "")
        token_secret = metadata.get("x-modal-token-secret", "")
        if not token_id.startswith("ak-"):
            raise unauthenticated("Token ID is malformed")
        if not token_secret.startswith("as-"):
            raise unauthenticated("Token secret is malformed")
        expires_at = expiry(token_id)
        expected = self.tokens.get(token_id) if expires_at is None else ENDING_SECRET
        if expected is None or not hmac.compare_digest(expected, token_secret):
            raise unauthenticated("Token ID or secret is not valid")
        if expires_at is not None and expires_at < time.time():
            raise unauthenticated("Token has expired")
        if plane is Plane.INPUT:
            self._check_auth_token(metadata.get("x-modal-auth-token", ""))
        return token_id

    def auth_token(self, token_id: str) -> str:
        """A JSON Web Token for the input plane, signed with a key of this run."""
        now = time.time()
        header = {"alg": "HS256", "typ": "JWT"}
        claims = {"sub": token_id, "iat": int(now), "exp": int(now + self.lifetime_seconds)}
        signed = ".".join(encode_segment(json.dumps(part).encode()) for part in (header, claims))
        return f"{signed}.{self._signature(signed)}"

    def _signature(self, signed: str) -> str:
        return encode_segment(hmac.digest(self._key, signed.encode(), hashlib.sha256))

    def _check_auth_token(self, token: str) -> None:
        if not token:
            raise unauthenticated("Auth token is required")
        signed, _, signature = token.rpartition(".")
        if not hmac.compare_digest(self._signature(signed), signature):
            raise unauthenticated("Auth token is not valid")
        claims = json.loads(decode_segment(signed.split(".")[1]))
        if claims["exp"] < time.time():
            raise unauthenticated("Auth token is expired")
