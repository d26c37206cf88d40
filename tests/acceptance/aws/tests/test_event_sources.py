"""Event source mappings: whom Lambda polls for, and what becomes of what it polls."""

from __future__ import annotations

import json
import time
from typing import Any

from tests.support import AwsTest, until

POLL_QUEUE = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
NO_RIGHTS = "The function execution role does not have permissions to call {} on SQS"


class EventSourceTest(AwsTest):
    def queue(self, name: str = "jobs", **attributes: str) -> str:
        """The ARN of a new queue."""
        sqs = self.aws("sqs")
        url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return str(found["Attributes"]["QueueArn"])

    def worker(self, *statements: dict[str, Any], **more: Any) -> None:
        """A function whose role allows this."""
        role = self.role("worker-runs")
        if statements:
            self.allow("worker-runs", *statements)
        self.function("worker", Role=role, **more)

    def received(self) -> list[list[str]]:
        """What the worker was invoked with, the words of each batch, by its log."""
        logs = self.aws("logs")
        if not logs.describe_log_groups(logGroupNamePrefix="/aws/lambda/worker")["logGroups"]:
            return []
        events = logs.filter_log_events(logGroupName="/aws/lambda/worker")["events"]
        lines = [event["message"] for event in events]
        return [json.loads(line.partition(": ")[2]) for line in lines if line.startswith("words: ")]


