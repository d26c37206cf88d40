"""Streams that Lambda polls: what becomes of a batch that failed, wholly or in part.

ministack goes on after every answer that is no error, whatever the answer says, and tries a batch
that failed again and again. AWS goes on from the lowest sequence number that the answer names,
halves a batch, and gives records up:
https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html

Not said there, and so chosen here: attempts are counted anew when the first record is another one,
beginning with the one in which that record failed.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ministack.core.arn import parse_arn
from ministack.core.responses import get_region, new_uuid, request_scope
from ministack.services import dynamodb as ministack_dynamodb
from ministack.services import kinesis as ministack_kinesis
from ministack.services import lambda_svc as ministack_lambda
from ministack.services import sns as ministack_sns
from ministack.services import sqs as ministack_sqs

_PAUSE_SECONDS = 0.5
_REPORT = "ReportBatchItemFailures"


@dataclass
class _Shard:
    """How far a mapping is in one shard."""

    position: int
    """Of the first record that is not done."""
    ends: list[int] = field(default_factory=list)
    """Where the batch ends that is to be tried again, and behind it those it was halved from."""
    attempts: int = 0
    """How often the batch from this position failed."""
    not_before: float = 0.0


# (UUID of the mapping, shard)
_shards: dict[tuple[str, str], _Shard] = {}


def install() -> None:
    ministack_lambda._poll_kinesis = _poll
    ministack_lambda._poll_dynamodb_streams = lambda: False


def begin(mapping: dict[str, Any]) -> None:
    """Finds where a new mapping begins. On AWS, that may take minutes."""
    for shard, stream in _open(mapping).items():
        _shards[mapping["UUID"], shard] = _Shard(stream.start(mapping))


@dataclass
class _Stream:
    """The records of one shard, by position."""

    first: int
    end: int
    read: Callable[[int, int], list[dict[str, Any]]]
    arrival: Callable[[dict[str, Any]], float]
    number: Callable[[dict[str, Any]], str]

    def start(self, mapping: dict[str, Any]) -> int:
        match mapping.get("StartingPosition"):
            case "TRIM_HORIZON":
                return self.first
            case "AT_TIMESTAMP":
                wanted = float(mapping["StartingPositionTimestamp"])
                records = self.read(self.first, self.end)
                earlier = sum(self.arrival(record) < wanted for record in records)
                return self.first + earlier
            case _:
                return self.end


def _open(mapping: dict[str, Any]) -> dict[str, _Stream]:
    """The shards of a mapping's stream; none of a queue, or of a stream that is gone."""
    source = parse_arn(mapping["EventSourceArn"])
    if source.service == "dynamodb":
        table, _, _ = source.resource.removeprefix("table/").partition("/stream/")
        return {"shardId-00000000000000000000": _of_table(table)}
    if source.service != "kinesis":
        return {}
    name = source.resource.removeprefix("stream/").partition("/")[0]
    stream = ministack_kinesis._streams.get(name)
    shards = stream["shards"] if stream else {}
    return {shard: _of_shard(shard, kept, mapping) for shard, kept in shards.items()}


def _of_table(table: str) -> _Stream:
    return _Stream(
        first=ministack_dynamodb.stream_start_position(table),
        end=ministack_dynamodb.stream_end_position(table),
        read=lambda start, end: ministack_dynamodb.stream_records_since(table, start, end - start),
        arrival=lambda record: float(record["dynamodb"]["ApproximateCreationDateTime"]),
        number=lambda record: str(record["dynamodb"]["SequenceNumber"]),
    )


def _of_shard(shard: str, kept: dict[str, Any], mapping: dict[str, Any]) -> _Stream:
    return _Stream(
        first=0,
        end=len(kept["records"]),
        read=lambda start, end: [
            _event(shard, record, mapping) for record in kept["records"][start:end]
        ],
        arrival=lambda record: float(record["kinesis"]["approximateArrivalTimestamp"]),
        number=lambda record: str(record["kinesis"]["sequenceNumber"]),
    )


