"""What IAM accepts as a policy document, and what it says to the rest.

Not a full grammar: the mistakes that a program generating policies can make.
"""

from __future__ import annotations

import json
import re
from typing import Any

from ministack.services import iam as ministack_iam

from overlay.call import Refusal

_STATEMENT_FIELDS = {
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource",
    "NotResource", "Condition",
}  # fmt: skip
_OPERATOR = re.compile(
    r"(?:For(?:All|Any)Values:)?(?:String(?:Not)?(?:Equals(?:IgnoreCase)?|Like)"
    r"|Numeric(?:Not)?(?:Equals|LessThan(?:Equals)?|GreaterThan(?:Equals)?)"
    r"|Date(?:Not)?(?:Equals|LessThan(?:Equals)?|GreaterThan(?:Equals)?)"
    r"|Bool|BinaryEquals|(?:Not)?IpAddress|Arn(?:Not)?(?:Equals|Like)|Null)(?:IfExists)?"
)
_PRINCIPAL_ARN = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):(root|role/.+|user/.+)")
_FEDERATED_ARN = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:(?:oidc|saml)-provider/.+")
_DOMAIN = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]+")


def check_trust(document: str) -> None:
    """A role's trust policy."""
    for statement in _statements(document):
        if "Resource" in statement or "NotResource" in statement:
            raise _malformed("Has prohibited field Resource")
        if "Principal" not in statement and "NotPrincipal" not in statement:
            raise _malformed("Missing required field Principal")
        if not all(action.startswith("sts:") for action in _actions(statement)):
            raise _malformed("AssumeRole policy may only specify STS AssumeRole actions.")
        _check_principal(statement.get("Principal", {}))


def check_permissions(document: str) -> None:
    """A policy of an identity."""
    for statement in _statements(document):
        if "Principal" in statement or "NotPrincipal" in statement:
            raise _malformed("Policy document should not specify a principal.")
        resources = _list(statement.get("Resource", statement.get("NotResource", [])))
        if not resources:
            raise _malformed("Policy statement must contain resources.")
        _actions(statement)
        for resource in resources:
            if resource != "*" and not str(resource).startswith("arn:"):
                raise _malformed(f'Resource {resource} must be in ARN format or "*".')


def size(document: str) -> int:
    """What counts towards a quota: IAM leaves white space out."""
    return len(re.sub(r"\s", "", document))


def _statements(document: str) -> list[dict[str, Any]]:
    try:
        policy = json.loads(document)
    except ValueError:
        raise _malformed("This policy contains invalid Json") from None
    if not isinstance(policy, dict):
        raise _malformed("Syntax errors in policy.")
    if policy.get("Version", "2012-10-17") not in ("2012-10-17", "2008-10-17"):
        raise _malformed("Syntax errors in policy.")
    statements = _list(policy.get("Statement", []))
    if not statements or not all(isinstance(statement, dict) for statement in statements):
        raise _malformed("Syntax errors in policy.")
    sids = [statement["Sid"] for statement in statements if statement.get("Sid")]
    if len(sids) != len(set(sids)):
        raise _malformed("Statement IDs (SID) in a single policy must be unique.")
    for statement in statements:
        _check_statement(statement)
    return statements


def _check_statement(statement: dict[str, Any]) -> None:
    if set(statement) - _STATEMENT_FIELDS:
        raise _malformed("Syntax errors in policy.")
    if statement.get("Effect") not in ("Allow", "Deny"):
        raise _malformed("Syntax errors in policy.")
    if not re.fullmatch(r"[0-9A-Za-z]*", str(statement.get("Sid", ""))):
        raise _malformed(
            "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the "
            "regular expression [0-9A-Za-z]*"
        )
    conditions = statement.get("Condition", {})
    if not isinstance(conditions, dict):
        raise _malformed("Syntax errors in policy.")
    for operator, keys in conditions.items():
        if not _OPERATOR.fullmatch(operator):
            raise _malformed(f"Invalid Condition type : {operator}.")
        if not isinstance(keys, dict):
            raise _malformed("Syntax errors in policy.")


def _actions(statement: dict[str, Any]) -> list[str]:
    actions = _list(statement.get("Action", statement.get("NotAction", [])))
    if not actions:
        raise _malformed("Policy statement must contain actions.")
    for action in actions:
        if action != "*" and ":" not in str(action):
            raise _malformed(
                "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
            )
    return [str(action) for action in actions]


def _check_principal(principal: Any) -> None:
    if principal == "*":
        return
    if not isinstance(principal, dict):
        raise _malformed("Syntax errors in policy.")
    for kind, values in principal.items():
        for value in _list(values):
            if kind == "AWS" and not exists(str(value)):
                raise _malformed(f'Invalid principal in policy: "AWS":"{value}"')
            if kind == "Service" and not str(value).endswith(
                (".amazonaws.com", ".amazonaws.com.cn")
            ):
                raise _malformed(f'Invalid principal in policy: "SERVICE":"{value}"')
            # IAM looks at the form alone: whether the provider exists shows when a token comes.
            if kind == "Federated" and not (
                _FEDERATED_ARN.fullmatch(str(value)) or _DOMAIN.fullmatch(str(value))
            ):
                raise _malformed(
                    "Federated principals must be valid domain names or SAML metadata ARNs"
                )


def exists(principal: str) -> bool:
    """Whether an AWS principal can be named: what IAM does not know, it refuses."""
    if principal == "*" or re.fullmatch(r"\d{12}", principal):
        return True
    named = _PRINCIPAL_ARN.fullmatch(principal)
    if not named:
        return False
    account, resource = named.groups()
    if resource == "root":
        return True
    kind, _, path = resource.partition("/")
    store = ministack_iam._roles if kind == "role" else ministack_iam._users
    entity = store.get_scoped(account, None, path.rpartition("/")[2])
    return entity is not None and entity["Arn"] == principal


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _malformed(message: str) -> Refusal:
    return Refusal("MalformedPolicyDocument", message)
