"""SIGTERM, taken politely: the item at hand is finished and marked, then the process leaves.

A stage in progress asks after each item (`leave_if_asked`); a second SIGTERM, or one that no item's end follows in
time, leaves at once. Knows signals, not stages.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

GRACE_SECONDS = 20
"""How long an item may take to end after SIGTERM; systemd gives 90 seconds by default."""


class Terminated(BaseException):
    """SIGTERM, raised so that every `finally` runs."""


@dataclass
class _State:
    patient: bool = False
    """Whether a stage is running that asks after each item."""
    asked: bool = False
    """Whether SIGTERM has come meanwhile."""


_STATE = _State()


def install() -> None:
    """Let SIGTERM end the process by an exception."""
    signal.signal(signal.SIGTERM, _on_sigterm)


def second_ctrl_c_leaves_at_once() -> None:
    """Once Ctrl-C is being obeyed, another one waits for nothing: what is kept is on the disk already."""
    signal.signal(signal.SIGINT, lambda *_: os._exit(130))


def _on_sigterm(*_: object) -> None:
    if not _STATE.patient or _STATE.asked:
        raise Terminated
    _STATE.asked = True
    signal.signal(signal.SIGALRM, _on_alarm)
    signal.alarm(GRACE_SECONDS)


def _on_alarm(*_: object) -> None:
    if _STATE.asked:
        raise Terminated


@contextmanager
def patient() -> Iterator[None]:
    """While a stage runs, SIGTERM waits for the end of its item."""
    _STATE.patient = True
    try:
        yield
        leave_if_asked()
    finally:
        if _STATE.asked:
            signal.alarm(0)
        _STATE.patient = _STATE.asked = False


def leave_if_asked() -> None:
    """Leave here if SIGTERM has come.

    Raises:
        Terminated: it has.
    """
    if _STATE.asked:
        raise Terminated
