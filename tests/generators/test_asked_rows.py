"""What a third reader found wrong stays away: rows dropped that were asked for, columns twice, false meetings."""

from __future__ import annotations

import operator
import random
import re
from collections.abc import Mapping
from datetime import date

import pytest
from drawn_cases import drawn, tree
from sqlglot import exp

from generators import curriculum, synonyms
from generators.bounds import compare
from generators.condition import Condition
from generators.draw import Draw
from generators.expr import sql
from generators.facets import bridges, meetings
from generators.patterns.basics import total
from generators.patterns.periods import periods
from generators.patterns.shares import _alike
from generators.phrases import BUSY, OF_ALL, bank, which
from generators.reword import reword
from generators.subject import Dimension, repeats
from generators.synonyms import renamed
from generators.view import View
from schemas.catalog import load_schema
from schemas.records import Example

MET = {">": operator.gt, "<": operator.lt, ">=": operator.ge, "<=": operator.le, "==": operator.eq}


@pytest.fixture(scope="module")
def seen(views: Mapping[str, View], rare: Mapping[str, View]) -> dict[str, View]:
    """The schemas in which the reader found these, beside the usual ones."""
    more = ("container_port", "build_farm", "wildlife_tracking", "esports_league", "workforce")
    return {**views, **rare, **{name: View.of(load_schema(name), 1) for name in more}}


@pytest.fixture(autouse=True)
def unworded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Questions in the bank's own words."""
    monkeypatch.setattr(curriculum, "REWORD", 0.0)


def examples(view: View, *patterns: str, limit: int = 60) -> list[Example]:
    return drawn(view, patterns, "asked", limit)


@pytest.mark.parametrize("name", ["list_with_parent", "both_names"])
def test_a_list_drops_no_row_and_fetches_what_is_not_there(seen: Mapping[str, View], name: str) -> None:
    outer = 0
    for view in seen.values():
        for example in examples(view, name):
            found = tree(example)
            child = found.args["from_"].this.name
            where = found.args.get("where")
            tested = {column.name for column in where.find_all(exp.Column)} if where else set()
            for join in found.args["joins"]:
                tests = join.args["on"].find_all(exp.Column) if "on" in join.args else ()
                names = {column.name for column in tests if column.table == child}
                links = [item for item in view.parents(child) if item.parent == join.this.name]
                links += [item for item in view.roles(child) if set(item.key.columns) <= names]
                link = links[0]
                needed = view.optional(link) and not set(link.key.columns) <= tested
                assert (join.side == "LEFT") is needed, example.sql
                outer += needed
                assert view.words(link.parent).label not in link.key.parent_columns, example.sql
            shown = [item.name for item in found.expressions if isinstance(item, exp.Column)]
            assert len(set(shown)) == len(shown) or len({item.sql() for item in found.expressions}) == len(shown)
    assert outer


def test_names_by_role_keep_those_without(seen: Mapping[str, View]) -> None:
    """Leaves that nobody has decided on stay in a list with their approver's name, and home is not away."""
    optional = 0
    for view in (seen["workforce"], seen["esports_league"]):
        made = examples(view, "both_roles")
        assert made
        for example in made:
            found = tree(example)
            child = found.args["from_"].this.name
            where = found.args.get("where")
            known = {column.name for column in where.find_all(exp.Column)} if where else set()
            roles = [(link.key.columns[0], link) for link in view.roles(child)]
            keys = {name: view.optional(link) and name not in known for name, link in roles}
            joined = {}
            for join in found.args["joins"]:
                column = next(item for item in join.args["on"].find_all(exp.Column) if item.table == child)
                joined[column.name] = join.side == "LEFT"
            assert joined == keys, example.sql
            optional += any(keys.values())
            assert len({join.this.alias for join in found.args["joins"]}) == 2, example.sql
    assert optional


def test_bounds_leave_some_and_drop_some(seen: Mapping[str, View]) -> None:
    for view in seen.values():
        for table in view.subjects:
            for seed in range(20):
                made = compare(random.Random(seed), view, table)
                if made is None:
                    continue
                values, bound = view.values[table, made.columns[0]], made.sql.expression.to_py()
                sign = {exp.GT: ">", exp.LT: "<", exp.GTE: ">=", exp.LTE: "<=", exp.EQ: "=="}[type(made.sql)]
                met = {MET[sign](float(value), bound) for value in values}
                assert met == {True, False}, (table, made.phrase)


