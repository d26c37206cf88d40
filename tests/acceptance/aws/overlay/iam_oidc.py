"""IAM: OpenID Connect providers, of which ministack has create, get, list and delete."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from ministack.services import iam as ministack_iam

from overlay.call import Call, Refusal, Response, xml

_CLIENT_IDS_QUOTA = 100


def tags_xml(tags: list[dict[str, str]]) -> str:
    members = "".join(
        f"<member><Key>{xml(tag['Key'])}</Key><Value>{xml(tag['Value'])}</Value></member>"
        for tag in tags
    )
    return f"<Tags>{members}</Tags>"


def _create(call: Call) -> None:
    url = call.params.get("Url", "")
    if not re.fullmatch(r"https://[^/?#]+(?:/[^?#]*)?", url):
        raise Refusal("ValidationError", "Invalid Open ID Connect Provider URL")
    arn = f"arn:aws:iam::{call.account}:oidc-provider/{url.removeprefix('https://').rstrip('/')}"
    if arn in ministack_iam._oidc_providers:
        raise Refusal("EntityAlreadyExists", f"Provider with url {url} already exists.", 409)


def _created(call: Call, answer: Response) -> Response:
    """AWS looks the thumbprint up when none is given."""
    host = call.params["Url"].removeprefix("https://").rstrip("/")
    provider = ministack_iam._oidc_providers[f"arn:aws:iam::{call.account}:oidc-provider/{host}"]
    if not provider["ThumbprintList"]:
        provider["ThumbprintList"] = [hashlib.sha1(host.encode()).hexdigest()]
    return answer


def _provider(call: Call) -> dict[str, Any]:
    arn = call.params.get("OpenIDConnectProviderArn", "")
    found = ministack_iam._oidc_providers.get(arn)
    if found is None:
        raise Refusal("NoSuchEntity", f"OpenIDConnect Provider not found for arn {arn}", 404)
    return found


def _get(call: Call) -> Response:
    provider = _provider(call)
    return _answer(
        call,
        f"<Url>{xml(provider['Url'].removeprefix('https://'))}</Url>"
        + _list("ClientIDList", provider["ClientIDList"])
        + _list("ThumbprintList", provider["ThumbprintList"])
        + f"<CreateDate>{provider['CreateDate']}</CreateDate>"
        + tags_xml(provider["Tags"]),
    )


def _delete(call: Call) -> Response | None:
    """Deleting what is not there succeeds, by AWS's documentation."""
    known = call.params.get("OpenIDConnectProviderArn") in ministack_iam._oidc_providers
    return None if known else _answer(call)


def _add_client_id(call: Call) -> Response:
    client_ids, wanted = _provider(call)["ClientIDList"], call.params.get("ClientID", "")
    if wanted not in client_ids:
        if len(client_ids) >= _CLIENT_IDS_QUOTA:
            raise Refusal(
                "LimitExceeded",
                f"Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: {_CLIENT_IDS_QUOTA}",
                409,
            )
        client_ids.append(wanted)
    return _answer(call)


def _remove_client_id(call: Call) -> Response:
    client_ids, unwanted = _provider(call)["ClientIDList"], call.params.get("ClientID", "")
    if unwanted in client_ids:
        client_ids.remove(unwanted)
    return _answer(call)


def _update_thumbprint(call: Call) -> Response:
    provider = _provider(call)
    provider["ThumbprintList"] = _members(call, "ThumbprintList")
    return _answer(call)


def _tag(call: Call) -> Response:
    provider = _provider(call)
    new = {tag["Key"]: tag for tag in ministack_iam._extract_tags(call.params)}
    provider["Tags"] = [tag for tag in provider["Tags"] if tag["Key"] not in new] + [*new.values()]
    return _answer(call)


def _untag(call: Call) -> Response:
    provider, keys = _provider(call), _members(call, "TagKeys")
    provider["Tags"] = [tag for tag in provider["Tags"] if tag["Key"] not in keys]
    return _answer(call)


def _list_tags(call: Call) -> Response:
    return _answer(call, tags_xml(_provider(call)["Tags"]) + "<IsTruncated>false</IsTruncated>")


def _answer(call: Call, result: str = "") -> Response:
    inner = f"<{call.action}Result>{result}</{call.action}Result>" if result else ""
    return ministack_iam._xml(200, f"{call.action}Response", inner)


def _members(call: Call, member: str) -> list[str]:
    values: list[str] = []
    while value := call.params.get(f"{member}.member.{len(values) + 1}"):
        values.append(value)
    return values


def _list(name: str, values: list[str]) -> str:
    return f"<{name}>{''.join(f'<member>{xml(value)}</member>' for value in values)}</{name}>"


BEFORE = {
    "CreateOpenIDConnectProvider": _create,
    "GetOpenIDConnectProvider": _get,
    "DeleteOpenIDConnectProvider": _delete,
    "AddClientIDToOpenIDConnectProvider": _add_client_id,
    "RemoveClientIDFromOpenIDConnectProvider": _remove_client_id,
    "UpdateOpenIDConnectProviderThumbprint": _update_thumbprint,
    "TagOpenIDConnectProvider": _tag,
    "UntagOpenIDConnectProvider": _untag,
    "ListOpenIDConnectProviderTags": _list_tags,
}

AFTER = {"CreateOpenIDConnectProvider": _created}
