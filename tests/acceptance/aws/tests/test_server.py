"""The server as a process: where it listens, and that it leaves nothing behind."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

from tests import support


class TheServer(support.AwsTest):
    def setUp(self) -> None:
        super().setUp()
        self.process, self.endpoint = support.start()
        self.addCleanup(_stop, self.process)
        self.group = _children(self.process.pid)

    def test_listens_on_loopback_alone(self) -> None:
        self.function("f")
        self.aws("lambda").invoke(FunctionName="f", Payload=b"{}")  # opens a Runtime API
        port = int(self.endpoint.rpartition(":")[2])
        listening = [address for pid in self.group for address in _listening(pid)]
        self.assertIn(("127.0.0.1", port), listening)
        self.assertEqual({"127.0.0.1"}, {host for host, _ in listening})

    def test_ends_with_its_input(self) -> None:
        self.process.communicate(timeout=10)
        self.assertEqual(0, self.process.returncode)
        self.nothing_is_left()

    def test_ends_on_a_signal_though_a_lambda_hangs(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(number.name):
                process, self.endpoint = support.start()
                self.addCleanup(_stop, process)
                self.group = _children(process.pid)
                hanging = self.a_hanging_lambda(f"f-{number.value}")
                process.send_signal(number)
                self.assertEqual(0, process.wait(timeout=10))
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


class TheTemporaryFolder(unittest.TestCase):
    def test_is_gone_afterwards(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            process = subprocess.Popen(
                [sys.executable, str(support.SERVER)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={"TMPDIR": folder, "PATH": "/usr/bin:/bin"},
            )
            assert process.stdout is not None
            process.stdout.readline()
            self.assertEqual(1, len(os.listdir(folder)))
            process.communicate()
            self.assertEqual([], os.listdir(folder))


def _stop(process: subprocess.Popen[str]) -> None:
    process.kill()
    with contextlib.suppress(ValueError):  # a test has read it to its end
        process.communicate()


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _listening(pid: int) -> list[tuple[str, int]]:
    """What a process listens on, by the kernel's tables; any IPv6 address as it stands there."""
    sockets = {os.readlink(fd) for fd in Path(f"/proc/{pid}/fd").iterdir()}
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


def _quietly(call: object) -> None:
    try:
        call()  # type: ignore[operator]
    except Exception:  # the server is ended under it
        pass
