"""Who may call a function by its URL, without a signature.

Since October 2025, a URL whose authorization type is NONE needs two statements in the function's
policy, and answers 403 without one of them:
https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
"""

from __future__ import annotations

from typing import Any

from ministack.services import lambda_svc as ministack_lambda

_NEEDED = (
    ("lambda:InvokeFunctionUrl", "lambda:FunctionUrlAuthType", "NONE"),
    ("lambda:InvokeFunction", "lambda:InvokedViaFunctionUrl", "true"),
)

_handle = ministack_lambda.handle_function_url_request


def install() -> None:
    ministack_lambda.handle_function_url_request = _handle_if_allowed


async def _handle_if_allowed(url_id: str, *arguments: Any, **options: Any) -> Any:
    found = ministack_lambda.resolve_function_url(url_id)
    if found is not None:
        account, region, name, _, config = found
        function, _, _ = ministack_lambda._get_func_record_for_ref_in_scope(
            name, account_id=account, region=region
        )
        if config["AuthType"] == "NONE" and not _is_open(function["policy"]["Statement"]):
            headers = {"Content-Type": "application/json"}
            return 403, headers, b'{"Message":"Forbidden"}'
    return await _handle(url_id, *arguments, **options)


def _is_open(statements: list[dict[str, Any]]) -> bool:
    return all(
        any(
            statement["Principal"] == "*"
            and statement["Action"] == action
            and _condition(statement).get(key, value) == value
            for statement in statements
        )
        for action, key, value in _NEEDED
    )


def _condition(statement: dict[str, Any]) -> dict[str, str]:
    tests = statement.get("Condition", {}).values()
    return {key: value for test in tests for key, value in test.items()}
