"""The admin server: what was called, what came of it, and faults to come.

| request | |
| --- | --- |
| `GET /calls?last=COUNT` | function calls with status, arguments and result; all without a count |
| `GET /calls/ID?wait=SECONDS` | one of them |
| `GET /rpcs`, `DELETE /rpcs` | the log of RPCs: names; `?detail=1` adds headers and status |
| `POST /faults`, `DELETE /faults` | a fault with the fields of `Fault` or `OutputFault` |
| `GET /faults` | how often each named fault happened |
| `PUT /tokens` | the accepted tokens, id to secret, as after a rotation |
| `GET /jwks` | the public key of the identity tokens |
"""

import asyncio
import io
import json
import math
import pickle
import time
from typing import Any

from modal_proto import api_pb2

from .blobs import Blobs
from .faults import Faults
from .http import Request, Response
from .identity import Identity
from .rpc import Router
from .state import Call, Input, Workspace

_MOST_WAIT_SECONDS = 60

#: longer values are left out of the list of calls
_BRIEF_BYTES = 64 * 1024


class Admin:
    """Answers over HTTP, in JSON."""

    def __init__(
        self, workspace: Workspace, router: Router, faults: Faults, blobs: Blobs, identity: Identity
    ) -> None:
        self._workspace = workspace
        self._router = router
        self._faults = faults
        self._blobs = blobs
        self._identity = identity

    async def serve(self, request: Request) -> Response:
        """One request."""
        parts = request.path.strip("/").split("/")
        match (request.method, *parts):
            case ("GET", "calls"):
                calls = list(self._workspace.calls.values())[-int(request.query.get("last", "0")) :]
                return Response.json([self._describe(call, brief=True) for call in calls])
            case ("GET", "calls", call_id) if call_id in self._workspace.calls:
                return await self._call(self._workspace.calls[call_id], request)
            case ("GET", "rpcs"):
                return self._rpcs(request)
            case ("DELETE", "rpcs"):
                self._router.log.clear()
                return Response(204)
            case ("POST", "faults"):
                return self._fault(request)
            case ("GET", "faults"):
                return Response.json(self._faults.struck)
            case ("PUT", "tokens"):
                self._router.credentials.tokens = dict(json.loads(request.body))
                return Response(204)
            case ("DELETE", "faults"):
                self._faults.clear()
                return Response(204)
            case ("GET", "jwks"):
                await self._identity.ready()
                return Response.json(self._identity.jwks())
        return Response.json({"error": f"no {request.method} {request.path} here"}, 404)

    def _rpcs(self, request: Request) -> Response:
        """Names in order; `?detail=1` adds headers and status, `?containers=1` the runtime's."""
        served = self._router.log
        if "containers" not in request.query:
            served = [each for each in served if each.plane != "container"]
        if "detail" in request.query:
            return Response.json([vars(each) for each in served])
        return Response.json([each.rpc for each in served])

    def _fault(self, request: Request) -> Response:
        try:
            self._faults.add(json.loads(request.body))
        except (TypeError, KeyError, ValueError) as error:
            return Response.json({"error": str(error)}, 400)
        return Response(204)

    async def _call(self, call: Call, request: Request) -> Response:
        """One call; `?wait=SECONDS` waits for its end."""
        wait = min(float(request.query.get("wait", "0")), _MOST_WAIT_SECONDS)
        deadline = time.monotonic() + wait
        while any(item.output is None for item in call.inputs):
            remaining = deadline - time.monotonic()
            if remaining <= 0 or not await call.changed.wait(remaining):
                break
        return Response.json(self._describe(call))

    def _describe(self, call: Call, brief: bool = False) -> dict[str, Any]:
        """A call with its input and output, in a list without those that are long."""
        function = call.function
        description = {
            "function_call_id": call.function_call_id,
            "app": function.app.name,
            "environment": function.app.environment.name,
            "function": function.name,
            "invocation": "spawn" if call.invocation in _SPAWNED else "remote",
            "plane": call.plane,
            "created_at": call.created_at,
            # When the caller had read that the call was taken, and by what fault it may not have.
            "confirmed_at": self._router.receipts.read.get(call.function_call_id),
            "confirmation_lost": self._router.receipts.lost.get(call.function_call_id),
        }
        items = [self._describe_input(item, brief) for item in call.inputs]
        return {**description, **items[0]} if len(items) == 1 else {**description, "inputs": items}

    def _describe_input(self, item: Input, brief: bool) -> dict[str, Any]:
        message = item.message
        blob = bool(message.args_blob_id)
        serialized = self._blobs.content(message.args_blob_id) if blob else message.args
        long = brief and len(serialized) > _BRIEF_BYTES
        args, kwargs = (not long and plain(serialized, message.data_format)) or (None, None)
        description: dict[str, Any] = {
            "input_id": item.input_id,
            "attempt": item.attempt_token,
            "method": message.method_name,
            "input_format": api_pb2.DataFormat.Name(message.data_format),
            "input_by_blob": blob,
            "input_bytes": len(serialized),
            "args": _json(args),
            "kwargs": _json(kwargs),
            "retry_count": item.retry_count,
            "tries": [_status_name(status) for status in item.history],
        }
        if item.output is None:
            return {**description, "status": "RUNNING" if item.container else "PENDING"}
        result = item.output.result
        description["status"] = _status_name(result.status)
        description["exception"] = result.exception
        description["output_format"] = api_pb2.DataFormat.Name(item.output.data_format)
        description["output_by_blob"] = bool(result.data_blob_id)
        if result.status == api_pb2.GenericResult.GENERIC_STATUS_SUCCESS:
            blob = bool(result.data_blob_id)
            data = self._blobs.content(result.data_blob_id) if blob else result.data
            long = brief and len(data) > _BRIEF_BYTES
            description["output_bytes"] = len(data)
            description["result"] = None if long else _json(plain(data, item.output.data_format))
        return description


_SPAWNED = (
    api_pb2.FUNCTION_CALL_INVOCATION_TYPE_ASYNC,
    api_pb2.FUNCTION_CALL_INVOCATION_TYPE_ASYNC_LEGACY,
)


def _status_name(status: int) -> str:
    return api_pb2.GenericResult.GenericStatus.Name(status).removeprefix("GENERIC_STATUS_")


def plain(data: bytes, data_format: int) -> Any:
    """The value, if it is plain data; None for whatever needs a class to be read."""
    if not data:
        return None
    try:
        if data_format == api_pb2.DATA_FORMAT_CBOR:
            import cbor2

            return cbor2.loads(data)
        if data_format == api_pb2.DATA_FORMAT_PICKLE:
            return _PlainUnpickler(io.BytesIO(data)).load()
    except Exception:
        return None
    return None


class _PlainUnpickler(pickle.Unpickler):
    """Reads lists, numbers and the like, and imports nothing."""

    def find_class(self, module: str, name: str) -> Any:
        raise pickle.UnpicklingError(f"{module}.{name} is not plain data")


def _json(value: Any) -> Any:
    """The value as every JSON reader has it; what JSON or 64 bits cannot hold, by its `repr`."""
    match value:
        case dict():
            return {str(key): _json(each) for key, each in value.items()}
        case list() | tuple():
            return [_json(each) for each in value]
        case float() if not math.isfinite(value):
            return repr(value)
        case int() if not -(2**63) <= value < 2**64:
            return repr(value)
        case None | bool() | int() | float() | str():
            return value
    return repr(value)
