"""The gate: what is kept, and why the rest is not."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from generators.gate import CAP, Gate, Sealed, masked_words
from schemas.records import Example, Execution, Question
from schemas.sql import concepts


def example(question: str, sql: str, name: str = "e") -> Example:
    found = tuple(sorted(concepts(sql)))
    return Example(id=name, schema_name="s", question=question, sql=sql, source="curriculum", concepts=found)


def question(text: str, sql: str, split: str = "test") -> Question:
    return Question(id="s/q", schema_name="s", split=split, text=text, golds=(sql,))  # type: ignore[arg-type]


def fine(schema_name: str, sql: str) -> Sequence[Execution]:
    del schema_name
    if "broken" in sql:
        return [Execution(ok=True, rows=1), Execution(ok=False, sqlstate="42P01")]
    if "nothing" in sql:
        return [Execution(ok=True, rows=0), Execution(ok=True, rows=3)]
    rows = 1 if "LIMIT" in sql else 2  # a LIMIT cuts something
    return [Execution(ok=True, rows=rows, trivial="zero" in sql)]


@pytest.fixture
def gate() -> Gate:
    sealed = Sealed.of([
        question("How many guests from Spain stayed with us in the month of March 2024?",
                 "SELECT g.country, COUNT(*) FROM stay s JOIN guest g USING (guest_id) WHERE g.tier = 'a' GROUP BY 1"),
        question("Which hotels are there?", "SELECT name FROM hotel WHERE stars = 4"),
        question("Train question, free to use.", "SELECT city, COUNT(*) FROM hotel GROUP BY city", "train"),
    ])  # fmt: skip
    return Gate(fine, sealed)


@pytest.mark.parametrize(
    ("text", "sql", "reason"),
    [
        ("Ok?", "SELECT 1 FROM t", ""),
        ("Ok?", "SELECT FROM WHERE", "does not parse"),
        ("Ok?", "SELECT a FROM broken", "does not run"),
        ("Ok?", "SELECT a FROM nothing", "empty answer"),
        ("Ok?", "SELECT zero FROM t", "trivial answer"),
        ("which HOTELS are there", "SELECT 1 FROM t", "leak: same question"),
        ("Tell me how many guests from Spain stayed with us in May", "SELECT 1 FROM t", "leak: shared 8-gram"),
        ("Other words", "SELECT g.country, COUNT(*) FROM stay s JOIN guest g USING (guest_id) WHERE g.tier = 'x' "
         "GROUP BY 1", "leak: same masked SQL"),
        ("Stage 1 SQL may be shared", "SELECT name FROM hotel WHERE stars = 5", ""),
        ("Train question, free to use.", "SELECT city, COUNT(*) FROM hotel GROUP BY city", ""),
    ],
)  # fmt: skip
def test_reasons(gate: Gate, text: str, sql: str, reason: str) -> None:
    assert gate.admit(example(text, sql)) is (reason == "")
    assert gate.report().rejected == ({reason: 1} if reason else {})


def test_nothing_comes_twice(gate: Gate) -> None:
    assert gate.admit(example("How many rooms?", "SELECT COUNT(*) FROM room"))
    assert not gate.admit(example("how many ROOMS", "SELECT 1 FROM t"))
    gate.remember([example("Earlier round", "SELECT 2 FROM t")])
    assert not gate.admit(example("earlier round?", "SELECT 3 FROM t"))
    assert gate.report().rejected == {"duplicate question": 2}
    assert (gate.report().offered, gate.report().kept) == (3, 1)


def test_a_shape_is_capped(gate: Gate) -> None:
    kept = [gate.admit(example(f"Number {n} of a kind", f"SELECT a FROM t WHERE a > {n}")) for n in range(CAP + 3)]
    assert kept == [True] * CAP + [False] * 3


def test_probes_are_forbidden(gate: Gate) -> None:
    gate.forbid([question("Probe?", "SELECT 7 FROM t", "probe")])
    assert not gate.admit(example("Other words", "SELECT 7 FROM t"))
    assert not gate.admit(example("probe", "SELECT 8 FROM t"))


def test_values_are_masked() -> None:
    assert masked_words("From 'Nice' on 3 May 2024") == ["from", "val", "on", "val", "val", "val"]


class Told:
    """Checks that answer by what stands in the statement."""

    def steady(self, schema_name: str, sql: str) -> bool:
        del schema_name
        return "chance" not in sql

    def differs(self, schema_name: str, sql: str, other: str) -> bool:
        del schema_name, sql
        return "dull" not in other


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SELECT a FROM t WHERE b > 1", ""),
        ("SELECT a FROM chance ORDER BY b LIMIT 1", "not deterministic"),
        ("SELECT a, b FROM chance", ""),
        ("SELECT a FROM t LIMIT 1", "not deterministic"),
        ("SELECT dull FROM t WHERE b > 1", "aimed mutant changes nothing"),
        ("SELECT 1", "no aimed mutant"),
    ],
)
def test_chance_and_mutants(sql: str, reason: str) -> None:
    gate = Gate(fine, Sealed(), Told())
    assert gate.admit(example("Asked?", sql)) is (reason == "")
    assert gate.report().rejected == ({reason: 1} if reason else {})


def test_the_mutant_is_aimed_at_the_mode_where_there_is_one() -> None:
    tried: list[str] = []

    class Seen(Told):
        def differs(self, schema_name: str, sql: str, other: str) -> bool:
            tried.append(other)
            return super().differs(schema_name, sql, other)

    pair = example("Asked?", "SELECT a FROM t WHERE b > 1 ORDER BY a").model_copy(update={"aim": "order_limit"})
    gate = Gate(fine, Sealed(), Seen())
    assert gate.admit(pair)
    assert gate.admit(pair.model_copy(update={"mode": "filter_boundary", "question": "Other?"}))
    assert tried == ["SELECT a FROM t WHERE b > 1", "SELECT a FROM t WHERE b >= 1 ORDER BY a"]


def test_the_same_pair_on_another_schema_is_a_duplicate(gate: Gate) -> None:
    first = example("How many?", "SELECT 3 FROM t")
    assert gate.admit(first)
    assert not gate.admit(first.model_copy(update={"schema_name": "other"}))
    assert gate.admit(first.model_copy(update={"schema_name": "other", "sql": "SELECT 4 FROM t"}))
    assert gate.report().rejected == {"duplicate pair": 1}
