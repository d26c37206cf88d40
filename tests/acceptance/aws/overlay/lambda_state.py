"""How long a function is Pending or InProgress, and what it refuses meanwhile."""

from __future__ import annotations

from typing import Any

from ministack.core.responses import get_account_id
from ministack.services import lambda_svc as ministack_lambda

from overlay import knobs
from overlay.call import Refusal

_schedule = ministack_lambda._schedule_state_transition


def install() -> None:
    ministack_lambda._schedule_state_transition = _schedule_by_knob


def _schedule_by_knob(name: str, _delay: float) -> None:
    _schedule(name, knobs.of(get_account_id()).pending_update_seconds)


def check_changeable(config: dict[str, Any]) -> None:
    if config["State"] == "Pending":
        raise pending()
    if config["LastUpdateStatus"] == "InProgress":
        raise Refusal(
            "ResourceConflictException",
            "The operation cannot be performed at this time. An update is in progress for "
            f"resource: {config['FunctionArn']}",
            409,
        )


def pending() -> Refusal:
    return Refusal(
        "ResourceConflictException",
        "The operation cannot be performed at this time. The function is currently in the "
        "following state: Pending",
        409,
    )
