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

#: how long an answer may be under way on a connection that breaks: a frozen caller reads nothing,
#: and a reset takes what it has not read
_IN_FLIGHT_SECONDS = 4.0

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
    #: calls whose start was confirmed to the caller, as far as a server can tell, and when
    answered: dict[str, float] = field(default_factory=dict)
    _confirmed: dict[int, list[str]] = field(default_factory=dict)
    _answers: dict[tuple[str, str, str], asyncio.Future[Any]] = field(default_factory=dict)

    def add(self, service: object) -> None:
        """Take every public method of `service` named as an RPC is."""
        for name, method in inspect.getmembers(service, callable):
            if name[0].isupper():
                self.handlers[name] = method

    def confirmed(self, connection: object, call_id: str) -> None:
        """Note that the start of a call was answered on this connection."""
        self.answered[call_id] = time.time()
        self._confirmed.setdefault(id(connection), []).append(call_id)

    def broken(self, connection: object) -> None:
        """Take back what a breaking connection may not have delivered."""
        for call_id in self._confirmed.pop(id(connection), ()):
            if time.time() - self.answered[call_id] < _IN_FLIGHT_SECONDS:
                del self.answered[call_id]

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
        await _strike(fault, after=True)
        self._break(stream, fault, after=True)
        await stream.send_message(response)
        connection = stream._stream._transport
        if rpc == "FunctionMap" and not connection.is_closing():
            self._router.confirmed(connection, response.function_call_id)
        if fault and fault.warning:
            warning = {"x-modal-warning": urllib.parse.quote(fault.warning)}
            await stream.send_trailing_metadata(metadata=warning)

    def _break(self, stream: Any, fault: Fault | None, after: bool) -> None:
        if fault is not None and fault.drop and fault.after == after:
            connection = stream._stream._transport
            self._router.broken(connection)
            connection.abort()
            raise GRPCError(Status.UNAVAILABLE, "the connection is broken")


async def _strike(fault: Fault | None, after: bool) -> None:
    if fault is None:
        return
    if not after and fault.delay_seconds:
        await asyncio.sleep(fault.delay_seconds)
    error = fault.error()
    if error is not None and fault.after == after:
        raise error
