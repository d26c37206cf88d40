"""What Modal's runtime calls from within a container, on that container's own socket."""

from google.protobuf.empty_pb2 import Empty
from modal_proto import api_pb2

from .container import Container
from .containers import Containers
from .errors import invalid
from .rpc import Caller
from .state import Workspace

#: longest wait for an input; the runtime asks again
_POLL_SECONDS = 45

#: A heartbeat is held nearly as long as the runtime's interval of 15 s: answered at once, the
#: runtime would sleep through it, and a cancellation would reach it late.
_HEARTBEAT_SECONDS = 14


class ContainerRpcs:
    """RPCs of the runtime."""

    def __init__(self, workspace: Workspace, containers: Containers) -> None:
        self._workspace = workspace
        self._containers = containers

    async def ContainerHello(self, caller: Caller, _: Empty) -> object:
        _container(caller)
        return Empty()

    async def ContainerHeartbeat(
        self, caller: Caller, _: api_pb2.ContainerHeartbeatRequest
    ) -> object:
        stopped = await _container(caller).next_interruption(_HEARTBEAT_SECONDS)
        answer = api_pb2.ContainerHeartbeatResponse()
        if stopped:
            answer.cancel_input_event.input_ids.extend(stopped)
        return answer

    async def ContainerStop(self, caller: Caller, _: api_pb2.ContainerStopRequest) -> object:
        _container(caller).kill()
        return api_pb2.ContainerStopResponse()

    async def TaskResult(self, caller: Caller, request: api_pb2.TaskResultRequest) -> object:
        _container(caller).result = request.result
        return Empty()

    async def FunctionGetInputs(
        self, caller: Caller, request: api_pb2.FunctionGetInputsRequest
    ) -> object:
        container = _container(caller)
        most = max(1, request.batch_max_size)
        items = await self._containers.take(container, most, _POLL_SECONDS)
        if container.retired and not items:
            stop = api_pb2.FunctionGetInputsItem(kill_switch=True)
            return api_pb2.FunctionGetInputsResponse(inputs=[stop])
        return api_pb2.FunctionGetInputsResponse(
            inputs=[
                api_pb2.FunctionGetInputsItem(
                    input_id=item.input_id,
                    input=item.message,
                    function_call_id=item.call.function_call_id,
                    function_call_invocation_type=item.call.invocation,
                    retry_count=item.retry_count,
                    attempt_token=item.attempt_token,
                    from_input_plane=bool(item.attempt_token),
                )
                for item in items
            ]
        )

    async def FunctionPutOutputs(
        self, caller: Caller, request: api_pb2.FunctionPutOutputsRequest
    ) -> object:
        container = _container(caller)
        for output in request.outputs:
            item = container.running.get(output.input_id)
            if item is not None and item.retry_count == output.retry_count:
                self._containers.finish(item, output.result, output.data_format)
        return Empty()

    async def FunctionCallPutDataOut(
        self, caller: Caller, request: api_pb2.FunctionCallPutDataRequest
    ) -> object:
        _container(caller)
        if request.WhichOneof("call_info") == "attempt_token":
            call = self._containers.input_of_attempt(request.attempt_token).call
        else:
            call = self._workspace.call(request.function_call_id)
        call.data_out.extend(request.data_chunks)
        call.changed.notify()
        return Empty()


def _container(caller: Caller) -> Container:
    if not isinstance(caller.container, Container):
        raise invalid("only a container may call this")
    return caller.container
