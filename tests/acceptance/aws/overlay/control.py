"""The overlay's own HTTP addresses, for tests.

POST /_overlay/knobs   {"account": "111122223333", "role_propagation_seconds": 4, …}
GET  /_overlay/calls?account=111122223333      ["iam:CreateRole", …] in order
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs

from overlay import calls, knobs

PREFIX = "/_overlay/"


async def answer(scope: dict[str, Any], receive: Any, send: Any) -> None:
    query = parse_qs(scope.get("query_string", b"").decode())
    try:
        reply = _route(scope["method"], scope["path"], query, await _body(receive))
        status = 200
    except (KeyError, TypeError, ValueError) as error:
        reply, status = {"error": f"{type(error).__name__}: {error}"}, 400
    answer = json.dumps(reply).encode()
    await send(
        {
            "type": "http.response.start",
            "status": status,
            # Without a length the answer goes out in chunks, which takes a whole HTTP client to read.
            "headers": [
                (b"content-type", b"application/json"),
                (b"content-length", str(len(answer)).encode()),
            ],
        }
    )
    await send({"type": "http.response.body", "body": answer})


def _route(method: str, path: str, query: dict[str, list[str]], body: bytes) -> Any:
    if (method, path) == ("POST", "/_overlay/knobs"):
        wanted = json.loads(body)
        return knobs.update(wanted.pop("account"), wanted)
    if (method, path) == ("GET", "/_overlay/calls"):
        return calls.of(query["account"][0])
    raise ValueError(f"no such address: {method} {path}")


async def _body(receive: Any) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return body
