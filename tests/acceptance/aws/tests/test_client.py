"""The boto3 driver, over its own pipe."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from tests import support


class TheDriver(support.AwsTest):
    def setUp(self) -> None:
        super().setUp()
        self.process = subprocess.Popen(
            [sys.executable, str(support.SERVER.parent / "client.py"), self.endpoint],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(self.process.communicate)

    def ask(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        assert self.process.stdin is not None and self.process.stdout is not None
        request = {
            "account": self.account,
            "region": "us-east-1",
            "service": service,
            "operation": operation,
            "parameters": parameters,
        }
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def test_writes_and_reads_bodies_as_text(self) -> None:
        bucket = f"b-{self.account}"
        self.assertIn("ok", self.ask("s3", "create_bucket", Bucket=bucket))
        self.assertIn("ok", self.ask("s3", "put_object", Bucket=bucket, Key="k", Body="Grüße"))
        self.assertEqual(
            "Grüße", self.ask("s3", "get_object", Bucket=bucket, Key="k")["ok"]["Body"]
        )

    def test_answers_errors_as_data(self) -> None:
        self.assertEqual(
            {
                "error": {
                    "code": "NoSuchEntity",
                    "message": "The role with name none cannot be found.",
                    "status": 404,
                }
            },
            self.ask("iam", "get_role", RoleName="none"),
        )
        wrong = self.ask("iam", "get_roll")
        self.assertEqual({"code": "KeyError", "message": "'get_roll'", "status": 0}, wrong["error"])

    def test_writes_times_in_iso_8601(self) -> None:
        self.role("r")
        role = self.ask("iam", "get_role", RoleName="r")["ok"]["Role"]
        self.assertRegex(role["CreateDate"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$")

    def test_invokes_functions(self) -> None:
        self.function()
        answer = self.ask("lambda", "invoke", FunctionName="f", Payload='{"a": 1}')["ok"]
        self.assertEqual((200, '{"a": 1}'), (answer["StatusCode"], answer["Payload"]))
