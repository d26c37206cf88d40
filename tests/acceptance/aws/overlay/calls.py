"""Which actions each account called, in order."""

from __future__ import annotations

from collections import defaultdict

_calls: defaultdict[str, list[str]] = defaultdict(list)


def record(account: str, action: str) -> None:
    _calls[account].append(action)


def of(account: str) -> list[str]:
    return list(_calls[account])
