"""One server for the suite, one account for each test."""

from __future__ import annotations

import atexit
import io
import itertools
import json
import os
import subprocess
import sys
import time
import unittest
import urllib.request
import zipfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

SERVER = Path(__file__).resolve().parent.parent / "server.py"
LAMBDA_TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)

_accounts = itertools.count(100000000001)


def start(*arguments: str, **environment: str) -> tuple[subprocess.Popen[str], str]:
    """A server, and its endpoint."""
    process = subprocess.Popen(
        [sys.executable, str(SERVER), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, **environment},
    )
    assert process.stdout is not None
    return process, json.loads(process.stdout.readline())["endpoint"]


@lru_cache
def endpoint(*arguments: str) -> str:
    """The suite's server with these arguments, ended with the suite."""
    process, address = start(*arguments)
    atexit.register(process.communicate)
    return address


class AwsTest(unittest.TestCase):
    arguments: tuple[str, ...] = ()

    def setUp(self) -> None:
        self.account = str(next(_accounts))
        self.endpoint = endpoint(*self.arguments)

    def aws(self, service: str, key: str | None = None, secret: str = "test", **more: Any) -> Any:
        """A client of this test's account, its root unless another key is named."""
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            aws_access_key_id=key or self.account,
            aws_secret_access_key=secret,
            region_name=more.pop("region", "us-east-1"),
            config=Config(
                retries={"max_attempts": 0},
                parameter_validation=False,
                s3={"addressing_style": "path"},
            ),
            **more,
        )

    def knobs(self, **wanted: Any) -> None:
        request = urllib.request.Request(
            f"{self.endpoint}/_overlay/knobs",
            json.dumps({"account": self.account, **wanted}).encode(),
        )
        urllib.request.urlopen(request).close()

    def calls(self) -> list[str]:
        with urllib.request.urlopen(
            f"{self.endpoint}/_overlay/calls?account={self.account}"
        ) as answer:
            return json.load(answer)

    def refused(
        self, code: str, message: str, call: Callable[..., Any], /, **parameters: Any
    ) -> dict[str, Any]:
        """Asserts the refusal, its text whole, and that it carries a request id."""
        with self.assertRaises(ClientError) as caught:
            call(**parameters)
        response: dict[str, Any] = caught.exception.response
        error = response["Error"]
        self.assertEqual((code, message), (error["Code"], error.get("Message")))
        self.assertRegex(response["ResponseMetadata"]["RequestId"], "^[0-9a-f-]{36}$")
        return response

    def role(self, name: str = "runs", trust: str = LAMBDA_TRUST, **more: Any) -> str:
        made = self.aws("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust, **more)
        return str(made["Role"]["Arn"])

    def allow(self, role: str, *statements: dict[str, Any]) -> None:
        self.aws("iam").put_role_policy(
            RoleName=role, PolicyName="allowed", PolicyDocument=policy(*statements)
        )

    def function(self, name: str = "f", **more: Any) -> dict[str, Any]:
        """A function made of `bootstrap.py`, waited for."""
        settings = self.function_settings(name, **more)
        made: dict[str, Any] = self.aws("lambda").create_function(**settings)
        self.until_active(name)
        return made

    def function_settings(self, name: str = "f", **more: Any) -> dict[str, Any]:
        return {
            "FunctionName": name,
            "Runtime": "provided.al2023",
            "Handler": "bootstrap",
            "Role": more.pop("Role", None) or self.role(f"{name}-runs"),
            "Code": {"ZipFile": package()},
            "Timeout": 10,
            **more,
        }

    def witness(self) -> str:
        """A function that notes what it sees; its ARN."""
        bucket = f"answers-{self.account}"
        self.aws("s3").create_bucket(Bucket=bucket)
        return str(self.function(Environment={"Variables": {"ANSWERS": bucket}})["FunctionArn"])

    def seen(self) -> list[str]:
        """What the witness has noted."""
        found = self.aws("s3").list_objects_v2(Bucket=f"answers-{self.account}")
        return [item["Key"].removeprefix("seen/") for item in found.get("Contents", [])]

    def permit(self, principal: str, source_arn: str) -> None:
        """Lets a service invoke the function, on behalf of what has this ARN."""
        self.aws("lambda").add_permission(
            FunctionName="f",
            StatementId="permitted",
            Action="lambda:InvokeFunction",
            Principal=principal,
            SourceArn=source_arn,
        )

    def until_active(self, name: str = "f") -> None:
        def settled() -> bool:
            config = self.aws("lambda").get_function_configuration(FunctionName=name)
            return config["State"] == "Active" and config["LastUpdateStatus"] == "Successful"

        until(settled)


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **s} for s in statements]}
    )


def until(true: Callable[[], bool], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise AssertionError(f"not true within {seconds} seconds")
        time.sleep(0.05)


@lru_cache
def package(comment: str = "") -> bytes:
    """`bootstrap.py` as a deployment package, run by this interpreter."""
    source = (Path(__file__).resolve().parent / "bootstrap.py").read_text()
    entry = zipfile.ZipInfo("bootstrap")
    entry.external_attr = 0o755 << 16
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(entry, f"#!{sys.executable}\n{source}\n# {comment}\n")
    return file.getvalue()
