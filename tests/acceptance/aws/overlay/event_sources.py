"""Event source mappings: whom Lambda refuses to poll for, and how long a change takes.

Lambda checks by the execution role whether it may poll the source and send to the destination, and
compares a queue's visibility timeout with the function's. ministack does neither, and makes every
change at once.
"""

from __future__ import annotations

import json
import time
from typing import Any

from ministack.core.arn import parse_arn
from ministack.core.responses import json_response
from ministack.services import iam as ministack_iam
from ministack.services import lambda_svc as ministack_lambda
from ministack.services import sqs as ministack_sqs

from overlay import iam, knobs, streams
from overlay.call import Call, Refusal, Response
from overlay.lambda_execution import role_allows

# What Lambda tries with the role before it answers, and the words in which it tells what it may not:
# https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html, …/with-kinesis.html, …/with-ddb.html
_POLLS = {
    "sqs": ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
    "kinesis": ["kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:DescribeStream"],
    "dynamodb": ["dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream"],
}
_SENDS = {"sqs": "sqs:SendMessage", "sns": "sns:Publish", "s3": "s3:PutObject"}

# UUID -> until when the mapping is in this state
_changing: dict[str, tuple[float, str]] = {}
# UUID -> until when a mapping that was deleted is still there, and what it was
_deleting: dict[str, tuple[float, dict[str, Any]]] = {}


def _create(call: Call) -> None:
    name, qualifier = ministack_lambda._resolve_request_scoped_name_and_qualifier(
        call.params.get("FunctionName", "")
    )
    function = ministack_lambda._functions.get(name)
    source = call.params.get("EventSourceArn", "")
    if function is None:
        return
    arn = ministack_lambda._func_arn(name) + (f":{qualifier}" if qualifier else "")
    for taken in ministack_lambda._esms.values():
        if taken["EventSourceArn"] == source and taken["FunctionArn"] == arn:
            kind = "SQS" if ":sqs:" in source else "event source"
            raise Refusal(
                "ResourceConflictException",
                f'An event source mapping with {kind} arn (" {source} ") and function '
                f'(" {name} ") already exists. Please update or delete the existing mapping with '
                f"UUID {taken['UUID']}",
                409,
            )
    _check_position(call, source)
    _check(call, function["config"], source)


def _update(call: Call) -> None:
    uuid = call.path.rpartition("/")[2]
    mapping = ministack_lambda._esms.get(uuid)
    if mapping is None:
        return
    _check_idle(uuid, "update")
    function = ministack_lambda._functions.get(mapping["FunctionName"])
    if function is not None:
        _check(call, function["config"], mapping["EventSourceArn"])


def _delete(call: Call) -> None:
    uuid = call.path.rpartition("/")[2]
    mapping = ministack_lambda._esms.get(uuid)
    if mapping is not None:
        _check_idle(uuid, "delete")
        until = time.monotonic() + knobs.of(call.account).pending_update_seconds
        _deleting[uuid] = until, ministack_lambda._esm_response(mapping) | {"State": "Deleting"}


def _get(call: Call) -> Response | None:
    until, mapping = _deleting.get(call.path.rpartition("/")[2], (0.0, {}))
    return json_response(mapping) if time.monotonic() < until else None


def _check_idle(uuid: str, verb: str) -> None:
    if time.monotonic() < _changing.get(uuid, (0.0, ""))[0]:
        raise Refusal(
            "ResourceInUseException",
            f"Cannot {verb} the event source mapping because it is in use.",
        )


def _check_position(call: Call, source: str) -> None:
    queue = ":sqs:" in source
    position = call.params.get("StartingPosition")
    if not queue and position is None:
        raise Refusal(
            "InvalidParameterValueException",
            "1 validation error detected: Value null at 'startingPosition' failed to satisfy "
            "constraint: Member must not be null.",
        )
    if queue and position is not None:
        raise Refusal(
            "InvalidParameterValueException",
            "StartingPosition is not valid for an SQS event source.",
        )


def _check(call: Call, function: dict[str, Any], source: str) -> None:
    service = source.split(":")[2] if source.count(":") >= 5 else ""
    _check_rights(call, function["Role"], source, service)
    if service != "sqs":
        return
    queue = ministack_sqs._queue_by_arn(source)
    if queue is None:
        raise Refusal(
            "InvalidParameterValueException",
            "Error occurred while ReceiveMessage. SQS Error Code: "
            "AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does "
            "not exist for this wsdl version.",
        )
    hidden, timeout = int(queue["attributes"]["VisibilityTimeout"]), function["Timeout"]
    if hidden < timeout:
        raise Refusal(
            "InvalidParameterValueException",
            f"Queue visibility timeout: {hidden} seconds is less than Function timeout: {timeout} "
            "seconds",
        )
    size = call.params.get("BatchSize", 10)
    if size > 10 and not call.params.get("MaximumBatchingWindowInSeconds"):
        raise Refusal(
            "InvalidParameterValueException",
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is "
            "greater than 10",
        )


