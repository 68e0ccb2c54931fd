"""Variants of the hand-written train questions: the same words about other values, the SQL changed to match.

A literal that stands once in the question and once in its SQL is replaced in both by another value of its column
("Lisbon" by "Vienna", "at least 3" by "at least 5", "March 2024" by "June 2023"); nouns of the glossary are replaced by
their synonyms. The gate executes every variant like any other example. Questions of dev, select and test never come
here. Knows one schema's view; it cannot tell whether a question still sounds likely with its new value.
"""

from __future__ import annotations

import calendar
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlglot import exp

from generators.canonical import canonical
from generators.curriculum import seeded
from generators.expr import finish
from generators.view import View
from schemas.glossary import TableWords
from schemas.records import Example, Question
from schemas.sql import concepts, curriculum_stage, parse, tables_of

NUMBER_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
SYNONYM_RATE = 0.4
"""How often a table's noun is replaced by a synonym."""
_MONTH = re.compile(rf"\b({'|'.join(calendar.month_name[1:])})( of)? (\d{{4}})\b")


_TIED = re.compile(
    r"\b(?:i\.e\.|that is|at the moment|right now|currently|still|no longer|not yet|yet|already|now)(?!\w)"
)
"""Words that say more of a state than its name: "never paused, i.e. never set to waiting" goes with no other."""
_VERBAL = re.compile(r"\b(?:people|we|they|you|i|who|to|not|never)\s+$", re.IGNORECASE)
"""What stands before a verb rather than a noun: "what do people commit to"."""


@dataclass(frozen=True, slots=True)
class _Swap:
    """One possible replacement, in the question and in the tree alike."""

    old: str
    """Text in the question, standing there once."""
    draw: Callable[[random.Random], tuple[str, dict[str, str]] | None]
    """-> the new text, and old literal -> new literal; None where there is no other value."""


def natural_variants(
    view: View, questions: Sequence[Question], *seed: object, limit: int = 100_000
) -> Iterator[Example]:
    """Endless variants of a schema's train questions, each question in turn; not executed, duplicates possible.

    Args:
        view: the questions' schema.
        questions: of split train; others are passed over.
        seed: parts of the seed.
        limit: variants tried in all.
    """
    own = [question for question in questions if question.split == "train"]
    seeds = [(question, canonical(question.golds[0])) for question in own]
    swaps = [_swaps(view, question.text, sql) for question, sql in seeds]
    for number in range(limit if own else 0):
        place = number % len(own)
        question, sql = seeds[place]
        rng = seeded(*seed, "natural", question.id, number)
        made = _vary(view, question.text, sql, swaps[place], rng)
        if made is None:
            continue
        text, changed = made
        names = concepts(changed)
        yield Example(
            id=f"{question.id}~{number}",
            schema_name=question.schema_name,
            question=text,
            sql=changed,
            source="train",
            concepts=tuple(sorted(names)),
            stage=curriculum_stage(names),
            parent=question.id,
            pattern="hand-written, other values",
            reason="variant of a hand-written train question",
        )


def _vary(view: View, text: str, sql: str, swaps: Sequence[_Swap], rng: random.Random) -> tuple[str, str] | None:
    """The question and its SQL with some values and nouns replaced; None if nothing changed."""
    literals: dict[str, str] = {}
    new = text
    for swap in swaps:
        drawn = swap.draw(rng) if rng.random() < 0.8 else None
        if drawn is not None and not set(drawn[1].values()) & set(literals.values()):  # not "one of LC and LC"
            new = _replace_once(new, swap.old, drawn[0])
            literals.update(drawn[1])
    new = _synonyms(view, new, sql, rng)
    if new == text:
        return None
    return view.worded(rng, new), _with_literals(sql, literals)


def _replace_once(text: str, old: str, new: str) -> str:
    return re.sub(rf"(?<!\w){re.escape(old)}(?!\w)", lambda _: new, text, count=1)


