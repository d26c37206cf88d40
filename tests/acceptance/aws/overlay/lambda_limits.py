"""The ranges and sets of a function's settings."""

from __future__ import annotations

import json
import re
from typing import Any

from overlay.call import Refusal, constraint

_ENVIRONMENT_LIMIT = 4096

# Those that Lambda still lets a function be created with:
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
_RUNTIMES = (
    "nodejs20.x", "nodejs22.x", "nodejs24.x", "python3.10", "python3.11", "python3.12",
    "python3.13", "python3.14", "java8.al2", "java11", "java17", "java21", "java25", "dotnet8",
    "ruby3.2", "ruby3.3", "ruby3.4", "provided.al2", "provided.al2023",
)  # fmt: skip

# https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
_RESERVED = {
    "_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
    "AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR",
}  # fmt: skip


def check(settings: dict[str, Any]) -> None:
    """Refuses the first setting out of its range."""
    _check_range(settings, "MemorySize", 128, 10240)
    _check_range(settings, "Timeout", 1, 900)
    if len(settings.get("Description") or "") > 256:
        raise constraint(
            "description", settings["Description"], "have length less than or equal to 256"
        )
    runtime = settings.get("Runtime")
    if runtime is not None and runtime not in _RUNTIMES:
        raise Refusal(
            "InvalidParameterValueException",
            f"Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum "
            f"value set: [{', '.join(_RUNTIMES)}] or be a valid ARN",
        )
    architectures = settings.get("Architectures", ["x86_64"])
    if architectures not in (["x86_64"], ["arm64"]):
        raise constraint(
            "architectures",
            f"[{', '.join(architectures)}]",
            "satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64]]",
        )
    _check_environment((settings.get("Environment") or {}).get("Variables") or {})
    _check_logging(settings.get("LoggingConfig") or {})
    tags = settings.get("Tags") or {}
    if len(tags) > 50:
        raise Refusal("InvalidParameterValueException", "Number of tags exceeds resource tag limit")


def _check_range(settings: dict[str, Any], name: str, least: int, most: int) -> None:
    value = settings.get(name)
    member = name[0].lower() + name[1:]
    if value is not None and value < least:
        raise constraint(member, value, f"have value greater than or equal to {least}")
    if value is not None and value > most:
        raise constraint(member, value, f"have value less than or equal to {most}")


def _check_environment(variables: dict[str, str]) -> None:
    for name in variables:
        if not re.fullmatch(r"[a-zA-Z][a-zA-Z0-9_]+", name) and name not in _RESERVED:
            raise constraint(
                "environment.variables",
                json.dumps(variables),
                "satisfy constraint: [Member must satisfy regular expression pattern: "
                "[a-zA-Z]([a-zA-Z0-9_])+]",
            )
    reserved = sorted(_RESERVED & set(variables))
    if reserved:
        raise Refusal(
            "InvalidParameterValueException",
            "Lambda was unable to configure your environment variables because the environment "
            "variables you have provided contains reserved keys that are currently not supported "
            f"for modification. Reserved keys used in this request: {', '.join(reserved)}",
        )
    measured = json.dumps(variables, separators=(",", ":"), ensure_ascii=False)
    if len(measured.encode()) > _ENVIRONMENT_LIMIT:
        raise Refusal(
            "InvalidParameterValueException",
            "Lambda was unable to configure your environment variables because the environment "
            f"variables you have provided exceeded the 4KB limit. String measured: {measured}",
        )


def _check_logging(logging: dict[str, Any]) -> None:
    group = logging.get("LogGroup")
    if group is not None and not re.fullmatch(r"[\.\-_/#A-Za-z0-9]{1,512}", group):
        raise constraint(
            "loggingConfig.logGroup",
            group,
            r"satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+",
        )
    levels = {"ApplicationLogLevel", "SystemLogLevel"} & set(logging)
    if levels and logging.get("LogFormat", "Text") == "Text":
        raise Refusal(
            "InvalidParameterValueException",
            "To set a log level, the log format must be JSON.",
        )
