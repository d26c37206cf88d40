"""IAM: names, limits and documents of roles."""

from __future__ import annotations

import re
import time
from typing import Any
from urllib.parse import quote

from ministack.services import iam as ministack_iam

from overlay import iam_oidc, policy_documents
from overlay.call import Call, Refusal, Response, constraint, xml

_INLINE_QUOTA = 10240
_TRUST_QUOTA = 2048
_ATTACHED_QUOTA = 10
_TAGS_QUOTA = 50

# (account, role id) -> when it was made
_created: dict[tuple[str, str], float] = {}
# (account, role id) -> when what it allows was changed last
_changed: dict[tuple[str, str], float] = {}


def install() -> None:
    ministack_iam._role_xml = _role_xml


def age(account: str, role: dict[str, Any]) -> float:
    """For how many seconds a role has existed."""
    return time.monotonic() - _created.get((account, role["RoleId"]), float("-inf"))


def settled_for(account: str, role: dict[str, Any]) -> float:
    """For how many seconds the role has allowed what it allows."""
    changed = _changed.get((account, role["RoleId"]), float("-inf"))
    return min(age(account, role), time.monotonic() - changed)


def _create_role(call: Call) -> None:
    name = call.params.get("RoleName", "")
    if len(name) > 64:
        raise _constraint("roleName", name, "have length less than or equal to 64")
    if not re.fullmatch(r"[\w+=,.@-]+", name, re.ASCII):
        raise Refusal(
            "ValidationError",
            "The specified value for roleName is invalid. It must contain only alphanumeric "
            "characters and/or the following: +=,.@_-",
        )
    _check_session_duration(call)
    _check_tags(call, 0)
    if name in ministack_iam._roles:
        return
    _check_trust_document(call.params.get("AssumeRolePolicyDocument", ""))


def _role_created(call: Call, answer: Response) -> Response:
    role = ministack_iam._roles[call.params["RoleName"]]
    _created[call.account, role["RoleId"]] = time.monotonic()
    return answer


def _policy_put(call: Call, answer: Response) -> Response:
    role = _with_role(call)
    _changed[call.account, role["RoleId"]] = time.monotonic()
    return answer


def _with_role(call: Call) -> dict[str, Any]:
    name = call.params.get("RoleName", "")
    role: dict[str, Any] | None = ministack_iam._roles.get(name)
    if role is None:
        raise Refusal("NoSuchEntity", f"The role with name {name} cannot be found.", 404)
    return role


def _needs_role(call: Call) -> None:
    _with_role(call)


def _update_role(call: Call) -> None:
    role = _with_role(call)
    _check_session_duration(call)
    # An empty description takes it away; ministack does not see members without a value.
    if call.params.get("Description") == "":
        role["Description"] = ""


def _update_trust(call: Call) -> None:
    _with_role(call)
    _check_trust_document(call.params.get("PolicyDocument", ""))


def _put_role_policy(call: Call) -> None:
    role = _with_role(call)
    name, document = call.params.get("PolicyName", ""), call.params.get("PolicyDocument", "")
    if len(name) > 128:
        raise _constraint("policyName", name, "have length less than or equal to 128")
    policy_documents.check_permissions(document)
    inline: dict[str, str] = {**role["InlinePolicies"], name: document}
    if sum(map(policy_documents.size, inline.values())) > _INLINE_QUOTA:
        raise Refusal(
            "LimitExceeded",
            f"Maximum policy size of {_INLINE_QUOTA} bytes exceeded for role {role['RoleName']}",
            409,
        )


def _attach_role_policy(call: Call) -> None:
    role = _with_role(call)
    arn = call.params.get("PolicyArn", "")
    if not re.fullmatch(r"arn:aws[a-z-]*:iam::(?:aws|\d{12}):policy/.+", arn):
        raise Refusal("InvalidInput", f"ARN {arn} is not valid.")
    # Of AWS's own policies, those that ministack carries are known.
    if not ministack_iam._policy_exists(arn):
        raise Refusal("NoSuchEntity", f"Policy {arn} does not exist or is not attachable.", 404)
    attached = role["AttachedPolicies"]
    if arn not in attached and len(attached) >= _ATTACHED_QUOTA:
        raise Refusal(
            "LimitExceeded", f"Cannot exceed quota for PoliciesPerRole: {_ATTACHED_QUOTA}", 409
        )


def _detach_role_policy(call: Call) -> None:
    role = _with_role(call)
    arn = call.params.get("PolicyArn", "")
    if arn not in role["AttachedPolicies"]:
        raise Refusal("NoSuchEntity", f"Policy {arn} was not found.", 404)


