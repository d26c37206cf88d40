"""Secrets Manager: idempotency tokens, names, sizes and deletion."""

from __future__ import annotations

import json
import re
import time
from typing import Any

from ministack.core.responses import json_response
from ministack.services import iam as ministack_iam
from ministack.services import kms as ministack_kms
from ministack.services import secretsmanager as ministack_secrets

from overlay import iam, knobs, policy_documents
from overlay.call import Call, Refusal, Response, constraint

_VALUE_LIMIT = 65536


def _create(call: Call) -> Response | None:
    name = call.params.get("Name", "")
    if len(name) > 512:
        raise constraint("name", name, "have length less than or equal to 512")
    if not re.fullmatch(r"[A-Za-z0-9/_+=.@-]+", name):
        raise Refusal(
            "ValidationException",
            "Invalid name. Must be a valid name containing alphanumeric characters, or any of "
            "the following: -/_+=.@!",
        )
    _check_value(call)
    _check_key(call)
    existing = ministack_secrets._secrets.get(name)
    if existing is None:
        return None
    if existing["DeletedDate"]:
        raise Refusal(
            "InvalidRequestException",
            "You can't create this secret because a secret with this name is already scheduled "
            "for deletion.",
        )
    token = call.params.get("ClientRequestToken")
    version = existing["Versions"].get(token)
    if version is None:
        return None  # ministack refuses: the name is taken
    if not _same_value(version, call):
        raise Refusal(
            "ResourceExistsException", "A resource with the ID you requested already exists."
        )
    return _answer({"ARN": existing["ARN"], "Name": name, "VersionId": token})


def _created(call: Call, answer: Response) -> Response:
    secret = ministack_secrets._secrets[call.params["Name"]]
    created = json.loads(answer[2])
    if not _has_value(call):
        secret["Versions"].clear()
        del created["VersionId"]
        return _answer(created)
    return _answer(_name_version(secret, created, call))


def _put_value(call: Call) -> Response | None:
    _check_value(call)
    if not _has_value(call):
        raise Refusal(
            "InvalidRequestException", "You must provide either SecretString or SecretBinary."
        )
    return _repeated(call)


def _update(call: Call) -> Response | None:
    _check_value(call)
    _check_key(call)
    return _repeated(call) if _has_value(call) else None


def _updated(call: Call, answer: Response) -> Response:
    updated = json.loads(answer[2])
    if not _has_value(call):
        return answer
    _, secret = ministack_secrets._resolve(call.params["SecretId"])
    return _answer(_name_version(secret, updated, call))


def _delete(call: Call) -> Response | None:
    """Forced deletion of what is not there succeeds, by AWS's documentation."""
    wanted = call.params.get("SecretId", "")
    _, secret = ministack_secrets._resolve(wanted)
    if secret and secret["ReplicationStatus"]:
        raise Refusal(
            "InvalidRequestException",
            "You can't delete secret replicas. Remove the replica regions from the primary secret "
            "first.",
        )
    if secret or not call.params.get("ForceDeleteWithoutRecovery"):
        return None
    arn = f"arn:aws:secretsmanager:{call.region}:{call.account}:secret:{wanted}"
    return _answer({"ARN": arn, "Name": wanted, "DeletionDate": int(time.time())})


def _put_policy(call: Call) -> Response | None:
    """A principal of this account must exist; IAM tells of a new one only after a while."""
    try:
        policy = json.loads(call.params.get("ResourcePolicy") or "")
    except ValueError:
        raise Refusal(
            "MalformedPolicyDocumentException", "This resource policy contains a syntax error."
        ) from None
    statements = policy.get("Statement", [])
    for statement in statements if isinstance(statements, list) else [statements]:
        principal = statement.get("Principal", {})
        named = principal.get("AWS", []) if isinstance(principal, dict) else []
        for each in named if isinstance(named, list) else [named]:
            if not _is_supported(str(each), call):
                raise Refusal(
                    "MalformedPolicyDocumentException",
                    "This resource policy contains an unsupported principal.",
                )
    return None


