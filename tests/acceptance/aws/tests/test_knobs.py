"""The knobs, and the record of calls."""

from __future__ import annotations

import urllib.error

from botocore.exceptions import ClientError

from tests.support import LAMBDA_TRUST, AwsTest


class Knobs(AwsTest):
    def test_deny_as_if_no_policy_allowed(self) -> None:
        self.knobs(deny=["iam:CreateRole", "secretsmanager:*", "lambda:ListFunctions"])
        reason = "because no identity-based policy allows the {0} action"
        user = f"User: arn:aws:iam::{self.account}:root is not authorized to perform: "
        for service, call, code, status, action, resource in (
            ("iam", ("create_role", {"RoleName": "r", "AssumeRolePolicyDocument": LAMBDA_TRUST}),
             "AccessDenied", 403, "iam:CreateRole", f"arn:aws:iam::{self.account}:role/r"),
            ("secretsmanager", ("create_secret", {"Name": "s"}), "AccessDeniedException", 400,
             "secretsmanager:CreateSecret",
             f"arn:aws:secretsmanager:us-east-1:{self.account}:secret:s"),
            ("lambda", ("list_functions", {}), "AccessDeniedException", 403,
             "lambda:ListFunctions", "*"),
        ):  # fmt: skip
            with self.subTest(action):
                operation, parameters = call
                response = self.refused(
                    code,
                    f"{user}{action} on resource: {resource} {reason.format(action)}",
                    getattr(self.aws(service), operation),
                    **parameters,
                )
                self.assertEqual(status, response["ResponseMetadata"]["HTTPStatusCode"])
        self.knobs(deny=[])
        self.role("r")

    def test_fail_before_and_after_the_effect(self) -> None:
        logs = self.aws("logs")
        for after, groups in ((False, []), (True, ["/g"])):
            self.knobs(
                fail=[
                    {
                        "action": "logs:CreateLogGroup",
                        "status": 500,
                        "code": "ServiceUnavailableException",
                        "message": "The service cannot complete the request.",
                        "times": 1,
                        "after": after,
                    }
                ]
            )
            self.refused(
                "ServiceUnavailableException",
                "The service cannot complete the request.",
                logs.create_log_group,
                logGroupName="/g",
            )
            found = logs.describe_log_groups()["logGroups"]
            self.assertEqual(groups, [group["logGroupName"] for group in found])
        logs.create_log_group(logGroupName="/h")  # the fault is used up

    def test_fail_in_the_protocol_of_the_service(self) -> None:
        self.knobs(
            fail=[
                {"action": action, "status": 503, "code": "SlowDown", "message": "a < b"}
                for action in ("s3:ListAllMyBuckets", "iam:ListRoles", "lambda:ListFunctions")
            ]
        )
        for call in (
            self.aws("s3").list_buckets,
            self.aws("iam").list_roles,
            self.aws("lambda").list_functions,
        ):
            self.refused("SlowDown", "a < b", call)

    def test_are_of_one_account(self) -> None:
        self.knobs(deny=["*"])
        self.account = str(int(self.account) + 500)
        self.aws("iam").list_roles()

    def test_that_do_not_exist_are_refused(self) -> None:
        with self.assertRaises(urllib.error.HTTPError) as caught:
            self.knobs(wrong=1)
        self.assertEqual(400, caught.exception.code)
        self.assertIn(b"unknown knobs: ['wrong']", caught.exception.read())


class TheRecord(AwsTest):
    def test_names_the_actions_of_the_account_in_order(self) -> None:
        self.function()
        self.aws("s3").create_bucket(Bucket=f"b-{self.account}")
        self.aws("secretsmanager").list_secrets()
        with self.assertRaises(ClientError):
            self.aws("iam").get_role(RoleName="none")
        calls = [call for call in self.calls() if call != "lambda:GetFunctionConfiguration"]
        self.assertEqual(
            [
                "iam:CreateRole",
                "lambda:CreateFunction",
                "s3:CreateBucket",
                "secretsmanager:ListSecrets",
                "iam:GetRole",
            ],
            calls,
        )

    def test_of_an_account_without_calls_is_empty(self) -> None:
        self.assertEqual([], self.calls())
