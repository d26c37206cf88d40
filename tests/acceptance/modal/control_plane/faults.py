"""Faults that a test asks for: refusals, lost answers, throttling, delays, failed workers."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from grpclib.const import Status
from grpclib.exceptions import GRPCError
from modal_proto import api_pb2


@dataclass
class Fault:
    """What happens to the next `times` calls of one RPC."""

    rpc: str
    code: str = ""
    times: int = 1
    #: True: the RPC is carried out, and its answer is lost
    after: bool = False
    message: str = "injected fault"
    #: sends a `RPCRetryPolicy`, which is how Modal throttles
    retry_after_secs: float | None = None
    delay_seconds: float = 0.0
    #: fields of the request that are lost, such as `pipelined_inputs` when the queue is full
    clear: list[str] = field(default_factory=list)
    #: text for the trailer by which Modal warns, beside a good answer
    warning: str = ""
    #: True: the connection breaks, with everything else that is on it
    drop: bool = False
    #: by which `struck` counts it; the faults without one are not counted
    name: str = ""

    def error(self) -> GRPCError | None:
        """The error that the caller gets; None when the fault is only a delay."""
        if not self.code:
            return None
        details = None
        if self.retry_after_secs is not None:
            details = [api_pb2.RPCRetryPolicy(retry_after_secs=self.retry_after_secs)]
        return GRPCError(Status[self.code], self.message, details)


@dataclass
class OutputFault:
    """The next `times` outputs are replaced by this status, as if a worker were lost."""

    output: str
    times: int = 1
    function: str = ""
    message: str = "injected failure"
    name: str = ""


class Faults:
    """The faults that wait to happen."""

    def __init__(self) -> None:
        self._rpcs: list[Fault] = []
        self._outputs: list[OutputFault] = []
        #: how often each named fault happened
        self.struck: Counter[str] = Counter()

    def add(self, description: dict[str, Any]) -> None:
        """Take a fault as the admin server gets it; a wrong field or value is an error."""
        if "output" in description:
            fault = OutputFault(**description)
            api_pb2.GenericResult.GenericStatus.Value(f"GENERIC_STATUS_{fault.output}")
            self._outputs.append(fault)
        else:
            fault = Fault(**description)
            if fault.code:
                Status[fault.code]
            self._rpcs.append(fault)

    def clear(self) -> None:
        """Forget all of them."""
        self._rpcs.clear()
        self._outputs.clear()

    def _count(self, name: str) -> None:
        if name:
            self.struck[name] += 1

    def take(self, rpc: str) -> Fault | None:
        """The fault for this call of `rpc`, used up by one."""
        for fault in self._rpcs:
            if fault.rpc == rpc and fault.times > 0:
                fault.times -= 1
                self._count(fault.name)
                return fault
        return None

    def take_output(self, function: str) -> api_pb2.GenericResult | None:
        """The result that replaces the one a function of this name just gave."""
        for fault in self._outputs:
            if fault.times > 0 and fault.function in ("", function):
                fault.times -= 1
                self._count(fault.name)
                status = api_pb2.GenericResult.GenericStatus.Value(f"GENERIC_STATUS_{fault.output}")
                return api_pb2.GenericResult(status=status, exception=fault.message)
        return None
