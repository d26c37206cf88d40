"""STS: who a key is, and what a web identity token may assume."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

from tests.support import AwsTest, policy

SUBJECT = "modal:workspace_id:ac-1:environment_name:main:app_name:a:function_name:f"


class CallerIdentity(AwsTest):
    def test_is_the_account_that_the_key_names(self) -> None:
        found = self.aws("sts").get_caller_identity()
        self.assertEqual(
            (self.account, f"arn:aws:iam::{self.account}:root"), (found["Account"], found["Arn"])
        )


class AWebIdentity(AwsTest):
    def setUp(self) -> None:
        super().setUp()
        arn = f"arn:aws:iam::{self.account}:oidc-provider/oidc.modal.com"
        self.named = {
            "RoleArn": self.role(
                "r",
                policy(
                    {
                        "Action": "sts:AssumeRoleWithWebIdentity",
                        "Principal": {"Federated": arn},
                        "Condition": {
                            "StringEquals": {"oidc.modal.com:aud": "oidc.modal.com"},
                            "StringLike": {"oidc.modal.com:sub": f"{SUBJECT}:*"},
                        },
                    }
                ),
            ),
            "RoleSessionName": "s",
        }

    def provide(self) -> None:
        self.aws("iam").create_open_id_connect_provider(
            Url="https://oidc.modal.com", ClientIDList=["oidc.modal.com"]
        )

    def refused_with(self, code: str, message: str, token: str) -> None:
        assume = self.aws("sts").assume_role_with_web_identity
        self.refused(code, message, assume, **self.named, WebIdentityToken=token)

    def test_needs_the_accounts_provider(self) -> None:
        self.refused_with(
            "InvalidIdentityToken",
            "No OpenIDConnect provider found in your account for https://oidc.modal.com",
            token(),
        )

    def test_needs_audience_subject_and_time(self) -> None:
        self.provide()
        self.refused_with("InvalidIdentityToken", "Incorrect token audience", token(aud="other"))
        self.refused_with(
            "AccessDenied",
            "Not authorized to perform sts:AssumeRoleWithWebIdentity",
            token(sub=f"{SUBJECT}2:container_id:ta-1"),
        )
        then = int(time.time()) - 60
        with self.assertRaisesRegex(Exception, r"ExpiredTokenException.*Token expired"):
            self.aws("sts").assume_role_with_web_identity(
                **self.named, WebIdentityToken=token(exp=then)
            )
        self.refused_with(
            "InvalidIdentityToken",
            "The ID Token provided is not a valid JWT. "
            "(You may see this error if you sent an Access Token)",
            "no-token",
        )

    def test_gets_credentials_of_the_role(self) -> None:
        self.provide()
        given = self.aws("sts").assume_role_with_web_identity(
            **self.named, WebIdentityToken=token()
        )["Credentials"]
        found = self.aws(
            "sts",
            given["AccessKeyId"],
            given["SecretAccessKey"],
            aws_session_token=given["SessionToken"],
        ).get_caller_identity()
        self.assertEqual(f"arn:aws:sts::{self.account}:assumed-role/r/s", found["Arn"])


def token(**claims: Any) -> str:
    """A token in Modal's form, signed by nobody."""
    payload = {
        "iss": "https://oidc.modal.com",
        "aud": "oidc.modal.com",
        "sub": f"{SUBJECT}:container_id:ta-1",
        "exp": int(time.time()) + 3600,
        **claims,
    }
    parts = ({"alg": "RS256", "typ": "JWT"}, payload)
    return ".".join(_encoded(json.dumps(part).encode()) for part in parts) + "." + _encoded(b"none")


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
