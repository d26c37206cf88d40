"""A local AWS on loopback: ministack with the overlay's refusals in front of its handlers.

    python server.py [--auth]

prints one JSON line, {"endpoint": "http://127.0.0.1:PORT"}, once it answers. It ends, with every
process it started, when its standard input reaches EOF or on SIGTERM or SIGINT. Logs go to stderr.

This process only watches. The server runs in a child that leads its own process group, with an
environment made from nothing: what a Lambda inherits is then never the developer's own. The group
is killed as a whole, so a Lambda bootstrap that hangs does not outlive it.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
READY_SECONDS = 60.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--auth", action="store_true", help="enforce IAM policies")
    arguments = parser.parse_args()

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    threading.Thread(target=_stop_at_end_of_input, args=(stop,), daemon=True).start()

    home = Path(tempfile.mkdtemp(prefix="local-aws-"))
    try:
        return _serve(home, arguments.auth, stop)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _serve(home: Path, auth: bool, stop: threading.Event) -> int:
    # The port is bound here and handed down, so that no one else can take it in between.
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listener:
        port: int = listener.getsockname()[1]
        child = subprocess.Popen(
            [sys.executable, "-u", "-m", "overlay", str(listener.fileno())],
            cwd=HERE,
            env=_environment(home, port, auth),
            stdin=subprocess.PIPE,
            stdout=sys.stderr.fileno(),
            pass_fds=(listener.fileno(),),
            start_new_session=True,
        )
    try:
        endpoint = f"http://127.0.0.1:{port}"
        if not _wait_until_it_answers(endpoint, child, stop):
            return 0 if stop.is_set() else 1
        print(json.dumps({"endpoint": endpoint}), flush=True)
        while not stop.wait(0.1):
            if child.poll() is not None:
                print(f"local AWS ended by itself: {child.returncode}", file=sys.stderr)
                return 1
        return 0
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _environment(home: Path, port: int, auth: bool) -> dict[str, str]:
    """Everything the server gets to see."""
    temporary = home / "tmp"
    temporary.mkdir()
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(home),
        "TMPDIR": str(temporary),
        "PYTHONDONTWRITEBYTECODE": "1",
        "LANG": "C.UTF-8",
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "MINISTACK_HOST": "127.0.0.1",
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        # ministack looks for a Docker daemon to clean up after itself; there is none for it.
        "DOCKER_HOST": f"unix://{home}/no-docker.sock",
        "STATE_DIR": str(home / "state"),
        "S3_DATA_DIR": str(home / "s3"),
        # What a Lambda's own AWS clients call.
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
    }
    if auth:
        environment["AUTH"] = "true"
    return environment


def _wait_until_it_answers(
    endpoint: str, child: subprocess.Popen[bytes], stop: threading.Event
) -> bool:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and child.poll() is None and not stop.is_set():
        with contextlib.suppress(urllib.error.URLError, OSError):
            with urllib.request.urlopen(f"{endpoint}/_ministack/health", timeout=5) as answer:
                if answer.status == 200:
                    return True
        stop.wait(0.05)
    return False


def _stop_at_end_of_input(stop: threading.Event) -> None:
    with contextlib.suppress(OSError):
        while os.read(0, 4096):
            pass
    stop.set()


if __name__ == "__main__":
    sys.exit(main())
