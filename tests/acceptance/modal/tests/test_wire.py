"""The protocol itself, for clients that are not Modal's Python client."""

import asyncio
import datetime
import time
import unittest
import urllib.error
import urllib.request
from typing import Any

import cbor2
from google.protobuf.empty_pb2 import Empty
from grpclib.client import Channel
from grpclib.const import Status
from grpclib.exceptions import GRPCError
from modal_proto import api_pb2
from modal_proto.api_grpc import ModalClientStub

from .support import HEADERS, Wire, shared

SYNC = api_pb2.FUNCTION_CALL_INVOCATION_TYPE_SYNC
ASYNC = api_pb2.FUNCTION_CALL_INVOCATION_TYPE_ASYNC
CBOR = api_pb2.DATA_FORMAT_CBOR


class OnTheWire(unittest.TestCase):
    """Bare RPCs to the control plane."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.modal = shared()
        cls.wire = Wire(cls.modal.server_url)

    def tearDown(self) -> None:
        self.modal.admin("DELETE", "/faults")

    def get(self, tag: str, app: str = "thumbnails") -> Any:
        return self.wire.call(
            "FunctionGet", api_pb2.FunctionGetRequest(app_name=app, object_tag=tag)
        )

    def map_request(self, tag: str, args: bytes, invocation: int = SYNC, **fields: Any) -> Any:
        message = api_pb2.FunctionInput(data_format=CBOR, args=args, **fields)
        return api_pb2.FunctionMapRequest(
            function_id=self.get(tag).function_id,
            function_call_type=api_pb2.FUNCTION_CALL_TYPE_UNARY,
            function_call_invocation_type=invocation,
            pipelined_inputs=[api_pb2.FunctionPutInputsItem(idx=0, input=message)],
        )

    def output(self, call: Any, **fields: Any) -> Any:
        request = api_pb2.FunctionGetOutputsRequest(
            function_call_id=call.function_call_id, timeout=20, last_entry_id="0-0", **fields
        )
        return self.wire.call("FunctionGetOutputs", request).outputs[0]

    def remote(self, tag: str, *args: Any, **fields: Any) -> Any:
        serialized = cbor2.dumps([list(args), {}])
        return self.output(
            self.wire.call("FunctionMap", self.map_request(tag, serialized, **fields))
        )

    def refused(self, rpc: str, request: Any, **headers: str) -> GRPCError:
        with self.assertRaises(GRPCError) as raised:
            self.wire.call(rpc, request, **headers)
        return raised.exception

    def test_cbor_in_gives_cbor_out(self) -> None:
        output = self.remote("echo", {"n": 2**63}, {"f": 0.5})
        self.assertEqual(output.result.status, api_pb2.GenericResult.GENERIC_STATUS_SUCCESS)
        self.assertEqual(output.data_format, CBOR)
        value = cbor2.loads(output.result.data)
        self.assertEqual(value, {"event": {"n": 2**63}, "params": {"f": 0.5}})

    def test_values_beyond_json_come_back_as_cbor_has_them(self) -> None:
        for kind, expected in (
            ("big", 2**80),
            ("bytes", b"\x00\xff"),
            ("aware", datetime.datetime(2026, 11, 22, 1, 2, 3, tzinfo=datetime.timezone.utc)),
            ("tuple", [1, "two"]),
            ("infinity", float("inf")),
        ):
            output = self.remote("numbers", {"kind": kind}, {})
            self.assertEqual(cbor2.loads(output.result.data), {"value": expected})
            shown = self.modal.last_call()["result"]["value"]
            plain = [1, "two"] if kind == "tuple" else repr(expected)
            self.assertEqual(shown, plain)

    def test_a_value_that_cbor_has_not_fails_after_the_function_ran(self) -> None:
        result = self.remote("numbers", {"kind": "naive"}, {}).result
        self.assertEqual(result.status, api_pb2.GenericResult.GENERIC_STATUS_FAILURE)
        self.assertIn("SerializationError", result.exception)

    def test_a_failure_of_a_cbor_call_has_text_and_no_data(self) -> None:
        result = self.remote("raise_error", "x", {}).result
        self.assertEqual(result.status, api_pb2.GenericResult.GENERIC_STATUS_FAILURE)
        self.assertEqual(result.exception, "ValueError(\"cannot render 'x'\")")
        self.assertIn("in raise_error", result.traceback)
        self.assertEqual(result.WhichOneof("data_oneof"), None)

    def test_the_handle_says_what_a_function_is(self) -> None:
        render = self.get("render")
        formats = [api_pb2.DATA_FORMAT_PICKLE, CBOR]
        self.assertEqual(list(render.handle_metadata.supported_input_formats), formats)
        self.assertEqual(list(render.handle_metadata.supported_output_formats), formats)
        self.assertFalse(render.handle_metadata.HasField("input_plane_url"))
        self.assertFalse(render.handle_metadata.HasField("max_object_size_bytes"))
        schema = render.handle_metadata.function_schema
        self.assertEqual([each.name for each in schema.arguments], ["event", "params"])
        self.assertEqual(render.function.timeout_secs, 300)
        self.assertEqual(len(render.function.ranked_functions), 1)

        handle = self.get("by_input_plane").handle_metadata
        self.assertEqual(
            (handle.input_plane_url, handle.input_plane_region),
            (self.modal.input_plane_url, "us-west"),
        )
        self.assertEqual(list(self.get("old").handle_metadata.supported_input_formats), [])
        self.assertEqual(
            self.get("generator").handle_metadata.function_type,
            api_pb2.Function.FUNCTION_TYPE_GENERATOR,
        )
        self.assertTrue(self.get("web").handle_metadata.web_url)
        methods = self.get("Model.*").handle_metadata.method_handle_metadata
        self.assertEqual(list(methods), ["predict"])
        self.assertEqual(list(methods["predict"].supported_input_formats), formats)

    def test_a_method_is_reached_by_its_service_function(self) -> None:
        output = self.remote("Model.*", {"n": 2}, {}, method_name="predict")
        self.assertEqual(cbor2.loads(output.result.data), {"doubled": 4, "params": {}})
        error = self.refused("FunctionMap", self.map_request("Model.*", b"", method_name="no"))
        self.assertEqual(error.status, Status.INVALID_ARGUMENT)
        self.assertEqual(error.message, "'Model.*' has no method 'no'.")

    def test_an_input_over_the_inline_limit_is_refused(self) -> None:
        for invocation, limit in ((SYNC, 2 << 20), (ASYNC, 8 << 10)):
            fits = cbor2.dumps([[b"", None], {}])
            fits = cbor2.dumps([[b"x" * (limit - len(fits) - 4), None], {}])
            self.assertLessEqual(len(fits), limit)
            self.wire.call("FunctionMap", self.map_request("echo", fits, invocation))
            over = fits + b"x" * (limit - len(fits) + 1)
            error = self.refused("FunctionMap", self.map_request("echo", over, invocation))
            self.assertEqual(error.status, Status.RESOURCE_EXHAUSTED)
            text = f"Input of {limit + 1} bytes is over {limit}: upload it as a blob."
            self.assertEqual(error.message, text)

    def test_a_repeated_idempotency_key_gets_the_first_answer(self) -> None:
        request = self.map_request("echo", cbor2.dumps([[1, 2], {}]))
        key = {"x-idempotency-key": "the-same"}
        first = self.wire.call("FunctionMap", request, **key)
        second = self.wire.call("FunctionMap", request, **key)
        other = self.wire.call("FunctionMap", request)
        self.assertEqual(first.function_call_id, second.function_call_id)
        self.assertNotEqual(first.function_call_id, other.function_call_id)

    def test_outputs_need_a_last_entry_id(self) -> None:
        request = api_pb2.FunctionGetOutputsRequest(function_call_id="fc-x")
        error = self.refused("FunctionGetOutputs", request)
        self.assertEqual(
            (error.status, error.message), (Status.INVALID_ARGUMENT, "No last_entry_id provided.")
        )
        request.last_entry_id = "0-0"
        error = self.refused("FunctionGetOutputs", request)
        self.assertEqual(error.message, "No Function Call with ID 'fc-x' found.")

    def test_a_poll_without_output_ends_in_time_and_tells_what_is_open(self) -> None:
        seconds = cbor2.dumps([[{"seconds": 2}, {}], {}])
        call = self.wire.call("FunctionMap", self.map_request("slow", seconds))
        request = api_pb2.FunctionGetOutputsRequest(
            function_call_id=call.function_call_id, timeout=0.2, last_entry_id="0-0"
        )
        answer = self.wire.call("FunctionGetOutputs", request)
        self.assertEqual((len(answer.outputs), answer.num_unfinished_inputs), (0, 1))
        self.assertEqual(cbor2.loads(self.output(call).result.data), "done")

    def test_client_type_and_version_are_required(self) -> None:
        for name, text in (
            ("x-modal-client-type", "Client type is required"),
            ("x-modal-client-version", "Client version is required"),
        ):
            headers = {key: value for key, value in HEADERS.items() if key != name}
            with self.assertRaises(GRPCError) as raised:
                Wire(self.modal.server_url, headers).call("ClientHello", Empty())
            self.assertEqual(raised.exception.message, text)

    def test_a_blob_url_takes_the_announced_content_and_no_header_of_modals(self) -> None:
        request = api_pb2.BlobCreateRequest(
            content_md5="XUFAKrxLKna5cZ2REBfFkg==",
            content_sha256_base64="LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=",
            content_length=5,
        )
        created = self.wire.call("BlobCreate", request)
        self.assertEqual(list(created.blob_ids), [created.blob_id])
        self.assertEqual(list(created.upload_urls.items), [created.upload_url])
        content_type = {"Content-Type": "application/octet-stream"}
        for body, headers in (
            (b"other", content_type),
            (b"hello", {**content_type, "Content-MD5": "AAAAAAAAAAAAAAAAAAAAAA=="}),
            (b"hello", {**content_type, "X-Modal-Token-Id": "ak-demo"}),
        ):
            with self.assertRaises(urllib.error.HTTPError) as raised:
                _put(created.upload_url, body, headers)
            self.assertEqual(raised.exception.code, 400)
        error = self.refused("BlobGet", api_pb2.BlobGetRequest(blob_id=created.blob_id))
        self.assertEqual(error.status, Status.NOT_FOUND)
        etag = _put(created.upload_url, b"hello", content_type)
        self.assertEqual(etag, '"5d41402abc4b2a76b9719d911017c592"')
        found = self.wire.call("BlobGet", api_pb2.BlobGetRequest(blob_id=created.blob_id))
        with urllib.request.urlopen(found.download_url) as response:
            self.assertEqual(response.read(), b"hello")

    def test_checks_before_a_deploy_are_answered(self) -> None:
        info = self.wire.call("TokenInfoGet", api_pb2.TokenInfoGetRequest())
        self.assertEqual((info.token_id, info.workspace_id[:3]), ("ak-demo", "ac-"))
        environments = self.wire.call("EnvironmentList", Empty()).items
        names = [(each.name, each.default) for each in environments]
        self.assertEqual(names, [("main", True), ("empty", False)])
        app = self.wire.call(
            "AppGetByDeploymentName", api_pb2.AppGetByDeploymentNameRequest(name="thumbnails")
        )
        self.assertEqual(app.environment_name, "main")
        layout = self.wire.call("AppGetLayout", api_pb2.AppGetLayoutRequest(app_id=app.app_id))
        self.assertIn("render", layout.app_layout.function_ids)
        self.assertEqual(list(layout.app_layout.class_ids), ["Model"])
        missing = self.wire.call(
            "AppGetByDeploymentName", api_pb2.AppGetByDeploymentNameRequest(name="nope")
        )
        self.assertEqual(missing.app_id, "")

    def test_a_fault_can_delay_and_warn(self) -> None:
        self.modal.fault(rpc="ClientHello", delay_seconds=0.2, warning="old, and 100 % so")
        started = time.monotonic()
        trailers = asyncio.run(_trailers(self.modal.server_url))
        self.assertGreaterEqual(time.monotonic() - started, 0.2)
        self.assertEqual(trailers["x-modal-warning"], "old%2C%20and%20100%20%25%20so")

    def test_a_fault_that_makes_no_sense_is_refused(self) -> None:
        for fault in ({"rpc": "X", "code": "NOPE"}, {"rpc": "X", "color": 1}, {"output": "NOPE"}):
            with self.subTest(fault), self.assertRaises(urllib.error.HTTPError) as raised:
                self.modal.fault(**fault)
            self.assertEqual(raised.exception.code, 400)

    def test_what_is_not_served_says_so(self) -> None:
        error = self.refused("VolumeList", api_pb2.VolumeListRequest())
        self.assertEqual(error.status, Status.UNIMPLEMENTED)


async def _trailers(url: str) -> Any:
    channel = Channel("127.0.0.1", int(url.rpartition(":")[2]))
    try:
        async with ModalClientStub(channel).ClientHello.open(metadata=HEADERS) as stream:
            await stream.send_message(Empty(), end=True)
            await stream.recv_message()
            await stream.recv_trailing_metadata()
            return stream.trailing_metadata
    finally:
        channel.close()


def _put(url: str, body: bytes, headers: dict[str, str]) -> str:
    request = urllib.request.Request(url, body, headers, method="PUT")
    with urllib.request.urlopen(request) as response:
        return response.headers["ETag"]
