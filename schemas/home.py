"""Where sqlloop keeps what outlives a run: base models, the embedded server's files, schemas that a user added."""

from __future__ import annotations

import os
from pathlib import Path


def home() -> Path:
    """The folder: $SQLLOOP_HOME, else ~/.cache/sqlloop. It may not exist yet."""
    given = os.environ.get("SQLLOOP_HOME")
    return Path(given) if given else Path.home() / ".cache" / "sqlloop"


def own_schemas() -> Path:
    """Folder of the schemas that `loop schemas add` made, one folder each."""
    return home() / "schemas"
