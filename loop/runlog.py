"""run.log in the run folder: what happened each night, a line each, bounded in size.

Knows logging; what is written is said by `loop.progress` and `loop.drive`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOG_BYTES = 1 << 20
"""Size at which the file is put aside."""
LOG_FILES = 4
"""Older files kept: run.log.1 ... run.log.4."""


def logger() -> logging.Logger:
    """The program's own logger; silent unless `logging_to` is in force."""
    found = logging.getLogger("sqlloop")
    found.propagate = False
    if not found.handlers:
        found.addHandler(logging.NullHandler())
    return found


@contextmanager
def logging_to(folder: Path) -> Iterator[None]:
    """Write the log to a run folder, how it was left included.

    The caller holds the run's lock: two writers would rotate each other's files away.
    """
    from logging.handlers import RotatingFileHandler

    log = logger()
    handler = RotatingFileHandler(folder / "run.log", maxBytes=LOG_BYTES, backupCount=LOG_FILES, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)-7s %(process)d %(message)s", "%Y-%m-%d %H:%M:%S"))
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        yield
    except BaseException as leaving:
        log.warning(f"left by {type(leaving).__name__}: {leaving}")
        raise
    finally:
        log.removeHandler(handler)
        handler.close()
