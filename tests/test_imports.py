"""Imports point one way: loop -> {evaluator, generators, trainer} -> schemas; and nothing heavy comes with `loop`."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAY_IMPORT = {
    "schemas": {"schemas"},
    "evaluator": {"schemas", "evaluator"},
    "generators": {"schemas", "generators"},
    "trainer": {"schemas", "trainer"},
    "loop": {"schemas", "evaluator", "generators", "trainer", "loop"},
}


def imported(path: Path) -> set[str]:
    """Top-level names of everything a file imports, inside functions too."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_imports_point_one_way(package: str) -> None:
    files = sorted((ROOT / package).rglob("*.py"))
    assert files
    wrong = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in files
        for name in imported(path) & set(MAY_IMPORT)
        if name not in MAY_IMPORT[package]
    }
    assert not wrong


@pytest.mark.parametrize("package", ["schemas", "evaluator", "generators", "trainer"])
def test_only_the_command_line_prints_or_exits(package: str) -> None:
    calls = {
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sorted((ROOT / package).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"print", "exit"}
    }
    assert not calls


def test_the_command_line_loads_nothing_heavy() -> None:
    heavy = "{'torch', 'transformers', 'sqlglot', 'scipy', 'psycopg'}"
    code = f"import sys, loop.cli; print(*sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == []


def test_a_round_is_read_in_one_file() -> None:
    lines = (ROOT / "loop" / "rounds.py").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 150
