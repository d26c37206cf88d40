"""Secrets Manager: tokens, names, sizes, deletion."""

from __future__ import annotations

import json
from typing import Any

from tests.support import AwsTest

TOKEN = "a" * 32


class ASecret(AwsTest):
    def setUp(self) -> None:
        super().setUp()
        self.secrets = self.aws("secretsmanager")

    def create(self, **parameters: Any) -> dict[str, Any]:
        made: dict[str, Any] = self.secrets.create_secret(**{"Name": "s", **parameters})
        return made

    def test_is_created_once_for_one_token(self) -> None:
        first = self.create(SecretString="v", ClientRequestToken=TOKEN)
        self.assertEqual(TOKEN, first["VersionId"])
        again = self.create(SecretString="v", ClientRequestToken=TOKEN)
        self.assertEqual((first["ARN"], first["VersionId"]), (again["ARN"], again["VersionId"]))
        versions = self.secrets.describe_secret(SecretId="s")["VersionIdsToStages"]
        self.assertEqual({TOKEN: ["AWSCURRENT"]}, versions)

    def test_is_refused_other_content_for_the_same_token(self) -> None:
        self.create(SecretString="v", ClientRequestToken=TOKEN)
        self.refused(
            "ResourceExistsException",
            "A resource with the ID you requested already exists.",
            self.create,
            SecretString="w",
            ClientRequestToken=TOKEN,
        )

    def test_is_refused_a_name_that_is_taken(self) -> None:
        self.create(SecretString="v")
        self.refused(
            "ResourceExistsException",
            "The operation failed because the secret s already exists.",
            self.create,
            SecretString="v",
        )

    def test_without_value_has_no_version(self) -> None:
        self.assertNotIn("VersionId", self.create())
        self.assertEqual(
            {}, self.secrets.describe_secret(SecretId="s").get("VersionIdsToStages", {})
        )
        self.refused(
            "ResourceNotFoundException",
            "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT.",
            self.secrets.get_secret_value,
            SecretId="s",
        )

    def test_scheduled_for_deletion_keeps_its_name(self) -> None:
        self.create(SecretString="v")
        self.secrets.delete_secret(SecretId="s", RecoveryWindowInDays=7)
        self.refused(
            "InvalidRequestException",
            "You can't create this secret because a secret with this name is already scheduled "
            "for deletion.",
            self.create,
            SecretString="v",
        )
        for operation in ("get_secret_value", "put_secret_value", "update_secret"):
            self.refused(
                "InvalidRequestException",
                "You can't perform this operation on the secret because it was marked for "
                "deletion.",
                getattr(self.secrets, operation),
                SecretId="s",
                **({} if operation == "get_secret_value" else {"SecretString": "w"}),
            )
        self.secrets.restore_secret(SecretId="s")
        self.assertEqual("v", self.secrets.get_secret_value(SecretId="s")["SecretString"])

    def test_is_refused_a_bad_name(self) -> None:
        self.refused(
            "ValidationException",
            "Invalid name. Must be a valid name containing alphanumeric characters, or any of "
            "the following: -/_+=.@!",
            self.create,
            Name="a b",
        )
        name = "n" * 513
        self.refused(
            "ValidationException",
            f"1 validation error detected: Value '{name}' at 'name' failed to satisfy constraint: "
            "Member must have length less than or equal to 512",
            self.create,
            Name=name,
        )

    def test_is_refused_a_value_over_64_kib(self) -> None:
        message = (
            "1 validation error detected: Value at 'secretString' failed to satisfy constraint: "
            "Member must have length less than or equal to 65536"
        )
        big = "v" * 65537
        self.refused("ValidationException", message, self.create, SecretString=big)
        self.create(SecretString="v" * 65536)
        put = self.secrets.put_secret_value
        self.refused("ValidationException", message, put, SecretId="s", SecretString=big)

    def test_is_refused_a_token_of_the_wrong_length(self) -> None:
        for token, rule in (("short", "greater than or equal to 32"),
                            ("l" * 65, "less than or equal to 64")):  # fmt: skip
            self.refused(
                "ValidationException",
                f"1 validation error detected: Value '{token}' at 'clientRequestToken' failed to "
                f"satisfy constraint: Member must have length {rule}",
                self.create,
                SecretString="v",
                ClientRequestToken=token,
            )

    def test_takes_a_key_that_exists(self) -> None:
        missing = f"arn:aws:kms:us-east-1:{self.account}:key/00000000-0000-0000-0000-000000000001"
        for call, more in ((self.create, {}), (self.secrets.update_secret, {"SecretId": "t"})):
            self.secrets.create_secret(Name="t") if more else None
            self.refused(
                "InvalidParameterException",
                f"Key '{missing}' does not exist",
                call,
                KmsKeyId=missing,
                **more,
            )
        key = self.aws("kms").create_key()["KeyMetadata"]["Arn"]
        self.create(KmsKeyId=key)
        self.secrets.update_secret(SecretId="s", KmsKeyId="alias/aws/secretsmanager")

    def test_that_is_missing_is_deleted_by_force_alone(self) -> None:
        self.refused(
            "ResourceNotFoundException",
            "Secrets Manager can't find the specified secret.",
            self.secrets.delete_secret,
            SecretId="none",
        )
        self.secrets.delete_secret(SecretId="none", ForceDeleteWithoutRecovery=True)

    def test_deleted_by_force_frees_its_name(self) -> None:
        self.create(SecretString="v")
        self.secrets.delete_secret(SecretId="s", ForceDeleteWithoutRecovery=True)
        self.create(SecretString="v")

    def test_gets_one_version_for_one_token(self) -> None:
        arn = self.create(SecretString="v")["ARN"]
        put = self.secrets.put_secret_value
        for _ in range(2):
            made = put(SecretId="s", SecretString="w", ClientRequestToken=TOKEN)
            self.assertEqual((TOKEN, ["AWSCURRENT"]), (made["VersionId"], made["VersionStages"]))
        self.assertEqual(2, len(self.secrets.describe_secret(SecretId="s")["VersionIdsToStages"]))
        for operation in (put, self.secrets.update_secret):
            self.refused(
                "ResourceExistsException",
                f"You can't use ClientRequestToken {TOKEN} because that value is already in use "
                f"for a version of secret {arn}.",
                operation,
                SecretId="s",
                SecretString="x",
                ClientRequestToken=TOKEN,
            )
        self.assertEqual("w", self.secrets.get_secret_value(SecretId="s")["SecretString"])

    def test_takes_the_token_of_an_update_as_version(self) -> None:
        self.create(SecretString="v")
        made = self.secrets.update_secret(SecretId="s", SecretString="w", ClientRequestToken=TOKEN)
        self.assertEqual(TOKEN, made["VersionId"])
        stages = self.secrets.describe_secret(SecretId="s")["VersionIdsToStages"]
        self.assertEqual(["AWSCURRENT"], stages[TOKEN])

    def test_is_refused_a_version_without_value(self) -> None:
        self.create()
        self.refused(
            "InvalidRequestException",
            "You must provide either SecretString or SecretBinary.",
            self.secrets.put_secret_value,
            SecretId="s",
        )

    def test_with_copies_is_deleted_only_without_them(self) -> None:
        self.create(SecretString="v")
        regions = [{"Region": "eu-west-1"}, {"Region": "eu-west-3"}]
        self.secrets.replicate_secret_to_regions(SecretId="s", AddReplicaRegions=regions)
        self.refused(
            "InvalidRequestException",
            "You can't delete secret replicas. Remove the replica regions from the primary secret "
            "first.",
            self.secrets.delete_secret,
            SecretId="s",
        )
        left = self.secrets.remove_regions_from_replication(
            SecretId="s", RemoveReplicaRegions=["eu-west-1"]
        )["ReplicationStatus"]
        self.assertEqual(["eu-west-3"], [each["Region"] for each in left])
        there = self.aws("secretsmanager", region="eu-west-3")
        self.assertEqual("v", there.get_secret_value(SecretId="s")["SecretString"])
        self.secrets.remove_regions_from_replication(
            SecretId="s", RemoveReplicaRegions=["eu-west-3"]
        )
        with self.assertRaises(there.exceptions.ResourceNotFoundException):
            there.describe_secret(SecretId="s")
        self.secrets.delete_secret(SecretId="s", ForceDeleteWithoutRecovery=True)

    def test_is_shared_only_with_who_exists(self) -> None:
        self.create(SecretString="v")
        role = f"arn:aws:iam::{self.account}:role/reader"
        statement = {
            "Effect": "Allow",
            "Principal": {"AWS": role},
            "Action": "secretsmanager:GetSecretValue",
            "Resource": "*",
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        put = self.secrets.put_resource_policy
        self.refused(
            "MalformedPolicyDocumentException",
            "This resource policy contains an unsupported principal.",
            put,
            SecretId="s",
            ResourcePolicy=policy,
        )
        trust = {**statement, "Principal": {"Service": "lambda.amazonaws.com"}}
        trust["Action"] = "sts:AssumeRole"
        del trust["Resource"]
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        self.aws("iam").create_role(RoleName="reader", AssumeRolePolicyDocument=document)
        put(SecretId="s", ResourcePolicy=policy)
        self.assertEqual(
            policy, self.secrets.get_resource_policy(SecretId="s")["ResourcePolicy"]
        )