def _count(text: str, part: str) -> int:
    return len(re.findall(rf"(?<!\w){re.escape(part)}(?!\w)", text))


def _with_literals(sql: str, literals: dict[str, str]) -> str:
    """The statement with each literal text replaced; intervals such as '30 DAYS' included."""
    tree = parse(sql)
    if tree is None or not literals:
        return sql
    for node in list(tree.find_all(exp.Literal)):
        if node.this in literals:
            node.set("this", literals[node.this])
        elif isinstance(node.parent, exp.Interval):
            number, _, unit = node.this.partition(" ")
            if number in literals:
                node.set("this", f"{literals[number]}{' ' + unit if unit else ''}")
    return finish(tree)


def _swaps(view: View, text: str, sql: str) -> list[_Swap]:
    """What can be replaced in a question: months first, then values of columns, then numbers."""
    tree = parse(sql)
    if tree is None:
        return []
    counts: dict[str, int] = {}
    for node in tree.find_all(exp.Literal):
        counts[node.this] = counts.get(node.this, 0) + 1
    found = _month_swaps(text, counts)
    taken = {swap.old for swap in found}
    found += _value_swaps(view, tree, text, counts)
    if not taken:
        found += _number_swaps(tree, text, counts)
    return found


def _month_swaps(text: str, counts: dict[str, int]) -> list[_Swap]:
    """A month such as "March 2024", with its first day and that of the next month in the SQL."""
    matches = list(_MONTH.finditer(text))
    if len(matches) != 1:
        return []
    match = matches[0]
    year, month = int(match[3]), list(calendar.month_name).index(match[1])
    first, following = _first(year, month), _first(year, month + 1)
    dated = {literal for literal in counts if re.fullmatch(r"\d{4}-\d{2}-\d{2}", literal)}
    if not dated or not dated <= {first, following} or first not in dated:
        return []

    def draw(rng: random.Random) -> tuple[str, dict[str, str]]:
        back = rng.randrange(-3, 10)
        place = year * 12 + month - 1 - back
        other, when = place // 12, place % 12 + 1
        said = f"{calendar.month_name[when]}{match[2] or ''} {other}"
        return said, {first: _first(other, when), following: _first(other, when + 1)}

    return [_Swap(match[0], draw)]


def _first(year: int, month: int) -> str:
    return date(year + (month > 12), (month - 1) % 12 + 1, 1).isoformat()


def _value_swaps(view: View, tree: exp.Expr, text: str, counts: dict[str, int]) -> list[_Swap]:
    """Text values compared with a column, said in the question as they are stored."""
    found: list[_Swap] = []
    for node in tree.find_all(exp.EQ, exp.NEQ, exp.In):
        column = node.this
        values = [node.expression] if not isinstance(node, exp.In) else list(node.expressions)
        owner = _owner(view, tree, column) if isinstance(column, exp.Column) else None
        if owner is None:
            continue
        stored = [str(value) for value in view.distinct(owner, column.name) if isinstance(value, str)]
        for literal in values:
            if not isinstance(literal, exp.Literal) or not literal.is_string or counts.get(literal.this) != 1:
                continue
            said = literal.this.replace("_", " ")
            if len(said) < 2 or _count(text, said) != 1:
                continue
            others = [value for value in stored if value not in counts]
            tied = _TIED.search(text) is not None and view.column_words(owner, column.name).role == "category"
            if others and not tied:
                found.append(_Swap(said, _drawer(literal.this, others)))
    return found


def _drawer(old: str, others: Sequence[str]) -> Callable[[random.Random], tuple[str, dict[str, str]] | None]:
    def draw(rng: random.Random) -> tuple[str, dict[str, str]]:
        new = rng.choice(others)
        return new.replace("_", " "), {old: new}

    return draw


