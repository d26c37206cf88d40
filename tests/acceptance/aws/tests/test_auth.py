"""With policies enforced: who may do what, and what a function's role may read."""

from __future__ import annotations

import json
from typing import Any

from tests.support import LAMBDA_TRUST, AwsTest, policy


class WithPolicies(AwsTest):
    arguments = ("--auth",)

    def setUp(self) -> None:
        super().setUp()
        iam = self.aws("iam")
        iam.create_user(UserName="u")
        key = iam.create_access_key(UserName="u")["AccessKey"]
        self.key = (key["AccessKeyId"], key["SecretAccessKey"])

    def user(self, service: str) -> Any:
        return self.aws(service, *self.key)

    def grant(self, *statements: dict[str, Any]) -> None:
        self.aws("iam").put_user_policy(
            UserName="u", PolicyName="p", PolicyDocument=policy(*statements)
        )

    def denied(self, action: str, resource: str) -> str:
        return (
            f"User: arn:aws:iam::{self.account}:user/u is not authorized to perform: {action} on "
            f"resource: {resource} because no identity-based policy allows the {action} action"
        )

    def test_a_user_without_policy_is_refused(self) -> None:
        secret = f"arn:aws:secretsmanager:us-east-1:{self.account}:secret:s"
        create = self.user("secretsmanager").create_secret
        message = self.denied("secretsmanager:CreateSecret", secret)
        self.refused("AccessDeniedException", message, create, Name="s")
        self.grant({"Action": "secretsmanager:CreateSecret", "Resource": f"{secret}*"})
        create(Name="s")

    def test_a_wrong_secret_key_is_refused(self) -> None:
        with self.assertRaisesRegex(Exception, "SignatureDoesNotMatch"):
            self.aws("iam", self.key[0], "wrong").list_roles()

    def test_a_create_with_tags_needs_to_tag(self) -> None:
        role = f"arn:aws:iam::{self.account}:role/r"
        create = self.user("iam").create_role
        wanted = {
            "RoleName": "r",
            "AssumeRolePolicyDocument": LAMBDA_TRUST,
            "Tags": [{"Key": "k", "Value": "v"}],
        }
        self.grant({"Action": "iam:CreateRole", "Resource": role})
        self.refused("AccessDenied", self.denied("iam:TagRole", role), create, **wanted)
        self.grant({"Action": ["iam:CreateRole", "iam:TagRole"], "Resource": role})
        create(**wanted)

    def test_a_function_needs_its_role_passed(self) -> None:
        role, other = self.role("runs"), self.role("other")
        function = f"arn:aws:lambda:us-east-1:{self.account}:function:f"
        may_create = {"Action": "lambda:*", "Resource": function}
        self.grant(may_create)
        create = self.user("lambda").create_function
        settings = self.function_settings(Role=role)
        message = self.denied("iam:PassRole", role)
        self.refused("AccessDeniedException", message, create, **settings)
        self.grant(
            may_create,
            {
                "Action": "iam:PassRole",
                "Resource": role,
                "Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}},
            },
        )
        create(**settings)
        self.until_active()
        self.refused(
            "AccessDeniedException",
            self.denied("iam:PassRole", other),
            self.user("lambda").update_function_configuration,
            FunctionName="f",
            Role=other,
        )

    def test_a_log_group_is_checked_by_its_streams(self) -> None:
        prefix = f"arn:aws:logs:us-east-1:{self.account}:log-group:"
        create = self.user("logs").create_log_group
        message = self.denied("logs:CreateLogGroup", f"{prefix}/g:log-stream:")
        self.refused("AccessDeniedException", message, create, logGroupName="/g")
        self.grant({"Action": "logs:CreateLogGroup", "Resource": f"{prefix}/g:*"})
        create(logGroupName="/g")

    def test_an_oidc_provider_is_checked_by_its_arn(self) -> None:
        arn = f"arn:aws:iam::{self.account}:oidc-provider/oidc.modal.com"
        create = self.user("iam").create_open_id_connect_provider
        wanted = {"Url": "https://oidc.modal.com", "ClientIDList": ["oidc.modal.com"]}
        message = self.denied("iam:CreateOpenIDConnectProvider", arn)
        self.refused("AccessDenied", message, create, **wanted)
        self.grant({"Action": "iam:*OpenIDConnectProvider", "Resource": arn})
        create(**wanted)
        self.user("iam").get_open_id_connect_provider(OpenIDConnectProviderArn=arn)

    def test_a_function_reads_the_secret_of_its_role_and_no_other(self) -> None:
        secrets = self.aws("secretsmanager")
        arns = {
            name: secrets.create_secret(Name=name, SecretString="v")["ARN"]
            for name in ("mine", "other")
        }
        self.function()
        self.allow("f-runs", {"Action": "secretsmanager:GetSecretValue", "Resource": arns["mine"]})

        def read(name: str) -> Any:
            payload = json.dumps({"secret": arns[name]})
            answer = self.aws("lambda").invoke(FunctionName="f", Payload=payload)
            return json.loads(answer["Payload"].read())

        self.assertEqual("mine", read("mine"))
        self.assertEqual("AccessDeniedException", read("other")["errorType"])

    def test_a_role_is_assumed_by_whom_it_trusts(self) -> None:
        trust = {"Action": "sts:AssumeRole"}
        trusted = f"arn:aws:iam::{self.account}:user/u"
        role = self.role("r", policy({**trust, "Principal": {"AWS": trusted}}))
        self.aws("iam").create_user(UserName="other")
        self.grant({"Action": "sts:AssumeRole", "Resource": "*"})
        assume = self.user("sts").assume_role
        assume(RoleArn=role, RoleSessionName="s")
        self.aws("iam").update_assume_role_policy(
            RoleName="r",
            PolicyDocument=policy({**trust, "Principal": {"AWS": trusted.replace("/u", "/other")}}),
        )
        with self.assertRaisesRegex(Exception, "AccessDenied"):
            assume(RoleArn=role, RoleSessionName="s")
