"""What is said: every value of the SQL stands in the question, nothing unresolved, phrases all reachable."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest
from sqlglot import exp

import generators
from generators.phrases import _NUMBERS, bank, join_sentences, plural, say, say_bare, which
from generators.view import View
from schemas.records import Example
from schemas.sql import parse

Drawn = Mapping[str, list[tuple[View, Example]]]
SLOTS = {
    "subject", "cols", "column", "columns", "dim", "dims", "measure", "total", "n", "m", "most", "least", "first",
    "last", "end", "first_place", "agg", "value", "low", "mid", "high", "when", "year", "parent", "child", "second",
    "what", "pred", "label", "labels", "one", "many", "role", "phrase", "superlative", "adj", "article", "than",
    "start", "default", "a", "b", "inner", "outer", "adverb", "before", "verb", "adjective", "roles",
}  # fmt: skip


def test_no_slot_is_left_open(drawn: Drawn) -> None:
    for items in drawn.values():
        for _, item in items:
            assert not re.search(r"[{}]|  | ,|,,|\bNone\b", item.question), item.question
            assert item.question.strip() == item.question


def test_bank_has_known_slots_and_no_repeats() -> None:
    for operation, phrases in bank().items():
        assert len(set(phrases)) == len(phrases), operation
        for phrase in phrases:
            assert set(re.findall(r"\{(\w*)\}", phrase)) <= SLOTS, (operation, phrase)


def test_every_operation_of_the_bank_is_used() -> None:
    folder = Path(generators.__file__ or "").parent
    code = "".join(path.read_text() for path in folder.rglob("*.py"))
    made = {f"by_{kind}_{way}" for kind in ("count", "value") for way in ("down", "up")}
    made |= {"where_starts", "where_ends", "where_contains", "set_both", "set_minus", "set_either", "max_date",
             "min_date", "range_avg", "range_max", "range_min"}  # fmt: skip
    for operation in bank():
        assert operation in made or f'"{operation}"' in code, operation


MAIN = (
    "count", "list", "list_label", "lookup", "avg", "sum", "max", "min", "top_one", "top_n", "group_count", "group_agg",
    "most_count", "top_count", "most_agg", "having_more", "share", "change", "growth", "median", "distinct", "sorted",
    "outer_count", "parents_with", "above_average", "share_of_total", "top_one_by", "top_n_by", "top_one_who",
    "least_count", "none_default", "has_default", "has_both", "has_but_not", "at_least_children", "having_at_least",
    "having_less", "having_exact", "having_repeat", "where_more", "where_less", "where_between", "where_not",
    "where_not_in", "where_in", "where_null", "where_not_null", "share_group", "share_amount", "share_of_sum",
    "fraction", "lag", "running", "running_both", "running_sum", "max_date", "min_date", "last_each", "first_each",
    "top_each", "top_each_n", "intersect", "except", "having_one", "every_one", "every_own", "last_n", "next_n",
    "since_day", "after_day", "before_day", "all_alike", "not_alike", "own_gaps", "latest_is", "soon_after",
    "groups_against_all", "rank_within", "change_within", "quiet_days", "sorted_twice",
)  # fmt: skip


@pytest.mark.parametrize("operation", MAIN)
def test_main_operations_are_asked_in_many_ways(operation: str) -> None:
    assert len(bank()[operation]) >= 15


def _numbers(tree: exp.Expr) -> set[int | float]:
    """Numbers that stand in conditions, bounds of groups and limits; those of formulas left out."""
    found: set[int | float] = set()
    for node in tree.find_all(exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between, exp.Limit):
        for leaf in (node.expression, node.args.get("low"), node.args.get("high")):
            if isinstance(leaf, exp.Literal) and not leaf.is_string:
                found.add(float(leaf.name))
    return found


def _says_number(question: str, value: float) -> bool:
    text = question.lower().replace(",", "")
    forms = {str(Decimal(str(value)).normalize()), str(int(value)), f"{int(value)}."}
    near = [value, value + 1, value - 1] if value == int(value) else [value]
    forms |= {str(int(item)) for item in near} | {_NUMBERS[int(i)] for i in near if 0 <= i <= 10 and i == int(i)}
    return any(re.search(rf"(?<![\d.]){re.escape(form)}(?!\d)", text) for form in forms) or value in {0.0, 1.0}


def _named_numbers(view: View) -> set[float]:
    """Numbers that stand behind a word of the glossary: "week-long" is seven nights."""
    texts = [item.sql for item in view.schema.glossary.conditions]
    return {float(number) for text in texts for number in re.findall(r"\b\d+\b", text)}


def test_every_number_is_said(drawn: Drawn) -> None:
    for items in drawn.values():
        for view, item in items:
            tree = parse(item.sql)
            assert tree is not None
            for value in _numbers(tree) - _named_numbers(view):
                assert _says_number(item.question, value), (value, item.question, item.sql)


JSON = (exp.JSONPath, exp.JSONExtract, exp.Lambda)


def _says_text(view: View, question: str, value: str) -> bool:
    """Whether a text of the SQL is named: as it is, by its noun or by one of its phrases."""
    lower = question.lower()
    if value.strip("%").lower() in lower:
        return True
    for table in view.schema.glossary.tables.values():
        for words in table.columns.values():
            forms = [words.nouns.get(value, ""), *words.values.get(value, ())]
            if any(form and form.replace("{}", "").strip().lower() in lower for form in forms):
                return True
    return any(
        value in item.sql
        and any(
            re.search(".+".join(re.escape(part.strip().lower()) for part in phrase.split("{}")), lower)
            for phrase in item.phrases
        )
        for item in view.schema.glossary.conditions
    )


def test_every_text_is_said(drawn: Drawn) -> None:
    for items in drawn.values():
        for view, item in items:
            tree = parse(item.sql)
            assert tree is not None
            for node in tree.find_all(exp.Literal):
                value = node.name
                dated = re.match(r"\d{4}-\d{2}-\d{2}", value)
                if not node.is_string or dated or node.find_ancestor(exp.Interval) or value in {"@", " ", "[]"}:
                    continue
                if isinstance(node.parent, (exp.DateTrunc, exp.TimestampTrunc)):
                    continue
                if isinstance(node.parent, (exp.JSONExtract, exp.JSONExtractScalar)) or node.find_ancestor(*JSON):
                    continue  # the name of a field: "height_cm" is said as "height in cm"
                assert _says_text(view, item.question, value), (value, item.question, item.sql)


def test_years_of_dates_are_said(drawn: Drawn) -> None:
    """A fixed date names its year, or the year beside it (bounds are half-open)."""
    for items in drawn.values():
        for _, item in items:
            years = {int(year) for year in re.findall(r"'(\d{4})-\d{2}-\d{2}'", item.sql)}
            said = {int(year) for year in re.findall(r"\b(\d{4})\b", item.question)}
            assert all({year - 1, year, year + 1} & said for year in years), (item.question, item.sql)


def test_plural() -> None:
    cases = {"city": "cities", "date of birth": "dates of birth", "amount billed": "amounts billed",
             "status": "statuses", "top-up": "top-ups", "day": "days"}  # fmt: skip
    assert {noun: plural(noun) for noun in cases} == cases


def test_say_names_what_is_missing() -> None:
    import random

    with pytest.raises(KeyError):
        say(random.Random(1), "no such operation")
    with pytest.raises(KeyError, match="count"):
        say(random.Random(1), "count")
    assert "{" not in say_bare(random.Random(1), "group_agg", agg="revenue", dim="hotel", dims="hotels")


@pytest.mark.parametrize(
    ("question", "suffix", "joined"),
    [
        ("Which?", " Names.", "Which? Names."),
        ("All rooms", " Names.", "All rooms. Names."),
        ("Which?", ", largest first", "Which, largest first?"),
        ("Which?", "", "Which?"),
    ],
)
def test_join_sentences(question: str, suffix: str, joined: str) -> None:
    assert join_sentences(question, suffix) == joined


def test_which() -> None:
    assert which("guests who made stays") == "Which guests made stays?"
    assert which("hotels without any rooms") == "Which hotels have no rooms?"
    assert which("cancelled stays") == "Which are the cancelled stays?"
