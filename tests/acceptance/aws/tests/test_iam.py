"""IAM: roles, their policies, and OpenID Connect providers."""

from __future__ import annotations

import json
from typing import Any

from tests.support import LAMBDA_TRUST, AwsTest, policy

OIDC = "https://oidc.modal.com"


def trust(**statement: Any) -> str:
    return policy({"Action": "sts:AssumeRole", **statement})


class CreateRole(AwsTest):
    def refused_with(self, code: str, message: str, **parameters: Any) -> None:
        parameters = {"RoleName": "r", "AssumeRolePolicyDocument": LAMBDA_TRUST, **parameters}
        self.refused(code, message, self.aws("iam").create_role, **parameters)
        self.assertEqual([], self.aws("iam").list_roles()["Roles"])

    def malformed(self, message: str, document: str) -> None:
        self.refused_with("MalformedPolicyDocument", message, AssumeRolePolicyDocument=document)

    def test_takes_a_name_of_64_characters_and_no_more(self) -> None:
        name = "r" * 65
        self.refused_with(
            "ValidationError",
            f"1 validation error detected: Value '{name}' at 'roleName' failed to satisfy "
            "constraint: Member must have length less than or equal to 64",
            RoleName=name,
        )
        self.role("r" * 64)

    def test_takes_only_some_characters_in_a_name(self) -> None:
        self.refused_with(
            "ValidationError",
            "The specified value for roleName is invalid. It must contain only alphanumeric "
            "characters and/or the following: +=,.@_-",
            RoleName="a b",
        )

    def test_takes_sessions_of_one_to_twelve_hours(self) -> None:
        for seconds, rule in ((3599, "greater than or equal to 3600"),
                              (43201, "less than or equal to 43200")):  # fmt: skip
            self.refused_with(
                "ValidationError",
                f"1 validation error detected: Value '{seconds}' at 'maxSessionDuration' failed "
                f"to satisfy constraint: Member must have value {rule}",
                MaxSessionDuration=seconds,
            )

    def test_refuses_what_is_no_json(self) -> None:
        self.malformed("This policy contains invalid Json", "{")

    def test_refuses_what_is_no_policy(self) -> None:
        self.malformed("Syntax errors in policy.", '{"Version": "2012-10-17"}')
        self.malformed("Syntax errors in policy.", trust(Effect="Maybe", Principal="*"))
        self.malformed("Syntax errors in policy.", trust(Principal="*", Actions="sts:AssumeRole"))

    def test_refuses_a_resource_in_a_trust_policy(self) -> None:
        self.malformed("Has prohibited field Resource", trust(Principal="*", Resource="*"))

    def test_refuses_a_trust_policy_without_principal(self) -> None:
        self.malformed("Missing required field Principal", trust())

    def test_refuses_another_service_in_a_trust_policy(self) -> None:
        self.malformed(
            "AssumeRole policy may only specify STS AssumeRole actions.",
            trust(Principal="*", Action="s3:GetObject"),
        )

    def test_refuses_a_principal_that_does_not_exist(self) -> None:
        arn = f"arn:aws:iam::{self.account}:role/nobody"
        self.malformed(f'Invalid principal in policy: "AWS":"{arn}"', trust(Principal={"AWS": arn}))
        self.malformed(
            'Invalid principal in policy: "SERVICE":"lambda"',
            trust(Principal={"Service": "lambda"}),
        )
        self.malformed(
            "Federated principals must be valid domain names or SAML metadata ARNs",
            trust(Principal={"Federated": OIDC}),
        )

    def test_refuses_an_unknown_condition(self) -> None:
        self.malformed(
            "Invalid Condition type : StringMatches.",
            trust(Principal="*", Condition={"StringMatches": {"a": "b"}}),
        )

    def test_takes_a_role_that_exists_as_principal(self) -> None:
        first = self.role("first")
        self.role("second", trust(Principal={"AWS": first}))

    def test_refuses_a_trust_policy_over_its_quota(self) -> None:
        self.refused_with(
            "LimitExceeded",
            "Cannot exceed quota for ACLSizePerRole: 2048",
            AssumeRolePolicyDocument=trust(
                Principal="*", Condition={"StringLike": {"a": ["b" * 2000]}}
            ),
        )

    def test_refuses_a_second_of_the_name(self) -> None:
        self.role("r")
        self.refused(
            "EntityAlreadyExists",
            "Role with name r already exists.",
            self.aws("iam").create_role,
            RoleName="r",
            AssumeRolePolicyDocument=LAMBDA_TRUST,
        )

    def test_keeps_text_that_xml_would_eat(self) -> None:
        self.role("r", Description="a<b & c", Tags=[{"Key": "k", "Value": "x@y"}])
        role = self.aws("iam").get_role(RoleName="r")["Role"]
        self.assertEqual("a<b & c", role["Description"])
        self.assertEqual([{"Key": "k", "Value": "x@y"}], role["Tags"])
        self.assertEqual(json.loads(LAMBDA_TRUST), role["AssumeRolePolicyDocument"])

    def test_refuses_tags_out_of_range(self) -> None:
        self.refused_with(
            "ValidationError",
            f"1 validation error detected: Value '{'k' * 129}' at 'tags.1.member.key' failed to "
            "satisfy constraint: Member must have length less than or equal to 128",
            Tags=[{"Key": "k" * 129, "Value": "v"}],
        )
        self.refused_with(
            "ValidationError",
            f"1 validation error detected: Value '{'v' * 257}' at 'tags.1.member.value' failed to "
            "satisfy constraint: Member must have length less than or equal to 256",
            Tags=[{"Key": "k", "Value": "v" * 257}],
        )
        self.refused_with(
            "ValidationError",
            "1 validation error detected: Value 'a&b' at 'tags.1.member.key' failed to satisfy "
            "constraint: Member must satisfy regular expression pattern: "
            r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+",
            Tags=[{"Key": "a&b", "Value": "v"}],
        )
        self.refused_with(
            "LimitExceeded",
            "The number of tags has reached the maximum limit: 50",
            Tags=[{"Key": f"k{n}", "Value": "v"} for n in range(51)],
        )
        self.refused_with(
            "InvalidInput",
            "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
            Tags=[{"Key": "k", "Value": "v"}, {"Key": "K", "Value": "v"}],
        )


