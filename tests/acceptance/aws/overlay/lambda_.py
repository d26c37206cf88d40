"""Lambda's control plane: what a function may be made of, and when it may be changed."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import re
from typing import Any

from ministack.core.responses import json_response
from ministack.services import lambda_svc as ministack_lambda

from overlay import (
    authorization,
    ec2,
    event_sources,
    lambda_execution,
    lambda_limits,
    lambda_role,
    lambda_state,
)
from overlay.call import Call, Refusal, Response, constraint

_REQUEST_LIMIT = 6_291_456


def _create(call: Call) -> Response | None:
    name = call.params.get("FunctionName", "")
    if len(name) > 64:
        raise constraint("functionName", name, "have length less than or equal to 64")
    if not re.fullmatch(r"[a-zA-Z0-9-_]+", name):
        raise constraint("functionName", name, "satisfy regular expression pattern: [a-zA-Z0-9-_]+")
    role = call.params.get("Role", "")
    lambda_role.check_arn(role, call)
    lambda_limits.check(call.params)
    if call.params.get("PackageType", "Zip") == "Zip" and not (
        call.params.get("Runtime") and call.params.get("Handler")
    ):
        raise Refusal(
            "InvalidParameterValueException",
            "Runtime and Handler are mandatory parameters for functions created with deployment "
            "packages.",
        )
    if name in ministack_lambda._functions:
        return None  # ministack refuses: the name is taken
    refused = authorization.pass_role_refused(call, role, "lambda.amazonaws.com")
    if refused is None:
        lambda_role.check_assumable(role, call)
    return refused


def _update_configuration(call: Call) -> Response | None:
    config = _config(call)
    if config is None:
        return None
    lambda_limits.check(call.params)
    role = call.params.get("Role")
    if role is not None:
        lambda_role.check_arn(role, call)
        refused = authorization.pass_role_refused(call, role, "lambda.amazonaws.com")
        if refused is not None:
            return refused
    lambda_state.check_changeable(config)
    if role is not None:
        lambda_role.check_assumable(role, call)
    return None


def _update_code(call: Call) -> Response | None:
    config = _config(call)
    if config is None:
        return None
    lambda_limits.check(call.params)
    lambda_state.check_changeable(config)
    return _dry_run(config, call) if call.params.get("DryRun") else None


def _dry_run(config: dict[str, Any], call: Call) -> Response | None:
    """What the update would make; ministack would deploy it."""
    package = base64.b64decode(call.params.get("ZipFile", ""))
    refused: Response | None = ministack_lambda._reject_unreadable_zip(package)
    if refused is not None:
        return refused
    would_be = copy.deepcopy(config)
    would_be["CodeSize"] = len(package)
    would_be["CodeSha256"] = base64.b64encode(hashlib.sha256(package).digest()).decode()
    would_be["Architectures"] = call.params.get("Architectures", would_be["Architectures"])
    return json_response(would_be)


def _invoke(call: Call) -> None:
    config = _config(call)
    if config is None:
        return
    if config["State"] == "Pending":
        raise lambda_state.pending()
    if len(call.body) > _REQUEST_LIMIT:
        raise Refusal(
            "RequestTooLargeException",
            f"Request must be smaller than {_REQUEST_LIMIT} bytes for the InvokeFunction operation",
            413,
        )


def _publish(call: Call) -> None:
    config = _config(call)
    if config is not None:
        lambda_state.check_changeable(config)


def _get_policy(call: Call) -> None:
    function = ministack_lambda._functions.get(_name(call))
    if function is not None and not function["policy"]["Statement"]:
        raise Refusal(
            "ResourceNotFoundException", "The resource you requested does not exist.", 404
        )


_SEND = {
    "sqs": "sqs:SendMessage",
    "sns": "sns:Publish",
    "lambda": "lambda:InvokeFunction",
    "events": "events:PutEvents",
}


def _put_event_invoke_config(call: Call) -> None:
    """Lambda asks at once whether the function's role may send to the destinations."""
    config = _config(call)
    destinations = call.params.get("DestinationConfig") or {}
    for member in ("OnSuccess", "OnFailure"):
        arn = (destinations.get(member) or {}).get("Destination")
        if config is None or not arn:
            continue
        service, region = arn.split(":")[2:4]
        needed = [(_SEND.get(service, ""), arn)]
        if service == "s3":
            needed = [("s3:PutObject", f"{arn}/aws/lambda"), ("s3:ListBucket", arn)]
        for action, resource in needed:
            if not lambda_execution.role_allows(
                config["Role"], call.account, region, action, resource
            ):
                raise Refusal(
                    "InvalidParameterValueException",
                    "The function's execution role does not have permissions to call "
                    f"{action.partition(':')[2]} on {arn}",
                )


def _add_permission(call: Call) -> None:
    statement = call.params.get("StatementId", "")
    if not re.fullmatch(r"[a-zA-Z0-9-_]{1,100}", statement):
        raise constraint(
            "statementId", statement, r"satisfy regular expression pattern: ([a-zA-Z0-9-_]+)"
        )
    principal = call.params.get("Principal", "")
    if not re.fullmatch(r"\*|\d{12}|arn:.+|[a-z0-9.-]+\.amazonaws\.com(?:\.cn)?", principal):
        raise Refusal(
            "InvalidParameterValueException",
            "The provided principal was invalid. Please check the principal and try again.",
        )


def _completed(call: Call, answer: Response) -> Response:
    """Fills in what AWS adds to a configuration, in the store and in the answer."""
    status, headers, body = answer
    shown = json.loads(body)
    ec2.attach(ministack_lambda._functions[shown["FunctionName"]]["config"])
    if "CodeSigningConfigArn" in call.params:
        function = ministack_lambda._functions[shown["FunctionName"]]
        function["code_signing_config_arn"] = call.params["CodeSigningConfigArn"]
    for config in (shown, ministack_lambda._functions[shown["FunctionName"]]["config"]):
        logging = config["LoggingConfig"]
        logging.setdefault("LogFormat", "Text")
        logging.setdefault("LogGroup", f"/aws/lambda/{config['FunctionName']}")
        if logging["LogFormat"] == "JSON":
            logging.setdefault("ApplicationLogLevel", "INFO")
            logging.setdefault("SystemLogLevel", "INFO")
        if not config.get("Environment", {}).get("Variables"):
            config.pop("Environment", None)
        if call.action != "CreateFunction":
            # An update leaves the function usable; ministack shows it as being created again.
            config["State"] = "Active"
            config.pop("StateReason", None)
            config.pop("StateReasonCode", None)
    return status, headers, json.dumps(shown).encode()


def _name(call: Call) -> str:
    name, _ = ministack_lambda._resolve_request_scoped_name_and_qualifier(call.path.split("/")[3])
    return str(name)


def _config(call: Call) -> dict[str, Any] | None:
    function = ministack_lambda._functions.get(_name(call))
    return function["config"] if function else None


BEFORE = {
    "CreateFunction": _create,
    "UpdateFunctionConfiguration": _update_configuration,
    "UpdateFunctionCode": _update_code,
    "PublishVersion": _publish,
    "InvokeFunction": _invoke,
    "GetPolicy": _get_policy,
    "AddPermission": _add_permission,
    "PutFunctionEventInvokeConfig": _put_event_invoke_config,
    **event_sources.BEFORE,
}

AFTER = {
    "CreateFunction": _completed,
    "UpdateFunctionConfiguration": _completed,
    "UpdateFunctionCode": _completed,
    **event_sources.AFTER,
}
