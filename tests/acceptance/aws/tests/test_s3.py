"""S3: notifications to functions."""

from __future__ import annotations

import time
from typing import Any

from tests.support import AwsTest, until


class ANotification(AwsTest):
    def setUp(self) -> None:
        super().setUp()
        self.s3 = self.aws("s3")
        self.s3.create_bucket(Bucket=self.bucket)
        self.s3.create_bucket(Bucket=f"{self.bucket}-answers")
        answers = {"Variables": {"ANSWERS": f"{self.bucket}-answers"}}
        self.arn = self.function(Environment=answers)["FunctionArn"]

    @property
    def bucket(self) -> str:
        return f"bucket-{self.account}"

    def wanted(self) -> dict[str, Any]:
        prefix = {"Key": {"FilterRules": [{"Name": "prefix", "Value": "uploads/"}]}}
        function = {
            "LambdaFunctionArn": self.arn,
            "Events": ["s3:ObjectCreated:*"],
            "Filter": prefix,
        }
        return {
            "Bucket": self.bucket,
            "NotificationConfiguration": {"LambdaFunctionConfigurations": [function]},
        }

    def permit(self, **conditions: str) -> None:
        self.aws("lambda").add_permission(
            FunctionName="f",
            StatementId="s3",
            Action="lambda:InvokeFunction",
            Principal="s3.amazonaws.com",
            **conditions,
        )

    def seen(self) -> list[str]:
        found = self.s3.list_objects_v2(Bucket=f"{self.bucket}-answers")
        return [item["Key"] for item in found.get("Contents", [])]

    def test_is_refused_to_a_function_that_does_not_permit_it(self) -> None:
        for conditions in (
            None,
            {"SourceArn": "arn:aws:s3:::other"},
            {"SourceAccount": "999999999999"},
        ):
            with self.subTest(conditions):
                if conditions:
                    self.permit(**conditions)
                self.refused(
                    "InvalidArgument",
                    "Unable to validate the following destination configurations",
                    self.s3.put_bucket_notification_configuration,
                    **self.wanted(),
                )
                if conditions:
                    self.aws("lambda").remove_permission(FunctionName="f", StatementId="s3")
        found = self.s3.get_bucket_notification_configuration(Bucket=self.bucket)
        self.assertNotIn("LambdaFunctionConfigurations", found)

    def test_invokes_the_function_for_what_its_filter_takes(self) -> None:
        self.permit(SourceArn=f"arn:aws:s3:::{self.bucket}", SourceAccount=self.account)
        self.s3.put_bucket_notification_configuration(**self.wanted())
        self.s3.put_object(Bucket=self.bucket, Key="other/dog.png", Body=b"")
        self.s3.put_object(Bucket=self.bucket, Key="uploads/cat.png", Body=b"")
        until(lambda: self.seen() == ["seen/uploads/cat.png"])

    def test_stops_when_the_permission_is_gone(self) -> None:
        self.permit(SourceArn=f"arn:aws:s3:::{self.bucket}")
        self.s3.put_bucket_notification_configuration(**self.wanted())
        self.aws("lambda").remove_permission(FunctionName="f", StatementId="s3")
        self.s3.put_object(Bucket=self.bucket, Key="uploads/cat.png", Body=b"")
        time.sleep(1)
        self.assertEqual([], self.seen())

    def test_that_skips_validation_is_taken(self) -> None:
        self.s3.put_bucket_notification_configuration(
            **self.wanted(), SkipDestinationValidation=True
        )