class ARole(AwsTest):
    def setUp(self) -> None:
        super().setUp()
        self.iam = self.aws("iam")
        self.role("r")

    def test_that_is_missing_is_named(self) -> None:
        for operation in ("get_role", "delete_role", "list_role_policies", "list_role_tags"):
            self.refused(
                "NoSuchEntity",
                "The role with name none cannot be found.",
                getattr(self.iam, operation),
                RoleName="none",
            )

    def test_refuses_a_malformed_trust_policy_as_update(self) -> None:
        self.refused(
            "MalformedPolicyDocument",
            "Has prohibited field Resource",
            self.iam.update_assume_role_policy,
            RoleName="r",
            PolicyDocument=trust(Principal="*", Resource="*"),
        )

    def test_refuses_a_session_duration_as_update(self) -> None:
        self.refused(
            "ValidationError",
            "1 validation error detected: Value '60' at 'maxSessionDuration' failed to satisfy "
            "constraint: Member must have value greater than or equal to 3600",
            self.iam.update_role,
            RoleName="r",
            MaxSessionDuration=60,
        )

    def put(self, document: str) -> dict[str, Any]:
        return {"RoleName": "r", "PolicyName": "p", "PolicyDocument": document}

    def test_refuses_a_malformed_inline_policy(self) -> None:
        for message, document in (
            ("This policy contains invalid Json", "no"),
            ("Policy statement must contain actions.", policy({"Resource": "*"})),
            ("Policy statement must contain resources.", policy({"Action": "s3:GetObject"})),
            (
                'Resource bucket must be in ARN format or "*".',
                policy({"Action": "s3:GetObject", "Resource": "bucket"}),
            ),
            (
                "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
                policy({"Action": "GetObject", "Resource": "*"}),
            ),
            (
                "Policy document should not specify a principal.",
                policy({"Action": "s3:GetObject", "Resource": "*", "Principal": "*"}),
            ),
            (
                "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the "
                "regular expression [0-9A-Za-z]*",
                policy({"Action": "s3:GetObject", "Resource": "*", "Sid": "a-b"}),
            ),
            (
                "Statement IDs (SID) in a single policy must be unique.",
                policy(*[{"Action": "s3:GetObject", "Resource": "*", "Sid": "a"}] * 2),
            ),
        ):
            with self.subTest(message):
                self.refused(
                    "MalformedPolicyDocument",
                    message,
                    self.iam.put_role_policy,
                    **self.put(document),
                )

    def test_refuses_inline_policies_over_their_quota(self) -> None:
        big = policy({"Action": "s3:GetObject", "Resource": "arn:aws:s3:::" + "b" * 10240})
        self.refused(
            "LimitExceeded",
            "Maximum policy size of 10240 bytes exceeded for role r",
            self.iam.put_role_policy,
            **self.put(big),
        )

    def test_takes_a_managed_policy_that_exists(self) -> None:
        missing = f"arn:aws:iam::{self.account}:policy/none"
        for arn in (missing, "arn:aws:iam::aws:policy/None"):
            self.refused(
                "NoSuchEntity",
                f"Policy {arn} does not exist or is not attachable.",
                self.iam.attach_role_policy,
                RoleName="r",
                PolicyArn=arn,
            )
        self.refused(
            "InvalidInput",
            "ARN none is not valid.",
            self.iam.attach_role_policy,
            RoleName="r",
            PolicyArn="none",
        )
        self.iam.attach_role_policy(
            RoleName="r", PolicyArn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
        )

    def test_takes_ten_managed_policies(self) -> None:
        document = policy({"Action": "s3:GetObject", "Resource": "*"})
        arns = [
            self.iam.create_policy(PolicyName=f"p{n}", PolicyDocument=document)["Policy"]["Arn"]
            for n in range(11)
        ]
        for arn in arns[:10]:
            self.iam.attach_role_policy(RoleName="r", PolicyArn=arn)
        self.refused(
            "LimitExceeded",
            "Cannot exceed quota for PoliciesPerRole: 10",
            self.iam.attach_role_policy,
            RoleName="r",
            PolicyArn=arns[10],
        )

    def test_is_not_deleted_with_policies(self) -> None:
        arn = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
        self.refused(
            "NoSuchEntity",
            f"Policy {arn} was not found.",
            self.iam.detach_role_policy,
            RoleName="r",
            PolicyArn=arn,
        )
        self.iam.attach_role_policy(RoleName="r", PolicyArn=arn)
        self.refused(
            "DeleteConflict",
            "Cannot delete entity, must detach all policies first.",
            self.iam.delete_role,
            RoleName="r",
        )
        self.iam.detach_role_policy(RoleName="r", PolicyArn=arn)
        self.allow("r", {"Action": "s3:GetObject", "Resource": "*"})
        self.refused(
            "DeleteConflict",
            "Cannot delete entity, must delete policies first.",
            self.iam.delete_role,
            RoleName="r",
        )
        self.iam.delete_role_policy(RoleName="r", PolicyName="allowed")
        self.iam.delete_role(RoleName="r")

    def test_gives_its_policy_back(self) -> None:
        document = policy({"Action": "s3:GetObject", "Resource": "*"})
        self.iam.put_role_policy(**self.put(document))
        found = self.iam.get_role_policy(RoleName="r", PolicyName="p")["PolicyDocument"]
        self.assertEqual(json.loads(document), found)

    def test_is_tagged(self) -> None:
        self.iam.tag_role(RoleName="r", Tags=[{"Key": "k", "Value": "v"}])
        self.assertEqual(
            [{"Key": "k", "Value": "v"}], self.iam.list_role_tags(RoleName="r")["Tags"]
        )
        self.refused(
            "LimitExceeded",
            "The number of tags has reached the maximum limit: 50",
            self.iam.tag_role,
            RoleName="r",
            Tags=[{"Key": f"k{n}", "Value": "v"} for n in range(50)],
        )


