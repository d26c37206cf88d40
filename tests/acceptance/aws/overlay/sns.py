"""SNS: subscriptions of functions, which get a message only if they let the topic invoke them."""

from __future__ import annotations

import json
from typing import Any

from ministack.services import sns as ministack_sns

from overlay import function_policy
from overlay.call import Call, Refusal

_SETTINGS = ("FilterPolicy", "FilterPolicyScope", "RedrivePolicy")

_deliver = ministack_sns._deliver_to_lambda


def install() -> None:
    ministack_sns._deliver_to_lambda = _deliver_if_allowed


def _deliver_if_allowed(endpoint: str, envelope: str, topic_arn: str, *rest: Any) -> None:
    owner = topic_arn.split(":")[4]
    if function_policy.allows(endpoint, "sns.amazonaws.com", topic_arn, owner):
        _deliver(endpoint, envelope, topic_arn, *rest)


def _subscribe(call: Call) -> None:
    topic = ministack_sns._topic_by_arn_any_scope(call.params.get("TopicArn", ""))
    protocol = call.params.get("Protocol")
    if topic is None or protocol != "lambda":
        return
    if ministack_sns._is_fifo_topic(topic):
        raise _invalid(f"Invalid protocol type: {protocol}")
    wanted = _attributes(call)
    _check_filter(wanted)
    for there in topic["subscriptions"]:
        if there["protocol"] == protocol and there["endpoint"] == call.params.get("Endpoint"):
            has = {name: there["attributes"].get(name) for name in _SETTINGS}
            if has != {name: wanted.get(name) for name in _SETTINGS}:
                raise _invalid(
                    "Attributes Reason: Subscription already exists with different attributes"
                )


def _set_attributes(call: Call) -> None:
    subscription = ministack_sns._find_subscription(
        ministack_sns._sub_arn_to_topic.get(call.params.get("SubscriptionArn", ""), ""),
        call.params.get("SubscriptionArn", ""),
    )
    if subscription is not None:
        name, value = call.params.get("AttributeName", ""), call.params.get("AttributeValue", "")
        _check_filter({**subscription["attributes"], name: value})


def _attributes(call: Call) -> dict[str, str]:
    found = {}
    number = 1
    while name := call.params.get(f"Attributes.entry.{number}.key"):
        found[name] = call.params.get(f"Attributes.entry.{number}.value", "")
        number += 1
    return found


def _check_filter(attributes: dict[str, str]) -> None:
    """Only the body of a message has parts within parts."""
    if not attributes.get("FilterPolicy"):
        return
    try:
        policy = json.loads(attributes["FilterPolicy"])
    except ValueError:
        raise _invalid("FilterPolicy: failed to parse JSON.") from None
    flat = attributes.get("FilterPolicyScope", "MessageAttributes") == "MessageAttributes"
    if flat and any(isinstance(rule, dict) for rule in policy.values()):
        raise _invalid(
            "Filter policy scope MessageAttributes does not support nested filter policy"
        )


def _invalid(reason: str) -> Refusal:
    return Refusal("InvalidParameter", f"Invalid parameter: {reason}")


BEFORE = {
    "Subscribe": _subscribe,
    "SetSubscriptionAttributes": _set_attributes,
}

AFTER: dict[str, Any] = {}
