"""Room on the disk: what a stage may need, and whether it is there before the stage begins.

A training that fails after an hour for want of room costs the night; a look beforehand costs nothing. Sizes of models
are read from their files' headers, nothing is loaded.
"""

from __future__ import annotations

import json
import shutil
import struct
from pathlib import Path

from schemas.errors import ConfigError

SMALL = 64 << 20
"""Bytes that any stage but training may write: records, a few megabytes a thousand questions."""


def parameters(model: Path) -> int:
    """Parameters of a model folder, by the headers of its safetensors; 0 where there are none."""
    return sum(_tensors(path) for path in model.glob("*.safetensors"))


def _tensors(path: Path) -> int:
    with path.open("rb") as file:
        length = struct.unpack("<Q", file.read(8))[0]
        header = json.loads(file.read(length))
    total = 0
    for name, entry in header.items():
        if name != "__metadata__":
            size = 1
            for side in entry["shape"]:
                size *= side
            total += size
    return total


def training_bytes(model: Path, *, carries: bool) -> int:
    """Bytes a training may write at once: float32 checkpoint, Adam's state, and two saved states of both."""
    weights = 4 * parameters(model)
    checkpoint = weights * (3 if carries else 1)
    return checkpoint + 2 * 3 * weights


def free_bytes(folder: Path) -> int:
    """Bytes free where a folder is, or will be."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def check(folder: Path, stage: str, number: int, needed: int, reserve_gb: float) -> None:
    """See that a stage has room.

    Raises:
        ConfigError: it has not.
    """
    free, wanted = free_bytes(folder), needed + int(reserve_gb * 1e9)
    if free < wanted:
        raise ConfigError(
            f"the disk that holds {folder} has {size(free)} free, and {stage} of round {number} may need {size(wanted)}"
            f" ({reserve_gb:g} GB of it kept free by disk_reserve_gb): make room, lower keep_best and keep_latest, "
            "or choose another --runs-dir"
        )


def size(count: float) -> str:
    """Bytes as a person reads them."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit in {"B", "kB"} else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def folder_bytes(folder: Path) -> int:
    """Bytes of a folder's files, links not followed."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
