"""The server process: `python -m overlay FD` serves ministack and the overlay on a bound socket."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import threading


def main() -> None:
    threading.Thread(target=_die_with_parent, daemon=True).start()

    from hypercorn.asyncio import serve
    from hypercorn.config import Config

    from overlay.application import application

    config = Config()
    config.bind = [f"fd://{int(sys.argv[1])}"]
    config.keep_alive_timeout = 75
    config.loglevel = "WARNING"
    asyncio.run(serve(application, config))


def _die_with_parent() -> None:
    """The parent holds the other end of standard input, even when it is killed outright."""
    while os.read(0, 4096):
        pass
    shutil.rmtree(os.environ["HOME"], ignore_errors=True)
    os.killpg(os.getpgrp(), signal.SIGKILL)


if __name__ == "__main__":
    main()
