"""A boto3 driver: acts in a local AWS, and looks into it, without any code of the provider.

    python client.py ENDPOINT

reads one JSON object a line,

    {"account": "111122223333", "region": "us-east-1", "service": "s3", "operation": "put_object",
     "parameters": {…}}

and answers with one line each, {"ok": {…}} or {"error": {"code", "message", "status"}}. An account
is its own root key; "access_key" and "secret_key" (and "session_token") act as someone else.
Strings stand for bytes where the operation takes bytes (with "base64:" in front: encoded bytes);
bodies are read to text, times written in ISO 8601. It ends at the end of its input.
"""

from __future__ import annotations

import base64
import datetime
import json
import sys
from functools import lru_cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.model import Shape

_CONFIG = Config(
    retries={"max_attempts": 0},
    connect_timeout=10,
    read_timeout=900,
    # What AWS refuses shall reach AWS.
    parameter_validation=False,
    s3={"addressing_style": "path"},
)

_SESSION = boto3.session.Session()


def main() -> None:
    endpoint = sys.argv[1]
    for line in sys.stdin:
        if line.strip():
            print(json.dumps(_answer(endpoint, json.loads(line))), flush=True)


def _answer(endpoint: str, request: dict[str, Any]) -> dict[str, Any]:
    try:
        client = _client(
            endpoint,
            request["service"],
            request.get("region", "us-east-1"),
            request.get("access_key", request.get("account")),
            request.get("secret_key", "test"),
            request.get("session_token"),
        )
        operation = client.meta.service_model.operation_model(
            client.meta.method_to_api_mapping[request["operation"]]
        )
        parameters = _to_bytes(request.get("parameters", {}), operation.input_shape)
        result = getattr(client, request["operation"])(**parameters)
    except ClientError as error:
        return {
            "error": {
                "code": error.response["Error"].get("Code", ""),
                "message": error.response["Error"].get("Message", ""),
                "status": error.response["ResponseMetadata"]["HTTPStatusCode"],
            }
        }
    except (BotoCoreError, KeyError, TypeError, ValueError) as error:
        return {"error": {"code": type(error).__name__, "message": str(error), "status": 0}}
    return {"ok": _plain(result)}


@lru_cache(maxsize=64)
def _client(
    endpoint: str, service: str, region: str, key: str, secret: str, token: str | None
) -> Any:
    # One session for all: it reads the model of a service once, which takes longer than most calls.
    return _SESSION.client(
        service,
        region_name=region,
        endpoint_url=endpoint,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=token,
        config=_CONFIG,
    )


def _to_bytes(value: Any, shape: Shape | None) -> Any:
    """Parameters as boto3 wants them, guided by the operation's model."""
    if shape is None:
        return value
    if shape.type_name == "blob" and isinstance(value, str):
        if value.startswith("base64:"):
            return base64.b64decode(value.removeprefix("base64:"))
        return value.encode()
    if shape.type_name == "structure" and isinstance(value, dict):
        return {name: _to_bytes(item, shape.members.get(name)) for name, item in value.items()}
    if shape.type_name == "list" and isinstance(value, list):
        return [_to_bytes(item, shape.member) for item in value]
    return value


def _plain(value: Any) -> Any:
    """A response as JSON can hold it."""
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items() if name != "ResponseMetadata"}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, (datetime.datetime, datetime.date)):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if hasattr(value, "read"):
        return value.read().decode(errors="replace")
    return value


if __name__ == "__main__":
    main()
