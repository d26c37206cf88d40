"""Whether a caller has read that its call was taken: what the count of repetitions rests on."""

import asyncio
import time
import unittest
from typing import Any

import cbor2
from google.protobuf.empty_pb2 import Empty
from grpclib.client import Channel
from grpclib.exceptions import GRPCError, StreamTerminatedError
from modal_proto import api_pb2
from modal_proto.api_grpc import ModalClientStub

from .support import HEADERS, shared


class Receipts(unittest.TestCase):
    """What the admin server tells of the answer to `FunctionMap`."""

    def setUp(self) -> None:
        self.modal = shared()

    def tearDown(self) -> None:
        self.modal.admin("DELETE", "/faults")

    def test_an_answer_that_was_read_is_confirmed(self) -> None:
        asyncio.run(self._with_channel(self._map))
        self.assertEqual(self._last(), (True, None))

    def test_an_answer_that_was_never_sent_is_lost_by_that_fault(self) -> None:
        self.modal.fault(rpc="FunctionMap", code="UNAVAILABLE", after=True, name="held back")
        with self.assertRaises(GRPCError):
            asyncio.run(self._with_channel(self._map))
        self.assertEqual(self._last(), (False, "held back"))

    def test_what_a_broken_connection_carried_may_be_lost_and_what_was_read_is_not(self) -> None:
        asyncio.run(self._with_channel(self._map_and_break))
        before, last = self.modal.admin("GET", "/calls")[-2:]
        self.assertEqual(_receipt(before), (True, None))
        self.assertEqual(_receipt(last), (False, "cut"))

    async def _map_and_break(self, stub: Any, channel: Channel) -> None:
        function_id = await self._map(stub, channel)
        await asyncio.sleep(0.1)
        self.modal.fault(rpc="ClientHello", drop=True, name="cut")
        count = len(self.modal.admin("GET", "/calls"))
        # From now on nothing is read, as by a process that is frozen.
        (await channel.__connect__()).connection._transport.pause_reading()
        second = asyncio.ensure_future(self._map(stub, channel, function_id))
        second.add_done_callback(_look)
        while len(await asyncio.to_thread(self.modal.admin, "GET", "/calls")) == count:
            await asyncio.sleep(0.02)
        hello = asyncio.ensure_future(stub.ClientHello(Empty(), metadata=HEADERS))
        hello.add_done_callback(_look)
        await asyncio.sleep(0.2)
        # A transport that does not read does not see its end.
        (await channel.__connect__()).connection._transport.abort()
        await asyncio.sleep(0.1)

    async def _with_channel(self, work: Any) -> None:
        channel = Channel("127.0.0.1", int(self.modal.server_url.rpartition(":")[2]))
        try:
            await work(ModalClientStub(channel), channel)
        finally:
            channel.close()

    async def _map(self, stub: Any, _: Channel, function_id: str = "") -> str:
        if not function_id:
            lookup = api_pb2.FunctionGetRequest(app_name="thumbnails", object_tag="echo")
            function_id = (await stub.FunctionGet(lookup, metadata=HEADERS)).function_id
        message = api_pb2.FunctionInput(
            data_format=api_pb2.DATA_FORMAT_CBOR, args=cbor2.dumps([[1, 2], {}])
        )
        request = api_pb2.FunctionMapRequest(
            function_id=function_id,
            function_call_type=api_pb2.FUNCTION_CALL_TYPE_UNARY,
            function_call_invocation_type=api_pb2.FUNCTION_CALL_INVOCATION_TYPE_SYNC,
            pipelined_inputs=[api_pb2.FunctionPutInputsItem(idx=0, input=message)],
        )
        await stub.FunctionMap(request, metadata=HEADERS)
        return function_id

    def _last(self) -> tuple[bool, str | None]:
        deadline = time.monotonic() + 5
        while True:
            receipt = _receipt(self.modal.last_call())
            if receipt != (False, None) or time.monotonic() > deadline:
                return receipt
            time.sleep(0.02)


def _receipt(call: dict[str, Any]) -> tuple[bool, str | None]:
    return call["confirmed_at"] is not None, call["confirmation_lost"]


def _look(task: asyncio.Task[Any]) -> None:
    """What a broken connection fails with is no news."""
    if not task.cancelled() and not isinstance(
        task.exception(), (GRPCError, StreamTerminatedError, OSError, type(None))
    ):
        raise AssertionError(task.exception())
