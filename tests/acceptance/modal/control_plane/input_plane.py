"""The input plane: a second server of the same service, which knows attempts and no calls."""

import time

from modal_proto import api_pb2

from .blobs import Blobs
from .calls import check_input, new_input
from .containers import Containers
from .errors import invalid
from .rpc import Caller
from .state import Call, Workspace


class InputPlane:
    """RPCs that `remote` uses for a function with an `input_plane_url`."""

    def __init__(self, workspace: Workspace, containers: Containers, blobs: Blobs) -> None:
        self._workspace = workspace
        self._containers = containers
        self._blobs = blobs

    async def AttemptStart(self, caller: Caller, request: api_pb2.AttemptStartRequest) -> object:
        function = self._workspace.function(request.function_id)
        if not function.handle.input_plane_url:
            raise invalid(f"Function '{function.name}' is not served by the input plane.")
        call = Call(
            function,
            api_pb2.FUNCTION_CALL_TYPE_UNARY,
            api_pb2.FUNCTION_CALL_INVOCATION_TYPE_SYNC,
            caller.plane.value,
        )
        item = new_input(call, request.input, self._blobs, self._workspace)
        self._workspace.calls[call.function_call_id] = call
        token = self._containers.new_attempt(item)
        self._containers.enqueue(item)
        return api_pb2.AttemptStartResponse(
            attempt_token=token, retry_policy=function.definition.retry_policy
        )

    async def AttemptAwait(self, _: Caller, request: api_pb2.AttemptAwaitRequest) -> object:
        item = self._containers.input_of_attempt(request.attempt_token)
        deadline = time.monotonic() + request.timeout_secs
        while item.output is None:
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                return api_pb2.AttemptAwaitResponse()
            await item.call.changed.wait(remaining)
        return api_pb2.AttemptAwaitResponse(output=item.output)

    async def AttemptRetry(self, _: Caller, request: api_pb2.AttemptRetryRequest) -> object:
        item = self._containers.input_of_attempt(request.attempt_token)
        if item.call.function.function_id != request.function_id:
            raise invalid("the attempt is of another function")
        check_input(item.call.function, request.input.input, item.call.invocation, self._blobs)
        item.message = request.input.input
        token = self._containers.new_attempt(item)
        self._containers.retry(item)
        return api_pb2.AttemptRetryResponse(attempt_token=token)
