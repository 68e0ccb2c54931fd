"""How many planted leaks the generators' seal catches: 1,000 pairs made from sealed questions by a rewriter.

    python -m benchmarks.leaks [--schemas all] [--count 1000] [--planted FILE] [--out benchmarks/results/leaks.txt]

`--planted benchmarks/planted_leaks.jsonl` takes a thousand pairs whose maker never saw the gate nor its rule, most of
their questions reworded by hand. Without it, a quarter each, questions of dev, select and test drawn over all schemas
and rewritten by program, unseen by people:

- exact: question and SQL as they stand;
- reformatted: the question in other case, punctuation and spacing; the SQL in other layout, case of keywords, brackets,
  quotes, comments, a semicolon;
- reworded: other opening, synonyms, articles gone, clauses moved; the SQL as it stands;
- renamed: the question reworded and with other numbers; the SQL with other aliases and names of CTEs, columns,
  conditions and joins in another order, other numbers, other layout.

Beside the share of pairs caught: what the question alone, and the SQL alone, would have caught. By the design's rule
SQL of curriculum stage 1 may be shared, so that such a pair has to be known by its question.

False alarms: ordinary generated examples that the seal refuses, by reason, and how many of them only the form of the
SQL refuses (not its masked text, the rule before); and near misses of the sealed golds (`schemas.mutate`), which mean
something else, that have their gold's form all the same.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import sqlglot
from sqlglot import exp

from benchmarks.rewrites import REWRITES, reformatted
from generators.curriculum import STAGE_SHARES, Request, draw_examples
from generators.gate import Sealed
from generators.leak_form import leak_form
from generators.view import View
from schemas.catalog import Schema, select_schemas
from schemas.mutate import mutants
from schemas.records import Question
from schemas.sql import concepts, curriculum_stage, mask_literals

SEED = 1
KINDS = ("exact", "reformatted", "reworded", "renamed")
Pair = tuple[str, str]


# --- questions

_OPENINGS = (
    (r"^(what is|what's|what are|what was|what were) (the )?", ("tell me the ", "I would like to know the ", "")),
    (r"^(which|what) ", ("name every ", "tell me each ")),
    (r"^how many ", ("number of ", "count all ", "the count of ")),
    (r"^(list|show|give|display)( me)?( all)?( the)? ", ("please get ", "I need to see ", "")),
    (r"^who ", ("tell me the people who ",)),
)
_SYNONYMS = {
    "average": "mean", "total": "overall", "highest": "top", "lowest": "bottom", "most": "greatest number of",
    "largest": "biggest", "smallest": "tiniest", "more than": "above", "less than": "below",
    "at least": "no fewer than",
    "at most": "no more than", "per": "for each", "each": "every", "for every": "by", "with": "having",
    "without": "lacking",
    "between": "ranging from", "and": "as well as", "before": "prior to", "after": "following", "during": "in",
    "number": "count", "share": "fraction", "percentage": "percent", "ever": "at any time", "never": "not once",
    "first": "earliest", "last": "most recent", "latest": "newest", "month": "calendar month", "year": "calendar year",
    "have": "possess", "has": "possesses", "were": "got", "that": "which", "their": "its", "our": "the",
    "all": "every one of the",
    "also": "too", "only": "just", "show": "display", "sorted": "ordered", "name": "title", "names": "titles",
}  # fmt: skip


def reword(text: str, rng: random.Random) -> str:
    """The question as somebody else might put it; knows words only."""
    out = text
    for pattern, others in _OPENINGS:
        out, changed = re.subn(pattern, lambda _, own=others: rng.choice(own), out, count=1, flags=re.IGNORECASE)
        if changed:
            break
    for old, new in _SYNONYMS.items():
        if rng.random() < 0.75:
            out = re.sub(rf"\b{old}\b", new, out, flags=re.IGNORECASE)
    if rng.random() < 0.5:
        out = re.sub(r"\b(the|a|an) ", "", out, flags=re.IGNORECASE)
    body = out.rstrip(".?! ")
    head, mark, tail = body.rpartition(rng.choice((" in ", " by ", " for ", " of ")))
    if mark and rng.random() < 0.5:
        body = f"{mark.strip().capitalize()} {tail}, {head}"
    return body + rng.choice(("?", ".", "", ", please."))


def reshape(text: str, rng: random.Random) -> str:
    """The question in other case, punctuation and spacing; no word changes."""
    out = rng.choice((str.lower, str.upper, str.title, str))(text)
    out = re.sub(r"[.?!]+$", rng.choice(("", "?", ".", " ?", "!!")), out)
    out = out.replace(",", rng.choice((",", "", " ,"))).replace("'", rng.choice(("'", "’")))
    return out.replace(" ", rng.choice((" ", "  ", "\n", "\t")))


def renumber(text: str, rng: random.Random) -> str:
    return re.sub(r"\b\d+\b", lambda match: str(int(match[0]) + rng.randint(1, 3)), text)


# --- SQL


def relay(sql: str, rng: random.Random) -> str:
    """Other layout, other case of keywords, brackets, quotes, comments; no name and no value changes."""
    tree = sqlglot.parse_one(sql, read="postgres")
    if rng.random() < 0.5:
        for node in list(tree.find_all(exp.EQ, exp.GT, exp.LT, exp.GTE, exp.LTE)):
            if rng.random() < 0.5 and not isinstance(node.parent, exp.Paren):
                node.replace(exp.Paren(this=node.copy()))
    quoted = rng.random() < 0.2
    out = tree.sql("postgres", pretty=rng.random() < 0.5, identify=quoted) if rng.random() < 0.6 else sql
    if not quoted and rng.random() < 0.4:
        out = "".join(part if n % 2 else part.lower() for n, part in enumerate(re.split(r"('[^']*'|\"[^\"]*\")", out)))
    out = reformatted(out, rng.randrange(1000))
    out = out.replace("<>", rng.choice(("<>", "!=")))
    return rng.choice(("", "-- as asked\n", "/* q */ ")) + out + rng.choice(("", ";", "  ;\n"))


def rename(sql: str, rng: random.Random) -> str:
    """Other aliases and values, columns and conditions in another order."""
    tree = sqlglot.parse_one(sql, read="postgres")
    for name in rng.sample(("reverse_conjunctions", "flip_comparisons", "swap_first_join", "rename_aliases"), 4):
        changed = REWRITES[name](tree.copy())
        tree = changed if changed is not None else tree
    for number, cte in enumerate(list(tree.find_all(exp.CTE))):
        _rename_table(tree, cte.alias, f"part_{number}")
    for number, alias in enumerate(list(tree.find_all(exp.Alias))):
        _rename_column(tree, alias.alias, f"value_{number}")
    positions = any(isinstance(item, exp.Literal) for part in tree.find_all(exp.Group, exp.Ordered)
                    for item in (part.expressions or [part.this]))  # fmt: skip
    if isinstance(tree, exp.Select) and not positions and len(tree.expressions) > 1:
        tree.set("expressions", rng.sample(tree.expressions, len(tree.expressions)))
    for literal in tree.find_all(exp.Literal):
        if not literal.is_string and literal.name.isdecimal() and not literal.find_ancestor(exp.Group, exp.Ordered):
            literal.set("this", str(int(literal.name) + 1))
    return reformatted(tree.sql("postgres"), rng.randrange(1000))


def _rename_table(tree: exp.Expr, old: str, new: str) -> None:
    for node in tree.find_all(exp.Table, exp.Column, exp.TableAlias):
        key = "table" if isinstance(node, exp.Column) else "this"
        held = node.args.get(key)
        if isinstance(held, exp.Identifier) and held.name == old:
            node.set(key, exp.to_identifier(new))


def _rename_column(tree: exp.Expr, old: str, new: str) -> None:
    """An output name and its uses, unless a real column may be called so too."""
    uses = [node for node in tree.find_all(exp.Column) if node.name == old]
    owners = [node for node in tree.find_all(exp.Alias) if node.alias == old]
    if len(owners) > 1 or any(node.find_ancestor(exp.Alias) in owners for node in uses):
        return
    for node in [*uses, *owners]:
        node.set("alias" if isinstance(node, exp.Alias) else "this", exp.to_identifier(new))


# --- the plants


@dataclass
class Caught:
    """Of one kind."""

    planted: int = 0
    pairs: int = 0
    question: int = 0
    """Caught by the question alone."""
    sql: int = 0
    """Caught by the SQL alone."""
    late: int = 0
    """Planted with SQL of stage 2 and above: the design's rule looks at those only."""
    late_sql: int = 0


