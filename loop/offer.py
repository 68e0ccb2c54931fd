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

from generators.contrast import Contrast
from generators.gate import TRIES, Gate
from loop.items import Lines
from loop.progress import Ticker
from schemas.records import Example, GateReport, Record


class Kept(Record):
    """A line of what is kept: an example or a contrast pair let in, or the end of its stream."""

    stream: str
    tried: int
    """Candidates of the stream tried by then."""
    report: GateReport
    """What the gate had counted by then."""
    examples: tuple[Example, ...] = ()
    """One, or both of a pair; none: the stream has come to its end."""


class Offer:
    """The gate of one stage, with what it let in kept in a file; leave the `with` block when done."""

    def __init__(self, gate: Gate, path: Path, tick: Ticker) -> None:
        self._gate = gate
        self._tick = tick
        self._lines = Lines(path, Kept)
        self._earlier: defaultdict[str, list[Kept]] = defaultdict(list)
        for line in self._lines.kept:
            self._earlier[line.stream].append(line)
        examples = [example for line in self._lines.kept for example in line.examples]
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
        single = ((example,) for example in candidates)
        return self._taken(stream, single, count, TRIES * max(count, 1))

    def contrasted(self, stream: str, pairs: Iterator[Contrast], count: int) -> list[Example]:
        """The examples of the first `count` contrast pairs of which the gate lets both in, as far as the pairs go.

        Args:
            stream: a name of its own within the stage.
            pairs: drawn one by one, the same each time.
            count: pairs wanted.
        """
        return self._taken(stream, ((pair.first, pair.second) for pair in pairs), 2 * count, None)

    def _taken(
        self, stream: str, candidates: Iterator[tuple[Example, ...]], count: int, most: int | None
    ) -> list[Example]:
        earlier = self._earlier[stream]
        kept = [example for line in earlier for example in line.examples]
        if not count or (earlier and not earlier[-1].examples):
            return kept
        tried = earlier[-1].tried if earlier else 0
        for examples in islice(candidates, tried, None):
            if len(kept) >= count or tried == most:
                break
            tried += 1
            if self._let_in(examples):
                kept += examples
                self._lines.add(Kept(stream=stream, tried=tried, report=self._gate.report(), examples=examples))
                self._tick.step(len(examples), "")
        self._lines.add(Kept(stream=stream, tried=tried, report=self._gate.report()))
        return kept

    def _let_in(self, examples: tuple[Example, ...]) -> bool:
        if len(examples) == 1:
            return self._gate.admit(examples[0])
        return self._gate.admit_both(*examples)

    def report(self) -> GateReport:
        """What the gate counted, earlier starts included."""
        return self._gate.report()

    def __enter__(self) -> Offer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lines.close()
