"""Waiting for something to change, with a deadline and without surprises on cancellation.

`asyncio.Condition` under `asyncio.wait_for` may lose its lock when it is cancelled twice, as it is
when a server ends, and then no waiter ever ends.
"""

import asyncio


class Signal:
    """Wakes all who wait now; who comes later waits for the next time."""

    def __init__(self) -> None:
        self._waiters: set[asyncio.Future[bool]] = set()

    def notify(self) -> None:
        """Wake all who wait."""
        for waiter in self._waiters:
            _settle(waiter, True)

    async def wait(self, seconds: float) -> bool:
        """Wait for the next `notify`; False when there was none in time."""
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[bool] = loop.create_future()
        timer = loop.call_later(seconds, _settle, waiter, False)
        self._waiters.add(waiter)
        try:
            return await waiter
        finally:
            timer.cancel()
            self._waiters.discard(waiter)


def _settle(waiter: "asyncio.Future[bool]", value: bool) -> None:
    if not waiter.done():
        waiter.set_result(value)