def _is_supported(principal: str, call: Call) -> bool:
    role = ministack_iam._roles.get(principal.rpartition("/")[2])
    if role is not None and role["Arn"] == principal:
        return iam.age(call.account, role) >= knobs.of(call.account).role_propagation_seconds
    return policy_documents.exists(principal)


def _remove_regions(call: Call) -> Response | None:
    """ministack does not have it."""
    _, secret = ministack_secrets._resolve(call.params.get("SecretId"))
    if not secret:
        raise Refusal(
            "ResourceNotFoundException", "Secrets Manager can't find the specified secret."
        )
    gone = call.params.get("RemoveReplicaRegions", [])
    left = [each for each in secret["ReplicationStatus"] if each["Region"] not in gone]
    removed = [each for each in secret["ReplicationStatus"] if each["Region"] in gone]
    secret["ReplicationStatus"] = removed
    ministack_secrets._delete_replicas(secret)
    secret["ReplicationStatus"] = left
    return _answer({"ARN": secret["ARN"], "ReplicationStatus": left})


def _repeated(call: Call) -> Response | None:
    """The answer to a token that made a version before."""
    _, secret = ministack_secrets._resolve(call.params.get("SecretId"))
    token = call.params.get("ClientRequestToken")
    if not secret or secret["DeletedDate"] or token not in secret["Versions"]:
        return None
    version = secret["Versions"][token]
    if not _same_value(version, call):
        raise Refusal(
            "ResourceExistsException",
            f"You can't use ClientRequestToken {token} because that value is already in use for a "
            f"version of secret {secret['ARN']}.",
        )
    return _answer(
        {
            "ARN": secret["ARN"],
            "Name": secret["Name"],
            "VersionId": token,
            "VersionStages": list(version["Stages"]),
        }
    )


def _name_version(secret: dict[str, Any], made: dict[str, Any], call: Call) -> dict[str, Any]:
    """The token is the new version's id; ministack makes up another in create and update."""
    token = call.params.get("ClientRequestToken")
    if token and token != made["VersionId"]:
        secret["Versions"][token] = secret["Versions"].pop(made["VersionId"])
        made["VersionId"] = token
    return made


def _check_value(call: Call) -> None:
    token = call.params.get("ClientRequestToken")
    if token is not None and len(token) < 32:
        raise constraint("clientRequestToken", token, "have length greater than or equal to 32")
    if token is not None and len(token) > 64:
        raise constraint("clientRequestToken", token, "have length less than or equal to 64")
    if len((call.params.get("SecretString") or "").encode()) > _VALUE_LIMIT:
        raise Refusal(
            "ValidationException",
            "1 validation error detected: Value at 'secretString' failed to satisfy constraint: "
            f"Member must have length less than or equal to {_VALUE_LIMIT}",
        )
    if len(call.params.get("Description") or "") > 2048:
        raise constraint(
            "description", call.params["Description"], "have length less than or equal to 2048"
        )


def _check_key(call: Call) -> None:
    key = call.params.get("KmsKeyId")
    if not key or key.endswith("alias/aws/secretsmanager"):
        return
    if ministack_kms._resolve_key(key) is None:
        raise Refusal("InvalidParameterException", f"Key '{key}' does not exist")


def _has_value(call: Call) -> bool:
    return "SecretString" in call.params or "SecretBinary" in call.params


def _same_value(version: dict[str, Any], call: Call) -> bool:
    return all(
        version.get(member) == call.params.get(member)
        for member in ("SecretString", "SecretBinary")
    )


def _answer(data: dict[str, Any]) -> Response:
    return json_response(data)


BEFORE = {
    "CreateSecret": _create,
    "PutSecretValue": _put_value,
    "UpdateSecret": _update,
    "DeleteSecret": _delete,
    "PutResourcePolicy": _put_policy,
    "RemoveRegionsFromReplication": _remove_regions,
}

AFTER = {"CreateSecret": _created, "UpdateSecret": _updated}