class AnOidcProvider(AwsTest):
    def setUp(self) -> None:
        super().setUp()
        self.iam = self.aws("iam")
        self.arn = self.iam.create_open_id_connect_provider(
            Url=OIDC, ClientIDList=["oidc.modal.com"], Tags=[{"Key": "k", "Value": "v"}]
        )["OpenIDConnectProviderArn"]

    def get(self) -> dict[str, Any]:
        found: dict[str, Any] = self.iam.get_open_id_connect_provider(
            OpenIDConnectProviderArn=self.arn
        )
        return found

    def test_is_shown_without_scheme_and_with_a_thumbprint(self) -> None:
        self.assertEqual(f"arn:aws:iam::{self.account}:oidc-provider/oidc.modal.com", self.arn)
        found = self.get()
        self.assertEqual("oidc.modal.com", found["Url"])
        self.assertEqual(["oidc.modal.com"], found["ClientIDList"])
        self.assertEqual([40], [len(thumbprint) for thumbprint in found["ThumbprintList"]])
        self.assertEqual([{"Key": "k", "Value": "v"}], found["Tags"])

    def test_is_one_per_account(self) -> None:
        self.refused(
            "EntityAlreadyExists",
            f"Provider with url {OIDC} already exists.",
            self.iam.create_open_id_connect_provider,
            Url=OIDC,
        )

    def test_needs_https(self) -> None:
        self.refused(
            "ValidationError",
            "Invalid Open ID Connect Provider URL",
            self.iam.create_open_id_connect_provider,
            Url="http://oidc.modal.com",
        )

    def test_takes_and_drops_client_ids(self) -> None:
        named = {"OpenIDConnectProviderArn": self.arn, "ClientID": "sts.amazonaws.com"}
        for _ in range(2):  # doing it again changes nothing
            self.iam.add_client_id_to_open_id_connect_provider(**named)
            self.assertEqual(["oidc.modal.com", "sts.amazonaws.com"], self.get()["ClientIDList"])
        for _ in range(2):
            self.iam.remove_client_id_from_open_id_connect_provider(**named)
            self.assertEqual(["oidc.modal.com"], self.get()["ClientIDList"])

    def test_takes_a_hundred_client_ids(self) -> None:
        add = self.iam.add_client_id_to_open_id_connect_provider
        for n in range(99):
            add(OpenIDConnectProviderArn=self.arn, ClientID=f"c{n}")
        self.refused(
            "LimitExceeded",
            "Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100",
            add,
            OpenIDConnectProviderArn=self.arn,
            ClientID="c99",
        )

    def test_takes_thumbprints_and_tags(self) -> None:
        self.iam.update_open_id_connect_provider_thumbprint(
            OpenIDConnectProviderArn=self.arn, ThumbprintList=["a" * 40]
        )
        self.assertEqual(["a" * 40], self.get()["ThumbprintList"])
        self.iam.tag_open_id_connect_provider(
            OpenIDConnectProviderArn=self.arn, Tags=[{"Key": "l", "Value": "<&>"}]
        )
        self.iam.untag_open_id_connect_provider(OpenIDConnectProviderArn=self.arn, TagKeys=["k"])
        tags = self.iam.list_open_id_connect_provider_tags(OpenIDConnectProviderArn=self.arn)
        self.assertEqual([{"Key": "l", "Value": "<&>"}], tags["Tags"])

    def test_that_is_missing_is_named_but_deleted_all_the_same(self) -> None:
        self.iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=self.arn)
        self.refused(
            "NoSuchEntity",
            f"OpenIDConnect Provider not found for arn {self.arn}",
            self.iam.get_open_id_connect_provider,
            OpenIDConnectProviderArn=self.arn,
        )
        self.iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=self.arn)
