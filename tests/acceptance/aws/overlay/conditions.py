"""How IAM compares a value with a pattern, where ministack does it in another way.

ministack turns a pattern into a regular expression. A `.` of those stops at a line's end, and their
`$` also stands before the last line's end: so a value with a newline after it passes as the value
itself, and one with a newline in it does not pass where IAM says "any characters".
"""

from __future__ import annotations

import re

from ministack.core import iam_evaluator


def install() -> None:
    iam_evaluator._fnmatch_compile = _pattern
    iam_evaluator._FNMATCH_CACHE.clear()


def _pattern(pattern: str, ignore_case: bool) -> re.Pattern[str]:
    wildcards = {"*": ".*", "?": "."}
    parts = (wildcards.get(letter) or re.escape(letter) for letter in pattern)
    flags = re.DOTALL | (re.IGNORECASE if ignore_case else 0)
    return re.compile(rf"\A{''.join(parts)}\Z", flags)
