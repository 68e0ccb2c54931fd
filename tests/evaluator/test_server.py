"""The embedded server's life: started, shared, killed, left behind; and what is said of a server that is not there."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from support import open_folder

from evaluator.copies import Instance, build_instances, drop_instances, ensure_reader
from evaluator.execute import Executor
from evaluator.server import Server, open_server
from schemas.catalog import Schema
from schemas.errors import DatabaseError

HOLD = """
import sys, time
from pathlib import Path
from evaluator.server import open_server
server = open_server(None, Path(sys.argv[1]))
print(server.version, flush=True)
time.sleep(60)
"""


def postmaster(data_dir: Path) -> int:
    home = data_dir / "home"
    root = Path(home.read_text(encoding="utf-8")) if home.exists() else data_dir
    return int((root / "pg" / "postmaster.pid").read_text(encoding="utf-8").split()[0])


def alive(process: int) -> bool:
    try:
        stat = Path(f"/proc/{process}/stat").read_text(encoding="utf-8")
    except OSError:
        return False
    return stat.rsplit(")", 1)[1].split()[0] != "Z"


def wait_until_gone(process: int, seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while alive(process) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not alive(process)


def hold(data_dir: Path) -> subprocess.Popen[str]:
    """Another process that uses the server until it is killed."""
    command = [sys.executable, "-c", HOLD, str(data_dir)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline().strip()
    return process


@pytest.fixture(scope="module")
def data_dir() -> Iterator[Path]:
    with open_folder() as folder:
        yield folder


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server under another account")
def test_folder_the_account_cannot_enter(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with open_server(None, closed):
        home = Path((closed / "home").read_text(encoding="utf-8"))
        number = postmaster(closed)
        assert (home / "pg" / "PG_VERSION").exists()
    assert wait_until_gone(number)
    shutil.rmtree(closed)
    closed.mkdir(mode=0o700)
    with open_server(None, closed):
        assert not home.exists(), "a home without its folder is swept"
        second = Path((closed / "home").read_text(encoding="utf-8"))
        number = postmaster(closed)
    assert wait_until_gone(number)
    shutil.rmtree(second)


def test_power_cut_forgets_the_files(data_dir: Path) -> None:
    with open_server(None, data_dir) as server, psycopg.connect(server.admin_dsn(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE before_the_cut")
    number = postmaster(data_dir) if (data_dir / "pg" / "postmaster.pid").exists() else 0
    assert wait_until_gone(number)
    (data_dir / "boot").write_text("another boot", encoding="ascii")
    (data_dir / "pg" / "postmaster.pid").write_text("999999\n", encoding="ascii")
    with open_server(None, data_dir) as server, psycopg.connect(server.admin_dsn()) as connection:
        names = {row[0] for row in connection.execute("SELECT datname FROM pg_database").fetchall()}
    assert "before_the_cut" not in names


def test_last_one_out_stops_it_even_when_killed(data_dir: Path) -> None:
    other = hold(data_dir)
    server = open_server(None, data_dir)
    number = postmaster(data_dir)
    other.kill()
    other.communicate()
    time.sleep(0.6)
    assert alive(number), "we still use it"
    server.close()
    assert wait_until_gone(number)


def test_killed_user_alone_leaves_nothing_running(data_dir: Path) -> None:
    other = hold(data_dir)
    number = postmaster(data_dir)
    other.kill()
    other.communicate()
    assert wait_until_gone(number)
    with open_server(None, data_dir) as server:
        assert server.version.startswith("1")


def test_killed_postgres_then_the_next_query_works(data_dir: Path, tiny_schema: Schema) -> None:
    with open_server(None, data_dir) as server:
        instances = build_instances(server, tiny_schema, seed=1, count=1)
        with Executor(server) as executor:
            before = executor.execute(instances[0], "SELECT count(*) FROM sale")
            os.kill(postmaster(data_dir), signal.SIGKILL)
            assert executor.execute(instances[0], "SELECT count(*) FROM sale") == before
    assert before.table is not None


def test_stale_pid_file_of_another_program(data_dir: Path) -> None:
    with open_server(None, data_dir):
        number = postmaster(data_dir)
        home = data_dir / "home"
        root = Path(home.read_text(encoding="utf-8")) if home.exists() else data_dir
        text = (root / "pg" / "postmaster.pid").read_text(encoding="utf-8")
    assert wait_until_gone(number)
    (root / "pg" / "postmaster.pid").write_text(text.replace(str(number), str(os.getpid()), 1), encoding="utf-8")
    with open_server(None, data_dir) as server:
        assert server.version


def test_copies_are_kept_and_rebuilt_when_cut_off(server: Server, tiny_schema: Schema) -> None:
    def oid(name: str) -> int:
        with psycopg.connect(server.admin_dsn()) as connection:
            row = connection.execute("SELECT oid FROM pg_database WHERE datname = %s", [name]).fetchone()
        assert row is not None
        return int(row[0])

    (first,) = build_instances(server, tiny_schema, seed=11, count=1)
    number = oid(first.database)
    assert build_instances(server, tiny_schema, seed=11, count=1) == (first,)
    assert oid(first.database) == number
    with psycopg.connect(server.admin_dsn(), autocommit=True) as connection:
        connection.execute(f'COMMENT ON DATABASE "{first.database}" IS NULL'.encode())
    build_instances(server, tiny_schema, seed=11, count=1)
    assert oid(first.database) != number
    (other,) = build_instances(server, tiny_schema, seed=12, count=1)
    assert other.database != first.database


def test_drop_removes_only_our_own(data_dir: Path, tiny_schema: Schema) -> None:
    with open_server(None, data_dir) as server:
        build_instances(server, tiny_schema, seed=5, count=2)
        with psycopg.connect(server.admin_dsn(), autocommit=True) as connection:
            connection.execute("CREATE DATABASE sqlloop_tiny_0123456789ab_1")  # not marked as ours
            connection.execute("CREATE DATABASE mine")
            assert drop_instances(server, "other") == 0
            assert drop_instances(server, "tiny") >= 2
            names = {row[0] for row in connection.execute("SELECT datname FROM pg_database").fetchall()}
            connection.execute("DROP DATABASE sqlloop_tiny_0123456789ab_1")
            connection.execute("DROP DATABASE mine")
    assert names == {"postgres", "template0", "template1", "mine", "sqlloop_tiny_0123456789ab_1"}


def test_dsn_of_the_user(server: Server, tiny_schema: Schema, tmp_path: Path) -> None:
    with psycopg.connect(server.admin_dsn(), autocommit=True) as connection:
        connection.execute("CREATE ROLE maker_of_copies LOGIN CREATEDB CREATEROLE")
    dsn = server.admin_dsn().replace("user=postgres", "user=maker_of_copies")
    with open_server(dsn, tmp_path) as own:
        assert not own.embedded
        instances = build_instances(own, tiny_schema, seed=21, count=1)
        with Executor(own) as executor:
            assert executor.execute(instances[0], "SELECT count(*) FROM maker").table is not None
            assert executor.execute(instances[0], "SELECT set_config('a.b', 'c', false)") is not None
            for sql in ("SELECT pg_advisory_lock(5)", "SELECT 1"):
                executor.execute(instances[0], sql)
        with psycopg.connect(server.admin_dsn()) as connection:
            row = connection.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'").fetchone()
        assert row == (0,)
        assert drop_instances(own) == 1


def test_dsn_without_rights(server: Server, tiny_schema: Schema, tmp_path: Path) -> None:
    with psycopg.connect(server.admin_dsn(), autocommit=True) as connection:
        connection.execute("CREATE ROLE powerless LOGIN")
    own = open_server(server.admin_dsn().replace("user=postgres", "user=powerless"), tmp_path)
    with pytest.raises(DatabaseError, match="CREATEDB"):
        build_instances(own, tiny_schema, seed=22, count=1)


@pytest.mark.parametrize(
    ("dsn", "says"),
    [
        ("postgresql://me:s3cret@127.0.0.1:1/x", "127.0.0.1:1"),
        ("host=127.0.0.1 port=1 user=me password=s3cret", "127.0.0.1:1"),
        ("password=s3cret nonsense", "malformed"),
    ],
)
def test_dsn_that_does_not_answer(dsn: str, says: str, tmp_path: Path) -> None:
    start = time.monotonic()
    with pytest.raises(DatabaseError, match=says) as caught:
        open_server(dsn, tmp_path)
    assert "s3cret" not in str(caught.value)
    assert time.monotonic() - start < 7


def test_instances_differ(executor: Executor, instances: tuple[Instance, ...]) -> None:
    outcomes = [executor.execute(instance, "SELECT * FROM sale ORDER BY id") for instance in instances]
    assert len({repr(outcome.table) for outcome in outcomes}) == 3


def test_builders_that_start_together_make_the_reader_role_once() -> None:
    """On a new server several schemas are built at once, and each finds the role missing."""
    with open_folder() as folder, open_server(None, folder) as server:
        together = threading.Barrier(6)

        def make() -> None:
            with psycopg.connect(server.admin_dsn(), autocommit=True) as connection:
                together.wait()
                ensure_reader(server, connection)

        for _ in range(12):
            with psycopg.connect(server.admin_dsn(), autocommit=True) as connection:
                connection.execute(f"DROP ROLE IF EXISTS {server.reader}".encode())
            with ThreadPoolExecutor(6) as pool:
                for made in [pool.submit(make) for _ in range(6)]:
                    made.result()