def _event(shard: str, record: dict[str, Any], mapping: dict[str, Any]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html"""
    data = record["Data"]
    return {
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": record["PartitionKey"],
            "sequenceNumber": record["SequenceNumber"],
            "data": base64.b64encode(data).decode() if isinstance(data, bytes) else data,
            "approximateArrivalTimestamp": record["ApproximateArrivalTimestamp"],
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": f"{shard}:{record['SequenceNumber']}",
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": _function(mapping)["config"]["Role"],
        "awsRegion": get_region(),
        "eventSourceARN": mapping["EventSourceArn"],
    }


def _function(mapping: dict[str, Any]) -> dict[str, Any]:
    found, _ = ministack_lambda._get_func_record_for_qualifier(
        mapping["FunctionName"], mapping.get("Qualifier")
    )
    function: dict[str, Any] = found or {"config": {"Role": ""}}
    return function


def _poll() -> bool:
    """Hands out what there is, a batch of each shard at a time; tells whether there was anything."""
    busy = False
    for account, region, mapping in ministack_lambda._iter_all_esms():
        with request_scope(account, region):
            for shard, stream in _open(mapping).items() if mapping.get("Enabled") else ():
                key = f"{mapping['UUID']}/{shard}"
                here = _shards.setdefault((mapping["UUID"], shard), _Shard(stream.start(mapping)))
                # First of all: whoever works on the shard now is about to change the rest.
                if ministack_lambda._esm_inflight.get(key):
                    continue
                here.position = max(here.position, stream.first)
                if here.position < stream.end and time.monotonic() >= here.not_before:
                    busy = True
                    ministack_lambda._dispatch_esm_batch(key, _work, mapping, shard, stream, here)
    return busy


def _work(mapping: dict[str, Any], shard: str, stream: _Stream, here: _Shard) -> None:
    if not here.ends or here.ends[-1] <= here.position:
        here.ends = [min(stream.end, here.position + mapping.get("BatchSize", 100))]
    start, end = here.position, here.ends[-1]
    raw = stream.read(start, end)
    records = ministack_lambda._apply_filter_criteria(raw, mapping)
    if not records:
        _go_on(here, end)
        return
    result = ministack_lambda._execute_function(_function(mapping), {"Records": records})
    failed = _first_failed(mapping, stream, raw, result)
    if failed is None:
        mapping["LastProcessingResult"] = "OK"
        _go_on(here, end)
        return
    mapping["LastProcessingResult"] = "PROBLEM: Function call failed"
    if failed > 0:
        here.position, here.attempts = start + failed, 0
        raw = raw[failed:]
    condition = _given_up(mapping, stream, raw, here)
    if condition:
        _send_word(mapping, shard, stream, raw, condition, here.attempts + 1)
        _go_on(here, end)
        return
    here.attempts += 1
    here.not_before = time.monotonic() + _PAUSE_SECONDS
    if mapping.get("BisectBatchOnFunctionError") and result.get("error") and end - start > 1:
        # Halving is no attempt.
        here.attempts -= 1
        here.ends.append(start + (end - start) // 2)


def _go_on(here: _Shard, position: int) -> None:
    here.position, here.attempts, here.not_before = position, 0, 0.0
    here.ends = [end for end in here.ends if end > position]


def _first_failed(
    mapping: dict[str, Any], stream: _Stream, raw: list[dict[str, Any]], result: dict[str, Any]
) -> int | None:
    """Which record the next attempt begins with; None when all is done."""
    if result.get("error"):
        return 0
    if _REPORT not in mapping.get("FunctionResponseTypes", []):
        return None
    body = result.get("body")
    if isinstance(body, (str, bytes)):
        try:
            body = json.loads(body)
        except ValueError:
            body = None
    failures = body.get("batchItemFailures") if isinstance(body, dict) else None
    if not failures:
        return None
    numbers = [stream.number(record) for record in raw]
    try:
        return min(numbers.index(str(failure["itemIdentifier"])) for failure in failures)
    except (KeyError, TypeError, ValueError):
        return 0  # What names no record of the batch is a failure of it all.


def _given_up(
    mapping: dict[str, Any], stream: _Stream, raw: list[dict[str, Any]], here: _Shard
) -> str | None:
    """Why these records are not tried again, if so."""
    retries, age = (
        mapping.get(name, -1) for name in ("MaximumRetryAttempts", "MaximumRecordAgeInSeconds")
    )
    if 0 <= retries <= here.attempts:
        return "RetryAttemptsExhausted"
    if age >= 0 and time.time() - stream.arrival(raw[0]) > age:
        return "RecordAgeExceeded"
    return None


def _send_word(
    mapping: dict[str, Any],
    shard: str,
    stream: _Stream,
    raw: list[dict[str, Any]],
    condition: str,
    invocations: int,
) -> None:
    """Tells a queue or topic which records were given up; not what is in them."""
    destination = (mapping.get("DestinationConfig") or {}).get("OnFailure", {}).get("Destination")
    if not destination:
        return
    source = parse_arn(mapping["EventSourceArn"])
    info = "KinesisBatchInfo" if source.service == "kinesis" else "DDBStreamBatchInfo"
    word = json.dumps(
        {
            "requestContext": {
                "requestId": new_uuid(),
                "functionArn": mapping["FunctionArn"],
                "condition": condition,
                "approximateInvokeCount": invocations,
            },
            "responseContext": {"statusCode": 200, "executedVersion": "$LATEST"},
            "version": "1.0",
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            info: {
                "shardId": shard,
                "startSequenceNumber": stream.number(raw[0]),
                "endSequenceNumber": stream.number(raw[-1]),
                "batchSize": len(raw),
                "streamArn": mapping["EventSourceArn"],
            },
        }
    )
    receiver = parse_arn(destination)
    if receiver.service == "sqs":
        url = ministack_sqs._queue_url(ministack_sqs._queue_name_from_arn_spec(receiver))
        ministack_sqs._act_send_message({"MessageBody": word}, url)
    elif receiver.service == "sns":
        ministack_sns._fanout(destination, new_uuid(), word, "", "", {})
