"""SNS: subscriptions of functions."""

from __future__ import annotations

import json
import time
from typing import Any

from tests.support import AwsTest, until


class ASubscription(AwsTest):
    def setUp(self) -> None:
        super().setUp()
        self.sns = self.aws("sns")
        self.topic = self.sns.create_topic(Name="alerts")["TopicArn"]

    def wanted(self, **attributes: str) -> dict[str, Any]:
        endpoint = f"arn:aws:lambda:us-east-1:{self.account}:function:f"
        return {
            "TopicArn": self.topic,
            "Protocol": "lambda",
            "Endpoint": endpoint,
            "Attributes": attributes,
        }

    def test_reaches_a_function_that_lets_the_topic_invoke_it_and_no_other(self) -> None:
        self.witness()
        self.sns.subscribe(**self.wanted())
        self.sns.publish(TopicArn=self.topic, Message="early")
        self.permit("sns.amazonaws.com", f"{self.topic}-2")
        self.sns.publish(TopicArn=self.topic, Message="to-another")
        time.sleep(1)
        self.assertEqual([], self.seen())
        self.aws("lambda").remove_permission(FunctionName="f", StatementId="permitted")
        self.permit("sns.amazonaws.com", self.topic)
        self.sns.publish(TopicArn=self.topic, Message="now")
        until(lambda: self.seen() == ["now"])

    def test_is_the_same_again_and_refused_with_other_attributes(self) -> None:
        policy = json.dumps({"store": ["example"]})
        made = self.sns.subscribe(**self.wanted(FilterPolicy=policy))["SubscriptionArn"]
        again = self.sns.subscribe(**self.wanted(FilterPolicy=policy))["SubscriptionArn"]
        self.assertEqual(made, again)
        self.refused(
            "InvalidParameter",
            "Invalid parameter: Attributes Reason: Subscription already exists with different "
            "attributes",
            self.sns.subscribe,
            **self.wanted(),
        )

    def test_of_a_fifo_topic_is_refused_to_functions(self) -> None:
        made = self.sns.create_topic(Name="a.fifo", Attributes={"FifoTopic": "true"})
        self.topic = made["TopicArn"]
        self.refused(
            "InvalidParameter",
            "Invalid parameter: Invalid protocol type: lambda",
            self.sns.subscribe,
            **self.wanted(),
        )

    def test_filters_parts_within_parts_of_bodies_alone(self) -> None:
        nested = json.dumps({"shop": {"name": ["example"]}})
        message = (
            "Invalid parameter: Filter policy scope MessageAttributes does not support nested "
            "filter policy"
        )
        wanted = self.wanted(FilterPolicy=nested)
        self.refused("InvalidParameter", message, self.sns.subscribe, **wanted)
        in_body = self.wanted(FilterPolicy=nested, FilterPolicyScope="MessageBody")
        made = self.sns.subscribe(**in_body)["SubscriptionArn"]
        self.refused(
            "InvalidParameter",
            message,
            self.sns.set_subscription_attributes,
            SubscriptionArn=made,
            AttributeName="FilterPolicyScope",
            AttributeValue="MessageAttributes",
        )
