"""Modal's Python client calls deployed functions."""

import tempfile
import unittest
from pathlib import Path

import modal
from modal.exception import (
    AuthError,
    FunctionTimeoutError,
    InternalFailure,
    InvalidError,
    NotFoundError,
    RemoteError,
)

from .support import S3_EVENT, shared


class Functions(unittest.TestCase):
    """remote and spawn by the control plane."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.modal = shared()
        cls.client = cls.modal.client()

    @classmethod
    def tearDownClass(cls) -> None:
        cls.client.__exit__(None, None, None)

    def tearDown(self) -> None:
        self.modal.admin("DELETE", "/faults")

    def function(self, name: str, app: str = "thumbnails") -> modal.Function:
        return modal.Function.from_name(app, name, client=self.client)

    def test_remote_gives_what_the_function_computed(self) -> None:
        result = self.function("render").remote(S3_EVENT, {"width": 64})
        self.assertEqual(result["source"], "s3://photos/uploads/cat.png")
        self.assertEqual(result["thumbnail"], "uploads/thumbnails/cat-64.png")
        call = self.modal.last_call()
        self.assertEqual(
            (call["function"], call["invocation"], call["plane"], call["status"], call["result"]),
            ("render", "remote", "control", "SUCCESS", result),
        )
        self.assertEqual(call["args"], [S3_EVENT, {"width": 64}])

    def test_spawn_gives_a_call_whose_result_stays(self) -> None:
        call = self.function("echo").spawn({"a": [1, None]}, {"b": "ü"})
        expected = {"event": {"a": [1, None]}, "params": {"b": "ü"}}
        self.assertEqual(call.get(), expected)
        again = modal.FunctionCall.from_id(call.object_id, client=self.client)
        self.assertEqual(again.get(), expected)
        seen = self.modal.admin("GET", f"/calls/{call.object_id}?wait=5")
        self.assertEqual((seen["invocation"], seen["result"]), ("spawn", expected))

    def test_an_exception_comes_back_as_itself(self) -> None:
        with self.assertRaisesRegex(ValueError, r"^cannot render \{'n': 1\}$"):
            self.function("raise_error").remote({"n": 1}, {})
        self.assertEqual(self.modal.last_call()["status"], "FAILURE")

    def test_three_mebibytes_go_in_and_out_by_blob(self) -> None:
        data = "y" * (3 << 20)
        self.assertEqual(self.function("length").remote({"data": data}, {}), len(data))
        call = self.modal.last_call()
        self.assertTrue(call["input_by_blob"])
        self.assertIsNone(call["args"], "long values are not in the list")
        result = self.function("big_result").remote({}, {"size": 3 << 20})
        self.assertEqual(result, "x" * (3 << 20))
        self.assertTrue(self.modal.last_call()["output_by_blob"])

    def test_spawn_goes_by_blob_from_eight_kibibytes_on(self) -> None:
        for size, by_blob in ((8_000, False), (8_300, True)):
            call = self.function("echo").spawn("z" * size, {})
            self.assertEqual(call.get()["event"], "z" * size)
            described = self.modal.last_call()
            self.assertEqual(
                (described["input_by_blob"], described["output_by_blob"]), (by_blob, by_blob)
            )

    def test_a_method_of_a_class_runs_after_its_enter_hook(self) -> None:
        model = modal.Cls.from_name("thumbnails", "Model", client=self.client)()
        result = model.predict.remote({"n": 21}, {"p": 1})
        self.assertEqual(result, {"doubled": 42, "params": {"p": 1}})
        call = self.modal.last_call()
        self.assertEqual((call["function"], call["method"]), ("Model.*", "predict"))

    def test_a_class_is_refused_as_a_function(self) -> None:
        with self.assertRaisesRegex(NotFoundError, "is a modal.Cls"):
            self.function("Model").remote({}, {})

    def test_a_generator_streams_and_is_refused_as_a_function(self) -> None:
        self.assertEqual(list(self.function("generator").remote_gen({}, {})), [0, 1, 2])
        with self.assertRaises(InvalidError):
            self.function("generator").remote({}, {})

    def test_a_web_function_is_refused(self) -> None:
        with self.assertRaisesRegex(InvalidError, "https://local-workspace--thumbnails-web"):
            self.function("web").remote()

    def test_what_is_not_there_is_not_found(self) -> None:
        environment = {"environment_name": "nowhere"}
        for app, name, options, text in (
            ("nope", "render", {}, "App 'nope' not found in environment 'main'."),
            ("thumbnails", "nope", {}, "Function 'nope' not found in app 'thumbnails'"),
            ("thumbnails", "render", environment, "Environment 'nowhere' not found."),
            (
                "thumbnails",
                "render",
                {"environment_name": "empty"},
                "App 'thumbnails' not found in environment 'empty'.",
            ),
        ):
            with self.subTest(text), self.assertRaises(NotFoundError) as raised:
                modal.Function.from_name(app, name, client=self.client, **options).hydrate()
            self.assertIn(text, str(raised.exception))

    def test_a_wrong_token_is_refused(self) -> None:
        for token, text in (
            (("ak-demo", "as-wrong"), "Token ID or secret is not valid"),
            (("ak-other", "as-demo"), "Token ID or secret is not valid"),
            (("as-demo", "ak-demo"), "Token ID is malformed"),
            (("ak-demo", "ak-demo"), "Token secret is malformed"),
        ):
            client = self.modal.client(*token)
            with self.subTest(token), self.assertRaisesRegex(AuthError, f"^{text}$"):
                modal.Function.from_name("thumbnails", "echo", client=client).remote({}, {})
            client.__exit__(None, None, None)

    def test_a_rotated_token_is_the_one_that_counts(self) -> None:
        self.modal.admin("PUT", "/tokens", {"ak-new": "as-new"})
        try:
            with self.assertRaises(AuthError):
                self.function("echo").remote({}, {})
            client = self.modal.client("ak-new", "as-new")
            echo = modal.Function.from_name("thumbnails", "echo", client=client)
            self.assertEqual(echo.remote(1, 2), {"event": 1, "params": 2})
            client.__exit__(None, None, None)
        finally:
            self.modal.admin("PUT", "/tokens", {"ak-demo": "as-demo"})

    def test_a_cancelled_call_is_terminated(self) -> None:
        call = self.function("slow").spawn({"seconds": 60}, {})
        self.modal.wait_until_running(call.object_id)
        call.cancel()
        with self.assertRaises(RemoteError):
            call.get(timeout=5)
        described = self.modal.admin("GET", f"/calls/{call.object_id}")
        self.assertEqual(described["status"], "TERMINATED")

    def test_a_cancelled_call_can_take_its_container_along(self) -> None:
        call = self.function("slow").spawn({"seconds": 60}, {})
        self.modal.wait_until_running(call.object_id)
        call.cancel(terminate_containers=True)
        with self.assertRaises(RemoteError):
            call.get(timeout=5)

    def test_a_function_over_its_timeout_is_stopped(self) -> None:
        with self.assertRaisesRegex(FunctionTimeoutError, "hit its timeout of 1s"):
            self.function("times_out").remote({}, {})
        self.assertEqual(self.modal.last_call()["status"], "TIMEOUT")

    def test_a_container_that_dies_fails_its_input(self) -> None:
        with self.assertRaisesRegex(RemoteError, "Container exited with code 7"):
            self.function("exits").remote({}, {})

    def test_a_module_that_does_not_import_fails_one_input_for_each_container(self) -> None:
        calls = [self.function("render", "broken").spawn({}, {}) for _ in range(2)]
        for call in calls:
            with self.assertRaisesRegex(ImportError, "not_in_the_image"):
                call.get(timeout=20)

    def test_the_client_retries_a_remote_call_and_the_server_a_spawned_one(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            for start in ("remote", "spawn"):
                event = {"file": str(Path(folder, start)), "failures": 1}
                function = self.function("fails_first")
                result = (
                    function.remote(event, {})
                    if start == "remote"
                    else function.spawn(event, {}).get()
                )
                self.assertEqual(result, 2)
                self.assertEqual(self.modal.last_call()["tries"], ["FAILURE", "SUCCESS"])

    def test_a_lost_worker_is_an_internal_failure(self) -> None:
        self.modal.fault(output="INTERNAL_FAILURE", function="echo")
        with self.assertRaises(InternalFailure):
            self.function("echo").remote({}, {})

    def test_a_refused_or_lost_answer_does_not_run_a_function_twice(self) -> None:
        for after in (False, True):
            self.modal.fault(rpc="FunctionMap", code="UNAVAILABLE", after=after)
            before = len(self.modal.admin("GET", "/calls"))
            self.assertEqual(self.function("echo").remote(1, 2), {"event": 1, "params": 2})
            self.assertEqual(len(self.modal.admin("GET", "/calls")), before + 1)

    def test_the_client_waits_as_long_as_a_throttle_says(self) -> None:
        self.modal.admin("DELETE", "/rpcs")
        self.modal.fault(rpc="FunctionMap", code="RESOURCE_EXHAUSTED", retry_after_secs=0.3)
        self.function("echo").remote(1, 2)
        log = self.modal.admin("GET", "/rpcs?detail=1")
        first, second = [each for each in log if each["rpc"] == "FunctionMap"]
        self.assertEqual((first["status"], second["status"]), ("RESOURCE_EXHAUSTED", "OK"))
        self.assertGreaterEqual(second["at"] - first["at"], 0.3)
        keys = {each["headers"]["x-idempotency-key"] for each in (first, second)}
        self.assertEqual(len(keys), 1)

    def test_an_input_that_was_not_taken_is_sent_again(self) -> None:
        self.modal.admin("DELETE", "/rpcs")
        self.modal.fault(rpc="FunctionMap", clear=["pipelined_inputs"])
        self.assertEqual(self.function("echo").remote(1, 2), {"event": 1, "params": 2})
        self.assertIn("FunctionPutInputs", self.modal.admin("GET", "/rpcs"))
