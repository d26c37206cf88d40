"""EventBridge: rules and what they invoke."""

from __future__ import annotations

import json
import time

from tests.support import AwsTest, until


class ARule(AwsTest):
    def setUp(self) -> None:
        super().setUp()
        self.events = self.aws("events")
        self.arn = self.put(Tags=[{"Key": "made", "Value": "first"}], Description="by hand")

    def put(self, **more: object) -> str:
        pattern = json.dumps({"source": ["shop"]})
        return str(self.events.put_rule(Name="r", EventPattern=pattern, **more)["RuleArn"])

    def send(self, seen: str) -> None:
        detail = json.dumps({"seen": seen})
        entry = {"Source": "shop", "DetailType": "order", "Detail": detail}
        self.events.put_events(Entries=[entry])

    def test_reaches_a_function_that_lets_it_invoke_it_and_no_other(self) -> None:
        target = {"Id": "f", "Arn": self.witness(), "InputPath": "$.detail"}
        self.events.put_targets(Rule="r", Targets=[target])
        self.send("early")
        self.permit("events.amazonaws.com", f"{self.arn}-2")
        self.send("to-another")
        time.sleep(1)
        self.assertEqual([], self.seen())
        self.aws("lambda").remove_permission(FunctionName="f", StatementId="permitted")
        self.permit("events.amazonaws.com", self.arn)
        self.send("now")
        until(lambda: self.seen() == ["now"])

    def test_put_again_keeps_its_tags_and_nothing_else(self) -> None:
        self.put(Tags=[{"Key": "made", "Value": "again"}], State="DISABLED")
        tags = self.events.list_tags_for_resource(ResourceARN=self.arn)["Tags"]
        self.assertEqual([{"Key": "made", "Value": "first"}], tags)
        self.assertEqual(None, self.events.describe_rule(Name="r").get("Description"))
        self.put()
        self.assertEqual("ENABLED", self.events.describe_rule(Name="r")["State"])

    def test_with_targets_is_not_deleted(self) -> None:
        queue = f"arn:aws:sqs:us-east-1:{self.account}:q"
        self.events.put_targets(Rule="r", Targets=[{"Id": "q", "Arn": queue}])
        self.refused(
            "ValidationException",
            "Rule can't be deleted since it has targets.",
            self.events.delete_rule,
            Name="r",
        )
        self.events.remove_targets(Rule="r", Ids=["q"])
        self.events.delete_rule(Name="r")

    def test_that_is_not_there_has_no_targets(self) -> None:
        for call, more in (
            (self.events.list_targets_by_rule, {}),
            (self.events.remove_targets, {"Ids": ["q"]}),
        ):
            message = "Rule none does not exist on EventBus default."
            self.refused("ResourceNotFoundException", message, call, Rule="none", **more)
