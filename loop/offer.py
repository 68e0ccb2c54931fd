"""Candidates offered to the gate, so that a stage that is cut off goes on from the example it had come to.

Each example that is let in is kept at once, with how many of its stream's candidates had been tried and what the gate
had counted by then. A later start puts the gate back to where it stood and takes up the stream there: the candidates
before are not executed again, those of streams that had come to their end not even drawn. Streams must be the same each
time. Knows streams and the gate, not what the examples are for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from types import TracebackType

from generators.gate import Gate
from loop.items import Lines
from loop.progress import Ticker
from schemas.records import Example, GateReport, Record

TRIES = 30
"""Candidates offered to the gate for each example wanted, before giving up."""


class Kept(Record):
    """A line of what is kept: an example let in, or the end of its stream."""

    stream: str
    tried: int
    """Candidates of the stream tried by then."""
    report: GateReport
    """What the gate had counted by then."""
    example: Example | None = None
    """None: the stream has come to its end."""


class Offer:
    """The gate of one stage, with what it let in kept in a file; leave the `with` block when done."""

    def __init__(self, gate: Gate, path: Path, tick: Ticker) -> None:
        self._gate = gate
        self._tick = tick
        self._lines = Lines(path, Kept)
        self._earlier: defaultdict[str, list[Kept]] = defaultdict(list)
        for line in self._lines.kept:
            self._earlier[line.stream].append(line)
        examples = [line.example for line in self._lines.kept if line.example is not None]
        if self._lines.kept:
            gate.restore(examples, self._lines.kept[-1].report)
            tick.advance(len(examples))

    def admitted(self, stream: str, candidates: Iterator[Example], count: int) -> list[Example]:
        """The first `count` candidates that the gate lets in, or as many as TRIES a piece give.

        Args:
            stream: a name of its own within the stage.
            candidates: drawn one by one, the same each time.
            count: examples wanted.
        """
        earlier = self._earlier[stream]
        kept = [line.example for line in earlier if line.example is not None]
        if earlier and earlier[-1].example is None:
            return kept
        tried = earlier[-1].tried if earlier else 0
        for example in islice(candidates, tried, None):
            if len(kept) >= count or tried >= TRIES * max(count, 1):
                break
            tried += 1
            if self._gate.admit(example):
                kept.append(example)
                self._lines.add(Kept(stream=stream, tried=tried, report=self._gate.report(), example=example))
                self._tick.step(1, "")
        self._lines.add(Kept(stream=stream, tried=tried, report=self._gate.report()))
        return kept

    def report(self) -> GateReport:
        """What the gate counted, earlier starts included."""
        return self._gate.report()

    def __enter__(self) -> Offer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lines.close()
