"""Scheduling: inputs wait in a queue per function, containers take them, outputs come back."""

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field

from modal_proto import api_pb2

from .container import Container, Launcher
from .errors import not_found
from .faults import Faults
from .ids import new_id
from .signals import Signal
from .state import Call, Function, Input, Workspace

Status = api_pb2.GenericResult

#: containers of one function at a time, unless the function says fewer
_MOST_CONTAINERS = 4

_ASYNC = api_pb2.FUNCTION_CALL_INVOCATION_TYPE_ASYNC


@dataclass
class Pool:
    """The containers of one function, and the inputs that wait for one."""

    function: Function
    pending: deque[Input] = field(default_factory=deque)
    containers: list[Container] = field(default_factory=list)
    arrived: Signal = field(default_factory=Signal)

    @property
    def most_containers(self) -> int:
        definition = self.function.definition
        limit = definition.autoscaler_settings.max_containers or definition.concurrency_limit
        return min(limit or _MOST_CONTAINERS, _MOST_CONTAINERS)


class Containers:
    """Starts containers where inputs wait, and sees every input to its end."""

    def __init__(self, workspace: Workspace, launcher: Launcher, faults: Faults) -> None:
        self._workspace = workspace
        self._launcher = launcher
        self._faults = faults
        self._pools: dict[str, Pool] = {}
        self._attempts: dict[str, Input] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False

    # --- inputs coming in ---

    def enqueue(self, item: Input) -> None:
        """Let an input wait for a container, and start one if none is free."""
        pool = self._pool(item.call.function)
        pool.pending.append(item)
        pool.arrived.notify()
        self._scale(pool)

    def retry(self, item: Input) -> None:
        """Run an input again; its last output is gone. A running one is left to finish."""
        if item.output is None:
            return
        item.output = None
        item.cancelled = False
        item.retry_count += 1
        self.enqueue(item)

    def cancel(self, call: Call, terminate_containers: bool) -> None:
        """End what waits, interrupt what runs."""
        for item in call.inputs:
            if item.output is not None:
                continue
            item.cancelled = True
            if item.container is None:
                pending = self._pool(call.function).pending
                if item in pending:
                    pending.remove(item)
                self.finish(item, Status(status=Status.GENERIC_STATUS_TERMINATED))
            elif terminate_containers:
                item.container.kill()
            else:
                item.container.interrupt(item)

    def new_attempt(self, item: Input) -> str:
        """A token for the next try of an input-plane input; the older ones are void."""
        self._attempts.pop(item.attempt_token, None)
        item.attempt_token = new_id("at")
        self._attempts[item.attempt_token] = item
        return item.attempt_token

    def input_of_attempt(self, token: str) -> Input:
        """The input that an attempt token stands for."""
        if token not in self._attempts:
            raise not_found("No attempt with this token found.")
        return self._attempts[token]

    # --- containers taking inputs ---

    async def take(self, container: Container, most: int, seconds: float) -> list[Input]:
        """Up to `most` inputs for a container; none when there were none in time."""
        pool = self._pool(container.function)
        container.polls += 1
        deadline = time.monotonic() + seconds
        try:
            while not pool.pending and not container.retired:
                # Woken, but another container may have been faster.
                remaining = deadline - time.monotonic()
                if remaining <= 0 or not await pool.arrived.wait(remaining):
                    break
        finally:
            container.polls -= 1
        most = 0 if container.retired else min(most, len(pool.pending))
        taken = [pool.pending.popleft() for _ in range(most)]
        for item in taken:
            self._assign(item, container)
        return taken

    def _assign(self, item: Input, container: Container) -> None:
        item.container = container
        item.started_at = time.time()
        container.took_input = True
        container.running[item.input_id] = item
        timeout = container.function.definition.timeout_secs
        if timeout:
            retry = item.retry_count
            asyncio.get_running_loop().call_later(timeout, self._time_out, item, retry, container)
        item.call.changed.notify()

    def _time_out(self, item: Input, retry: int, container: Container) -> None:
        if item.output is None and item.container is container and item.retry_count == retry:
            seconds = container.function.definition.timeout_secs
            text = f"Task's current input {item.input_id} hit its timeout of {seconds}s"
            self.finish(item, Status(status=Status.GENERIC_STATUS_TIMEOUT, exception=text))
            container.kill()

    # --- outputs ---

    def finish(
        self,
        item: Input,
        result: api_pb2.GenericResult,
        data_format: int = api_pb2.DATA_FORMAT_UNSPECIFIED,
    ) -> None:
        """Give an input its output, or run it again where that is the server's business."""
        container = item.container
        if container is not None:
            container.running.pop(item.input_id, None)
        if item.output is not None:
            return
        function = item.call.function
        replaced = self._faults.take_output(function.name)
        if replaced is not None:
            result, data_format = replaced, api_pb2.DATA_FORMAT_UNSPECIFIED
        if item.cancelled and result.status != Status.GENERIC_STATUS_SUCCESS:
            result, data_format = Status(status=Status.GENERIC_STATUS_TERMINATED), 0
        item.history.append(result.status)
        item.container = None
        if self._retried_by_server(item, result):
            self._in_background(self._retry_later(item))
            return
        item.output = api_pb2.FunctionGetOutputsItem(
            result=result,
            idx=item.idx,
            input_id=item.input_id,
            data_format=data_format,
            task_id=container.task_id if container is not None else "",
            input_started_at=item.started_at,
            output_created_at=time.time(),
            retry_count=item.retry_count,
        )
        item.call.changed.notify()

    def _retried_by_server(self, item: Input, result: api_pb2.GenericResult) -> bool:
        """Only spawned calls: those that somebody waits for are retried by the client."""
        if item.call.invocation != _ASYNC or item.cancelled or self._closing:
            return False
        if result.status == Status.GENERIC_STATUS_INTERNAL_FAILURE:
            return len(item.history) < 8
        failed = (Status.GENERIC_STATUS_FAILURE, Status.GENERIC_STATUS_TIMEOUT)
        retries = item.call.function.definition.retry_policy.retries
        tries = sum(1 for status in item.history if status in failed)
        return result.status in failed and tries <= retries

    async def _retry_later(self, item: Input) -> None:
        policy = item.call.function.definition.retry_policy
        factor = policy.backoff_coefficient ** max(0, len(item.history) - 1)
        delay = policy.initial_delay_ms * factor
        if policy.max_delay_ms:
            delay = min(delay, policy.max_delay_ms)
        await asyncio.sleep(delay / 1000)
        if not item.cancelled:
            item.retry_count += 1
            self.enqueue(item)

    # --- containers coming and going ---

    def retire(self, function: Function) -> None:
        """Let the containers of a function end with what they run, as after a deploy."""
        pool = self._pool(function)
        for container in pool.containers:
            container.retired = True
        pool.arrived.notify()

    def _pool(self, function: Function) -> Pool:
        return self._pools.setdefault(function.function_id, Pool(function))

    def _scale(self, pool: Pool) -> None:
        free = sum(container.free for container in pool.containers)
        room = pool.most_containers - sum(not each.retired for each in pool.containers)
        for _ in range(max(0, min(len(pool.pending) - free, room))):
            container = Container(pool.function)
            pool.containers.append(container)
            self._in_background(self._live(pool, container))

    async def _live(self, pool: Pool, container: Container) -> None:
        """A container from its start to its end."""
        if self._closing:
            return
        try:
            code = await self._launcher.run(container)
        finally:
            pool.containers.remove(container)
        self._buried(pool, container, code)
        self._scale(pool)

    def _buried(self, pool: Pool, container: Container, code: int) -> None:
        """What became of the inputs of a container that ended."""
        for item in list(container.running.values()):
            text = f"Container exited with code {code} while it ran this input"
            result = Status(status=Status.GENERIC_STATUS_FAILURE, exception=text)
            self.finish(item, container.result or result)
        if not container.took_input and pool.pending and not self._closing:
            # One input pays for it, or the container would be started again for ever.
            text = f"Container exited with code {code} before it took an input"
            result = Status(status=Status.GENERIC_STATUS_INIT_FAILURE, exception=text)
            self.finish(pool.pending.popleft(), container.result or result)

    def _in_background(self, work: object) -> None:
        task = asyncio.ensure_future(work)  # type: ignore[arg-type]
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """End all containers, and wait until they are gone."""
        self._closing = True
        for pool in self._pools.values():
            for container in pool.containers:
                container.kill()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
