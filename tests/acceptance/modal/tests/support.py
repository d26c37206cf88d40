"""A running local Modal, the real client for it, and a bare gRPC connection to it."""

import asyncio
import atexit
import functools
import json
import subprocess
import sys
import time
import urllib.request
import uuid
from pathlib import Path
from typing import Any

import modal
from grpclib.client import Channel
from modal_proto import api_pb2
from modal_proto.api_grpc import ModalClientStub

HERE = Path(__file__).resolve().parent
THUMBNAILS = HERE.parent / "apps" / "thumbnails.py"
BROKEN = HERE.parent / "apps" / "broken.py"

S3_EVENT = {
    "Records": [{"s3": {"bucket": {"name": "photos"}, "object": {"key": "uploads/cat.png"}}}]
}


class LocalModal:
    """The server as a child process."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(HERE.parent / "server.py"), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self.process.stdout is not None
        urls = json.loads(self.process.stdout.readline())
        self.server_url: str = urls["server_url"]
        self.input_plane_url: str = urls["input_plane_url"]
        self.admin_url: str = urls["admin_url"]

    def stop(self) -> int:
        """End it by the end of its stdin."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()
        return self.process.wait(10)

    def admin(self, method: str, path: str, body: Any = None) -> Any:
        """A request to the admin server."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.admin_url}{path}", data, method=method)
        with urllib.request.urlopen(request, timeout=70) as response:
            content = response.read()
        return json.loads(content) if content else None

    def fault(self, **description: Any) -> None:
        """Ask for a fault."""
        self.admin("POST", "/faults", description)

    def wait_until_running(self, call_id: str) -> None:
        """Wait until a container has taken the call's input."""
        deadline = time.monotonic() + 20
        while self.admin("GET", f"/calls/{call_id}")["status"] == "PENDING":
            if time.monotonic() > deadline:
                raise TimeoutError(f"{call_id} was not taken by a container")
            time.sleep(0.02)

    def last_call(self) -> dict[str, Any]:
        """The newest call, as the admin server tells it."""
        return self.admin("GET", "/calls")[-1]

    def client(self, token_id: str = "ak-demo", token_secret: str = "as-demo") -> modal.Client:
        """The real client, connected with this token."""
        client_type = api_pb2.CLIENT_TYPE_CLIENT
        return modal.Client(self.server_url, client_type, (token_id, token_secret)).__enter__()


@functools.cache
def shared() -> LocalModal:
    """One server for all tests that do not end it; it ends with the run."""
    local = LocalModal(
        *("--app", str(THUMBNAILS), "--app", str(BROKEN)),
        *("--environment", "main", "--environment", "empty"),
    )
    atexit.register(local.stop)
    return local


HEADERS = {
    "x-modal-client-type": "7",
    "x-modal-client-version": "1.0.0",
    "x-modal-token-id": "ak-demo",
    "x-modal-token-secret": "as-demo",
}


class Wire:
    """Bare RPCs, for what the real client would never send."""

    def __init__(self, url: str, headers: dict[str, str] | None = None) -> None:
        self._port = int(url.rpartition(":")[2])
        self._headers = HEADERS if headers is None else headers

    def call(self, rpc: str, request: Any, **headers: str) -> Any:
        """One RPC on a connection of its own."""
        return asyncio.run(self._call(rpc, request, headers))

    async def _call(self, rpc: str, request: Any, headers: dict[str, str]) -> Any:
        channel = Channel("127.0.0.1", self._port)
        try:
            key = {"x-idempotency-key": str(uuid.uuid4())}
            metadata = {**self._headers, **key, **headers}
            return await getattr(ModalClientStub(channel), rpc)(request, metadata=metadata)
        finally:
            channel.close()
