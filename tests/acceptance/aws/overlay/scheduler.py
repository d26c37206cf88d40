"""EventBridge Scheduler: what a schedule may be, and the role that it works by.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html and
https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any
from zoneinfo import available_timezones

from ministack.core.responses import json_response
from ministack.services import eventbridge as ministack_events
from ministack.services import iam as ministack_iam
from ministack.services import scheduler as ministack_scheduler

from overlay import authorization, iam, knobs, lambda_execution
from overlay.call import Call, Refusal, Response

_SERVICE = "scheduler.amazonaws.com"
_RETRIES = {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185}

# (account, region, schedule) -> the token of the call that made it
_tokens: dict[tuple[str, str, str], str | None] = {}


def _create(call: Call) -> Response | None:
    made = (call.account, call.region, _key(call))
    there = ministack_scheduler._schedules.get(_key(call))
    token = call.params.get("ClientToken")
    if there is not None:
        # The same call again, and not another one of the same name.
        if token and _tokens.get(made) == token:
            return json_response({"ScheduleArn": there["Arn"]})
        return None
    refused = _check(call)
    if refused is None:
        _tokens[made] = token
    return refused


def _check(call: Call) -> Response | None:
    expression = call.params.get("ScheduleExpression", "")
    if not _is_expression(expression):
        raise Refusal("ValidationException", f"Invalid Schedule Expression {expression}.")
    timezone = call.params.get("ScheduleExpressionTimezone", "UTC")
    if timezone not in available_timezones():
        raise Refusal("ValidationException", f"Invalid Timezone {timezone}.")
    role_arn = call.params.get("Target", {}).get("RoleArn", "")
    refused = authorization.pass_role_refused(call, role_arn, _SERVICE)
    if refused is None:
        role = ministack_iam._roles.get(role_arn.rpartition("/")[2])
        group = _group_arn(call.region, call.account, call.params.get("GroupName", "default"))
        if (
            role is None
            or role["Arn"] != role_arn
            or not _trusts(role, call.account, group)
            or iam.age(call.account, role) < knobs.of(call.account).role_propagation_seconds
        ):
            raise Refusal(
                "ValidationException",
                "The execution role you provide must allow AWS EventBridge Scheduler to assume the "
                "role.",
            )
    return refused


def _update(call: Call) -> Response | None:
    return _check(call) if _key(call) in ministack_scheduler._schedules else None


def _completed(call: Call, answer: Response) -> Response:
    """Scheduler writes out how often it tries."""
    target = ministack_scheduler._schedules[_key(call)]["Target"]
    target["RetryPolicy"] = {**_RETRIES, **target.get("RetryPolicy", {})}
    return answer


def may_invoke(schedule: dict[str, Any]) -> bool:
    """Whether the schedule's role can be assumed for it, and may invoke its target."""
    _, _, _, region, account, *_ = schedule["Arn"].split(":")
    target = schedule["Target"]
    role = ministack_iam._roles.get(target["RoleArn"].rpartition("/")[2])
    return (
        role is not None
        and _trusts(role, account, _group_arn(region, account, schedule["GroupName"]))
        and lambda_execution.role_allows(
            role["Arn"], account, region, "lambda:InvokeFunction", target["Arn"]
        )
    )


def _key(call: Call) -> str:
    name = call.path.rpartition("/")[2]
    return f"{call.params.get('GroupName', 'default')}/{name}"


def _group_arn(region: str, account: str, group: str) -> str:
    return f"arn:aws:scheduler:{region}:{account}:schedule-group/{group}"


def _trusts(role: dict[str, Any], account: str, group_arn: str) -> bool:
    """Scheduler says whose schedule it is, and of which group; never which one."""
    said = {"aws:sourceaccount": account, "aws:sourcearn": group_arn}
    return any(
        statement["Effect"] == "Allow"
        and {"sts:AssumeRole", "sts:*"} & set(_list(statement.get("Action", [])))
        and isinstance(statement.get("Principal"), dict)
        and _SERVICE in _list(statement["Principal"].get("Service", []))
        and all(
            said.get(key.lower()) in _list(value)
            for keys in statement.get("Condition", {}).values()
            for key, value in keys.items()
        )
        for statement in _list(json.loads(role["AssumeRolePolicyDocument"])["Statement"])
    )


def _is_expression(text: str) -> bool:
    if text.startswith("at("):
        try:
            return datetime.strptime(text, "at(%Y-%m-%dT%H:%M:%S)") is not None
        except ValueError:
            return False
    if text.startswith("rate("):
        return re.fullmatch(r"rate\([1-9]\d* (minute|hour|day)s?\)", text) is not None
    if not text.startswith("cron("):
        return False
    try:
        fields = ministack_events._parse_cron_fields(text)
    except (ValueError, KeyError):
        return False
    return fields is not None and _within(fields)


def _within(fields: Any) -> bool:
    """ministack reads a minute 60 and an hour 24."""
    minutes, hours, _, months, *_ = fields
    return max(minutes) < 60 and max(hours) < 24 and max(months) <= 12


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


BEFORE = {
    "CreateSchedule": _create,
    "UpdateSchedule": _update,
}

AFTER = {
    "CreateSchedule": _completed,
    "UpdateSchedule": _completed,
}
