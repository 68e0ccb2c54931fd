"""The run folder: what is done, what it came from, and who holds it.

A stage writes to `tmp-<stage>/`; when it is done, `done.json` is written last and the folder renamed. The same command
resumes: a stage whose `done.json` has the same input hash is skipped. Rounds that are complete are never done again,
whatever newer code would do. This module knows files and hashes, not what stages mean.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from loop import lock
from loop.config import Config, differences, read_toml, to_toml, validate
from schemas.errors import ConfigError, DataError
from schemas.records import Record

R = TypeVar("R", bound=Record)


class Done(Record):
    """What a finished stage leaves as done.json."""

    stage: str
    inputs: str
    """Hash of what the stage read and of the configuration."""
    outputs: dict[str, str]
    """File name -> sha256 (hex)."""
    seed: int
    seconds: float
    """Wall time; outside every hash."""
    versions: dict[str, str]
    """Versions of what took part; outside every hash."""


def write_atomic(path: Path, text: str) -> None:
    """Write a file so that it is either old or new, never half."""
    temporary = path.with_name(f".{path.name}.tmp")
    with temporary.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def write_records(path: Path, records: Iterable[Record]) -> None:
    """Records as JSON lines, synced."""
    write_atomic(path, "".join(record.model_dump_json() + "\n" for record in records))


def read_records(path: Path, kind: type[R]) -> list[R]:
    """Records of a JSON-lines file.

    Raises:
        DataError: the file is missing, or a line is no such record (file and line named).
    """
    if not path.is_file():
        raise DataError(f"{path} is missing: the stage that writes it was not finished; run the same command again")
    records = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            records.append(kind.model_validate_json(line))
        except ValidationError as error:
            raise DataError(f"{path}:{number}: not a {kind.__name__}: {error.errors()[0]['msg']}") from None
    return records


class Store:
    """One run folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the run's lock, freed by the system when the process dies.

        Raises:
            LockedError: another process holds it.
            ConfigError: the folder cannot be made or written.
        """
        with lock.held(self.folder):
            yield

    def freeze(self, config: Config) -> None:
        """Write the configuration, once: later starts must come with the same."""
        path = self.folder / "config.toml"
        if not path.exists():
            write_atomic(path, to_toml(config))

    def check(self, config: Config) -> None:
        """Refuse a configuration that is not the one the run began with.

        Raises:
            ConfigError: it is another; the difference is shown.
        """
        path = self.folder / "config.toml"
        if not path.exists():
            return
        old = validate(read_toml(path), str(path))
        changed = differences(old, config)
        if changed:
            raise ConfigError(
                f"the run {self.folder.name!r} began with another configuration ({'; '.join(changed)}); "
                f"give the old values, or start another run with --run NAME"
            )

    def event(self, kind: str, **details: object) -> None:
        """Append one line to events.jsonl."""
        line = json.dumps({"at": round(time.time(), 3), "event": kind, **details}, default=str)
        with (self.folder / "events.jsonl").open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    def round_folder(self, number: int) -> Path:
        """Folder of a round."""
        return self.folder / "rounds" / f"{number:03d}"

    def stage_folder(self, number: int, stage: str) -> Path:
        """Folder of a finished stage."""
        return self.round_folder(number) / stage

    def done(self, number: int, stage: str) -> Done | None:
        """The stage's done.json, or None where it is not finished."""
        path = self.stage_folder(number, stage) / "done.json"
        if not path.is_file():
            return None
        return Done.model_validate_json(path.read_text(encoding="utf-8"))

    def complete_rounds(self, last_stage: Callable[[int], str]) -> int:
        """How many rounds, from 0 on without a gap, have their last stage finished."""
        number = 0
        while self.done(number, last_stage(number)) is not None:
            number += 1
        return number

    def run_stage(self, number: int, stage: str, inputs: str, seed: int, work: Callable[[Path], None]) -> bool:
        """Do a stage unless it is done from the same inputs.

        Args:
            number: the round.
            stage: its name, which is its folder's.
            inputs: hash of everything that decides its output.
            seed: root seed, for the record.
            work: writes the stage's files into the folder it is given.

        Returns:
            Whether the work was done now.
        """
        finished = self.done(number, stage)
        if finished is not None and finished.inputs == inputs:
            return False
        final = self.stage_folder(number, stage)
        if self._finish(final, inputs):
            return False
        temporary = self._temporary(final, inputs)
        began = time.monotonic()
        work(temporary)
        outputs = {str(path.relative_to(temporary)): _sha256(path) for path in _files(temporary)}
        done = Done(
            stage=stage, inputs=inputs, outputs=outputs, seed=seed,
            seconds=round(time.monotonic() - began, 3), versions=versions(),
        )  # fmt: skip
        write_atomic(temporary / "done.json", done.model_dump_json(indent=1) + "\n")
        self._finish(final, inputs)
        return True

    def _finish(self, final: Path, inputs: str) -> bool:
        """Put a stage's complete working folder in its place; false where there is none from the same inputs.

        The place may hold the outcome of other inputs. A process that dies anywhere in here does it again.
        """
        temporary = final.with_name(f"tmp-{final.name}")
        path = temporary / "done.json"
        if not path.is_file() or Done.model_validate_json(path.read_text(encoding="utf-8")).inputs != inputs:
            return False
        (temporary / "inputs").unlink(missing_ok=True)
        shutil.rmtree(temporary / "resume", ignore_errors=True)  # what items were kept for a start that was cut off
        if final.exists():
            shutil.rmtree(final)
        temporary.replace(final)
        return True

    def _temporary(self, final: Path, inputs: str) -> Path:
        """The folder a stage works in; kept from an earlier try if that had the same inputs."""
        temporary = final.with_name(f"tmp-{final.name}")
        marker = temporary / "inputs"
        if temporary.exists() and (not marker.is_file() or marker.read_text(encoding="utf-8") != inputs):
            shutil.rmtree(temporary)
        temporary.mkdir(parents=True, exist_ok=True)
        for half in temporary.rglob(".*.tmp"):  # what write_atomic was at when the process died: no output
            half.unlink()
        write_atomic(marker, inputs)
        return temporary

    def output_hash(self, number: int, stages: Iterable[str]) -> str:
        """Hash of the outputs of finished stages, for the inputs of a later one."""
        parts = []
        for stage in stages:
            finished = self.done(number, stage)
            parts.append(json.dumps(finished.outputs, sort_keys=True) if finished else "-")
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]

    def set_champion(self, checkpoint: Path) -> None:
        """Point the link `champion` at a checkpoint, atomically."""
        link, temporary = self.folder / "champion", self.folder / ".champion.tmp"
        checkpoint = checkpoint if checkpoint.is_relative_to(self.folder) else checkpoint.absolute()
        temporary.unlink(missing_ok=True)
        inside = checkpoint.is_relative_to(self.folder)
        temporary.symlink_to(checkpoint.relative_to(self.folder) if inside else checkpoint)
        temporary.replace(link)


def _files(folder: Path) -> list[Path]:
    """Files of a finished stage that count: all but our own marks and what only serves resuming."""
    skipped = {"inputs", "done.json"}
    found = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name not in skipped]
    return [path for path in found if "resume" not in path.relative_to(folder).parts]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def versions() -> dict[str, str]:
    """Versions of what takes part in a stage."""
    from importlib.metadata import PackageNotFoundError, version

    found = {}
    for name in ("sqlloop", "torch", "transformers", "sqlglot", "psycopg"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "?"
    return found
