"""Which checkpoints stay: the best and the latest few, the champion always. Everything else of a round is small.

A checkpoint's folder is renamed before it is removed, so that a process that dies meanwhile leaves no half model under
its name. Knows verdicts on select and folders.
"""

from __future__ import annotations

import shutil

from loop.state import champion_before
from loop.store import Store, read_records
from schemas.records import Verdict


def kept_rounds(store: Store, complete: int, keep_best: int, keep_latest: int) -> set[int]:
    """Rounds whose checkpoint stays once rounds 0 to `complete` - 1 are complete.

    The champion, the one the last round began with (that round may be done again), the latest and the best on select;
    of equally good ones the earlier.
    """
    numbers = range(1, complete)
    kept = {champion_before(store, complete), champion_before(store, complete - 1)}
    kept |= set(numbers[max(len(numbers) - keep_latest, 0) :])
    best = sorted(numbers, key=lambda number: (-_right(store, number), number))
    return (kept | set(best[:keep_best])) - {0}


def _right(store: Store, number: int) -> int:
    verdicts = read_records(store.stage_folder(number, "score") / "verdicts.jsonl", Verdict)
    return sum(verdict.exact for verdict in verdicts if verdict.split == "select")


def retain(store: Store, complete: int, keep_best: int, keep_latest: int) -> list[int]:
    """Remove the checkpoints that need not stay; returns the rounds whose went."""
    kept = kept_rounds(store, complete, keep_best, keep_latest)
    gone = []
    for number in range(1, complete):
        folder = store.stage_folder(number, "train")
        leaving = folder / "removed-checkpoint"
        if number not in kept and (folder / "checkpoint").is_dir():
            shutil.rmtree(leaving, ignore_errors=True)
            (folder / "checkpoint").rename(leaving)
            gone.append(number)
        shutil.rmtree(leaving, ignore_errors=True)
    return gone
