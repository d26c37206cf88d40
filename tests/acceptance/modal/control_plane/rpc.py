"""Serves the RPCs of `modal.client.ModalClient`: who may call, faults, retries, and the log."""

import asyncio
import functools
import inspect
import sys
import time
import traceback
import urllib.parse
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from grpclib.const import Status
from grpclib.exceptions import GRPCError
from modal_proto.api_grpc import ModalClientBase

from .auth import Credentials, Plane
from .faults import Fault, Faults
from .receipts import Receipts

#: RPCs whose repetition with one idempotency key gets the first answer
IDEMPOTENT = {
    "AttemptRetry",
    "AttemptStart",
    "BlobCreate",
    "FunctionBindParams",
    "FunctionCallCancel",
    "FunctionMap",
    "FunctionPutInputs",
    "FunctionRetryInputs",
}

#: headers that the log keeps; the others may hold secrets
LOGGED_HEADERS = (
    "x-idempotency-key",
    "x-modal-client-type",
    "x-modal-client-version",
    "x-modal-input-plane-region",
    "x-modal-libmodal-version",
    "x-modal-token-id",
    "x-retry-attempt",
    "x-throttle-retry-attempt",
)


@dataclass
class Caller:
    """Whoever sent a request."""

    plane: Plane
    token_id: str
    metadata: dict[str, str]
    #: the container, on a container's socket
    container: Any = None


@dataclass
class Served:
    """One line of the log of RPCs."""

    rpc: str
    plane: str
    at: float
    headers: dict[str, str]
    status: str = "PENDING"


@dataclass
class Router:
    """What all listeners share: the handlers, the faults, the log, the remembered answers."""

    credentials: Credentials
    faults: Faults
    handlers: dict[str, Callable[[Caller, Any], Any]] = field(default_factory=dict)
    log: list[Served] = field(default_factory=list)
    #: False: every RPC is a new one, whatever its idempotency key
    deduplicates: bool = True
    #: which calls' starts were confirmed to their callers
    receipts: Receipts = field(default_factory=Receipts)
    _answers: dict[tuple[str, str, str], asyncio.Future[Any]] = field(default_factory=dict)

    def add(self, service: object) -> None:
        """Take every public method of `service` named as an RPC is."""
        for name, method in inspect.getmembers(service, callable):
            if name[0].isupper():
                self.handlers[name] = method

    async def answer(self, rpc: str, caller: Caller, request: Any) -> Any:
        """Carry out a unary RPC once per idempotency key.

        It goes on when the caller goes away: a lost connection does not undo a request.
        """
        handler = self.handlers[rpc]
        key = caller.metadata.get("x-idempotency-key")
        if rpc not in IDEMPOTENT or not self.deduplicates:
            return await handler(caller, request)
        remembered = (rpc, caller.token_id, key) if key else None
        running = self._answers.get(remembered) if remembered else None
        if running is None:
            running = asyncio.ensure_future(_consume(handler(caller, request)))
            if remembered:
                self._answers[remembered] = running
        answer, error = await asyncio.shield(running)
        if error is not None:
            if remembered:
                self._answers.pop(remembered, None)
            raise error
        return answer


async def _consume(handler: Awaitable[Any]) -> tuple[Any, Exception | None]:
    """The result as a value, so that no task dies with an exception nobody reads."""
    try:
        return await handler, None
    except Exception as error:
        return None, error


class Listener:
    """One endpoint's view of the service, in the form that grpclib's server takes."""

    def __init__(self, router: Router, plane: Plane, container: Any = None) -> None:
        self._router = router
        self._plane = plane
        self._container = container

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_"):
            raise AttributeError(name)
        return functools.partial(self._serve, name)

    def __mapping__(self) -> dict[str, Any]:
        return ModalClientBase.__mapping__(self)  # type: ignore[arg-type]

    async def _serve(self, rpc: str, stream: Any) -> None:
        texts = ((name, value) for name, value in stream.metadata.items() if isinstance(value, str))
        metadata = dict(texts)
        headers = {name: metadata[name] for name in LOGGED_HEADERS if name in metadata}
        served = Served(rpc, self._plane.value, time.time(), headers)
        self._router.log.append(served)
        try:
            await self._carry_out(rpc, stream, metadata)
            served.status = "OK"
        except GRPCError as error:
            served.status = error.status.name
            raise
        except asyncio.CancelledError:
            served.status = "CANCELLED"
            raise
        except Exception:
            # Clients retry UNKNOWN and INTERNAL, which would show a bug of ours as slowness.
            served.status = "DATA_LOSS"
            traceback.print_exc(file=sys.stderr)
            raise GRPCError(Status.DATA_LOSS, traceback.format_exc(limit=-1)) from None

    async def _carry_out(self, rpc: str, stream: Any, metadata: dict[str, str]) -> None:
        request = await stream.recv_message()
        token_id = self._router.credentials.check_caller(self._plane, metadata)
        caller = Caller(self._plane, token_id, metadata, self._container)
        if rpc not in self._router.handlers:
            raise GRPCError(Status.UNIMPLEMENTED, f"the local Modal does not serve {rpc}")
        fault = self._router.faults.take(rpc) if self._plane is not Plane.CONTAINER else None
        await _strike(fault, after=False)
        self._break(stream, fault, after=False)
        for name in fault.clear if fault else ():
            request.ClearField(name)
        if inspect.isasyncgenfunction(self._router.handlers[rpc]):
            items: AsyncIterator[Any] = self._router.handlers[rpc](caller, request)
            async for item in items:
                await stream.send_message(item)
            return
        response = await self._router.answer(rpc, caller, request)
        call_id = response.function_call_id if rpc == "FunctionMap" else ""
        if call_id and fault and fault.after:
            self._router.receipts.never_sent(call_id, fault.name)
        await _strike(fault, after=True)
        self._break(stream, fault, after=True)
        if call_id:
            await self._confirm(stream, response, call_id)
            return
        await stream.send_message(response)
        if fault and fault.warning:
            warning = {"x-modal-warning": urllib.parse.quote(fault.warning)}
            await stream.send_trailing_metadata(metadata=warning)

    async def _confirm(self, stream: Any, response: Any, call_id: str) -> None:
        """Answer who started a call, and see whether the answer arrives."""
        connection = stream._stream.connection
        try:
            await stream.send_message(response)
            await stream.send_trailing_metadata()
        except BaseException:
            self._router.receipts.not_sent(connection, call_id)
            raise
        self._router.receipts.sent(connection, call_id)

    def _break(self, stream: Any, fault: Fault | None, after: bool) -> None:
        if fault is not None and fault.drop and fault.after == after:
            self._router.receipts.broken(stream._stream.connection, fault.name)
            stream._stream._transport.abort()
            raise GRPCError(Status.UNAVAILABLE, "the connection is broken")


async def _strike(fault: Fault | None, after: bool) -> None:
    if fault is None:
        return
    if not after and fault.delay_seconds:
        await asyncio.sleep(fault.delay_seconds)
    error = fault.error()
    if error is not None and fault.after == after:
        raise error
