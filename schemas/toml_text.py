"""Text as TOML writes it: Python's own library only reads TOML."""

from __future__ import annotations

import json
import re


def toml_string(value: str) -> str:
    """A TOML basic string: JSON's escapes are among TOML's, which also wants the delete character escaped."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def toml_key(name: str) -> str:
    """A key, quoted where it must be."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else toml_string(name)