def test_a_league_table_has_its_order(seen: Mapping[str, View]) -> None:
    listed = 0
    for view in seen.values():
        for example in examples(view, "rank_groups", "rank_rows"):
            asked = re.search(r"(?i)league table|\b(?:\w+(?:est|m)|most) first\b", example.question)
            ordered = tree(example).args.get("order") is not None
            assert ordered is bool(asked), (example.question, example.sql)
            listed += ordered
    assert listed


def test_rows_of_nobody_have_no_row_before(seen: Mapping[str, View]) -> None:
    tested = 0
    for view in seen.values():
        for example in examples(view, "since_previous"):
            found = tree(example)
            key = next(iter(found.find(exp.Window).args["partition_by"][0].find_all(exp.Column)))  # type: ignore[union-attr]
            table = key.table or found.args["from_"].this.name
            if view.nullable(table, key.name):
                assert f"{key.sql()} IS NOT NULL" in found.args["where"].sql(dialect="postgres"), example.sql
                tested += 1
    assert tested


def test_text_functions_take_text(seen: Mapping[str, View]) -> None:
    """Labels kept in an array have no length in letters, nor have settings kept as JSON."""
    view = seen["build_farm"]
    kinds = {column.type for table in view.schema.tables for column in table.columns}
    assert {"text[]", "jsonb"} <= kinds
    for example in examples(view, "text_functions", limit=200):
        found = tree(example)
        function = found.find(exp.Length, exp.Upper, exp.Lower, exp.Left, exp.Right, exp.SplitPart)
        assert function is not None
        column = function.this if isinstance(function.this, exp.Column) else function.find(exp.Column)
        assert isinstance(column, exp.Column)
        table = column.table or found.args["from_"].this.name
        assert view.table(table).column(column.name).type == "text", example.sql


def test_no_condition_stands_twice(seen: Mapping[str, View]) -> None:
    for view in seen.values():
        for example in examples(view, "top_per_group", "shared_values"):
            for where in tree(example).find_all(exp.Where):
                tests = [item.sql() for item in where.this.flatten()] if isinstance(where.this, exp.And) else []
                assert len(set(tests)) == len(tests), example.sql


def test_two_nouns_in_a_row_are_one_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(synonyms, "EXCHANGE", 1.0)
    nouns = (("request", "report"), ("reporting channel", "way of reporting"), ("category", "kind of problem"))
    for seed in range(10):
        kept = "Request reporting channel and number"
        assert renamed(random.Random(seed), kept, nouns) == kept
        assert renamed(random.Random(seed), "per category department", nouns) == "per category department"
        assert renamed(random.Random(seed), "per category", nouns) == "per kind of problem"


def test_fewer_than_counts_none_or_says_some(seen: Mapping[str, View]) -> None:
    outer = some = 0
    for view in seen.values():
        for example in examples(view, "having_count"):
            found = tree(example)
            having = found.args["having"]
            if not having.find(exp.LT):
                continue
            if any(join.side == "LEFT" for join in found.args.get("joins") or ()):
                assert re.search(r"none|without any|if any", example.question), example.question
                outer += 1
            else:
                says = r"\bsome\b|\bany\b|at least one|, (?:but|yet|though)|do have|where the number|(?:but|yet) \w+"
                assert re.search(says, example.question), example.question
                some += 1
    assert outer
    assert some


def test_the_bank_says_some_of_fewer() -> None:
    for phrase in bank()["having_less"]:
        assert re.search(r"\bsome\b|\bany\b|at least one|but|though|yet|with \{subject\}", phrase), phrase


def test_counts_of_every_parent_keep_those_with_none(seen: Mapping[str, View]) -> None:
    """"List each programme and how many satellites it has" is no inner join from the satellites."""  # fmt: skip
    outer = 0
    for view in seen.values():
        draw = Draw(random.Random(1), view)
        for example in examples(view, "group_count"):
            found = tree(example)
            joins = found.args.get("joins") or ()
            if not joins:
                continue
            nouns = {draw.view.words(join.this.name).one for join in joins}
            each = re.search(r"(?i)\b(?:each|every(?: single)?|all) (\w+)", example.question)
            kept = any(join.side == "LEFT" for join in joins)
            outer += kept
            if each and each[1] in nouns:
                assert kept, (example.question, example.sql)
            if kept:
                counted = found.find(exp.Count)
                assert counted is not None
                assert isinstance(counted.this, exp.Column)
    assert outer


