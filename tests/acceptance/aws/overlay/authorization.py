"""What IAM checks beyond the action itself, when policies are enforced.

ministack checks the action of each call. AWS also checks the role a caller hands to a service
(PassRole), and the tagging action where a create carries tags. ministack asks about `*` where AWS
asks about the resource; policies that name it would be refused.
"""

from __future__ import annotations

from typing import Any

from ministack import app as ministack
from ministack.core import iam_actions
from ministack.core.iam_evaluator import AuthError, enforce
from ministack.core.router import extract_access_key_id
from ministack.services import iam as ministack_iam

from overlay.call import Call, Response

# Actions on tags which a create with tags needs besides its own:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/access_tags.html and the services' pages.
_TAGGING = {
    "events:PutRule": "events:TagResource",
    "iam:CreateRole": "iam:TagRole",
    "iam:CreatePolicy": "iam:TagPolicy",
    "iam:CreateOpenIDConnectProvider": "iam:TagOpenIDConnectProvider",
    "lambda:CreateFunction": "lambda:TagResource",
    "logs:CreateLogGroup": "logs:TagResource",
    "secretsmanager:CreateSecret": "secretsmanager:TagResource",
}

_ministack_resource = iam_actions.extract_resource_arn
_ministack_denial = iam_actions.access_denied_response


def install() -> None:
    iam_actions.extract_resource_arn = resource_arn
    iam_actions.access_denied_response = _denial


def resource_arn(
    service: str,
    method: str,
    path: str,
    headers: dict[str, str],
    body: bytes,
    query: dict[str, Any],
    region: str,
    account: str,
) -> str:
    """The ARN that a policy must allow for this call."""
    found: str = _ministack_resource(service, method, path, headers, body, query, region, account)
    if service == "lambda" and found == "*" and path.endswith("/functions") and method == "POST":
        name = iam_actions._safe_json_field(body, "FunctionName")
        return f"arn:aws:lambda:{region}:{account}:function:{name}"
    if service == "iam":
        return _iam_resource(found, query, account)
    if service == "logs":
        return _logs_resource(found, headers, region, account)
    if service == "events" and (rule := iam_actions._safe_json_field(body, "Rule")):
        # Of targets, the resource is the rule; ministack takes the bus.
        bus = iam_actions._safe_json_field(body, "EventBusName") or "default"
        path = rule if bus == "default" else f"{bus}/{rule}"
        return f"arn:aws:events:{region}:{account}:rule/{path}"
    return found


def _iam_resource(found: str, query: dict[str, Any], account: str) -> str:
    role = ministack_iam._roles.get(iam_actions._query_param(query, "RoleName"))
    if role:
        return str(role["Arn"])
    if provider := iam_actions._query_param(query, "OpenIDConnectProviderArn"):
        return provider
    if iam_actions._query_param(query, "Action") == "CreateOpenIDConnectProvider":
        url = iam_actions._query_param(query, "Url")
        return f"arn:aws:iam::{account}:oidc-provider/{url.removeprefix('https://')}"
    return found


def _logs_resource(found: str, headers: dict[str, str], region: str, account: str) -> str:
    """Calls on a log group are checked against the ARN of its streams, an empty one."""
    action = headers.get("x-amz-target", "").rpartition(".")[2]
    if action == "DescribeLogGroups":
        return f"arn:aws:logs:{region}:{account}:log-group::log-stream:"
    if found.count(":") == 6 and action not in (
        "TagResource",
        "UntagResource",
        "ListTagsForResource",
    ):
        return f"{found}:log-stream:"
    return found


def _denial(
    service: str,
    action: str,
    principal_arn: str,
    request_id: str,
    *,
    message: str = "",
    error_code: str = "",
    resource_arn: str = "*",
    explicit_deny: bool = False,
    resource_policy_arn: str = "",
    **rest: Any,
) -> Response:
    """ministack's answer, naming the resource as AWS does."""
    if not message and not error_code and not resource_policy_arn:
        message = iam_actions.identity_denial_message(
            action, principal_arn, resource_arn, explicit_deny
        )
    status, headers, body = _ministack_denial(
        service,
        action,
        principal_arn,
        request_id,
        message=message,
        error_code=error_code,
        resource_arn=resource_arn,
        explicit_deny=explicit_deny,
        resource_policy_arn=resource_policy_arn,
        **rest,
    )
    # Services of the JSON protocol answer 400; REST services, such as Lambda, 403.
    json_protocol = service in ("secretsmanager", "logs", "kms")
    return 400 if json_protocol and status == 403 else status, headers, body


def tagging_refused(call: Call) -> Response | None:
    """The refusal of a create with tags by a caller who may not tag."""
    action = _TAGGING.get(f"{call.service}:{call.action}")
    tagged = (
        call.params.get("Tags") or call.params.get("tags") or "Tags.member.1.Key" in call.params
    )
    if not action or not tagged:
        return None
    return refused(call, action, _resource_of(call))


def pass_role_refused(call: Call, role_arn: str, service: str) -> Response | None:
    """The refusal of a caller who may not hand this role to this service."""
    return refused(call, "iam:PassRole", role_arn, {"iam:PassedToService": service})


def refused(
    call: Call, action: str, resource: str, context: dict[str, str] | None = None
) -> Response | None:
    """The answer to a caller without this permission; None when allowed, or not enforced."""
    if not ministack.AUTH:
        return None
    access_key = extract_access_key_id(call.headers, call.query) or ""
    denied = enforce(
        access_key,
        action,
        call.service,
        call.region,
        resource_arn=resource,
        service_context=context,
    )
    if denied is None or isinstance(denied, AuthError):
        return None
    return _denial(
        call.service,
        action,
        denied.principal_arn,
        "",
        headers=call.headers,
        resource_arn=resource,
        explicit_deny=denied.decision == "Deny",
    )


def _resource_of(call: Call) -> str:
    query = {name: [value] for name, value in call.params.items()} if call.service == "iam" else {}
    return resource_arn(
        call.service,
        call.method,
        call.path,
        call.headers,
        call.body,
        query,
        call.region,
        call.account,
    )
