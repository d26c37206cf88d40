"""CloudWatch Logs: log groups and their retention."""

from __future__ import annotations

from tests.support import AwsTest


class ALogGroup(AwsTest):
    def setUp(self) -> None:
        super().setUp()
        self.logs = self.aws("logs")
        self.logs.create_log_group(logGroupName="/g")

    def test_is_created_once(self) -> None:
        self.refused(
            "ResourceAlreadyExistsException",
            "The specified log group already exists",
            self.logs.create_log_group,
            logGroupName="/g",
        )

    def test_is_refused_a_bad_name(self) -> None:
        self.refused(
            "InvalidParameterException",
            "1 validation error detected: Value 'a b' at 'logGroupName' failed to satisfy "
            r"constraint: Member must satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+",
            self.logs.create_log_group,
            logGroupName="a b",
        )
        name = "n" * 513
        self.refused(
            "InvalidParameterException",
            f"1 validation error detected: Value '{name}' at 'logGroupName' failed to satisfy "
            "constraint: Member must have length less than or equal to 512",
            self.logs.create_log_group,
            logGroupName=name,
        )

    def test_takes_some_retentions_only(self) -> None:
        self.logs.put_retention_policy(logGroupName="/g", retentionInDays=14)
        self.refused(
            "InvalidParameterException",
            "1 validation error detected: Value '15' at 'retentionInDays' failed to satisfy "
            "constraint: Member must satisfy enum value set: [1, 3, 5, 7, 14, 30, 60, 90, 120, "
            "150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]",
            self.logs.put_retention_policy,
            logGroupName="/g",
            retentionInDays=15,
        )
        found = self.logs.describe_log_groups(logGroupNamePrefix="/g")["logGroups"]
        self.assertEqual([14], [group["retentionInDays"] for group in found])

    def test_that_is_missing_is_refused(self) -> None:
        for operation, more in (
            ("delete_log_group", {}),
            ("put_retention_policy", {"retentionInDays": 1}),
            ("delete_retention_policy", {}),
        ):
            self.refused(
                "ResourceNotFoundException",
                "The specified log group does not exist.",
                getattr(self.logs, operation),
                logGroupName="/none",
                **more,
            )
