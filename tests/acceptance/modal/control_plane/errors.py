"""Errors of the protocol, in the words of the live service where those are known."""

from collections.abc import Sequence
from typing import Any

from grpclib.const import Status
from grpclib.encoding.base import StatusDetailsCodecBase
from grpclib.exceptions import GRPCError
from modal_proto import api_pb2


class StatusDetails(StatusDetailsCodecBase):
    """Writes error details as `modal.client.RPCStatus`, the way Modal's server does."""

    def encode(self, status: Status, message: str | None, details: Sequence[Any] | None) -> bytes:
        answer = api_pb2.RPCStatus(code=status.value, message=message or "")
        for detail in details or ():
            answer.details.add().Pack(detail)
        return answer.SerializeToString()

    def decode(self, status: Status, message: str | None, data: bytes) -> Any:
        return api_pb2.RPCStatus.FromString(data)


def not_found(message: str, *details: Any) -> GRPCError:
    """NOT_FOUND, with details where the service sends some."""
    return GRPCError(Status.NOT_FOUND, message, list(details) or None)


def invalid(message: str) -> GRPCError:
    """INVALID_ARGUMENT: the request is wrong, and would be wrong again."""
    return GRPCError(Status.INVALID_ARGUMENT, message)


def exhausted(message: str) -> GRPCError:
    """RESOURCE_EXHAUSTED without a retry policy, which no client retries."""
    return GRPCError(Status.RESOURCE_EXHAUSTED, message)


def unauthenticated(message: str) -> GRPCError:
    """UNAUTHENTICATED: the credentials are missing, malformed or not accepted."""
    return GRPCError(Status.UNAUTHENTICATED, message)
