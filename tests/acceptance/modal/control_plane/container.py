"""A container: a process of Modal's runtime with a socket, a folder and an identity of its own."""

import asyncio
import contextlib
import ctypes
import os
import shutil
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path

from grpclib.server import Server
from modal_proto import api_pb2

from .auth import Plane
from .errors import StatusDetails
from .identity import Identity
from .ids import new_id
from .lookup import layout_of
from .rpc import Listener, Router
from .signals import Signal
from .state import Function, Input, Workspace

#: where Modal's image puts the source of an app
_SOURCE_ROOT = "/root"


@dataclass(eq=False)
class Container:
    """One container of a function, from before its start until after its end."""

    function: Function
    task_id: str = field(default_factory=lambda: new_id("ta"))
    process: asyncio.subprocess.Process | None = None
    took_input: bool = False
    #: requests for an input that are open now
    polls: int = 0
    running: dict[str, Input] = field(default_factory=dict)
    #: why it could not start, by its own report
    result: api_pb2.GenericResult | None = None
    killed: bool = False
    #: its function was deployed anew: it takes no more inputs
    retired: bool = False
    _interrupted: set[str] = field(default_factory=set)
    _interruption: Signal = field(default_factory=Signal)

    @property
    def free(self) -> int:
        """How many inputs it will take without waiting for one to end."""
        if self.retired:
            return 0
        return max(self.polls, 0 if self.running else 1)

    def interrupt(self, item: Input) -> None:
        """Tell the runtime, by its heartbeat, to stop an input."""
        self._interrupted.add(item.input_id)
        self._interruption.notify()

    async def next_interruption(self, seconds: float) -> list[str]:
        """Inputs to stop; empty when there was none in time.

        An input is named until it has stopped: the runtime passes over one that it has not begun.
        """
        self._interrupted.intersection_update(self.running)
        if not self._interrupted:
            await self._interruption.wait(seconds)
        return sorted(self._interrupted)

    def kill(self) -> None:
        """End it with everything it started, at once."""
        self.killed = True
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)


class Launcher:
    """Runs containers."""

    def __init__(
        self,
        workspace: Workspace,
        router: Router,
        identity: Identity,
        folder: Path,
        environment: dict[str, str],
    ) -> None:
        self._workspace = workspace
        self._router = router
        self._identity = identity
        self._folder = folder
        self._environment = environment

    async def run(self, container: Container) -> int:
        """Start a container and wait for its end; gives its exit code."""
        folder = self._folder / container.task_id
        root = folder / _SOURCE_ROOT.strip("/")
        root.mkdir(parents=True)
        socket = self._folder / f"{container.task_id[:12]}.sock"
        server = Server(
            [Listener(self._router, Plane.CONTAINER, container)],
            status_details_codec=StatusDetails(),
        )
        try:
            await self._identity.ready()
            await server.start(path=str(socket))
            self._write_mounts(container, folder)
            arguments = folder / "arguments"
            arguments.write_bytes(self._arguments(container).SerializeToString())
            environment = self._container_environment(container, root)
            environment["MODAL_SERVER_URL"] = f"unix://{socket}"
            environment["MODAL_CONTAINER_ARGUMENTS_PATH"] = str(arguments)
            container.process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "modal._container_entrypoint",
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                cwd=root,
                env=environment,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
            copied = asyncio.ensure_future(_copy_output(container, container.process))
            if container.killed:
                container.kill()
            code = await container.process.wait()
            container.kill()
            await copied
            return code
        finally:
            container.kill()
            server.close()
            shutil.rmtree(folder, ignore_errors=True)

    def _arguments(self, container: Container) -> api_pb2.ContainerArguments:
        function = container.function
        app = function.app
        return api_pb2.ContainerArguments(
            task_id=container.task_id,
            function_id=function.function_id,
            app_id=app.app_id,
            function_def=function.definition,
            serialized_params=function.serialized_params,
            environment_name=app.environment.name,
            app_layout=layout_of(app, self._workspace),
        )

    def _container_environment(self, container: Container, root: Path) -> dict[str, str]:
        function = container.function
        environment = {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": str(root),
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(root),
            "PYTHONUNBUFFERED": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "MODAL_IS_REMOTE": "1",
            "MODAL_TASK_ID": container.task_id,
            "MODAL_IMAGE_ID": function.definition.image_id,
            "MODAL_ENVIRONMENT": function.app.environment.name,
            "MODAL_CLOUD_PROVIDER": "CLOUD_PROVIDER_LOCAL",
            "MODAL_REGION": "local",
            "MODAL_CONFIG_PATH": str(root / ".modal.toml"),
            "MODAL_IDENTITY_TOKEN": self._identity.token(
                self._workspace, function, container.task_id
            ),
            **self._environment,
        }
        for secret_id in function.definition.secret_ids:
            environment.update(self._workspace.secrets.get(secret_id, {}))
        return environment

    def _write_mounts(self, container: Container, folder: Path) -> None:
        """Put the deployed source where the runtime imports it from."""
        for mount_id in container.function.definition.mount_ids:
            for name, digest in self._workspace.mounts.get(mount_id, {}).items():
                target = folder / name.strip("/")
                if folder in target.resolve().parents:
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(self._workspace.files[digest])


async def _copy_output(container: Container, process: asyncio.subprocess.Process) -> None:
    """What user code prints goes to our log, with the container's name before each line."""
    assert process.stdout is not None
    prefix = f"[{container.function.app.name}.{container.function.name} {container.task_id}]"
    rest = b""
    while chunk := await process.stdout.read(1 << 16):
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            print(prefix, line.decode(errors="replace"), file=sys.stderr, flush=True)
    if rest:
        print(prefix, rest.decode(errors="replace"), file=sys.stderr, flush=True)


_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Nothing outlives the server, not even one that was killed without warning (on Linux)."""
    if sys.platform == "linux":
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
