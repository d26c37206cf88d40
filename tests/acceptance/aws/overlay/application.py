"""The ASGI application: the overlay's own addresses, everything else ministack's."""

from __future__ import annotations

from typing import Any

from ministack import app as ministack

from overlay import control, gate, services

gate.install()
services.install()


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "http" and scope["path"].startswith(control.PREFIX):
        await control.answer(scope, receive, send)
    else:
        await ministack.app(scope, receive, send)
