"""Naming the action of a request, as IAM and the call record name it."""

from __future__ import annotations

import re
from typing import Any

from ministack.core import iam_actions
from ministack.core.responses import get_account_id, get_region

# IAM's name where it is not the operation's own.
_LAMBDA_NAMES = {"Invoke": "InvokeFunction", "InvokeWithResponseStream": "InvokeFunction"}

# Every way the Lambda API lets a function be named, down to its name and qualifier:
# https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html
_FUNCTION = re.compile(
    r"(?:arn:aws[a-zA-Z-]*:lambda:)?(?:(?P<region>[a-z]{2}(?:-gov)?-[a-z]+-\d):)?"
    r"(?:(?P<account>\d{12}):)?function:(?P<rest>[a-zA-Z0-9-_]+(?::[a-zA-Z0-9-_$]+)?)"
)


def install() -> None:
    """Lets ministack's policy check use the real operation, not its rough table for Lambda."""
    iam_actions._BOTOCORE_SERVICE_MAP["lambda"] = ["lambda"]
    iam_actions._lambda_action = _lambda_action


def name(
    service: str,
    method: str,
    path: str,
    headers: dict[str, str],
    body: bytes,
    query: dict[str, list[str]],
) -> str | None:
    """`iam:CreateRole`, or None for what is no AWS action."""
    action: Any = iam_actions.extract_iam_action(service, method, path, headers, body, query)
    return action


def _lambda_action(method: str, path: str) -> str | None:
    operation = iam_actions._match_rest_action("lambda", method, path)
    return _LAMBDA_NAMES.get(operation, operation)


def resolve_function_path(path: str) -> str:
    """The path with a function of this account and region named in the short way.

    ministack knows names and full ARNs, but not `123456789012:function:name`.
    """
    parts = path.split("/")
    if len(parts) < 4 or parts[2] != "functions":
        return path
    named = _FUNCTION.fullmatch(parts[3])
    if (
        named
        and named["region"] in (None, get_region())
        and named["account"] in (None, get_account_id())
    ):
        parts[3] = named["rest"]
    return "/".join(parts)
