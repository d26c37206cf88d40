"""Deploys an app file with the real client library; run in a process of its own.

`python -m control_plane.deploy FILE ENVIRONMENT`, with the server and the token in `MODAL_*`.
"""

import importlib
import sys
from pathlib import Path

import modal


def main(file: Path, environment: str) -> None:
    """Import the file and deploy every app in it."""
    sys.path.insert(0, str(file.parent))
    module = importlib.import_module(file.stem)
    apps = {id(value): value for value in vars(module).values() if isinstance(value, modal.App)}
    if not apps:
        raise SystemExit(f"{file} has no modal.App in its global scope")
    for app in apps.values():
        app.deploy(environment_name=environment)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), sys.argv[2])
