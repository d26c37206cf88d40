"""Whether a function's policy lets a service invoke it, on behalf of what calls."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

from ministack.services import lambda_svc as ministack_lambda


def allows(function_arn: str, service: str, source_arn: str, source_account: str) -> bool:
    name, qualifier = ministack_lambda._resolve_name_and_qualifier(function_arn)
    function = ministack_lambda._functions.get(name)
    if function is None:
        return False
    wanted = ministack_lambda._policy_resource_arn(name, qualifier)
    return any(
        statement["Resource"] == wanted
        and statement["Principal"] in ("*", {"Service": service})
        and statement["Action"] in ("lambda:InvokeFunction", "lambda:*")
        and _conditions_hold(statement.get("Condition", {}), source_arn, source_account)
        for statement in function["policy"]["Statement"]
    )


def _conditions_hold(
    conditions: dict[str, dict[str, str]], source_arn: str, source_account: str
) -> bool:
    # The shapes that AddPermission writes; names of condition keys know no case.
    for operator, keys in conditions.items():
        for key, value in keys.items():
            held = {
                ("ArnLike", "aws:sourcearn"): _like(source_arn, value),
                ("StringEquals", "aws:sourceaccount"): value == source_account,
            }
            if not held.get((operator, key.lower()), False):
                return False
    return True


def _like(value: str, pattern: str) -> bool:
    return fnmatchcase(value, re.sub(r"\[", "[[]", pattern))
