"""Puts each service's refusals around its handler."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from types import ModuleType
from typing import Any

from ministack import app as ministack

from overlay import (
    actions,
    apigateway,
    authorization,
    ec2,
    events,
    function_urls,
    iam,
    lambda_,
    lambda_execution,
    lambda_state,
    logs,
    s3,
    schedule_times,
    scheduler,
    secretsmanager,
    sns,
    streams,
    sts,
)
from overlay.call import Call, Refusal, Response

Handler = Callable[..., Awaitable[Response]]

# A module has `BEFORE`, by action: a function of the call that raises a `Refusal`, answers in
# ministack's place, or lets the call pass by answering None. And `AFTER`: a function of the call
# and ministack's successful answer, which may change both that answer and what was stored.
_MODULES: dict[str, ModuleType] = {
    "ec2": ec2,
    "events": events,
    "iam": iam,
    "lambda": lambda_,
    "logs": logs,
    "scheduler": scheduler,
    "secretsmanager": secretsmanager,
    "sns": sns,
    "sts": sts,
}


def install() -> None:
    for service, module in _MODULES.items():
        wrapped = _wrap(service, module, ministack.SERVICE_HANDLERS[service])
        ministack.SERVICE_HANDLERS[service] = wrapped
    apigateway.install()
    events.install()
    function_urls.install()
    iam.install()
    lambda_execution.install()
    lambda_state.install()
    s3.install()
    schedule_times.install()
    sns.install()
    streams.install()


def _wrap(service: str, module: ModuleType, handler: Handler) -> Handler:
    before: dict[str, Any] = module.BEFORE
    after: dict[str, Any] = module.AFTER

    async def handle(
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        query: dict[str, list[str]],
    ) -> Response:
        named = actions.name(service, method, path, headers, body, query) or ""
        action = named.partition(":")[2]
        call = Call(service, action, method, path, headers, body, query)
        try:
            answer = authorization.tagging_refused(call)
            if answer is None and action in before:
                answer = before[action](call)
        except Refusal as refusal:
            return refusal.response(service)
        if answer is not None:
            return answer
        answer = await handler(method, path, headers, body, query)
        if action in after and answer[0] < 300:
            answer = after[action](call, answer)
        return answer

    return handle
