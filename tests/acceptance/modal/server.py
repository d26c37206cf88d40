"""Starts a local Modal and deploys apps to it.

    python tests/acceptance/modal/server.py --app FILE.py [--app ...] [--environment main]

One line of JSON on stdout says where it is, once the apps are deployed; the log, with the output
of the functions, goes to stderr. It ends with all its containers when stdin ends, or on SIGTERM
or SIGINT.
"""

import argparse
import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
import tempfile
from pathlib import Path

from grpclib.server import Server

from control_plane import http
from control_plane.admin import Admin
from control_plane.auth import Credentials, Plane
from control_plane.blobs import Blobs
from control_plane.calls import Calls
from control_plane.container import Launcher, die_with_parent
from control_plane.container_rpcs import ContainerRpcs
from control_plane.containers import Containers
from control_plane.deployment import Deployment
from control_plane.errors import StatusDetails
from control_plane.faults import Faults
from control_plane.identity import Identity
from control_plane.input_plane import InputPlane
from control_plane.lookup import Lookup
from control_plane.rpc import Listener, Router
from control_plane.state import Workspace


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="A local Modal for tests.")
    parser.add_argument("--app", action="append", default=[], help="[ENVIRONMENT=]FILE.py")
    parser.add_argument("--environment", action="append", default=[], help="the first is default")
    parser.add_argument("--token", action="append", default=[], help="an accepted ID:SECRET")
    parser.add_argument("--container-env", action="append", default=[], help="NAME=VALUE")
    parser.add_argument("--forget-idempotency-keys", action="store_true", help="deduplicate nothing")
    parser.add_argument("--auth-token-lifetime", type=float, default=1200.0, help="seconds")
    return parser.parse_args()


async def main() -> None:
    """Serve until told to end."""
    options = arguments()
    environments = options.environment or ["main"]
    tokens = dict(each.split(":", 1) for each in options.token or ["ak-demo:as-demo"])
    async with contextlib.AsyncExitStack() as stack:
        ended = asyncio.Event()
        _end_with_parent(ended)
        folder = Path(stack.enter_context(_scratch_folder()))
        control, server_url = _bind()
        inputs, input_plane_url = _bind()

        workspace = Workspace(environments)
        faults, blobs, identity = Faults(), Blobs(), Identity()
        router = Router(Credentials(tokens, options.auth_token_lifetime), faults)
        router.deduplicates = not options.forget_idempotency_keys
        container_environment = dict(each.split("=", 1) for each in options.container_env)
        launcher = Launcher(workspace, router, identity, folder, container_environment)
        containers = Containers(workspace, launcher, faults)
        stack.push_async_callback(containers.close)
        for service in (
            Lookup(workspace, router.credentials),
            Deployment(workspace, containers, blobs, input_plane_url),
            Calls(workspace, containers, blobs),
            InputPlane(workspace, containers, blobs),
            ContainerRpcs(workspace, containers),
            blobs,
        ):
            router.add(service)

        for listening, plane in ((control, Plane.CONTROL), (inputs, Plane.INPUT)):
            server = Server([Listener(router, plane)], status_details_codec=StatusDetails())
            await server.start(sock=listening)
            stack.callback(server.close)
        blob_server, blobs.url = await http.serve(blobs.serve)
        admin = Admin(workspace, router, faults, blobs, identity)
        admin_server, admin_url = await http.serve(admin.serve)
        stack.callback(blob_server.close)
        stack.callback(admin_server.close)

        preparation = asyncio.gather(
            *(_deploy(each, environments[0], server_url, tokens, folder) for each in options.app),
        )
        if not await _unless(ended, preparation):
            return
        router.log.clear()
        urls = {
            "server_url": server_url,
            "input_plane_url": input_plane_url,
            "admin_url": admin_url,
            "workspace_id": workspace.workspace_id,
        }
        print(json.dumps(urls), flush=True)
        identity.prepare()
        await ended.wait()


async def _unless(ended: asyncio.Event, work: asyncio.Future) -> bool:
    """Do the work, unless the end comes first."""
    end = asyncio.ensure_future(ended.wait())
    await asyncio.wait([work, end], return_when=asyncio.FIRST_COMPLETED)
    end.cancel()
    if not work.done():
        work.cancel()
        return False
    await work
    return True


def _scratch_folder() -> tempfile.TemporaryDirectory:
    """A folder whose path is short enough for sockets in it (108 bytes on Linux, 104 on macOS)."""
    usual = tempfile.gettempdir()
    return tempfile.TemporaryDirectory(prefix="modal-", dir=usual if len(usual) < 60 else "/tmp")


def _bind() -> tuple[socket.socket, str]:
    """A free port of loopback."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.bind(("127.0.0.1", 0))
    return listening, f"http://127.0.0.1:{listening.getsockname()[1]}"


async def _deploy(
    app: str, default_environment: str, server_url: str, tokens: dict[str, str], folder: Path
) -> None:
    """Deploy one file the way its author would, by the client library."""
    environment, _, file = app.rpartition("=")
    token_id, token_secret = next(iter(tokens.items()))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "control_plane.deploy",
        os.path.abspath(file),
        environment or default_environment,
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=sys.stderr.fileno(),
        env={
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(Path(__file__).resolve().parent),
            "PYTHONDONTWRITEBYTECODE": "1",
            "MODAL_CONFIG_PATH": str(folder / "no-modal.toml"),
            "MODAL_SERVER_URL": server_url,
            "MODAL_TOKEN_ID": token_id,
            "MODAL_TOKEN_SECRET": token_secret,
        },
        preexec_fn=die_with_parent,
    )
    try:
        code = await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if code:
        raise SystemExit(f"deploying {file} failed with code {code}")


def _end_with_parent(ended: asyncio.Event) -> None:
    """Set `ended` when stdin ends or a signal comes."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, ended.set)

    def readable() -> None:
        if not os.read(sys.stdin.fileno(), 4096):
            loop.remove_reader(sys.stdin.fileno())
            ended.set()

    try:
        loop.add_reader(sys.stdin.fileno(), readable)
    except PermissionError:
        # stdin is a file or /dev/null, which has no more to say than its end.
        ended.set()


if __name__ == "__main__":
    asyncio.run(main())
