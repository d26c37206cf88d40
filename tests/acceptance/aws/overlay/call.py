"""One request as the refusals see it, and the answers they give."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs

from ministack.core.responses import error_response_json, get_account_id, get_region
from ministack.services import ec2 as ministack_ec2
from ministack.services import iam as ministack_iam
from ministack.services import s3 as ministack_s3
from ministack.services import sns as ministack_sns

Response = tuple[int, dict[str, str], Any]

_XML_SERVICES = {"ec2", "iam", "sns", "sts"}


@dataclass(frozen=True)
class Call:
    service: str
    action: str
    """The operation without its service, as IAM names it: `CreateRole`."""
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    query: dict[str, list[str]]

    @cached_property
    def params(self) -> dict[str, Any]:
        """The input, in the service's own names; the Query protocol's are flat strings."""
        if self.service in _XML_SERVICES:
            pairs = self.query | parse_qs(
                self.body.decode(errors="replace"), keep_blank_values=True
            )
            return {name: values[0] for name, values in pairs.items()}
        try:
            decoded = json.loads(self.body or b"{}")
        except ValueError:
            return {}
        return decoded if isinstance(decoded, dict) else {}

    @property
    def account(self) -> str:
        return get_account_id()

    @property
    def region(self) -> str:
        return get_region()


class Refusal(Exception):
    """AWS's answer to a call it does not perform."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status

    def response(self, service: str) -> Response:
        return error(service, self.code, self.message, self.status)


def error(service: str, code: str, message: str, status: int) -> Response:
    """An error in the service's protocol."""
    if service == "ec2":
        return ministack_ec2._error(code, xml(message), status)
    if service == "sns":
        return ministack_sns._error(code, message, status)
    if service in _XML_SERVICES:
        return ministack_iam._error(status, code, xml(message), ns=service)
    if service == "s3":
        return ministack_s3._error(code, message, status)
    return error_response_json(code, message, status)


def xml(text: str) -> str:
    """Text as XML content."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def constraint(
    member: str, value: object, rule: str, code: str = "ValidationException", status: int = 400
) -> Refusal:
    """AWS's wording for a value outside of what the service's model allows."""
    return Refusal(
        code,
        f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy "
        f"constraint: Member must {rule}",
        status,
    )