def test_wording_that_fits_the_group() -> None:
    near = Dimension("hotel", (sql("hotel.name"),), (sql("hotel.name"),), (), "label")
    kind = Dimension("way of acquisition", (sql("artefacts.acquired_by"),), (), (), "category")
    assert near.unfit is None
    assert kind.unfit is not None
    assert kind.unfit.search("How many {subject} does the busiest {dim} have?")
    assert OF_ALL.search("List each {dim} and how many {subject} it has.")
    assert OF_ALL.search("Show all {dims} and their {subject}.")
    assert not OF_ALL.search("Number of {subject} per {dim}")
    for operation in ("group_count", "group_agg", "group_several", "count_sum_group", "two_counts"):
        assert [phrase for phrase in bank()[operation] if not OF_ALL.search(phrase)]
    for operation in ("most_count", "least_count", "top_count", "max_of_counts"):
        assert [phrase for phrase in bank()[operation] if not BUSY.search(phrase)]


def test_averages_of_counts_say_whose(seen: Mapping[str, View]) -> None:
    for view in seen.values():
        for example in examples(view, "per_parent", "average_of_sums", limit=40):
            assert re.search(r"(?i)average|avg|mean|divided|add up|sum|how many .+ per", example.question), (
                example.question
            )
            assert not re.search(r"\bin all\b|altogether", example.question), example.question
    for phrase in bank()["avg_of_sums"]:
        assert re.search(r"(?i)\bfirst\b|\bsum|add up|work out|of their", phrase), phrase


def test_only_many_to_many_meets(seen: Mapping[str, View]) -> None:
    """A release names its commit and that commit's repository: no commit has releases of two repositories."""
    view = seen["build_farm"]
    pairs = {(a.parent, b.parent) for a, b in meetings(view) if a.child == "releases"}
    assert ("commits", "repos") in {(a.parent, b.parent) for a, b in bridges(view) if a.child == "releases"}
    assert ("commits", "repos") not in pairs
    museum = {(a.parent, b.parent) for a, b in meetings(seen["museum_collection"])}
    assert {("artefacts", "exhibitions"), ("exhibitions", "artefacts")} <= museum


def test_no_ratio_of_a_column_to_itself(seen: Mapping[str, View]) -> None:
    draw = Draw(random.Random(1), seen["hotel_group"])
    sources = [item.sources for item in draw.measures("staff") if item.additive]
    assert any(one & other for one in sources for other in sources if one is not other)
    for view in seen.values():
        for table in view.subjects:
            assert not any(a.sources & b.sources for a, b in _alike(Draw(random.Random(1), view), table))


def test_one_list_of_names_is_of_people(seen: Mapping[str, View]) -> None:
    for view in seen.values():
        draw = Draw(random.Random(1), view)
        for example in examples(view, "names_together", limit=20):
            tables = [node.name for node in tree(example).find_all(exp.Table)]
            assert all(draw.person(table) for table in tables), example.sql


def test_the_first_of_each_has_what_it_is_first_by(seen: Mapping[str, View]) -> None:
    tested = 0
    for view in seen.values():
        for example in examples(view, "top_per_group"):
            inner = tree(example).find(exp.CTE)
            assert inner is not None
            window = inner.find(exp.Window)
            assert window is not None
            key = next(iter(window.args["order"].find_all(exp.Column)))
            table = key.table or inner.this.args["from_"].this.name
            if isinstance(window.args["order"].expressions[0].this, exp.Column) and view.nullable(table, key.name):
                where = inner.this.args["where"].sql()
                assert f"NOT {key.sql()} IS NULL" in where or key.name in where, example.sql
                tested += 1
    assert tested


def test_periods() -> None:
    days = [date(2024, 1, 31), date(2024, 1, 1), date(2024, 4, 1)]
    assert periods(days, "month") == (2, 4)
    assert periods(days, "year") == (1, 1)
    assert periods([date(2023, 12, 31), date(2024, 1, 1), date(2024, 1, 8)], "week") == (3, 3)
    assert periods([date(2023, 12, 31), date(2024, 4, 1)], "quarter") == (2, 3)


