"""Whether Lambda can assume the execution role."""

from __future__ import annotations

import json
import re
from typing import Any

from ministack.services import iam as ministack_iam

from overlay import iam, knobs
from overlay.call import Call, Refusal, constraint

_ARN = r"arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+"


def check_arn(role: str, call: Call) -> None:
    """The role's ARN, before it is looked at."""
    if not re.fullmatch(_ARN, role):
        raise constraint("role", role, f"satisfy regular expression pattern: {_ARN}")
    if role.split(":")[4] != call.account:
        raise Refusal("AccessDeniedException", "Cross-account pass role is not allowed.", 403)


def check_assumable(role_arn: str, call: Call) -> None:
    """The role as Lambda meets it: a new one is not there yet."""
    role = ministack_iam._roles.get(role_arn.rpartition("/")[2])
    if (
        role is None
        or role["Arn"] != role_arn
        or not _trusts_lambda(role["AssumeRolePolicyDocument"])
        or iam.age(call.account, role) < knobs.of(call.account).role_propagation_seconds
    ):
        raise Refusal(
            "InvalidParameterValueException",
            "The role defined for the function cannot be assumed by Lambda.",
        )


def _trusts_lambda(document: str) -> bool:
    return any(
        statement["Effect"] == "Allow"
        and {"sts:AssumeRole", "sts:*"} & set(_list(statement.get("Action", [])))
        and isinstance(statement.get("Principal"), dict)
        and "lambda.amazonaws.com" in _list(statement["Principal"].get("Service", []))
        for statement in _list(json.loads(document)["Statement"])
    )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
