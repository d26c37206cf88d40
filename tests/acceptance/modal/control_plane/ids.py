"""Identifiers in Modal's form: a prefix for the kind, a dash, 22 letters and digits."""

import secrets
import string

_ALPHABET = string.ascii_letters + string.digits


def new_id(prefix: str) -> str:
    """A fresh identifier such as `fc-2XyBv8Yp0aBcDeFgHiJkLm`."""
    return f"{prefix}-" + "".join(secrets.choice(_ALPHABET) for _ in range(22))
