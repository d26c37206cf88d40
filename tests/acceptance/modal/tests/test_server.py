"""The server as a program: its start, its end, and what it leaves."""

import base64
import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from typing import Any

import modal

from .support import HERE, THUMBNAILS, LocalModal, shared


class Program(unittest.TestCase):
    """A server of its own for each test."""

    def start(self, *arguments: str) -> LocalModal:
        local = LocalModal("--app", str(THUMBNAILS), *arguments)
        self.addCleanup(self._end, local)
        return local

    @staticmethod
    def _end(local: LocalModal) -> None:
        if local.process.poll() is None:
            local.process.kill()
            local.process.wait()
        for stream in (local.process.stdin, local.process.stdout):
            if stream is not None:
                stream.close()

    def test_the_end_of_stdin_ends_it_with_its_containers(self) -> None:
        local = self.start("--container-env", "SETTING=1=2")
        self.assertEqual(self._run(local, "variable", {"name": "SETTING"}), "1=2")
        self._run(local, "echo", {})
        children = _descendants(local.process.pid)
        self.assertEqual(len(children), 2)
        self.assertEqual(local.stop(), 0)
        self.assertEqual([pid for pid in children if _alive(pid)], [])

    @unittest.skipUnless(sys.platform == "linux", "only Linux tells a process its parent's death")
    def test_its_containers_end_even_when_it_is_killed(self) -> None:
        local = self.start()
        self._run(local, "echo", {})
        children = _descendants(local.process.pid)
        self.assertEqual(len(children), 1)
        local.process.kill()
        local.process.wait(10)
        deadline = time.monotonic() + 5
        while any(_alive(pid) for pid in children) and time.monotonic() < deadline:
            time.sleep(0.02)
        self.assertEqual([pid for pid in children if _alive(pid)], [])

    def test_an_app_that_does_not_deploy_ends_it_with_the_reason(self) -> None:
        program = subprocess.Popen(
            [sys.executable, str(HERE.parent / "server.py"), "--app", str(HERE / "nothing.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        with program:
            # Its stdin stays open: the failure alone ends it.
            self.assertEqual(program.wait(20), 1)
            assert program.stdout is not None and program.stderr is not None
            self.assertEqual(program.stdout.read(), "")
            log = program.stderr.read()
        self.assertIn("No module named 'nothing'", log)
        self.assertRegex(log, "deploying .*nothing.py failed with code 1")

    def test_a_client_that_goes_away_leaves_its_call_running_until_a_signal(self) -> None:
        local = self.start()
        code = (
            "import modal, os, threading\n"
            "slow = modal.Function.from_name('thumbnails', 'slow')\n"
            "threading.Timer(1.2, os._exit, (3,)).start()\n"
            "slow.remote({'seconds': 1}, {})\n"
        )
        environment = {
            "PATH": "/usr/bin:/bin",
            "HOME": os.environ["HOME"],
            "MODAL_SERVER_URL": local.server_url,
            "MODAL_TOKEN_ID": "ak-other",
            "MODAL_TOKEN_SECRET": "as-other",
        }
        local.admin("PUT", "/tokens", {"ak-other": "as-other"})
        client = subprocess.run([sys.executable, "-c", code], env=environment, timeout=20)
        self.assertEqual(client.returncode, 3)
        call_id = local.last_call()["function_call_id"]
        call = local.admin("GET", f"/calls/{call_id}?wait=10")
        self.assertEqual((call["status"], call["result"]), ("SUCCESS", "done"))
        children = _descendants(local.process.pid)
        self.assertEqual(len(children), 1)
        local.process.send_signal(signal.SIGTERM)
        self.assertEqual(local.process.wait(10), 0)
        self.assertEqual([pid for pid in children if _alive(pid)], [])

    def test_a_redeployed_function_runs_its_new_source(self) -> None:
        local = shared()
        environment = {
            "PATH": "/usr/bin:/bin",
            "HOME": os.environ["HOME"],
            "MODAL_SERVER_URL": local.server_url,
            "MODAL_TOKEN_ID": "ak-demo",
            "MODAL_TOKEN_SECRET": "as-demo",
        }
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "changing.py")
            for answer in ("one", "two"):
                source = (
                    "import modal\n"
                    "app = modal.App('changing')\n"
                    "@app.function()\n"
                    f"def answer(event, params): return {answer!r}\n"
                )
                file.write_text(source)
                deploy = [sys.executable, "-m", "modal", "deploy", str(file)]
                subprocess.run(deploy, env=environment, check=True, stdout=subprocess.DEVNULL)
                self.assertEqual(self._run(local, "answer", {}, app="changing"), answer)

    def test_a_function_has_an_identity_token_in_modals_form(self) -> None:
        local = shared()
        token = self._run(local, "variable", {"name": "MODAL_IDENTITY_TOKEN"})
        header, claims, signature = token.split(".")
        payload = json.loads(_decode(claims))
        self.assertEqual(payload["iss"], "https://oidc.modal.com")
        self.assertEqual(payload["aud"], "oidc.modal.com")
        self.assertEqual(payload["exp"] - payload["iat"], 172_800)
        self.assertRegex(
            payload["sub"],
            r"^modal:workspace_id:ac-\w{22}:environment_name:main:app_name:thumbnails"
            r":function_name:variable:container_id:ta-\w{22}$",
        )
        [key] = local.admin("GET", "/jwks")["keys"]
        self.assertEqual(json.loads(_decode(header))["kid"], key["kid"])
        self.assertTrue(_verified(key, f"{header}.{claims}".encode(), _decode(signature)))

    def _run(self, local: LocalModal, name: str, event: Any, app: str = "thumbnails") -> Any:
        client = local.client()
        try:
            return modal.Function.from_name(app, name, client=client).remote(event, {})
        finally:
            client.__exit__(None, None, None)


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _verified(key: dict[str, Any], message: bytes, signature: bytes) -> bool:
    modulus, exponent = (int.from_bytes(_decode(key[part]), "big") for part in ("n", "e"))
    opened = pow(int.from_bytes(signature, "big"), exponent, modulus).to_bytes(256, "big")
    digest = hashlib.sha256(message).digest()
    return opened.startswith(b"\x00\x01\xff") and opened.endswith(digest)


def _descendants(pid: int) -> list[int]:
    """Processes below this one, by /proc."""
    below = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == pid:
                below += [int(entry.name), *_descendants(int(entry.name))]
    return below


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
