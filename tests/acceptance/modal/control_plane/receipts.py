"""Which callers have read that their call was taken.

A PING follows each such answer on its connection. HTTP/2 is read in order, so that who acknowledges
the PING has read the answer. What was not acknowledged when we broke the connection may be lost;
what we never sent is lost for certain.
"""

import time
from collections import deque
from typing import Any
from weakref import WeakKeyDictionary


class Receipts:
    """What became of the answers that confirm a call."""

    def __init__(self) -> None:
        #: when a caller acknowledged a call's start
        self.read: dict[str, float] = {}
        #: calls whose answer was lost by our doing, and by what
        self.lost: dict[str, str] = {}
        #: answers under way on each connection, oldest first
        self._sent: WeakKeyDictionary[Any, deque[str]] = WeakKeyDictionary()
        #: the connections that we broke, and by what
        self._broken: WeakKeyDictionary[Any, str] = WeakKeyDictionary()

    def sent(self, connection: Any, call_id: str) -> None:
        """Ask who is at the other end of a grpclib connection whether it has read so far."""
        if connection.is_closing():
            self.not_sent(connection, call_id)
            return
        if connection not in self._sent:
            self._sent[connection] = deque()
            self._listen(connection)
        self._sent[connection].append(call_id)
        connection._connection.ping(b"received")
        connection.flush()

    def not_sent(self, connection: Any, call_id: str) -> None:
        """There is nobody to answer: by our doing, or because the caller went away."""
        if connection in self._broken:
            self.never_sent(call_id, self._broken[connection])

    def never_sent(self, call_id: str, cause: str) -> None:
        """An answer was lost before it was on the wire."""
        self.lost.setdefault(call_id, cause)

    def broken(self, connection: Any, cause: str) -> None:
        """We break a connection, with all that is under way on it."""
        self._broken.setdefault(connection, cause)
        for call_id in self._sent.pop(connection, ()):
            self.lost.setdefault(call_id, cause)

    def _listen(self, connection: Any) -> None:
        under_way, keep_alive = self._sent[connection], connection.ping_ack_process

        def acknowledged() -> None:
            keep_alive()
            if under_way:
                self.read.setdefault(under_way.popleft(), time.time())

        connection.ping_ack_process = acknowledged
