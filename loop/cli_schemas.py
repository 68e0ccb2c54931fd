"""The commands under `loop schemas`: what the schemas are, their instances, and whether they are sound.

Shows; the work is done by `evaluator.copies`, `evaluator.check` and `evaluator.mutation`. Heavy imports stay inside the
commands.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from schemas.errors import UsageError
from schemas.toml_text import toml_string

if TYPE_CHECKING:
    from evaluator.check import Problem
    from evaluator.mutation import Share, Trial
    from schemas.catalog import Schema

schemas_app = typer.Typer(help="The schemas: list, build and check them.", no_args_is_help=True)

Wanted = Annotated[str, typer.Option("--schemas", help="all, original, new, own, or names and folders with commas.")]
Dsn = Annotated[str | None, typer.Option("--postgres", metavar="DSN", help="Your own server, not the embedded one.")]
Seed = Annotated[int, typer.Option(help="Seed of the rows.")]
Count = Annotated[int, typer.Option("--instances", min=2, max=6, help="Filled copies of each schema.")]


@schemas_app.command("list")
def list_schemas() -> None:
    """List the schemas with their tables and questions.

    Example: loop schemas list
    """
    from rich.box import SIMPLE
    from rich.table import Table

    from schemas.catalog import select_schemas
    from schemas.records import SPLITS

    chosen = select_schemas("all,own")
    table = Table(box=SIMPLE, pad_edge=False, padding=(0, 1, 0, 0))
    for name in ("schema", "origin", "tables", *SPLITS, "today"):
        table.add_column(name, justify="right" if name in {"tables", *SPLITS} else "left", no_wrap=True)
    for schema in chosen:
        counts = [str(len(schema.split(split))) for split in SPLITS]
        words = schema.glossary
        table.add_row(schema.name, words.origin, str(len(schema.tables)), *counts, f"{words.as_of:%Y-%m-%d}")
    console = Console()
    console.print(table)
    total = sum(len(schema.questions) for schema in chosen)
    console.print(f"{_schemas(len(chosen))}, {total:,} questions", highlight=False)


@schemas_app.command("build")
def build(schemas: Wanted = "all", instances: Count = 3, seed: Seed = 1, postgres: Dsn = None) -> None:
    """Build the filled copies that answers are judged on; what stands ready is kept.

    Example: loop schemas build --schemas hotel_group
    """
    import time

    from evaluator.copies import build_all
    from evaluator.server import open_server
    from schemas.catalog import select_schemas
    from schemas.home import home

    chosen = select_schemas(schemas)
    console = Console()
    began = time.monotonic()
    with open_server(postgres, home() / "postgres") as server:
        built = build_all(
            server, chosen, seed, instances, on_done=lambda s: console.print(f"  ✓ {s.name}", highlight=False)
        )
    count = sum(len(copies) for copies in built.values())
    console.print(f"{count} instances of {_schemas(len(built))} are ready ({time.monotonic() - began:.1f} s)")


@schemas_app.command("check")
def check(
    schemas: Wanted = "all",
    instances: Count = 3,
    seed: Seed = 1,
    postgres: Dsn = None,
    survivors: Annotated[bool, typer.Option("--survivors", help="List the mutants that no instance kills.")] = False,
) -> None:
    """Check that every gold is sound and that the instances tell near misses from it.

    Leaves with 0 only if every gold parses, runs, returns rows, and does not depend on row order or the clock, and if
    questions are unique and splits apart. Mutants that survive are warnings.

    Example: loop schemas check --schemas hotel_group --survivors
    """
    from evaluator.check import check_questions
    from evaluator.copies import build_all, build_shuffled
    from evaluator.execute import Executor
    from evaluator.mutation import mutation_test
    from evaluator.server import open_server
    from schemas.catalog import select_schemas
    from schemas.home import home

    chosen = select_schemas(schemas)
    console = Console()
    problems: list[Problem] = []
    trials: list[Trial] = []
    with open_server(postgres, home() / "postgres") as server, Executor(server) as executor:
        built = build_all(server, chosen, seed, instances)
        for schema in chosen:
            found = check_questions(executor, built[schema.name], build_shuffled(server, schema, seed), schema)
            problems += found
            if not found:
                trials += mutation_test(executor, built[schema.name], schema, seed)
            mark = "[red]✗[/]" if found else "[green]✓[/]"
            console.print(f"  {mark} {schema.name:<18} {len(schema.questions):>4} questions, {len(found)} problems")
    for problem in problems:
        console.print(f"[red]{_place(chosen, problem)}[/]: {escape(problem.what)}", highlight=False, soft_wrap=True)
    _show_trials(console, trials, instances, survivors)
    total = sum(len(schema.questions) for schema in chosen)
    if problems:
        raise UsageError(
            f"{len(problems)} problems in {total:,} questions: mend them in questions.toml and check again"
        )
    console.print(f"{_schemas(len(chosen))}, {total:,} questions, all golds sound", highlight=False)


def _place(chosen: Sequence[Schema], problem: Problem) -> str:
    """The question's id, and file and line where it stands."""
    from schemas.glossary_check import line_of

    name, _, key = problem.question.partition("/")
    folder = next(schema.folder for schema in chosen if schema.name == name)
    return f"{problem.question} ({line_of(folder / 'questions.toml', toml_string(key))})"


def _show_trials(console: Console, trials: Sequence[Trial], instances: int, survivors: bool) -> None:
    """The mutation test's tables, and the survivors where asked for."""
    from rich.table import Table

    from evaluator.mutation import by_operator, shares

    if not trials:
        return
    ran = sum(trial.killed >= 0 for trial in trials)
    table = Table("operator", "mutants", "killed", "share", "not equivalent", "killed", "share", title="Near misses")
    for name, (raw, fair) in by_operator(trials).items():
        table.add_row(name, str(raw.total), str(raw.killed), _percent(raw), str(fair.total), str(fair.killed), _percent(fair))  # fmt: skip  # noqa: E501
    console.print(table)
    by_count = Table("instances", "killed of all", "killed of those not equivalent")
    for count, raw, fair in shares(trials, instances):
        by_count.add_row(str(count), f"{_percent(raw)} of {raw.total:,}", f"{_percent(fair)} of {fair.total:,}")
    console.print(by_count)
    known = sum(bool(trial.equivalent) for trial in trials if trial.killed >= 0)
    left = [trial for trial in trials if trial.killed == 0 and not trial.equivalent]
    console.print(
        f"{ran:,} mutants ran, {len(trials) - ran:,} were refused by Postgres; {known:,} are equivalent by proof or "
        f"record; {len(left):,} survive" + ("" if survivors or not left else " (--survivors lists them)"),
        highlight=False,
    )
    for trial in left if survivors else ():
        console.print(f"warning: {trial.question} {trial.mutant.operator}: {trial.mutant.sql}", markup=False, soft_wrap=True)  # fmt: skip  # noqa: E501


def _percent(share: Share) -> str:
    return f"{100 * share.rate:.1f}%"


def _schemas(count: int) -> str:
    return f"{count} schema{'s' * (count != 1)}"
