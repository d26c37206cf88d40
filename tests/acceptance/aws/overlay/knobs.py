"""What a test can turn, per account."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass, field, fields
from fnmatch import fnmatchcase
from typing import Any


@dataclass
class Fault:
    """An answer AWS gives when something breaks on its side, `times` times."""

    action: str
    code: str
    status: int = 500
    message: str = "An internal error occurred. Try again later."
    times: int = 1
    after: bool = False
    """The action takes effect, and only its answer is an error."""


@dataclass
class Knobs:
    role_propagation_seconds: float = 0.0
    """For how long Lambda cannot assume a new role, nor use new rights of one."""
    pending_update_seconds: float = 0.2
    """How long a function stays Pending, or an update of it InProgress; likewise a mapping."""
    interfaces_stay_seconds: float = 0.2
    """How long Lambda keeps the network interfaces that no function uses any more."""
    deny: list[str] = field(default_factory=list)
    """Actions refused as if no policy allowed them; `*` matches any characters."""
    notifications_of_others: list[dict[str, str]] = field(default_factory=list)
    """Notifications that somebody else writes to a bucket, each once: `document` to `bucket`, right
    `after` the next "read" or "write" of them."""
    fail: list[Fault] = field(default_factory=list)


_of: defaultdict[str, Knobs] = defaultdict(Knobs)


def of(account: str) -> Knobs:
    return _of[account]


def update(account: str, wanted: dict[str, Any]) -> dict[str, Any]:
    """Turns the knobs named, leaves the others, and answers all of them."""
    unknown = set(wanted) - {knob.name for knob in fields(Knobs)}
    if unknown:
        raise ValueError(f"unknown knobs: {sorted(unknown)}")
    if "fail" in wanted:
        wanted["fail"] = [Fault(**fault) for fault in wanted["fail"]]
    for name, value in wanted.items():
        setattr(_of[account], name, value)
    return asdict(_of[account])


def is_denied(account: str, action: str) -> bool:
    return any(fnmatchcase(action, pattern) for pattern in of(account).deny)


def take_notifications_of_others(account: str, bucket: str, after: str) -> str | None:
    """What somebody else writes to this bucket now."""
    waiting = of(account).notifications_of_others
    for number, write in enumerate(waiting):
        if (write["bucket"], write["after"]) == (bucket, after):
            return waiting.pop(number)["document"]
    return None


def take_fault(account: str, action: str) -> Fault | None:
    """The fault to show to this call, counted as shown."""
    for fault in of(account).fail:
        if fault.times > 0 and fnmatchcase(action, fault.action):
            fault.times -= 1
            return fault
    return None
