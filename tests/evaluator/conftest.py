"""A real Postgres for the session, and the tiny schema's instances on it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support import NAME, open_folder, write_schema

from evaluator.copies import Instance, build_instances
from evaluator.execute import Executor, Limits
from evaluator.server import Server, open_server
from schemas.catalog import Schema, load_schema


@pytest.fixture(scope="session")
def tiny_schema(tmp_path_factory: pytest.TempPathFactory) -> Schema:
    return load_schema(NAME, write_schema(tmp_path_factory.mktemp("schemas")))


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with open_folder() as folder, open_server(None, folder) as opened:
        yield opened


@pytest.fixture(scope="session")
def instances(server: Server, tiny_schema: Schema) -> tuple[Instance, ...]:
    return build_instances(server, tiny_schema, seed=7, count=3)


@pytest.fixture(scope="session")
def executor(server: Server) -> Iterator[Executor]:
    with Executor(server, Limits(seconds=1.0)) as opened:
        yield opened