def _check_rights(call: Call, role_arn: str, source: str, service: str) -> None:
    for action in _POLLS.get(service, []):
        if not _allowed(call, role_arn, action, source):
            if service == "sqs":
                raise Refusal(
                    "InvalidParameterValueException",
                    "The function execution role does not have permissions to call "
                    f"{action.partition(':')[2]} on SQS",
                )
            raise Refusal(
                "InvalidParameterValueException",
                f"Cannot access stream {source}. Please ensure the role can perform the "
                "GetRecords, GetShardIterator, DescribeStream, and ListStreams Actions on your "
                "stream in IAM.",
            )
    config = call.params.get("DestinationConfig") or {}
    destination = (config.get("OnFailure") or {}).get("Destination")
    if destination:
        receiver = parse_arn(destination).service
        resource = f"{destination}/any" if receiver == "s3" else destination
        action = _SENDS[receiver]
        if not _allowed(call, role_arn, action, resource):
            raise Refusal(
                "InvalidParameterValueException",
                "The function execution role does not have permissions to call "
                f"{action.partition(':')[2]} on {receiver.upper()}",
            )


def _allowed(call: Call, role_arn: str, action: str, resource: str) -> bool:
    """What the role allows, once Lambda has heard of it."""
    role = ministack_iam._roles.get(role_arn.rpartition("/")[2])
    if role is None:
        return False
    waited = iam.settled_for(call.account, role)
    return waited >= knobs.of(call.account).role_propagation_seconds and role_allows(
        role_arn, call.account, call.region, action, resource
    )


def _created(call: Call, answer: Response) -> Response:
    mapping = ministack_lambda._esms[json.loads(answer[2])["UUID"]]
    if ":sqs:" not in mapping["EventSourceArn"]:
        # ministack has the queues' default for all.
        mapping["BatchSize"] = call.params.get("BatchSize", 100)
    if "StartingPositionTimestamp" in call.params:
        mapping["StartingPositionTimestamp"] = call.params["StartingPositionTimestamp"]
    streams.begin(mapping)
    return _completed(call, answer, "Creating")


def _updated(call: Call, answer: Response) -> Response:
    return _completed(call, answer, "Updating")


def _completed(call: Call, answer: Response, state: str) -> Response:
    """Keeps what ministack does not, takes away what is said to be empty, and takes its time."""
    status, headers, body = answer
    mapping = ministack_lambda._esms[json.loads(body)["UUID"]]
    if "KMSKeyArn" in call.params:
        mapping["KMSKeyArn"] = call.params["KMSKeyArn"]
    if not mapping.get("KMSKeyArn"):
        mapping.pop("KMSKeyArn", None)
    if not (mapping.get("FilterCriteria") or {}).get("Filters"):
        mapping.pop("FilterCriteria", None)
    if not (mapping.get("ScalingConfig") or {}).get("MaximumConcurrency"):
        mapping.pop("ScalingConfig", None)
    if "DestinationConfig" in mapping:
        on_failure = mapping["DestinationConfig"].get("OnFailure") or {}
        if not on_failure.get("Destination"):
            mapping["DestinationConfig"] = {"OnFailure": {}}
    until = time.monotonic() + knobs.of(call.account).pending_update_seconds
    _changing[mapping["UUID"]] = until, state
    shown = _shown(ministack_lambda._esm_response(mapping))
    return status, headers, json.dumps(shown).encode()


def _read(_call: Call, answer: Response) -> Response:
    status, headers, body = answer
    return status, headers, json.dumps(_shown(json.loads(body))).encode()


def _listed(_call: Call, answer: Response) -> Response:
    status, headers, body = answer
    found = json.loads(body)
    found["EventSourceMappings"] = [_shown(each) for each in found["EventSourceMappings"]]
    return status, headers, json.dumps(found).encode()


def _shown(mapping: dict[str, Any]) -> dict[str, Any]:
    """As AWS shows it: no tags, and in the state that it is in by now."""
    until, state = _changing.get(mapping["UUID"], (0.0, ""))
    shown = {name: value for name, value in mapping.items() if name not in ("Tags", "Qualifier")}
    return shown | {"State": state} if time.monotonic() < until else shown


BEFORE = {
    "CreateEventSourceMapping": _create,
    "UpdateEventSourceMapping": _update,
    "DeleteEventSourceMapping": _delete,
    "GetEventSourceMapping": _get,
}

AFTER = {
    "CreateEventSourceMapping": _created,
    "UpdateEventSourceMapping": _updated,
    "GetEventSourceMapping": _read,
    "ListEventSourceMappings": _listed,
}