PLANTS: dict[str, Callable[[Pair, random.Random], Pair]] = {
    "exact": lambda pair, rng: pair,
    "reformatted": lambda pair, rng: (reshape(pair[0], rng), relay(pair[1], rng)),
    "reworded": lambda pair, rng: (reword(pair[0], rng), pair[1]),
    "renamed": lambda pair, rng: (renumber(reword(pair[0], rng), rng), rename(pair[1], rng)),
}


def plant(questions: Sequence[Question], sealed: Sealed, wanted: int) -> dict[str, Caught]:
    usable = [item for item in questions if item.split != "train" and "{" not in item.golds[0]]
    found = {}
    for kind in KINDS:
        caught = found[kind] = Caught()
        for item in random.Random(f"{SEED}/{kind}").sample(usable, wanted // len(KINDS)):
            question, sql = PLANTS[kind]((item.text, item.golds[0]), random.Random(f"{SEED}/{kind}/{item.id}"))
            count(caught, sealed, question, sql)
    return found


def planted(path: Path, sealed: Sealed) -> dict[str, Caught]:
    """The same of pairs planted in a file: kind, question and sql a line."""
    found: dict[str, Caught] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        item = json.loads(line)
        count(found.setdefault(item["kind"], Caught()), sealed, item["question"], item["sql"])
    return found


def count(caught: Caught, sealed: Sealed, question: str, sql: str) -> None:
    """Add one planted pair."""
    stage = curriculum_stage(concepts(sql))
    by_sql = bool(sealed.leak("words of nobody", sql, stage))
    caught.planted += 1
    caught.pairs += bool(sealed.leak(question, sql, stage))
    caught.question += bool(sealed.leak(question, "SELECT 1", 1))
    caught.sql += by_sql
    caught.late += stage >= 2
    caught.late_sql += by_sql and stage >= 2


def alarms(schemas: Sequence[Schema], sealed: Sealed, each: int) -> tuple[int, Counter[str], int]:
    """Ordinary examples offered, those refused by reason, and those that only the form refuses."""
    old = {mask_literals(gold) for schema in schemas for item in schema.questions if item.split != "train"
           for gold in item.golds}  # fmt: skip
    reasons: Counter[str] = Counter()
    offered = only = 0
    for schema in schemas:
        for example in islice(draw_examples(View.of(schema, SEED), Request(STAGE_SHARES[5]), SEED, "leaks"), each):
            reason = sealed.leak(example.question, example.sql, curriculum_stage(frozenset(example.concepts)))
            offered += 1
            reasons[reason] += bool(reason)
            only += reason == "leak: same masked SQL" and mask_literals(example.sql) not in old
    return offered, +reasons, only


def near_misses(schemas: Sequence[Schema], each: int) -> tuple[int, int, Counter[str]]:
    """Mutants that differ in more than a value, those with their gold's form, and which operators made these."""
    looked = same = 0
    operators: Counter[str] = Counter()
    for schema in schemas:
        golds = [item.golds[0] for item in schema.questions if item.split != "train" and "{" not in item.golds[0]]
        for gold in random.Random(f"{SEED}/{schema.name}").sample(golds, min(each, len(golds))):
            form, masked = leak_form(gold), mask_literals(gold)
            for mutant in mutants(gold, schema.tables):
                if mask_literals(mutant.sql) == masked:
                    continue
                looked += 1
                if leak_form(mutant.sql) == form:
                    same += 1
                    operators[mutant.operator] += 1
    return looked, same, operators


def report(schemas: Sequence[Schema], wanted: int, file: Path | None) -> list[str]:
    questions = [item for schema in schemas for item in schema.questions]
    sealed = Sealed.of(questions)
    lines = [f"{'kind':<12} planted  caught  by question alone  by SQL alone  by SQL alone, of stage 2 and above"]
    for kind, caught in (planted(file, sealed) if file else plant(questions, sealed, wanted)).items():
        share = 100 / max(caught.planted, 1)
        lines.append(
            f"{kind:<12} {caught.planted:>7} {caught.pairs * share:>6.1f}% {caught.question * share:>17.1f}% "
            f"{caught.sql * share:>12.1f}% {100 * caught.late_sql / max(caught.late, 1):>13.1f}% of {caught.late}"
        )
    offered, reasons, only = alarms(schemas, sealed, 150)
    refused = ", ".join(f"{reason} {number}" for reason, number in reasons.items()) or "none"
    lines += ["", f"ordinary examples: {offered:,}; refused: {refused}", f"by the form of their SQL only: {only}"]
    looked, same, operators = near_misses(schemas, 25)
    blamed = ", ".join(f"{name} {number}" for name, number in operators.most_common()) or "none"
    lines.append(
        f"near misses of golds: {looked:,}; with their gold's form: {same} ({100 * same / max(looked, 1):.2f}%)"
    )
    lines.append(f"  by operator: {blamed}")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--schemas", default="all")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--planted", type=Path, help="planted pairs of another maker, JSON lines")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    text = "\n".join(report(select_schemas(arguments.schemas), arguments.count, arguments.planted)) + "\n"
    print(text)
    if arguments.out:
        arguments.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
