"""Tests of the local Modal: Modal's own Python client 1.6.4 is the judge.

Importing this package cleans the environment, so that no token or profile of the user who runs
the tests can reach a client in them.
"""

import atexit
import os
import tempfile

for _name in list(os.environ):
    # A proxy would be asked for loopback, too.
    if _name.startswith("MODAL_") or _name.upper().endswith("_PROXY"):
        del os.environ[_name]
_home = tempfile.TemporaryDirectory(prefix="modal-home-")
atexit.register(_home.cleanup)
os.environ["HOME"] = _home.name
os.environ["MODAL_CONFIG_PATH"] = os.path.join(_home.name, "none.toml")