def _delete_role(call: Call) -> None:
    if _with_role(call)["InlinePolicies"]:
        raise Refusal("DeleteConflict", "Cannot delete entity, must delete policies first.", 409)


def _tag_role(call: Call) -> None:
    _check_tags(call, len(_with_role(call)["Tags"]))


def _list_role_tags(call: Call) -> Response:
    tags = iam_oidc.tags_xml(_with_role(call)["Tags"])
    return ministack_iam._xml(
        200,
        "ListRoleTagsResponse",
        f"<ListRoleTagsResult>{tags}<IsTruncated>false</IsTruncated></ListRoleTagsResult>",
    )


def _check_trust_document(document: str) -> None:
    policy_documents.check_trust(document)
    if policy_documents.size(document) > _TRUST_QUOTA:
        raise Refusal(
            "LimitExceeded", f"Cannot exceed quota for ACLSizePerRole: {_TRUST_QUOTA}", 409
        )


def _check_session_duration(call: Call) -> None:
    value = call.params.get("MaxSessionDuration")
    if value is None:
        return
    if int(value) < 3600:
        raise _constraint("maxSessionDuration", value, "have value greater than or equal to 3600")
    if int(value) > 43200:
        raise _constraint("maxSessionDuration", value, "have value less than or equal to 43200")


def _check_tags(call: Call, already: int) -> None:
    tags = ministack_iam._extract_tags(call.params)
    for position, tag in enumerate(tags, start=1):
        member = f"tags.{position}.member"
        if len(tag["Key"]) > 128:
            raise _constraint(f"{member}.key", tag["Key"], "have length less than or equal to 128")
        if len(tag["Value"]) > 256:
            raise _constraint(
                f"{member}.value", tag["Value"], "have length less than or equal to 256"
            )
        if not re.fullmatch(r"[\w\s.:/=+\-@]+", tag["Key"]):
            raise _constraint(
                f"{member}.key",
                tag["Key"],
                r"satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+",
            )
    if already + len(tags) > _TAGS_QUOTA:
        raise Refusal(
            "LimitExceeded", f"The number of tags has reached the maximum limit: {_TAGS_QUOTA}", 409
        )


def _constraint(member: str, value: object, rule: str) -> Refusal:
    return constraint(member, value, rule, code="ValidationError")


def _role_xml(name: str, boundary: bool = True) -> str:
    """A role as XML; ministack's own writes descriptions and tags unescaped."""
    role = ministack_iam._roles[name]
    limit = role.get("PermissionsBoundary")
    return "".join(
        (
            f"<RoleName>{role['RoleName']}</RoleName>",
            f"<RoleId>{role['RoleId']}</RoleId>",
            f"<Arn>{role['Arn']}</Arn>",
            f"<Path>{role['Path']}</Path>",
            f"<CreateDate>{role['CreateDate']}</CreateDate>",
            "<AssumeRolePolicyDocument>",
            quote(role["AssumeRolePolicyDocument"], safe=""),
            "</AssumeRolePolicyDocument>",
            f"<Description>{xml(role['Description'])}</Description>" if role["Description"] else "",
            f"<MaxSessionDuration>{role['MaxSessionDuration']}</MaxSessionDuration>",
            "<PermissionsBoundary><PermissionsBoundaryType>PermissionsBoundaryPolicy"
            f"</PermissionsBoundaryType><PermissionsBoundaryArn>{limit}</PermissionsBoundaryArn>"
            "</PermissionsBoundary>"
            if boundary and limit
            else "",
            iam_oidc.tags_xml(role["Tags"]) if role["Tags"] else "",
        )
    )


BEFORE = {
    "CreateRole": _create_role,
    "UpdateRole": _update_role,
    "UpdateAssumeRolePolicy": _update_trust,
    "PutRolePolicy": _put_role_policy,
    "AttachRolePolicy": _attach_role_policy,
    "DetachRolePolicy": _detach_role_policy,
    "DeleteRole": _delete_role,
    "TagRole": _tag_role,
    "ListRoleTags": _list_role_tags,
    **dict.fromkeys(
        (
            "GetRole",
            "GetRolePolicy",
            "DeleteRolePolicy",
            "ListRolePolicies",
            "ListAttachedRolePolicies",
            "UntagRole",
            "UpdateRoleDescription",
            "PutRolePermissionsBoundary",
            "DeleteRolePermissionsBoundary",
        ),
        _needs_role,
    ),
    **iam_oidc.BEFORE,
}

AFTER = {
    "CreateRole": _role_created,
    "PutRolePolicy": _policy_put,
    "AttachRolePolicy": _policy_put,
    **iam_oidc.AFTER,
}
