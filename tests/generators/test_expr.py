"""SQL trees: qualifiers where needed and nowhere else, one spelling for one meaning."""

from __future__ import annotations

import pytest

from generators.expr import Join, col, finish, literal, ordered, select, sql

UP = Join("stay", "guest", ("guest_id",), ("guest_id",))


def test_one_source_needs_no_qualifier() -> None:
    query = select([col("stay", "rate")], "stay", where=[sql(":c > 5", c=col("stay", "rate"))])
    assert finish(query) == "SELECT rate FROM stay WHERE rate > 5"


def test_joins_keep_qualifiers_and_say_using() -> None:
    query = select([col("guest", "tier"), sql("COUNT(*)")], "stay", [UP], group=[col("guest", "tier")])
    assert finish(query) == "SELECT guest.tier, COUNT(*) FROM stay JOIN guest USING (guest_id) GROUP BY guest.tier"


def test_unequal_names_say_on() -> None:
    query = select([sql("COUNT(*)")], "room", [Join("room", "room_type", ("type_code",), ("code",))])
    assert finish(query) == "SELECT COUNT(*) FROM room JOIN room_type ON room.type_code = room_type.code"


def test_correlated_subquery_keeps_the_outer_name() -> None:
    inner = select([literal(1)], "stay", where=[sql("stay.guest_id = guest.guest_id AND stay.rate > 5")])
    from sqlglot import exp

    query = select([col("guest", "full_name")], "guest", where=[exp.Not(this=exp.Exists(this=inner))])
    text = finish(query)
    assert text.startswith("SELECT full_name FROM guest WHERE NOT EXISTS (SELECT 1 FROM stay WHERE ")
    assert "stay.guest_id = guest.guest_id" in text


def test_uncorrelated_subquery_is_bare() -> None:
    from sqlglot import exp

    mean = exp.Subquery(this=select([sql("AVG(:m)", m=col("stay", "rate"))], "stay"))
    query = select([sql("COUNT(*)")], "stay", where=[sql(":m > :s", m=col("stay", "rate"), s=mean)])
    assert finish(query) == "SELECT COUNT(*) FROM stay WHERE rate > (SELECT AVG(rate) FROM stay)"


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("ROUND(AVG(:m), 2)", "SELECT ROUND(AVG(a - b), 2) FROM t"),
        ("SUM(:m) FILTER (WHERE :c)", "SELECT SUM(a - b) FILTER (WHERE NOT c) FROM t"),
        ("100.0 * :m / 3", "SELECT 100.0 * (a - b) / 3 FROM t"),
    ],
)
def test_parentheses_only_where_they_matter(template: str, text: str) -> None:
    tree = sql(template, m=sql("(t.a - t.b)"), c=sql("NOT t.c"))
    assert finish(select([tree], "t")) == text


def test_not_stands_before_in() -> None:
    query = select([sql("COUNT(*)")], "t", where=[sql("NOT t.a IN ('x', 'y')")])
    assert finish(query) == "SELECT COUNT(*) FROM t WHERE a NOT IN ('x', 'y')"


def test_nulls_last_only_downwards() -> None:
    query = select([col("t", "a")], "t", order=[ordered(col("t", "a"), descending=True, nullable=True)], limit=1)
    assert finish(query) == "SELECT a FROM t ORDER BY a DESC NULLS LAST LIMIT 1"
    query = select([col("t", "a")], "t", order=[ordered(col("t", "a"), descending=True)])
    assert finish(query) == "SELECT a FROM t ORDER BY a DESC"
    query = select([col("t", "a")], "t", order=[ordered(col("t", "a"), descending=False, nullable=True)])
    assert finish(query) == "SELECT a FROM t ORDER BY a"


def test_outer_joins() -> None:
    down = Join("guest", "stay", ("guest_id",), ("guest_id",))
    query = select([col("guest", "full_name"), sql("COUNT(stay.stay_id)")], "guest", [down], outer=True)
    assert finish(query) == "SELECT guest.full_name, COUNT(stay.stay_id) FROM guest LEFT JOIN stay USING (guest_id)"
