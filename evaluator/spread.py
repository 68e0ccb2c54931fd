"""Statements spread over several Postgres servers that hold the same copies; a lost server's share goes to the others.

Each statement goes to the server with the least to do. One that does not answer any more is left out from then on, and
the statement it had is run again elsewhere: reads leave nothing behind, so the outcome is the same. Knows servers and
executors, not what the statements are.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from evaluator.copies import Instance, build_all
from evaluator.execute import Executor, Limits, Outcome
from evaluator.server import Server
from schemas.catalog import Schema
from schemas.errors import DatabaseError


@dataclass(slots=True)
class _Member:
    """One server at work."""

    number: int
    """Counted from 1, as the servers were named."""
    executor: Executor
    running: int = 0
    lost: bool = False


class Spread(Executor):
    """An executor over several servers with the same instances; safe to share between threads."""

    def __init__(
        self, servers: Sequence[Server], limits: Limits | None = None, on_lost: Callable[[str], None] | None = None
    ) -> None:
        """Begin with all servers.

        Args:
            servers: one or more, each with the copies built (`build_everywhere`).
            limits: of each statement.
            on_lost: called once a lost server, in any thread, with a sentence.

        Raises:
            DatabaseError: the servers are of different major versions, whose answers may differ.
        """
        check_versions(servers)
        self.limits = limits or Limits()
        self._members = [_Member(number, Executor(server, limits)) for number, server in enumerate(servers, start=1)]
        self._choosing = threading.Lock()
        self._on_lost = on_lost

    @property
    def lost(self) -> tuple[int, ...]:
        """Numbers of the servers left out by now, counted from 1."""
        return tuple(member.number for member in self._members if member.lost)

    def run(self, database: str, statement: str, limits: Limits) -> Outcome:
        """Run a statement as it stands on one of the servers.

        Raises:
            DatabaseError: the last server was lost; says why.
        """
        while True:
            member = self._least_busy()
            try:
                return member.executor.run(database, statement, limits)
            except DatabaseError as error:
                self._give_up(member, error)
            finally:
                with self._choosing:
                    member.running -= 1

    def close(self) -> None:
        """Close all connections; must be idle."""
        for member in self._members:
            member.executor.close()

    def _least_busy(self) -> _Member:
        with self._choosing:
            member = min((item for item in self._members if not item.lost), key=lambda item: item.running)
            member.running += 1
            return member

    def _give_up(self, member: _Member, error: DatabaseError) -> None:
        """Leave a server out; the last one's loss is everyone's."""
        with self._choosing:
            left = sum(not item.lost for item in self._members if item is not member)
            if not left:
                raise error
            first, member.lost = not member.lost, True
        if first and self._on_lost is not None:
            servers = "server goes" if left == 1 else "servers go"
            self._on_lost(f"Postgres server {member.number} is left out, {left} {servers} on with its share: {error}")


def check_versions(servers: Sequence[Server]) -> None:
    """Refuse servers of different major versions.

    Raises:
        DatabaseError: they differ; names the versions.
    """
    if len({server.version.split(".")[0] for server in servers}) > 1:
        found = ", ".join(server.version for server in servers)
        raise DatabaseError(
            f"the servers run different versions of Postgres ({found}): name servers of one major version"
        )


def build_everywhere(
    servers: Sequence[Server], schemas: Sequence[Schema], seed: int, count: int
) -> dict[str, tuple[Instance, ...]]:
    """The same copies on every server, all servers at once; schema name -> instances, which are named alike everywhere.

    Raises:
        DatabaseError: as `build_instances`, of any server.
        SchemaError: as `build_instances`.
    """
    with ThreadPoolExecutor(max_workers=len(servers), thread_name_prefix="sqlloop-servers") as pool:
        built = list(pool.map(lambda server: build_all(server, schemas, seed, count), servers))
    return built[0]
