"""Calls by the input plane, which has its own server, token and names."""

import unittest

import modal
from grpclib.const import Status
from grpclib.exceptions import GRPCError
from modal.exception import InternalFailure
from modal_proto import api_pb2

from .support import HEADERS, Wire, shared


class InputPlane(unittest.TestCase):
    """A function with a routing region."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.modal = shared()
        cls.client = cls.modal.client()

    @classmethod
    def tearDownClass(cls) -> None:
        cls.client.__exit__(None, None, None)

    def tearDown(self) -> None:
        self.modal.admin("DELETE", "/faults")

    def function(self, name: str = "by_input_plane") -> modal.Function:
        return modal.Function.from_name("thumbnails", name, client=self.client)

    def test_remote_goes_by_attempts_and_spawn_by_the_control_plane(self) -> None:
        self.modal.admin("DELETE", "/rpcs")
        expected = {"event": {"a": 1}, "params": {"b": 2}, "plane": "input"}
        self.assertEqual(self.function().remote({"a": 1}, {"b": 2}), expected)
        self.assertEqual(self.modal.last_call()["plane"], "input")
        served = self.modal.admin("GET", "/rpcs")
        served = [name for name in served if name != "AuthTokenGet"]  # asked for once
        self.assertEqual(served, ["FunctionGet", "AttemptStart", "AttemptAwait"])
        self.assertEqual(self.function().spawn({"a": 1}, {"b": 2}).get(), expected)
        self.assertEqual(self.modal.last_call()["plane"], "control")

    def test_a_lost_worker_is_tried_again_seven_times(self) -> None:
        self.modal.fault(output="INTERNAL_FAILURE", times=2, function="by_input_plane")
        self.function().remote(1, 2)
        self.assertEqual(
            self.modal.last_call()["tries"], ["INTERNAL_FAILURE", "INTERNAL_FAILURE", "SUCCESS"]
        )
        self.modal.fault(output="INTERNAL_FAILURE", times=100, function="by_input_plane")
        with self.assertRaises(InternalFailure):
            self.function().remote(1, 2)
        self.assertEqual(len(self.modal.last_call()["tries"]), 8)

    def test_a_lost_answer_does_not_run_a_function_twice(self) -> None:
        self.modal.fault(rpc="AttemptStart", code="UNAVAILABLE", after=True)
        before = len(self.modal.admin("GET", "/calls"))
        self.function().remote(1, 2)
        self.assertEqual(len(self.modal.admin("GET", "/calls")), before + 1)

    def test_the_short_lived_token_is_needed_beside_the_other(self) -> None:
        start = api_pb2.AttemptStartRequest(function_id=self.function().hydrate().object_id)
        wire = Wire(self.modal.server_url)
        token = wire.call("AuthTokenGet", api_pb2.AuthTokenGetRequest()).token
        plane = self.modal.input_plane_url
        without_tokens = {key: HEADERS[key] for key in HEADERS if "token" not in key}
        for headers, auth, text in (
            (HEADERS, {}, "Auth token is required"),
            (HEADERS, {"x-modal-auth-token": token[:-2]}, "Auth token is not valid"),
            (without_tokens, {"x-modal-auth-token": token}, "Token ID is malformed"),
        ):
            with self.subTest(text), self.assertRaises(GRPCError) as raised:
                Wire(plane, headers).call("AttemptStart", start, **auth)
            self.assertEqual(raised.exception.status, Status.UNAUTHENTICATED)
            self.assertEqual(raised.exception.message, text)
        answer = Wire(plane).call("AttemptStart", start, **{"x-modal-auth-token": token})
        self.assertTrue(answer.attempt_token.startswith("at-"))