class Mappings(EventSourceTest):
    def create(self, source: str, **more: Any) -> dict[str, Any]:
        made: dict[str, Any] = self.aws("lambda").create_event_source_mapping(
            FunctionName="worker", EventSourceArn=source, **more
        )
        return made

    def state(self, uuid: str) -> str:
        return str(self.aws("lambda").get_event_source_mapping(UUID=uuid)["State"])

    def test_refuses_a_role_that_may_not_poll(self) -> None:
        source = self.queue()
        self.worker()
        create = self.aws("lambda").create_event_source_mapping
        allowed: list[str] = []
        for action in POLL_QUEUE:
            self.refused(
                "InvalidParameterValueException",
                NO_RIGHTS.format(action.removeprefix("sqs:")),
                create,
                FunctionName="worker",
                EventSourceArn=source,
            )
            allowed.append(action)
            self.allow("worker-runs", {"Action": allowed, "Resource": source})
        self.create(source)

    def test_learns_of_rights_as_late_as_the_knob_says(self) -> None:
        source = self.queue()
        self.worker()
        self.knobs(role_propagation_seconds=1)
        time.sleep(1.1)
        self.allow("worker-runs", {"Action": POLL_QUEUE, "Resource": source})
        self.refused(
            "InvalidParameterValueException",
            NO_RIGHTS.format("ReceiveMessage"),
            self.aws("lambda").create_event_source_mapping,
            FunctionName="worker",
            EventSourceArn=source,
        )
        time.sleep(1.1)
        self.create(source)

    def test_refuses_a_stream_and_a_destination_that_the_role_may_not_use(self) -> None:
        kinesis = self.aws("kinesis")
        kinesis.create_stream(StreamName="clicks", ShardCount=1)
        source = kinesis.describe_stream(StreamName="clicks")["StreamDescription"]["StreamARN"]
        self.worker()
        create, failed = self.aws("lambda").create_event_source_mapping, self.queue("failed")
        wanted = {
            "FunctionName": "worker",
            "EventSourceArn": source,
            "StartingPosition": "LATEST",
            "DestinationConfig": {"OnFailure": {"Destination": failed}},
        }
        self.refused(
            "InvalidParameterValueException",
            f"Cannot access stream {source}. Please ensure the role can perform the GetRecords, "
            "GetShardIterator, DescribeStream, and ListStreams Actions on your stream in IAM.",
            create,
            **wanted,
        )
        self.allow("worker-runs", {"Action": "kinesis:*", "Resource": source})
        self.refused(
            "InvalidParameterValueException", NO_RIGHTS.format("SendMessage"), create, **wanted
        )

    def test_refuses_a_queue_that_hides_messages_for_too_short(self) -> None:
        source = self.queue(VisibilityTimeout="9")
        self.worker({"Action": POLL_QUEUE, "Resource": source})
        self.refused(
            "InvalidParameterValueException",
            "Queue visibility timeout: 9 seconds is less than Function timeout: 10 seconds",
            self.aws("lambda").create_event_source_mapping,
            FunctionName="worker",
            EventSourceArn=source,
        )

    def test_refuses_a_second_mapping_of_function_and_source(self) -> None:
        source = self.queue()
        self.worker({"Action": POLL_QUEUE, "Resource": source})
        uuid = self.create(source)["UUID"]
        self.refused(
            "ResourceConflictException",
            f'An event source mapping with SQS arn (" {source} ") and function (" worker ") '
            f"already exists. Please update or delete the existing mapping with UUID {uuid}",
            self.aws("lambda").create_event_source_mapping,
            FunctionName="worker",
            EventSourceArn=source,
        )

    def test_changes_take_their_time_and_one_waits_for_the_other(self) -> None:
        self.knobs(pending_update_seconds=0.5)
        source = self.queue()
        self.worker({"Action": POLL_QUEUE, "Resource": source})
        lambda_ = self.aws("lambda")
        made = self.create(source)
        uuid = made["UUID"]
        self.assertEqual(("Creating", "Creating"), (made["State"], self.state(uuid)))
        self.refused(
            "ResourceInUseException",
            "Cannot update the event source mapping because it is in use.",
            lambda_.update_event_source_mapping,
            UUID=uuid,
            Enabled=False,
        )
        until(lambda: self.state(uuid) == "Enabled")
        lambda_.update_event_source_mapping(UUID=uuid, Enabled=False)
        self.assertEqual("Updating", self.state(uuid))
        until(lambda: self.state(uuid) == "Disabled")
        lambda_.delete_event_source_mapping(UUID=uuid)
        self.assertEqual("Deleting", self.state(uuid))
        time.sleep(0.6)
        with self.assertRaises(lambda_.exceptions.ResourceNotFoundException):
            self.state(uuid)

    def test_takes_away_what_is_said_to_be_empty(self) -> None:
        self.knobs(pending_update_seconds=0)
        source = self.queue()
        self.worker({"Action": POLL_QUEUE, "Resource": source})
        given = {
            "FilterCriteria": {"Filters": [{"Pattern": "{}"}]},
            "ScalingConfig": {"MaximumConcurrency": 2},
            "KMSKeyArn": "arn:aws:kms:us-east-1:111122223333:key/1",
        }
        uuid = self.create(source, **given)["UUID"]
        lambda_ = self.aws("lambda")
        found = lambda_.get_event_source_mapping(UUID=uuid)
        self.assertEqual(given, {name: found[name] for name in given})
        lambda_.update_event_source_mapping(
            UUID=uuid, FilterCriteria={}, ScalingConfig={}, KMSKeyArn=""
        )
        found = lambda_.get_event_source_mapping(UUID=uuid)
        self.assertEqual(set(), set(given) & set(found))


