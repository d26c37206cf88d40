"""S3: a notification reaches only a function that lets this bucket invoke it."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import Any

from ministack.core.responses import get_account_id
from ministack.services import lambda_svc as ministack_lambda
from ministack.services import s3 as ministack_s3

from overlay.call import Response

_validate = ministack_s3._validate_notification_configs
_deliver = ministack_s3._deliver_event_to_lambda


def install() -> None:
    ministack_s3._validate_notification_configs = _validate_with_functions
    ministack_s3._deliver_event_to_lambda = _deliver_if_allowed


def _validate_with_functions(
    configs: list[dict[str, Any]],
    region: str,
    bucket: str = "",
    skip_destination_validation: bool = False,
) -> Response | None:
    refused: Response | None = _validate(configs, region, bucket, skip_destination_validation)
    if refused is None and not skip_destination_validation:
        for config in configs:
            if config["type"] == "lambda" and not _may_invoke(bucket, config["arn"]):
                return ministack_s3._error(
                    "InvalidArgument",
                    "Unable to validate the following destination configurations",
                    400,
                    extra={
                        "ArgumentName": config["arn"],
                        "ArgumentValue": f"Not authorized to invoke function [{config['arn']}]",
                    },
                )
    return refused


def _deliver_if_allowed(arn: str, event: dict[str, Any], region: str) -> None:
    if _may_invoke(event["Records"][0]["s3"]["bucket"]["name"], arn):
        _deliver(arn, event, region)


def _may_invoke(bucket: str, function_arn: str) -> bool:
    """Whether the function's policy names S3, for this bucket or for any."""
    name, qualifier = ministack_lambda._resolve_name_and_qualifier(function_arn)
    function = ministack_lambda._functions.get(name)
    if function is None:
        return False
    wanted = ministack_lambda._policy_resource_arn(name, qualifier)
    return any(
        statement["Resource"] == wanted
        and statement["Principal"] in ("*", {"Service": "s3.amazonaws.com"})
        and statement["Action"] in ("lambda:InvokeFunction", "lambda:*")
        and _conditions_hold(statement.get("Condition", {}), bucket)
        for statement in function["policy"]["Statement"]
    )


def _conditions_hold(conditions: dict[str, dict[str, str]], bucket: str) -> bool:
    # The shapes that AddPermission writes; names of condition keys know no case.
    for operator, keys in conditions.items():
        for key, value in keys.items():
            held = {
                ("ArnLike", "aws:sourcearn"): _like(f"arn:aws:s3:::{bucket}", value),
                ("StringEquals", "aws:sourceaccount"): value == get_account_id(),
            }
            if not held.get((operator, key.lower()), False):
                return False
    return True


def _like(value: str, pattern: str) -> bool:
    return fnmatchcase(value, re.sub(r"\[", "[[]", pattern))
