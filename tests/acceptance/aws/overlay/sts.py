"""STS: web identity tokens. What a token may do is asked also when no other policy is enforced."""

from __future__ import annotations

import time
from typing import Any

from ministack.services import iam as ministack_iam
from ministack.services import sts as ministack_sts
from ministack.services.cognito import _decode_id_token_unverified

from overlay.call import Call, Refusal, Response


def _assume_with_web_identity(call: Call) -> Response | None:
    """Issuer, audience, age and trust policy; the signature cannot be checked without a network."""
    role = call.params.get("RoleArn", "")
    try:
        claims: dict[str, Any] = _decode_id_token_unverified(call.params["WebIdentityToken"])
        issuer, audience, expiry = str(claims["iss"]), claims["aud"], float(claims["exp"])
    except (KeyError, TypeError, ValueError):
        raise Refusal(
            "InvalidIdentityToken",
            "The ID Token provided is not a valid JWT. "
            "(You may see this error if you sent an Access Token)",
        ) from None
    account = role.split(":")[4] if role.count(":") >= 5 else call.account
    host = issuer.removeprefix("https://").rstrip("/")
    provider = ministack_iam._oidc_providers.get_scoped(
        account, None, f"arn:aws:iam::{account}:oidc-provider/{host}"
    )
    if provider is None:
        raise Refusal(
            "InvalidIdentityToken", f"No OpenIDConnect provider found in your account for {issuer}"
        )
    audiences = audience if isinstance(audience, list) else [audience]
    if not set(audiences) & set(provider["ClientIDList"]):
        raise Refusal("InvalidIdentityToken", "Incorrect token audience")
    if expiry <= time.time():
        raise Refusal(
            "ExpiredTokenException",
            f"Token expired: current date/time {int(time.time())} must be before the expiration "
            f"date/time {int(expiry)}",
        )
    query = {name: [value] for name, value in call.params.items()}
    denied: Response | None = ministack_sts._web_identity_trust_denied(role, query, False)
    if denied is None:
        _check_duration(call, account, role)
    return denied


def _check_duration(call: Call, account: str, role_arn: str) -> None:
    role = ministack_iam._roles.get_scoped(account, None, role_arn.rpartition("/")[2])
    wanted = int(call.params.get("DurationSeconds") or 3600)
    if role is not None and wanted > int(role["MaxSessionDuration"]):
        raise Refusal(
            "ValidationError",
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        )


BEFORE = {"AssumeRoleWithWebIdentity": _assume_with_web_identity}

AFTER: dict[str, object] = {}
