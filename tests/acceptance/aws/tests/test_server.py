"""The server as a process: where it listens, and that it leaves nothing behind."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import tempfile
import threading
import unittest
from collections.abc import Callable
from pathlib import Path

from tests import support


@unittest.skipUnless(Path("/proc/self/task").exists(), "looks at processes as Linux shows them")
class TheServer(support.AwsTest):
    def setUp(self) -> None:
        super().setUp()
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.process, self.endpoint = support.start(
            TMPDIR=self.folder.name, MODAL_TOKEN_SECRET="of-the-developer"
        )
        self.addCleanup(_stop, self.process)
        self.group = _children(self.process.pid)

    def test_listens_on_loopback_alone(self) -> None:
        self.function("f")
        self.aws("lambda").invoke(FunctionName="f", Payload=b"{}")  # opens a Runtime API
        port = int(self.endpoint.rpartition(":")[2])
        listening = [address for pid in self.group for address in _listening(pid)]
        self.assertIn(("127.0.0.1", port), listening)
        self.assertEqual({"127.0.0.1"}, {host for host, _ in listening})

    def test_hands_nothing_of_its_environment_down(self) -> None:
        self.function("f")
        answer = self.aws("lambda").invoke(FunctionName="f", Payload=b'{"environment": true}')
        self.assertNotIn(b"of-the-developer", answer["Payload"].read())
        for pid in self.group:
            environment = Path(f"/proc/{pid}/environ").read_bytes()
            self.assertNotIn(b"of-the-developer", environment)

    def test_ends_with_its_input(self) -> None:
        self.process.communicate(timeout=10)
        self.assertEqual(0, self.process.returncode)
        self.nothing_is_left()

    def test_ends_when_its_server_does(self) -> None:
        os.kill(self.group[0], signal.SIGKILL)
        self.assertEqual(1, self.process.wait(timeout=10))
        self.nothing_is_left()

    def test_ends_on_a_termination_though_a_lambda_hangs(self) -> None:
        self.ends_on(signal.SIGTERM)

    def test_ends_on_an_interrupt_though_a_lambda_hangs(self) -> None:
        self.ends_on(signal.SIGINT)

    def ends_on(self, number: signal.Signals) -> None:
        hanging = self.a_hanging_lambda("f")
        self.process.send_signal(number)
        self.assertEqual(0, self.process.wait(timeout=10))
        self.nothing_is_left()
        self.assertFalse(_runs(hanging))

    def test_ends_when_its_watcher_is_killed_outright(self) -> None:
        hanging = self.a_hanging_lambda("f")
        self.process.kill()
        self.process.wait(timeout=10)
        support.until(lambda: not _runs(hanging))
        self.nothing_is_left()

    def a_hanging_lambda(self, name: str) -> int:
        """The process id of a bootstrap that never answers."""
        self.function(name, Timeout=900)
        file = Path(tempfile.mkdtemp()) / "pid"
        invoke = self.aws("lambda").invoke
        payload = json.dumps({"hang": str(file)})
        threading.Thread(
            target=_quietly, args=(lambda: invoke(FunctionName=name, Payload=payload),), daemon=True
        ).start()
        support.until(lambda: file.exists() and file.read_text() != "")
        self.assertTrue(_runs(int(file.read_text())))
        return int(file.read_text())

    def nothing_is_left(self) -> None:
        self.assertTrue(self.group)
        support.until(lambda: not any(map(_runs, self.group)))
        self.assertEqual([], os.listdir(self.folder.name))


def _stop(process: subprocess.Popen[str]) -> None:
    process.kill()
    with contextlib.suppress(ValueError):  # a test has read it to its end
        process.communicate()


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _listening(pid: int) -> list[tuple[str, int]]:
    """What a process listens on, by the kernel's tables; any IPv6 address as it stands there."""
    sockets = set()
    for fd in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            sockets.add(os.readlink(fd))
    found = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets:
                host, port = fields[1].split(":")
                if table == "tcp":
                    host = ".".join(str(byte) for byte in reversed(bytes.fromhex(host)))
                found.append((host, int(port, 16)))
    return found


def _runs(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def _quietly(call: Callable[[], object]) -> None:
    with contextlib.suppress(Exception):  # the server is ended under it
        call()