def _owner(view: View, tree: exp.Expr, column: exp.Column) -> str | None:
    """The table a column belongs to, by its qualifier or because only one table of the query has it."""
    sources = {table.alias_or_name: table.name for table in tree.find_all(exp.Table)}
    known = {table.name: {item.name for item in table.columns} for table in view.schema.tables}
    if column.table:
        name = sources.get(column.table)
        return name if name in known and column.name in known[name] else None
    owners = {name for name in sources.values() if column.name in known.get(name, set())}
    return owners.pop() if len(owners) == 1 else None


def _number_swaps(tree: exp.Expr, text: str, counts: dict[str, int]) -> list[_Swap]:
    """Whole numbers that stand once in the question, as digits or as a word, and once in the SQL."""
    found: list[_Swap] = []
    numbers = {node.this for node in tree.find_all(exp.Literal) if node.this.isdecimal()}
    numbers |= {
        node.this.this.split(" ")[0] for node in tree.find_all(exp.Interval) if isinstance(node.this, exp.Literal)
    }
    for literal in sorted(numbers):
        standing = counts.get(literal, 0) + sum(1 for other in counts if other.startswith(literal + " "))
        if not literal.isdecimal() or standing != 1 or int(literal) < 2 or _is_structural(tree, literal):
            continue
        value = int(literal)
        forms = [literal, f"{value:,}", *([NUMBER_WORDS[value]] if value <= 10 else [])]
        said = [form for form in dict.fromkeys(forms) if _count(text, form) == 1]
        if len(said) == 1 and not re.search(rf"\d[.:-]{re.escape(said[0])}|{re.escape(said[0])}[.:-]\d", text):
            found.append(_Swap(said[0], _number_drawer(value, said[0])))
    return found


def _is_structural(tree: exp.Expr, literal: str) -> bool:
    """Whether the number is a position, a digit count, a factor or a CASE's result rather than a value asked for."""
    for node in tree.find_all(exp.Literal):
        if node.this != literal or node.is_string:
            continue
        if node.find_ancestor(exp.Case):
            return True
        if not isinstance(
            node.parent, (exp.GT, exp.GTE, exp.LT, exp.LTE, exp.EQ, exp.NEQ, exp.Limit, exp.Sub, exp.Add)
        ):
            return True
    return False


def _number_drawer(value: int, said: str) -> Callable[[random.Random], tuple[str, dict[str, str]] | None]:
    def draw(rng: random.Random) -> tuple[str, dict[str, str]]:
        if value <= 10:
            new = rng.choice([n for n in range(2, 11) if n != value])
        elif 1900 <= value <= 2100:
            new = value - rng.choice((1, 2, -1))
        else:
            step = 10 ** max(0, len(str(value)) - 2)
            new = max(step, round(value * rng.uniform(0.5, 1.6) / step) * step)
        text = NUMBER_WORDS[new] if said in NUMBER_WORDS and new <= 10 else f"{new:,}" if "," in said else str(new)
        return text, {str(value): str(new)}

    return draw


def _synonyms(view: View, text: str, sql: str, rng: random.Random) -> str:
    """Nouns of the query's tables replaced by the glossary's synonyms, singular and plural alike."""
    for name in sorted(tables_of(sql) & {table.name for table in view.schema.tables}):
        words = view.words(name)
        if not words.synonyms or words.one == words.many or rng.random() >= SYNONYM_RATE:
            continue
        text = _exchanged(text, words, dict(zip((words.one, words.many), rng.choice(words.synonyms), strict=True)))
    return text


def _exchanged(text: str, words: TableWords, new: dict[str, str]) -> str:
    """The table's own noun exchanged for another; its other names stay whole: "pipeline runs" of a "pipeline"."""
    names = {words.one, words.many, *(name for pair in words.synonyms for name in pair)}
    pattern = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))

    def other(match: re.Match[str]) -> str:
        found = match[0]
        said = new.get(found) or new.get(found[0].lower() + found[1:])
        if said is None or _VERBAL.search(text[: match.start()]):
            return found
        return said if found in new else said[0].upper() + said[1:]

    return re.sub(rf"(?<![\w-])(?i:{pattern})(?![\w-])", other, text)
