"""API Gateway: HTTP APIs and their tags."""

from __future__ import annotations

from tests.support import AwsTest


class AnHttpApi(AwsTest):
    def test_tells_the_tags_that_it_was_given_later(self) -> None:
        gateway = self.aws("apigatewayv2")
        made = gateway.create_api(Name="a", ProtocolType="HTTP", Tags={"a": "1", "b": "1"})
        arn = f"arn:aws:apigateway:us-east-1::/apis/{made['ApiId']}"
        gateway.tag_resource(ResourceArn=arn, Tags={"b": "2", "c": "2"})
        gateway.untag_resource(ResourceArn=arn, TagKeys=["a"])
        self.assertEqual({"b": "2", "c": "2"}, gateway.get_api(ApiId=made["ApiId"])["Tags"])
        self.assertEqual({"b": "2", "c": "2"}, gateway.get_tags(ResourceArn=arn)["Tags"])
