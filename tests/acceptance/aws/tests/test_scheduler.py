"""EventBridge Scheduler: schedules and the role that they work by."""

from __future__ import annotations

import json
import time
import unittest
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from overlay import schedule_times
from tests.support import AwsTest, until

TOKYO = "Asia/Tokyo"
NOT_ASSUMABLE = (
    "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."
)


class ASchedule(AwsTest):
    def setUp(self) -> None:
        super().setUp()
        self.scheduler = self.aws("scheduler")

    def trust(self, **conditions: str) -> str:
        statement: dict[str, Any] = {
            "Effect": "Allow",
            "Principal": {"Service": "scheduler.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
        if conditions:
            statement["Condition"] = {
                "StringEquals": {f"aws:{key}": value for key, value in conditions.items()}
            }
        return json.dumps({"Version": "2012-10-17", "Statement": [statement]})

    def wanted(self, role: str, expression: str = "rate(1 hour)", **more: Any) -> dict[str, Any]:
        target = {
            "Arn": f"arn:aws:lambda:us-east-1:{self.account}:function:f",
            "RoleArn": role,
            "Input": json.dumps({"seen": more.pop("seen", "now")}),
        }
        return {
            "Name": more.pop("Name", "s"),
            "ScheduleExpression": expression,
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "Target": target,
            **more,
        }

    def test_has_an_expression_and_a_time_zone_that_there_are(self) -> None:
        role = self.role("schedules", self.trust())
        for expression in (
            "rate(5 seconds)",
            "rate(0 hours)",
            "cron(0 3 * * *)",
            "cron(0 3 * * * *)",
            "cron(60 3 * * ? *)",
            "cron(0 24 * * ? *)",
            "at(2030-02-30T00:00:00)",
            "5 minutes",
        ):
            with self.subTest(expression):
                self.refused(
                    "ValidationException",
                    f"Invalid Schedule Expression {expression}.",
                    self.scheduler.create_schedule,
                    **self.wanted(role, expression),
                )
        self.refused(
            "ValidationException",
            "Invalid Timezone Europe/Berlinn.",
            self.scheduler.create_schedule,
            **self.wanted(role, ScheduleExpressionTimezone="Europe/Berlinn"),
        )
        for number, expression in enumerate(
            ("rate(1 hour)", "cron(0/15 8-17 ? * MON-FRI *)", "at(2030-01-31T03:00:00)")
        ):
            self.scheduler.create_schedule(**self.wanted(role, expression, Name=f"s{number}"))

    def test_works_by_a_role_that_scheduler_can_assume(self) -> None:
        of_group = f"arn:aws:scheduler:us-east-1:{self.account}:schedule-group/default"
        for name, trust in (
            ("lambdas", None),
            ("others", self.trust(SourceAccount="999999999999")),
            # Scheduler names the group, and never one schedule.
            ("narrow", self.trust(SourceArn=of_group.replace("-group", "") + "/s")),
        ):
            with self.subTest(name):
                role = self.role(name, trust) if trust else self.role(name)
                self.refused(
                    "ValidationException",
                    NOT_ASSUMABLE,
                    self.scheduler.create_schedule,
                    **self.wanted(role),
                )
        self.knobs(role_propagation_seconds=60)
        role = self.role("good", self.trust(SourceAccount=self.account, SourceArn=of_group))
        wanted = self.wanted(role)
        self.refused("ValidationException", NOT_ASSUMABLE, self.scheduler.create_schedule, **wanted)
        self.knobs(role_propagation_seconds=0)
        self.scheduler.create_schedule(**wanted)
        other = self.wanted(f"{role}-2")
        self.refused("ValidationException", NOT_ASSUMABLE, self.scheduler.update_schedule, **other)

    def test_created_again_under_its_token_is_the_same(self) -> None:
        role = self.role("schedules", self.trust())
        made = self.scheduler.create_schedule(**self.wanted(role), ClientToken="once")
        again = self.scheduler.create_schedule(**self.wanted(role), ClientToken="once")
        self.assertEqual(made["ScheduleArn"], again["ScheduleArn"])
        self.refused(
            "ConflictException",
            "Schedule s already exists in group default.",
            self.scheduler.create_schedule,
            **self.wanted(role),
            ClientToken="twice",
        )
        self.scheduler.delete_schedule(Name="s")
        self.scheduler.create_schedule(**self.wanted(role), ClientToken="once")
        target = self.scheduler.get_schedule(Name="s")["Target"]
        retries = {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185}
        self.assertEqual(retries, target["RetryPolicy"])

    def test_invokes_what_its_role_may_invoke(self) -> None:
        arn = self.witness()
        may, may_not = (self.role(name, self.trust()) for name in ("may", "may-not"))
        self.allow("may", {"Action": "lambda:InvokeFunction", "Resource": arn})
        self.allow("may-not", {"Action": "lambda:InvokeFunction", "Resource": f"{arn}-2"})
        soon = {"expression": at(2), "ScheduleExpressionTimezone": TOKYO}
        self.scheduler.create_schedule(**self.wanted(may_not, **soon, Name="s1", seen="refused"))
        self.scheduler.create_schedule(**self.wanted(may, **soon, Name="s2", seen="invoked"))
        until(lambda: self.seen() != [], 25)
        self.assertEqual(["invoked"], self.seen())

    def test_invokes_once_when_its_time_has_come_and_not_for_what_was_before(self) -> None:
        arn = self.witness()
        role = self.role("may", self.trust())
        self.allow("may", {"Action": "lambda:InvokeFunction", "Resource": arn})
        began = time.time()
        for name, seconds in (("past", -60), ("now", 3), ("later", 600)):
            wanted = self.wanted(role, at(seconds), Name=name, seen=name)
            self.scheduler.create_schedule(**wanted, ScheduleExpressionTimezone=TOKYO)
        until(lambda: self.seen() != [], 25)
        self.assertGreater(time.time() - began, 2)
        time.sleep(2)
        self.assertEqual(["now"], self.seen())


def at(seconds: float) -> str:
    """So many seconds from now, by a clock in Tokyo."""
    moment = datetime.now(ZoneInfo(TOKYO)) + timedelta(seconds=seconds)
    return f"at({moment:%Y-%m-%dT%H:%M:%S})"


class TheTimesOfASchedule(unittest.TestCase):
    def due(self, expression: str, since: str, now: str, **more: Any) -> bool:
        """Between two times of UTC, of a schedule that was made at the start of 2026."""
        moment = lambda text: datetime.fromisoformat(f"{text}+00:00").timestamp()  # noqa: E731
        schedule = {
            "ScheduleExpression": expression,
            "ScheduleExpressionTimezone": "Europe/Berlin",
            "CreationDate": moment("2026-01-01T00:00:00"),
            **more,
        }
        return schedule_times.is_due(schedule, moment(since), moment(now))

    def test_are_in_its_zone(self) -> None:
        nightly = "cron(0 3 * * ? *)"
        # In winter one hour before UTC, in summer two.
        self.assertTrue(self.due(nightly, "2026-01-31T01:59:59", "2026-01-31T02:00:00"))
        self.assertFalse(self.due(nightly, "2026-01-31T02:00:00", "2026-01-31T03:00:00"))
        self.assertTrue(self.due(nightly, "2026-07-31T00:59:59", "2026-07-31T01:00:00"))
        once = "at(2026-07-31T03:00:00)"
        self.assertTrue(self.due(once, "2026-07-31T00:59:59", "2026-07-31T01:00:00"))
        self.assertFalse(self.due(once, "2026-07-31T01:00:00", "2026-07-31T09:00:00"))

    def test_come_again_after_each_interval(self) -> None:
        self.assertFalse(self.due("rate(1 minute)", "2026-01-01T00:00:00", "2026-01-01T00:00:59"))
        self.assertTrue(self.due("rate(1 minute)", "2026-01-01T00:00:59", "2026-01-01T00:01:00"))
        self.assertFalse(self.due("rate(1 minute)", "2026-01-01T00:01:00", "2026-01-01T00:01:01"))
        self.assertTrue(self.due("rate(1 minute)", "2026-01-01T00:01:59", "2026-01-01T00:02:00"))
