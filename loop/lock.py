"""One process a run: a file lock that the system frees when its holder dies, and a note of who holds it.

The note is only for people: the lock alone decides.
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from schemas.errors import ConfigError, LockedError

ASKING_SECONDS = 1.0
"""How long a start waits for the lock: `is_held` takes it for a moment only to see whether it is free."""


def holder_text(folder: Path) -> str:
    """Who holds the run, as far as its note says: "process 4711 on nova since 02:00 on 2026-11-26"; else empty."""
    try:
        note = json.loads((folder / "run.holder").read_text(encoding="utf-8"))
        since = time.strftime("%H:%M on %Y-%m-%d", time.localtime(note["since"]))
        return f"process {int(note['pid'])} on {note['host']} since {since}"
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def is_held(folder: Path) -> bool:
    """Whether a living process holds the run."""
    if not (folder / "run.lock").is_file():
        return False
    lock = FileLock(folder / "run.lock", timeout=0)
    try:
        with lock:
            return False
    except Timeout:
        return True
    except OSError:  # another user's run, which we may only read
        return holder_text(folder) != ""


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold a run's lock.

    Raises:
        LockedError: another process holds it; names it.
        ConfigError: the folder cannot be made or written.
    """
    lock = FileLock(folder / "run.lock", timeout=ASKING_SECONDS)
    note = folder / "run.holder"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        who = holder_text(folder) or "another loop process"
        raise LockedError(f"the run {folder} is in use by {who}; wait for it, or choose another --run") from None
    except OSError as error:
        raise ConfigError(
            f"the run folder {folder} cannot be written ({error.strerror or error}); choose another --runs-dir"
        ) from None
    try:
        note.write_text(json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": time.time()}))
        yield
    finally:
        note.unlink(missing_ok=True)
        lock.release()
