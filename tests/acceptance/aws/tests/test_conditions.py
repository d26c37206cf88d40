"""Conditions of a trust policy, as IAM's documentation has them.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError
from tests.support import AwsTest, policy
from tests.test_sts import token


class Conditions(AwsTest):
    arguments = ("--auth",)

    def setUp(self) -> None:
        super().setUp()
        self.aws("iam").create_open_id_connect_provider(
            Url="https://oidc.modal.com", ClientIDList=["oidc.modal.com", "other"]
        )
        self.arn = self.role("r", self.trust({}))

    def trust(self, condition: dict[str, Any]) -> str:
        provider = f"arn:aws:iam::{self.account}:oidc-provider/oidc.modal.com"
        return policy(
            {
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Principal": {"Federated": provider},
                "Condition": condition,
            }
        )

    def admits(self, condition: dict[str, Any], **claims: Any) -> bool:
        self.aws("iam").update_assume_role_policy(
            RoleName="r", PolicyDocument=self.trust(condition)
        )
        try:
            self.aws("sts").assume_role_with_web_identity(
                RoleArn=self.arn, RoleSessionName="s", WebIdentityToken=token(**claims)
            )
        except ClientError as error:
            self.assertEqual("AccessDenied", error.response["Error"]["Code"])
            return False
        return True

    def sub(self, operator: str, wanted: Any, found: str) -> bool:
        return self.admits({operator: {"oidc.modal.com:sub": wanted}}, sub=found)

    def test_string_equals_is_exact(self) -> None:
        self.assertTrue(self.sub("StringEquals", "a:b", "a:b"))
        for other in ("A:b", "a:b ", "a:bc", "a:b\n", ""):
            self.assertFalse(self.sub("StringEquals", "a:b", other), other)
        self.assertFalse(self.sub("StringEquals", "a:*", "a:b"))

    def test_string_like_knows_two_wildcards(self) -> None:
        for pattern, found in (
            ("a:*", "a:"),
            ("a:*", "a:b:c"),
            ("a:?", "a:b"),
            ("*:c", "a:b:c"),
            ("a:*", "a:b\nc"),
        ):
            self.assertTrue(self.sub("StringLike", pattern, found), (pattern, found))
        for pattern, found in (
            ("a:*", "a"),
            ("a:*", "A:b"),
            ("a:?", "a:"),
            ("a:?", "a:bc"),
            ("a:b", "a:b\n"),
            ("a.b", "a:b"),
            ("a:[b]", "a:b"),
        ):
            self.assertFalse(self.sub("StringLike", pattern, found), (pattern, found))

    def test_one_of_several_values_is_enough(self) -> None:
        self.assertTrue(self.sub("StringLike", ["x", "a:*"], "a:b"))
        self.assertFalse(self.sub("StringLike", ["x", "y:*"], "a:b"))

    def test_every_condition_must_hold(self) -> None:
        both = {
            "StringEquals": {"oidc.modal.com:aud": "oidc.modal.com"},
            "StringLike": {"oidc.modal.com:sub": "a:*"},
        }
        self.assertTrue(self.admits(both, sub="a:b"))
        self.assertFalse(self.admits(both, sub="b:b"))
        self.assertFalse(self.admits(both, sub="a:b", aud="other"))

    def test_a_key_that_is_missing_does_not_match(self) -> None:
        self.assertFalse(self.admits({"StringLike": {"oidc.modal.com:app_name": "*"}}))
        self.assertFalse(self.admits({"StringLike": {"oidc.modal.co:sub": "*"}}))
        self.assertTrue(self.admits({"StringLike": {"OIDC.modal.com:SUB": "*"}}))

    def test_a_session_is_no_longer_than_the_role_allows(self) -> None:
        wanted = {
            "RoleArn": self.arn,
            "RoleSessionName": "s",
            "WebIdentityToken": token(),
            "DurationSeconds": 3601,
        }
        self.refused(
            "ValidationError",
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
            self.aws("sts").assume_role_with_web_identity,
            **wanted,
        )
        self.aws("iam").update_role(RoleName="r", MaxSessionDuration=7200)
        self.aws("sts").assume_role_with_web_identity(**wanted)
