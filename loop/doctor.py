"""`loop doctor`: what a run needs of this machine, looked at before the night rather than during it.

Each check says what it found and, where that will not do, what to do. Nothing is changed but that the embedded server's
files are set up if they are not yet.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from loop import disk
from schemas.errors import SqlloopError
from schemas.home import home

State = Literal["ok", "warning", "broken"]
OURS = ("schemas", "evaluator", "generators", "trainer", "loop")
"""Top-level names of this program, as common as they are."""
FREE_GB, FREE_BYTES = 5, 5_000_000_000
"""Room that a few rounds of the smallest model need."""
MEMORY_GB, MEMORY_BYTES = 6, 6_000_000_000
"""Memory that full fine-tuning of the smallest model needs."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line."""

    what: str
    state: State
    found: str
    remedy: str = ""


def examine(dsn: str | None, model: str, runs_dir: Path) -> list[Finding]:
    """All checks, in order; one that fails unexpectedly is a finding too."""
    checks: tuple[tuple[str, Callable[[], Finding]], ...] = (
        ("python", python),
        ("imports", imports),
        ("postgres", lambda: postgres(dsn)),
        ("gpu", gpu),
        ("model", lambda: base_model(model)),
        ("disk", lambda: room(runs_dir)),
        ("memory", memory),
        ("permissions", lambda: permissions(runs_dir)),
    )
    found = []
    for name, check in checks:
        try:
            found.append(check())
        except Exception as error:  # a doctor that falls ill helps nobody
            found.append(Finding(name, "broken", f"{type(error).__name__}: {error}", "mend what the message names"))
    return found


def python() -> Finding:
    """The interpreter's version."""
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("python", "ok", f"{version} in {sys.prefix}")


def imports() -> Finding:
    """Whether our top-level names are ours: packages elsewhere are called `schemas` too."""
    place = Path(__file__).resolve().parent.parent
    strangers = []
    for name in OURS:
        spec = importlib.util.find_spec(name)
        origin = Path(spec.origin).resolve() if spec and spec.origin else None
        if origin is None or origin.parent.parent != place:
            strangers.append(f"{name} is {origin or 'missing'}")
    if strangers:
        return Finding(
            "imports", "broken", "; ".join(strangers),
            f"start loop from another folder, or unset PYTHONPATH, so that {place} is found first",
        )  # fmt: skip
    return Finding("imports", "ok", f"all five packages in {place}")


def postgres(dsn: str | None) -> Finding:
    """Whether a server answers."""
    from evaluator.server import open_server

    try:
        with open_server(dsn, home() / "postgres") as server:
            return Finding("postgres", "ok", f"{'embedded' if server.embedded else 'yours'}, version {server.version}")
    except SqlloopError as error:
        found, _, remedy = str(error).rpartition(": ")
        return Finding("postgres", "broken", found, remedy)


def gpu() -> Finding:
    """Whether torch sees a GPU."""
    import torch

    if not torch.cuda.is_available():
        remedy = "" if not Path("/dev/nvidia0").exists() else "install the torch build that fits your driver's CUDA"
        return Finding("gpu", "warning" if remedy else "ok", "none: the laptop preset is the default", remedy)
    properties = torch.cuda.get_device_properties(0)
    return Finding("gpu", "ok", f"{properties.name}, {disk.size(properties.total_memory)}")


def base_model(name: str) -> Finding:
    """Whether the base model is at hand, without fetching it."""
    from trainer.base import TINY, at_hand

    models = home() / "models"
    if name == TINY or at_hand(name, models) is not None:
        return Finding("model", "ok", f"{name} is at hand")
    return Finding("model", "warning", f"{name} is neither in {models} nor in the hub's cache", f"loop fetch {name}")


def room(runs_dir: Path) -> Finding:
    """Free disk where runs and models lie."""
    short = [f"{place}: {disk.size(disk.free_bytes(place))}" for place in _places(runs_dir)]
    if min(disk.free_bytes(place) for place in _places(runs_dir)) < FREE_BYTES:
        return Finding(
            "disk", "warning", "; ".join(short),
            f"keep {FREE_GB} GB free: lower keep_best and keep_latest, or choose another --runs-dir",
        )  # fmt: skip
    return Finding("disk", "ok", f"{'; '.join(short)} free")


def memory() -> Finding:
    """Memory that is available now."""
    available = _available()
    if available is None:
        return Finding("memory", "ok", "unknown on this system")
    if available < MEMORY_BYTES:
        return Finding(
            "memory", "warning", f"{disk.size(available)} available",
            f"training the smallest model needs about {MEMORY_GB} GB: end other programs, or lower batch_tokens",
        )  # fmt: skip
    return Finding("memory", "ok", f"{disk.size(available)} available")


def _available() -> int | None:
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except OSError:
        return None
    return None


def permissions(runs_dir: Path) -> Finding:
    """Whether files can be made where runs and models lie."""
    for place in _places(runs_dir):
        try:
            with tempfile.NamedTemporaryFile(dir=place):
                pass
        except OSError as error:
            return Finding(
                "permissions", "broken", f"{place} cannot be written ({error.strerror})",
                f"chown or chmod it for user {os.getuid()}, or set --runs-dir and SQLLOOP_HOME to folders you own",
            )  # fmt: skip
    return Finding("permissions", "ok", "runs and models can be written")


def _places(runs_dir: Path) -> list[Path]:
    """The folders in question, or the nearest above them that exists."""
    places = []
    for folder in (runs_dir.absolute(), home().absolute()):
        while not folder.exists():
            folder = folder.parent
        places.append(folder)
    return list(dict.fromkeys(places))
