"""What stands guard over running statements: a gate that lets one run alone, and a watchdog that ends the late.

Knows connections and time, not statements.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[tuple[Any, ...]]

GRACE_SECONDS = 1.0
"""How long after the server's timeout the watchdog cancels; after as long again it cuts the line."""


class Gate:
    """Many may pass together, or one alone."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._inside = 0
        self._waiting_alone = 0

    @contextlib.contextmanager
    def shared(self) -> Iterator[None]:
        """Pass together with others; waits while one passes alone or is about to."""
        with self._condition:
            self._condition.wait_for(lambda: self._inside >= 0 and not self._waiting_alone)
            self._inside += 1
        try:
            yield
        finally:
            with self._condition:
                self._inside -= 1
                self._condition.notify_all()

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Pass when nobody else is inside; keeps new ones out meanwhile."""
        with self._condition:
            self._waiting_alone += 1
            self._condition.wait_for(lambda: self._inside == 0)
            self._waiting_alone -= 1
            self._inside = -1
        try:
            yield
        finally:
            with self._condition:
                self._inside = 0
                self._condition.notify_all()


class Watchdog:
    """One thread that cancels statements the server's own timeout did not stop."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._watched: dict[int, tuple[float, Connection]] = {}
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @contextlib.contextmanager
    def watch(self, connection: Connection, seconds: float) -> Iterator[None]:
        """Watch what runs on a connection within the block, which should take `seconds` at most."""
        key = id(connection)
        with self._lock:
            self._watched[key] = (time.monotonic() + seconds + GRACE_SECONDS, connection)
            if self._thread is None:
                self._thread = threading.Thread(target=self._patrol, name="sqlloop-watchdog", daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            with self._lock:
                self._watched.pop(key, None)

    def close(self) -> None:
        """End the thread; nothing may be watched any more."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def _patrol(self) -> None:
        while not self._stop.wait(0.2):
            now = time.monotonic()
            with self._lock:
                late = [(deadline, c) for deadline, c in self._watched.values() if now > deadline]
                for deadline, connection in late:
                    if now > deadline + GRACE_SECONDS:
                        _quietly(lambda c=connection: _cut(c))  # type: ignore[misc]
            for _, connection in late:
                _quietly(lambda c=connection: c.cancel_safe(timeout=1.0))  # type: ignore[misc]


def _quietly(action: Callable[[], object]) -> None:
    """The statement may end while we act on it; then there is nothing to do."""
    with contextlib.suppress(Exception):
        action()


def _cut(connection: Connection) -> None:
    """Shut the line down, which wakes the thread that waits on it."""
    with socket.socket(fileno=os.dup(connection.fileno())) as line:
        line.shutdown(socket.SHUT_RDWR)
