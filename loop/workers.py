"""Pairs from several processes: drawing and checking is Python's work, so threads would take turns.

Each process opens the run's resources anew, with the same configuration, and makes whole schemas; results come back in
the schemas' order. Knows processes, not how pairs are made.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Sequence

from loop.config import Config
from loop.session import Session
from loop.supply import Part, Wish, supply_schema

_session: Session | None = None
"""In a worker: what it works with."""


def in_processes(session: Session, wish: Wish, names: Sequence[str], workers: int) -> list[Part]:
    """Each schema's pairs, made in `workers` processes; an interrupt ends them all."""
    if wish.execute:
        _ = session.instances  # built once, here: the processes find them ready
    context = multiprocessing.get_context("spawn")  # a fork would share the server's connections
    with context.Pool(workers, _begin, (session.config, session.dsn)) as pool:
        return pool.starmap(_make, [(wish, name) for name in names], chunksize=1)


def _begin(config: Config, dsn: str | None) -> None:
    global _session
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends us
    threading.Thread(target=_follow, name="sqlloop-follow", daemon=True).start()
    _session = Session(config, dsn)


def _follow() -> None:
    """End with the parent, however it ends: a worker left behind would go on and keep the server running."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _make(wish: Wish, name: str) -> Part:
    if _session is None:
        raise AssertionError("a worker was not begun")
    return supply_schema(_session, wish, name)
