"""What a function sees and leaves when it runs, and how long it goes on.

ministack itself runs the bootstrap, unpacked from the uploaded zip, and writes the lines it prints
to the log group. On AWS that happens with the execution role's permissions, so the role's policies
are asked here; that ministack's evaluator lets the lines pass is no proof of what AWS would do.
"""

from __future__ import annotations

import os
from typing import Any

from ministack.core.iam_evaluator import EvalContext, _gather_role_policies, evaluate
from ministack.core.responses import get_account_id, get_region
from ministack.services import cloudwatch_logs as ministack_logs
from ministack.services import lambda_svc as ministack_lambda

# Of the server's own environment, a function gets this alone.
_KEPT = {"AWS_ENDPOINT_URL"}

_environment = ministack_lambda._provided_worker_env
_emit_logs = ministack_lambda._emit_lambda_logs
_end_environments = ministack_lambda.invalidate_worker


def install() -> None:
    ministack_lambda._provided_worker_env = _worker_environment
    ministack_lambda._emit_lambda_logs = _emit_logs_if_allowed
    ministack_lambda.invalidate_worker = _end_own_environments


def _end_own_environments(
    name: str,
    qualifier: str | None = None,
    account: str | None = None,
    region: str | None = None,
) -> None:
    """Ends those that run an older configuration.

    ministack would end those of every account's function of that name, also in the middle of their
    start.
    """
    _end_environments(name, qualifier, account or get_account_id(), region or get_region())


def _worker_environment(config: dict[str, Any], code: str, port: int) -> dict[str, str]:
    """The environment of an OS-only runtime.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    """
    environment: dict[str, str] = _environment(config, code, port)
    servers_own = set(os.environ) - _KEPT
    logging = config["LoggingConfig"]
    runtime = {
        "PATH": "/usr/local/bin:/usr/bin/:/bin:/opt/bin",
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "LAMBDA_RUNTIME_DIR": "/var/runtime",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": logging["LogGroup"],
        # A role's credentials always come with a token.
        "AWS_SESSION_TOKEN": environment.get("AWS_SESSION_TOKEN") or "local-session-token",
    }
    if logging["LogFormat"] == "JSON":
        runtime["AWS_LAMBDA_LOG_FORMAT"] = "JSON"
        runtime["AWS_LAMBDA_LOG_LEVEL"] = logging["ApplicationLogLevel"]
    given = (config.get("Environment") or {}).get("Variables") or {}
    return {
        **{name: value for name, value in environment.items() if name not in servers_own},
        **runtime,
        **given,
    }


def _emit_logs_if_allowed(function: dict[str, Any], *arguments: Any, **options: Any) -> None:
    config = function.get("config") or function
    group = config["LoggingConfig"]["LogGroup"]
    needed = ["logs:CreateLogStream", "logs:PutLogEvents"]
    if group not in ministack_logs._log_groups:
        needed.append("logs:CreateLogGroup")
    _, _, _, region, account, *_ = config["FunctionArn"].split(":")
    stream = f"arn:aws:logs:{region}:{account}:log-group:{group}:log-stream:any"
    if all(role_allows(config["Role"], account, region, action, stream) for action in needed):
        _emit_logs(function, *arguments, **options)


def role_allows(role_arn: str, account: str, region: str, action: str, resource: str) -> bool:
    """Whether the role's own policies allow it."""
    context = EvalContext(
        principal_arn=role_arn,
        principal_type="AssumedRole",
        principal_account=account,
        action=action,
        resource_arn=resource,
        region=region,
    )
    policies = _gather_role_policies(role_arn.rpartition("/")[2], account)
    return bool(evaluate(context, policies).decision == "Allow")
