"""Calling functions by the control plane: `FunctionMap` and what belongs to it."""

import asyncio
import time

from google.protobuf.empty_pb2 import Empty
from modal_proto import api_pb2

from .blobs import Blobs
from .containers import Containers
from .errors import exhausted, invalid
from .rpc import Caller
from .state import Call, Function, Input, Workspace

#: largest serialized input that may come inline
SYNC_LIMIT = 2 * 1024 * 1024
ASYNC_LIMIT = 8 * 1024

#: a result taken with `clear_on_success` stays this long, for an answer that was lost
EXPIRES_AFTER_SECONDS = 10

_SUCCESS = api_pb2.GenericResult.GENERIC_STATUS_SUCCESS
_ASYNC = (
    api_pb2.FUNCTION_CALL_INVOCATION_TYPE_ASYNC,
    api_pb2.FUNCTION_CALL_INVOCATION_TYPE_ASYNC_LEGACY,
)


def new_input(
    call: Call, item: api_pb2.FunctionPutInputsItem, blobs: Blobs, workspace: Workspace
) -> Input:
    """Take an input into a call, checked as Modal's limits and methods demand."""
    message = item.input
    check_input(call.function, message, call.invocation, blobs)
    taken = Input(call, item.idx, message)
    call.inputs.append(taken)
    workspace.inputs[taken.input_id] = taken
    return taken


def check_input(
    function: Function, message: api_pb2.FunctionInput, invocation: int, blobs: Blobs
) -> None:
    """Refuse an input that is too large to come inline, or for a method that is not there."""
    limit = ASYNC_LIMIT if invocation in _ASYNC else SYNC_LIMIT
    if len(message.args) > limit:
        raise exhausted(f"Input of {len(message.args)} bytes is over {limit}: upload it as a blob.")
    if message.args_blob_id:
        blobs.content(message.args_blob_id)
    methods = function.definition.method_definitions
    if function.definition.is_class and message.method_name not in methods:
        raise invalid(f"'{function.name}' has no method '{message.method_name}'.")


