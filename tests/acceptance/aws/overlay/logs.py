"""CloudWatch Logs: names of log groups, and AWS's wording."""

from __future__ import annotations

import re

from ministack.services import cloudwatch_logs as ministack_logs

from overlay.call import Call, Refusal, constraint

_NAME = r"[\.\-_/#A-Za-z0-9]+"


def _create(call: Call) -> None:
    name = call.params.get("logGroupName", "")
    if len(name) > 512:
        raise _constraint("logGroupName", name, "have length less than or equal to 512")
    if not re.fullmatch(_NAME, name):
        raise _constraint("logGroupName", name, f"satisfy regular expression pattern: {_NAME}")
    if name in ministack_logs._log_groups:
        raise Refusal("ResourceAlreadyExistsException", "The specified log group already exists")


def _needs_group(call: Call) -> None:
    if call.params.get("logGroupName", "") not in ministack_logs._log_groups:
        raise Refusal("ResourceNotFoundException", "The specified log group does not exist.")


def _put_retention(call: Call) -> None:
    _needs_group(call)
    days = call.params.get("retentionInDays")
    valid = sorted(ministack_logs._VALID_RETENTION_DAYS)
    if days not in valid:
        raise _constraint(
            "retentionInDays",
            days,
            "satisfy enum value set: [" + ", ".join(map(str, valid)) + "]",
        )


def _constraint(member: str, value: object, rule: str) -> Refusal:
    return constraint(member, value, rule, code="InvalidParameterException")


BEFORE = {
    "CreateLogGroup": _create,
    "DeleteLogGroup": _needs_group,
    "PutRetentionPolicy": _put_retention,
    "DeleteRetentionPolicy": _needs_group,
    "CreateLogStream": _needs_group,
}

AFTER: dict[str, object] = {}
