"""Runs one embedded Postgres for as long as somebody holds its users' lock, then stops it.

A process of its own, started by `evaluator.server` as a plain script (standard library only). Everyone who uses the
server holds a shared lock on one file; the kernel gives it up when they exit, kill -9 included. The keeper tries for
the exclusive lock: once it gets it, nobody is left, and it stops the server while newcomers wait for the lock. It
does not know what the server is used for, and never restarts one that died: the next to open does.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import resource
import signal
import subprocess
import sys
import time

POLL_SECONDS = 0.2
STOP_SECONDS = 10.0


def _prepare(memory_bytes: int) -> None:
    """In the child before exec: cap each backend's address space, and die with the keeper where Linux allows it."""
    if memory_bytes:
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(
            1, int(signal.SIGINT), 0, 0, 0
        )  # 1 = PR_SET_PDEATHSIG; SIGINT = Postgres's fast shutdown


def _start(command: list[str], user: int, group: int, memory_bytes: int) -> subprocess.Popen[bytes]:
    def prepare() -> None:
        _prepare(memory_bytes)

    if user < 0:
        return subprocess.Popen(command, preexec_fn=prepare, stdin=subprocess.DEVNULL)
    return subprocess.Popen(
        command, preexec_fn=prepare, stdin=subprocess.DEVNULL, user=user, group=group, extra_groups=[]
    )


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.send_signal(signal.SIGINT)
    try:
        server.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.send_signal(signal.SIGQUIT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(STOP_SECONDS)


def main(arguments: list[str]) -> int:
    """Run the server: LOCK_FILE USER_ID GROUP_ID MEMORY_BYTES POSTGRES [ARGUMENT...]; ids are -1 to stay as we are."""
    lock_file, user, group, memory, *command = arguments
    # Ctrl-C and a closed terminal are for the run, which then gives up its lock; the server must outlast it.
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    lock = os.open(lock_file, os.O_RDWR | os.O_CLOEXEC)
    server = _start(command, int(user), int(group), int(memory))
    signal.signal(signal.SIGTERM, lambda *_: server.send_signal(signal.SIGINT))
    while server.poll() is None:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            time.sleep(POLL_SECONDS)
            continue
        _stop(server)
    return server.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
