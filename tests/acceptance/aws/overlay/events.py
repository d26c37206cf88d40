"""EventBridge: rules and their targets, which get an event only if they let the rule invoke them."""

from __future__ import annotations

from typing import Any

from ministack.services import eventbridge as ministack_events

from overlay import function_policy, scheduler
from overlay.call import Call, Refusal, Response

_invoke = ministack_events._invoke_target

# (account, rule's ARN) -> the tags of a rule that is about to be replaced
_tags: dict[tuple[str, str], dict[str, str]] = {}


def install() -> None:
    ministack_events._invoke_target = _invoke_if_allowed


def _invoke_if_allowed(
    target: dict[str, Any], event: dict[str, Any], rule: dict[str, Any], view: Any = None
) -> None:
    """What a rule, or a schedule, does when its time has come."""
    arn = target.get("Arn", "")
    _, _, service, _, account, *_ = rule["Arn"].split(":")
    if service == "scheduler":
        allowed = scheduler.may_invoke(rule)
    elif ":lambda:" in arn:
        allowed = function_policy.allows(arn, "events.amazonaws.com", rule["Arn"], account)
    else:
        allowed = True
    if allowed:
        _invoke(target, event, rule, view)


def _key(call: Call, rule: str) -> str:
    bus = call.params.get("EventBusName", "default").rpartition(":event-bus/")[2]
    return str(ministack_events._rule_key(call.params.get(rule, ""), bus))


def _put_rule(call: Call) -> None:
    rule = ministack_events._rules.get(_key(call, "Name"))
    if rule is not None:
        _tags[call.account, rule["Arn"]] = dict(ministack_events._tags.get(rule["Arn"], {}))


def _rule_put(call: Call, answer: Response) -> Response:
    """What a PutRule leaves out is gone, and on a rule that exists its tags mean nothing."""
    rule = ministack_events._rules[_key(call, "Name")]
    for name, otherwise in (("Description", ""), ("RoleArn", ""), ("State", "ENABLED")):
        rule[name] = call.params.get(name) or otherwise
    before = _tags.pop((call.account, rule["Arn"]), None)
    if before is not None:
        ministack_events._tags[rule["Arn"]] = before
    return answer


def _delete_rule(call: Call) -> None:
    if ministack_events._targets.get(_key(call, "Name")):
        raise Refusal("ValidationException", "Rule can't be deleted since it has targets.")


def _with_rule(call: Call) -> None:
    if _key(call, "Rule") not in ministack_events._rules:
        bus = call.params.get("EventBusName", "default")
        raise Refusal(
            "ResourceNotFoundException",
            f"Rule {call.params.get('Rule')} does not exist on EventBus {bus}.",
        )


BEFORE = {
    "PutRule": _put_rule,
    "DeleteRule": _delete_rule,
    "ListTargetsByRule": _with_rule,
    "RemoveTargets": _with_rule,
}

AFTER = {
    "PutRule": _rule_put,
}
