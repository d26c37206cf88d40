"""Every request on its way into ministack and out of it."""

from __future__ import annotations

import re
from typing import Any

from ministack import app as ministack
from ministack.core import iam_actions
from ministack.core.iam_evaluator import resolve_caller_identity
from ministack.core.responses import get_account_id
from ministack.core.router import detect_service, extract_access_key_id, extract_region

from overlay import actions, authorization, calls, conditions, knobs
from overlay.call import Response, error

_REQUEST_ID = re.compile(rb"<(RequestId)>[^<]*</RequestId>")

_dispatch = ministack._dispatch_service_request


def install() -> None:
    actions.install()
    authorization.install()
    conditions.install()
    ministack._dispatch_service_request = dispatch


async def dispatch(
    method: str,
    path: str,
    headers: dict[str, str],
    body: bytes,
    query: dict[str, list[str]],
    request_id: str,
) -> Response:
    routing = ministack._routing_params(method, path, headers, body, query)
    service = detect_service(method, path, headers, routing)
    if service == "lambda":
        path = actions.resolve_function_path(path)
    account = get_account_id()
    action = actions.name(service, method, path, headers, body, routing)
    fault = None
    if action:
        calls.record(account, action)
        if knobs.is_denied(account, action):
            answer = _denied(service, action, method, path, headers, body, routing, request_id)
            return _with_request_id(answer, request_id)
        fault = knobs.take_fault(account, action)
    if fault is None or fault.after:
        answer = await _dispatch(method, path, headers, body, query, request_id)
    if fault is not None:
        answer = error(service, fault.code, fault.message, fault.status)
    return _with_request_id(answer, request_id)


def _denied(
    service: str,
    action: str,
    method: str,
    path: str,
    headers: dict[str, str],
    body: bytes,
    query: dict[str, list[str]],
    request_id: str,
) -> Response:
    caller: Any = resolve_caller_identity(extract_access_key_id(headers, query)) or {}
    resource = iam_actions.extract_resource_arn(
        service, method, path, headers, body, query, extract_region(headers), get_account_id()
    )
    answer: Response = iam_actions.access_denied_response(
        service,
        action,
        caller.get("userArn", f"arn:aws:iam::{get_account_id()}:root"),
        request_id,
        headers=headers,
        resource_arn=resource,
    )
    return answer


def _with_request_id(answer: Response, request_id: str) -> Response:
    """The same id in header and body: ministack makes up a second one for its XML."""
    status, headers, body = answer
    if isinstance(body, bytes) and body[:1] == b"<":
        body = _REQUEST_ID.sub(b"<RequestId>%s</RequestId>" % request_id.encode(), body)
    if not any(name.lower() == "x-amzn-requestid" for name in headers):
        headers["x-amzn-requestid"] = request_id
    return status, headers, body