class Calls:
    """RPCs of the control plane that start, retry, cancel and read calls."""

    def __init__(self, workspace: Workspace, containers: Containers, blobs: Blobs) -> None:
        self._workspace = workspace
        self._containers = containers
        self._blobs = blobs

    async def FunctionMap(self, caller: Caller, request: api_pb2.FunctionMapRequest) -> object:
        function = self._workspace.function(request.function_id)
        invocation = request.function_call_invocation_type
        if invocation == api_pb2.FUNCTION_CALL_INVOCATION_TYPE_UNSPECIFIED:
            raise invalid("function_call_invocation_type is required")
        if request.function_call_type == api_pb2.FUNCTION_CALL_TYPE_UNSPECIFIED:
            raise invalid("function_call_type is required")
        call = Call(function, request.function_call_type, invocation, caller.plane.value)
        inputs = [self._new_input(call, item) for item in request.pipelined_inputs]
        self._workspace.calls[call.function_call_id] = call
        for item in inputs:
            self._containers.enqueue(item)
        return api_pb2.FunctionMapResponse(
            function_call_id=call.function_call_id,
            function_call_jwt=call.jwt,
            pipelined_inputs=[_taken(item) for item in inputs],
            retry_policy=function.definition.retry_policy,
            sync_client_retries_enabled=True,
            max_inputs_outstanding=1000,
        )

    async def FunctionPutInputs(
        self, _: Caller, request: api_pb2.FunctionPutInputsRequest
    ) -> object:
        call = self._workspace.call(request.function_call_id)
        inputs = [self._new_input(call, item) for item in request.inputs]
        for item in inputs:
            self._containers.enqueue(item)
        return api_pb2.FunctionPutInputsResponse(inputs=[_taken(item) for item in inputs])

    async def FunctionRetryInputs(
        self, _: Caller, request: api_pb2.FunctionRetryInputsRequest
    ) -> object:
        retried = []
        for item in request.inputs:
            known = self._workspace.input_by_jwt(item.input_jwt)
            if known.call.jwt != request.function_call_jwt:
                raise invalid("the input does not belong to this function call")
            check_input(known.call.function, item.input, known.call.invocation, self._blobs)
            known.message = item.input
            retried.append(known)
        for known in retried:
            self._containers.retry(known)
        return api_pb2.FunctionRetryInputsResponse(
            input_jwts=[known.input_jwt for known in retried]
        )

    async def FunctionGetOutputs(
        self, _: Caller, request: api_pb2.FunctionGetOutputsRequest
    ) -> object:
        if not request.last_entry_id:
            raise invalid("No last_entry_id provided.")
        call = self._workspace.call(request.function_call_id)
        deadline = time.monotonic() + request.timeout
        while True:
            answer = _outputs(call, request)
            remaining = deadline - time.monotonic()
            expired = bool(call.inputs) and all(item.expired for item in call.inputs)
            if answer.outputs or expired or remaining <= 0:
                return answer
            await call.changed.wait(remaining)

    async def FunctionCallCancel(
        self, _: Caller, request: api_pb2.FunctionCallCancelRequest
    ) -> object:
        call = self._workspace.call(request.function_call_id)
        self._containers.cancel(call, request.terminate_containers)
        return Empty()

    async def FunctionCallFromId(
        self, _: Caller, request: api_pb2.FunctionCallFromIdRequest
    ) -> object:
        call = self._workspace.call(request.function_call_id)
        return api_pb2.FunctionCallFromIdResponse(
            function_call_id=call.function_call_id,
            num_inputs=len(call.inputs),
            metadata=api_pb2.FunctionCallHandleMetadata(
                app_id=call.function.app.app_id, function_id=call.function.function_id
            ),
        )

    async def FunctionCallGetDataOut(
        self, _: Caller, request: api_pb2.FunctionCallGetDataRequest
    ):  # an async generator, as the RPC streams
        if request.WhichOneof("call_info") == "attempt_token":
            call = self._containers.input_of_attempt(request.attempt_token).call
        else:
            call = self._workspace.call(request.function_call_id)
        sent = request.last_index
        while True:
            for chunk in list(call.data_out):
                if chunk.index > sent:
                    sent = chunk.index
                    yield chunk
            await call.changed.wait(60)

    def _new_input(self, call: Call, item: api_pb2.FunctionPutInputsItem) -> Input:
        return new_input(call, item, self._blobs, self._workspace)


def _taken(item: Input) -> api_pb2.FunctionPutInputsResponseItem:
    return api_pb2.FunctionPutInputsResponseItem(
        idx=item.idx, input_id=item.input_id, input_jwt=item.input_jwt
    )


def _outputs(
    call: Call, request: api_pb2.FunctionGetOutputsRequest
) -> api_pb2.FunctionGetOutputsResponse:
    wanted = [item for item in call.inputs if item.output is not None and not item.expired]
    if request.HasField("start_idx"):
        wanted = [item for item in wanted if item.idx >= request.start_idx]
    if request.HasField("end_idx"):
        wanted = [item for item in wanted if item.idx <= request.end_idx]
    if request.max_values:
        wanted = wanted[: request.max_values]
    answer = api_pb2.FunctionGetOutputsResponse(
        idxs=[item.idx for item in wanted],
        outputs=[item.output for item in wanted],
        last_entry_id=f"{len(wanted)}-0",
        num_unfinished_inputs=sum(1 for item in call.inputs if item.output is None),
    )
    if request.clear_on_success:
        for item in wanted:
            if item.output is not None and item.output.result.status == _SUCCESS:
                _expire_soon(item)
    return answer


def _expire_soon(item: Input) -> None:
    def expire() -> None:
        item.expired = True
        item.call.changed.notify()

    asyncio.get_running_loop().call_later(EXPIRES_AFTER_SECONDS, expire)
