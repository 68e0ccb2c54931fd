"""SIGTERM, taken politely: the item at hand is finished and marked, then the process leaves. Ctrl-C, taken at once.

A stage in progress asks after each item (`leave_if_asked`); a second SIGTERM, or one that no item's end follows in
time, leaves at once. A second Ctrl-C waits for nothing, and leaves with 130 as the first would have: while Python is on
its way out it has given its handlers up and would die of the signal, so it is not let get there (`leave`). Knows
signals, not stages.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NoReturn

GRACE_SECONDS = 20
"""How long an item may take to end after SIGTERM; systemd gives 90 seconds by default."""


class Terminated(BaseException):
    """SIGTERM, raised so that every `finally` runs."""


INTERRUPTED = "loop: interrupted; the same command goes on where it stopped"
"""Last word on Ctrl-C."""


@dataclass
class _State:
    patient: bool = False
    """Whether a stage is running that asks after each item."""
    asked: bool = False
    """Whether SIGTERM has come meanwhile."""
    leaving: bool = False
    """Whether the last word has been said."""


_STATE = _State()


def install() -> None:
    """Let SIGTERM and Ctrl-C end the process by an exception, a second Ctrl-C without further ado."""
    signal.signal(signal.SIGTERM, _on_sigterm)
    signal.signal(signal.SIGINT, _on_sigint)


def leave(code: int) -> NoReturn:
    """Leave after a signal was obeyed, with that exit code whatever signals still come."""
    _STATE.leaving = True
    signal.signal(signal.SIGINT, _on_second_sigint)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    atexit._run_exitfuncs()  # what Python itself would do, before it gives its signal handlers up
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def _on_sigint(*_: object) -> None:
    signal.signal(signal.SIGINT, _on_second_sigint)
    raise KeyboardInterrupt


def _on_second_sigint(*_: object) -> None:
    """What is kept is on the disk already, and Postgres stops by itself once nobody uses it."""
    if not _STATE.leaving:
        os.write(2, f"{INTERRUPTED}\n".encode())
    os._exit(130)


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
