"""How fast answers are judged, against the path of the best-known judge, measured in the same run.

    python -m benchmarks.evaluator [--schemas all] [--repeat 3] [--out benchmarks/results/evaluator.txt]

Every hand-written question is answered by its own gold, so that all that is timed is the judging. Ours: executed
statements and verdicts a second, cold (no connection open, no gold known) and warm (a round later), with one worker and
with two, on one instance and on three; and whether five verdict files are the same bytes. The peer's path, written from
its description (sql-eval: for each of two queries a question a new SQLAlchemy engine and connection, the rows into a
pandas frame within func_timeout, frames compared; five threads), runs on the same instances of the same server. It is
spared all that it does after its first comparison.

Two ratios: statements a second, and the time of a statement alone, one after the other on one thread, for each question
(the middle and the tenths), since a few golds that Postgres itself works on for long weigh on the first. CPU time a
statement, of this process and of Postgres, says how both would compare on an idle machine.

Needs `pip install 'sqlloop[bench]'`.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from evaluator.clock import freeze
from evaluator.copies import Instance, build_all
from evaluator.execute import Executor
from evaluator.golds import GoldCache, expand_golds
from evaluator.outcome import Limits, Outcome
from evaluator.score import score
from evaluator.server import Server, open_server
from schemas.catalog import Schema, select_schemas
from schemas.home import home
from schemas.records import Prediction, Question, Verdict

PEER_THREADS = 5
Instances = Mapping[str, Sequence[Instance]]


@dataclass(frozen=True, slots=True)
class Rate:
    """One line of the table."""

    what: str
    statements: float
    """Executed statements a second."""
    verdicts: float
    """Verdicts a second."""
    cpu: float
    """Milliseconds of CPU time a statement, this process and Postgres together; 0 where it cannot be read."""


class Counting(Executor):
    """Our executor, counting what it sends."""

    sent = 0

    def run(self, database: str, statement: str, limits: Limits) -> Outcome:
        """Count and run."""
        self.sent += 1
        return super().run(database, statement, limits)


class Meter:
    """Wall and CPU time of a block."""

    def __init__(self, server: Server) -> None:
        self._postmaster = _postmaster(server) if server.embedded else 0

    @contextmanager
    def measure(self) -> Iterator[list[float]]:
        """Seconds of wall time and of CPU time are in the list once the block is left."""
        found: list[float] = []
        cpu, began = self._cpu(), time.perf_counter()
        yield found
        found += [time.perf_counter() - began, self._cpu() - cpu]

    def _cpu(self) -> float:
        """Seconds used so far by this process and by Postgres with its ended sessions (Linux's /proc)."""
        if not self._postmaster or not Path("/proc/self/stat").is_file():
            return 0.0
        ticks = sum(_fields(self._postmaster)[11:15])
        for folder in Path("/proc").glob("[0-9]*"):
            fields = _fields(int(folder.name))
            ticks += sum(fields[11:13]) if fields and fields[1] == self._postmaster else 0
        return ticks / os.sysconf("SC_CLK_TCK") + time.process_time()


def _postmaster(server: Server) -> int:
    """Process id of the server: the parent of any session; 0 where /proc does not tell."""
    import psycopg

    with psycopg.connect(server.admin_dsn()) as connection:
        row = connection.execute("SELECT pg_backend_pid()").fetchone()
        fields = _fields(row[0]) if row else []
    return fields[1] if fields else 0


def _fields(process: int) -> list[int]:
    """Numbers of a process's stat line, after its name; empty if it is gone."""
    try:
        text = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return []
    return [int(word) if word.lstrip("-").isdigit() else 0 for word in text.rsplit(")", 1)[1].split()]


def ours(
    server: Server, instances: Instances, questions: Sequence[Question], workers: int
) -> tuple[list[Rate], list[Verdict]]:
    """Cold and warm rates of one pass each, and the verdicts."""
    answers = [Prediction(id=question.id, sql=_answer(question)) for question in questions]
    count = len(next(iter(instances.values())))
    rates = []
    with Counting(server) as executor:
        known = GoldCache(executor)
        for name in ("cold", "warm"):
            executor.sent = 0
            with Meter(server).measure() as found:
                verdicts = score(executor, instances, questions, answers, threads=workers, golds=known)
            label = f"sqlloop, {count} instance{'s' * (count > 1)}, {workers} worker{'s' * (workers > 1)}, {name}"
            rates.append(_rate(label, executor.sent, len(questions), found))
    return rates, verdicts


def _rate(what: str, statements: int, verdicts: int, found: Sequence[float]) -> Rate:
    return Rate(what, statements / found[0], verdicts / found[0], 1000 * found[1] / statements)


def _answer(question: Question) -> str:
    return expand_golds(question.golds[0])[0]


def peer_frame(server: Server, instance: Instance, statement: str) -> object:
    """One query by the peer's path: a pandas frame."""
    import pandas
    import psycopg2
    import sqlalchemy
    from func_timeout import func_timeout

    def query(dsn: str, text: str) -> pandas.DataFrame:
        engine = sqlalchemy.create_engine("postgresql+psycopg2://", creator=lambda: psycopg2.connect(dsn))
        try:
            return pandas.read_sql_query(sqlalchemy.text(text.replace(":", r"\:")), engine)
        finally:
            engine.dispose()

    dsn = server.reader_dsn(instance.database)
    return func_timeout(10.0, query, args=(dsn, freeze(statement, instance.as_of)))


def peer(server: Server, instances: Instances, questions: Sequence[Question]) -> Rate:
    """The peer's path on the first instance of each schema, gold and answer of every question."""

    def one(question: Question) -> bool:
        frames = [peer_frame(server, instances[question.schema_name][0], _answer(question)) for _ in range(2)]
        gold, answer = (frame.to_numpy() for frame in frames)  # type: ignore[attr-defined]
        return bool((gold == answer).all())  # its first test, which equal frames mostly pass

    with Meter(server).measure() as found, ThreadPoolExecutor(PEER_THREADS) as pool:
        list(pool.map(one, questions))
    return _rate(f"peer's path, 1 instance, {PEER_THREADS} threads", 2 * len(questions), len(questions), found)


def one_by_one(server: Server, instances: Instances, questions: Sequence[Question]) -> list[float]:
    """For each question how many times as long the peer's path takes for its statement, alone on one thread, warm."""
    ratios = []
    with Executor(server) as executor:
        for question in questions:
            instance, sql = instances[question.schema_name][0], _answer(question)
            executor.execute(instance, sql)
            own = _seconds(lambda i=instance, s=sql: executor.execute(i, s))  # type: ignore[misc]
            theirs = _seconds(lambda i=instance, s=sql: peer_frame(server, i, s))  # type: ignore[misc]
            ratios.append(theirs / own)
    return ratios


def _seconds(action: Callable[[], object]) -> float:
    """The better of two tries."""
    times = []
    for _ in range(2):
        began = time.perf_counter()
        action()
        times.append(time.perf_counter() - began)
    return min(times)


def different_files(judge: Callable[[], Sequence[Verdict]], times: int = 5) -> tuple[int, str]:
    """How many different verdict files so many runs write, and the first one's hash."""
    hashes = [
        hashlib.sha256("".join(verdict.model_dump_json() + "\n" for verdict in judge()).encode()).hexdigest()
        for _ in range(times)
    ]
    return len(set(hashes)), hashes[0]


def _middle(rates: Sequence[Rate]) -> Rate:
    """The median of repeated measurements."""
    figures = zip(*((rate.statements, rate.verdicts, rate.cpu) for rate in rates), strict=True)
    return Rate(rates[0].what, *map(statistics.median, figures))


def report(server: Server, schemas: Sequence[Schema], repeat: int) -> Iterator[str]:
    """Measure everything; the lines to show."""
    built = build_all(server, schemas, 1, 3)
    one = {name: found[:1] for name, found in built.items()}
    questions = [question for schema in schemas for question in schema.questions]
    yield f"{len(schemas)} schemas, {len(questions):,} questions; median of {repeat} interleaved passes"
    yield f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, Postgres {server.version}"
    passes: dict[str, list[Rate]] = {}
    for _ in range(repeat):  # interleaved, so that a busy minute of the machine hits both
        found = [peer(server, one, questions)]
        for instances, workers in ((one, 1), (one, 2), (built, 2)):
            found += ours(server, instances, questions, workers)[0]
        for rate in found:
            passes.setdefault(rate.what, []).append(rate)
    table = [_middle(rates) for rates in passes.values()]
    yield f"\n{'':40}{'statements/s':>13}{'ratio':>8}{'verdicts/s':>12}{'ratio':>8}{'CPU ms/statement':>18}{'ratio':>8}"
    base = table[0]
    for rate in table:
        cpu = f"{rate.cpu:18.2f}{base.cpu / rate.cpu:7.1f}x" if rate.cpu else ""
        yield (
            f"{rate.what:40}{rate.statements:13,.0f}{rate.statements / base.statements:7.1f}x"
            f"{rate.verdicts:12,.0f}{rate.verdicts / base.verdicts:7.1f}x{cpu}"
        )
    ratios = sorted(one_by_one(server, one, questions))
    tenth, half, nine = (ratios[int(len(ratios) * share)] for share in (0.1, 0.5, 0.9))
    fast = sum(ratio >= 15 for ratio in ratios) / len(ratios)
    yield f"\none statement alone, peer's time over ours, warm: median {half:.1f}x, tenths {tenth:.1f}x to {nine:.1f}x;"
    yield f"15 times or more for {100 * fast:.0f}% of the statements"
    different, digest = different_files(lambda: ours(server, built, questions, 2)[1])
    yield f"\nverdict files of 5 runs on three instances: {different} different (sha256 {digest[:16]})"


def main() -> None:
    """Measure and show; keep the lines where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--schemas", default="all")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    lines = []
    with open_server(None, home() / "postgres") as server:
        for line in report(server, select_schemas(given.schemas), given.repeat):
            sys.stdout.write(line + "\n")
            lines.append(line)
    if given.out:
        given.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