class Streams(EventSourceTest):
    def setUp(self) -> None:
        super().setUp()
        self.knobs(pending_update_seconds=0)
        kinesis = self.aws("kinesis")
        kinesis.create_stream(StreamName="clicks", ShardCount=1)
        described = kinesis.describe_stream(StreamName="clicks")["StreamDescription"]
        self.source = described["StreamARN"]
        self.failed = self.queue("failed")
        self.worker(
            {"Action": "kinesis:*", "Resource": self.source},
            {"Action": ["sqs:SendMessage"], "Resource": self.failed},
            {"Action": "logs:*", "Resource": "*"},
        )

    def follow(self, **more: Any) -> None:
        self.aws("lambda").create_event_source_mapping(
            FunctionName="worker",
            EventSourceArn=self.source,
            **{
                "StartingPosition": "TRIM_HORIZON",
                "FunctionResponseTypes": ["ReportBatchItemFailures"],
                **more,
            },
        )

    def put(self, *words: str) -> None:
        records = [{"Data": word.encode(), "PartitionKey": "1"} for word in words]
        self.aws("kinesis").put_records(StreamName="clicks", Records=records)

    def assert_received(self, *batches: list[str]) -> None:
        wanted = list(batches)
        until(lambda: len(self.received()) >= len(wanted))
        time.sleep(0.8)
        self.assertEqual(wanted, self.received())

    def word(self) -> dict[str, Any]:
        """What the destination was told."""
        sqs = self.aws("sqs")
        url = sqs.get_queue_url(QueueName="failed")["QueueUrl"]
        found: list[dict[str, Any]] = []

        def came() -> bool:
            found.extend(sqs.receive_message(QueueUrl=url).get("Messages", []))
            return bool(found)

        until(came)
        told: dict[str, Any] = json.loads(found[0]["Body"])
        return told

    def test_goes_on_from_the_lowest_record_that_failed(self) -> None:
        self.put("a", "fails once: b", "c", "fails once: d", "e")
        self.follow()
        self.assert_received(
            ["a", "fails once: b", "c", "fails once: d", "e"],
            ["fails once: b", "c", "fails once: d", "e"],
            ["fails once: d", "e"],
        )

    def test_an_answer_that_names_no_record_is_a_failure_of_all(self) -> None:
        self.put("a", "answers nonsense once")
        self.follow()
        self.assert_received(["a", "answers nonsense once"], ["a", "answers nonsense once"])

    def test_without_reports_an_answer_is_a_success(self) -> None:
        self.put("a", "fails: b")
        self.follow(FunctionResponseTypes=[])
        self.assert_received(["a", "fails: b"])

    def test_gives_up_after_so_many_retries_and_says_so(self) -> None:
        self.put("a", "fails: b", "c")
        self.follow(
            MaximumRetryAttempts=1, DestinationConfig={"OnFailure": {"Destination": self.failed}}
        )
        # The rest of the batch goes with the record.
        self.assert_received(["a", "fails: b", "c"], ["fails: b", "c"])
        told = self.word()
        self.assertEqual("RetryAttemptsExhausted", told["requestContext"]["condition"])
        self.assertEqual(2, told["KinesisBatchInfo"]["batchSize"])
        self.put("d")
        until(lambda: self.received()[-1] == ["d"])

    def test_halves_a_batch_that_raised(self) -> None:
        self.put("a", "b", "raises", "c")
        self.follow(BisectBatchOnFunctionError=True, MaximumRetryAttempts=0)
        # The retries are used up by the batch of one.
        self.assert_received(["a", "b", "raises", "c"])

    def test_halves_until_the_record_is_alone(self) -> None:
        self.put("a", "b", "raises", "c")
        self.follow(BisectBatchOnFunctionError=True, MaximumRetryAttempts=1)
        until(lambda: ["c"] in self.received())
        self.assertEqual(["a", "b", "raises", "c"], self.received()[0])
        self.assertIn(["a", "b"], self.received())
        self.assertIn(["raises"], self.received())

    def test_begins_where_it_is_told(self) -> None:
        self.put("before")
        time.sleep(1.1)
        now = time.time()
        time.sleep(0.1)
        self.put("since")
        self.follow(StartingPosition="AT_TIMESTAMP", StartingPositionTimestamp=now)
        self.assert_received(["since"])

    def test_a_table_has_a_stream_too(self) -> None:
        dynamodb = self.aws("dynamodb")
        dynamodb.create_table(
            TableName="orders",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        )
        source = dynamodb.describe_table(TableName="orders")["Table"]["LatestStreamArn"]
        self.allow(
            "worker-runs",
            {"Action": "dynamodb:*", "Resource": source},
            {"Action": "logs:*", "Resource": "*"},
        )
        self.aws("lambda").create_event_source_mapping(
            FunctionName="worker",
            EventSourceArn=source,
            StartingPosition="LATEST",
            FunctionResponseTypes=["ReportBatchItemFailures"],
            MaximumBatchingWindowInSeconds=1,
        )
        for word in ("a", "fails once: b"):
            dynamodb.put_item(TableName="orders", Item={"id": {"S": word}})
        until(lambda: ["fails once: b"] in self.received()[1:])
        words = [word for batch in self.received() for word in batch]
        self.assertEqual(1, words.count("a"))