@pytest.mark.parametrize("name", ["against_previous", "growth_rate"])
def test_the_period_before_is_there_or_said(seen: Mapping[str, View], name: str) -> None:
    said = r"that has any|with some|Skip "
    remarks = 0
    for view in seen.values():
        for example in examples(view, name, limit=40):
            found = tree(example)
            step = found.find(exp.CTE)
            assert step is not None
            period = next(item for item in step.this.expressions if item.alias == "period")
            column = next(iter(period.find_all(exp.Column)))
            table = column.table or step.this.args["from_"].this.name
            units = re.findall(r"DATE_TRUNC\('(\w+)'[^()]*\) AS period", example.sql)
            unit = (units or ["year"])[0].lower()
            held, whole = periods(view.days(table, column.name), unit)
            assert held >= 0.7 * whole, example.sql
            remarks += re.search(said, example.question) is not None
            if held < whole:
                assert re.search(said, example.question), example.question
    assert remarks


def test_rows_by_a_date_that_may_be_missing_say_the_event(seen: Mapping[str, View]) -> None:
    """By the date of death: animals that have died, not the number of animals."""
    view = seen["wildlife_tracking"]
    phrases = [part.replace("{}", "").strip() for part in view.column_words("anim", "died_on").not_null]
    asked = [e for e in examples(view, "running_total", limit=200) if "died_on" in e.sql and " anim " in e.sql]
    assert asked
    for example in asked:
        if "died_on >=" not in example.sql and "died_on <" not in example.sql:
            assert any(part in example.question.lower() for part in phrases), example.question


def test_what_a_label_is_called(seen: Mapping[str, View]) -> None:
    """A player's handle is no "player name": the table has a real name too."""
    for example in examples(seen["esports_league"], "list_with_parent", "both_names", limit=150):
        if "pl_nick" in example.sql:
            assert "player name" not in example.question
            assert re.search(r"handle", example.question), example.question


def test_an_aggregate_of_no_rows_is_named_once_only(seen: Mapping[str, View]) -> None:
    draw = Draw(random.Random(1), seen["esports_league"])
    measure = next(item for item in draw.measures("t_tourn") if item.name == "length in days")
    assert draw.bare_name(draw.subject("t_tourn", most=0), measure, "smallest length in days") == ""


@pytest.mark.parametrize(
    ("phrase", "noun", "twice"),
    [("gate-in {}", "gate moves", True), ("paid {}", "invoices", False), ("{} at the gate", "gate moves", False)],
)
def test_a_condition_does_not_repeat_the_noun(phrase: str, noun: str, twice: bool) -> None:
    assert repeats(Condition(phrase, sql("a = 1"), "equal"), noun) is twice


def test_totals_and_measures_do_not_repeat_the_rows(seen: Mapping[str, View]) -> None:
    names = {item.name for item in Draw(random.Random(1), seen["wildlife_tracking"]).measures("park")}
    assert not any("of the park" in name for name in names)
    for seed in range(30):
        draw = Draw(random.Random(seed), seen["crop_farm"])
        draw.nouns["plantings"] = ("sowing", "sowings")
        for measure in draw.measures("plantings"):
            if measure.additive:
                assert "sown" not in total(draw, measure)


def test_forms_of_columns(seen: Mapping[str, View]) -> None:
    """No "request type office in charge", no "code of the station KIR", no "where it is the most than"."""
    for name in ("city_services", "satellite_ops"):
        view = seen.get(name) or View.of(load_schema(name), 1)
        for example in examples(view, "group_count", "group_aggregate", "count_rows", "parents_with_both", limit=300):
            assert not re.search(r"type office in charge|code of the station [A-Z]", example.question), example.question


def test_which_keeps_a_clause_within_a_clause() -> None:
    assert which("parks where animals that died live") == "Which are the parks where animals that died live?"


def test_rewording_of_bounds() -> None:
    for seed in range(200):
        text = reword(random.Random(seed), "Districts covering more than 6 km2", ())
        assert "covering exceeding" not in text


def test_wording_that_nobody_uses_is_gone() -> None:
    for operation, phrases in bank().items():
        for phrase in phrases:
            assert not re.search(r"comes? together with|connected to|nothing counting|It runs over", phrase), operation
            assert "with a branch of more than" not in phrase
