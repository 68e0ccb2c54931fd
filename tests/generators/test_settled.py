"""What a second reader found wrong in generated pairs stays away: answers fixed by the question, half keys, slips."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping

import pytest
from drawn_cases import drawn, tree
from sqlglot import exp

from generators import curriculum
from generators.condition import Condition
from generators.conditions import qualified
from generators.curriculum import STAGE_SHARES, Request, draw_examples
from generators.draw import Draw
from generators.dull import uncut
from generators.expr import col
from generators.facets import bridges
from generators.gate import Gate, Sealed
from generators.meaning_marks import bank as rewording
from generators.paraphrase import introduction, tidy, vary
from generators.pattern import named_plainly
from generators.patterns.bridging import _GROUPS
from generators.patterns.sorting import sort_keys
from generators.patterns.values import _is_code
from generators.phrases import bank, say
from generators.reword import reword
from generators.subject import Dimension, Subject
from generators.view import View
from loop.config import resolve
from loop.session import Session
from schemas.catalog import load_schema
from schemas.records import Example
from schemas.sql import concepts

LEAGUE = "esports_league"


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    opened = Session(resolve("smoke", {"schemas": "hotel_group"}), None)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def league() -> View:
    return View.of(load_schema(LEAGUE), 1)


def examples(view: View, *patterns: str, limit: int = 80) -> list[Example]:
    return drawn(view, patterns, "settled", limit)


RANKED = (
    "WITH ranked AS (SELECT {outer} AS outer_name, {inner} AS inner_name, RANK() OVER (PARTITION BY {outer} ORDER BY "
    "COUNT(*) DESC) AS place FROM stay JOIN guest USING (guest_id) JOIN hotel USING (hotel_id) GROUP BY {outer}, "
    "{inner}) SELECT outer_name, inner_name FROM ranked WHERE place = 1"
)
STATEMENTS = [
    ("SELECT 100.0 * SUM(size_m2) FILTER (WHERE size_m2 IS NOT NULL) / SUM(size_m2) FROM room",
     "the same share for all"),
    ("SELECT ROUND(100.0 * COUNT(*) FILTER (WHERE type_code = 'twn') / COUNT(*), 1) FROM room WHERE type_code = 'twn'",
     "the same share for all"),
    ("SELECT hotel_id, 100.0 * COUNT(*) FILTER (WHERE room_no IS NOT NULL) / COUNT(*) FROM room GROUP BY hotel_id",
     "the same share for all"),
    ("SELECT ROUND(100.0 * COUNT(*) FILTER (WHERE type_code = 'twn') / COUNT(*), 1) FROM room", ""),
    ("SELECT type_code, COUNT(*) FROM room WHERE type_code = 'twn' GROUP BY type_code", "one group only"),
    ("SELECT type_code, COUNT(*), RANK() OVER (ORDER BY COUNT(*)) FROM room WHERE type_code = 'twn' GROUP BY type_code",
     "one group only"),
    ("SELECT type_code, COUNT(*) FROM room GROUP BY type_code", ""),
    ("SELECT full_name, boss_id FROM staff WHERE boss_id IS NULL", "a column without a value"),
    ("SELECT full_name, boss_id FROM staff", ""),
    ("SELECT stay_id, COUNT(*) FROM stay GROUP BY stay_id", "the same figure for all"),
    ("SELECT type_code FROM room GROUP BY type_code ORDER BY COUNT(*) DESC LIMIT 50", "nothing to choose from"),
    ("SELECT name FROM hotel ORDER BY stars LIMIT 500", "nothing to choose from"),
    ("SELECT type_code FROM room GROUP BY type_code ORDER BY COUNT(*) DESC LIMIT 1", ""),
    (RANKED.format(outer="stay.stay_id", inner="guest.guest_id"), "nothing to choose from"),
    (RANKED.format(outer="guest.country", inner="hotel.name"), ""),
    ("SELECT guest.guest_id, own.value FROM guest CROSS JOIN LATERAL (SELECT stay.rate AS value FROM stay WHERE "
     "stay.guest_id = guest.guest_id ORDER BY stay.rate LIMIT 500) AS own", "nothing to choose from"),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "reason"), STATEMENTS)
def test_the_gate_refuses_what_is_settled_in_advance(session: Session, sql: str, reason: str) -> None:
    gate = Gate(session.execute, Sealed())
    pair = Example(id="e", schema_name="hotel_group", question="Asked?", sql=sql, source="curriculum",
                   concepts=tuple(sorted(concepts(sql))))  # fmt: skip
    assert gate.admit(pair) is (reason == "")
    assert gate.report().rejected == ({reason: 1} if reason else {})


def test_only_what_chooses_is_taken_away() -> None:
    assert uncut("SELECT a FROM t WHERE b = 1") == ""
    assert uncut("SELECT a FROM t UNION SELECT b FROM u LIMIT 1") == ""


def test_a_share_does_not_test_its_own_measure(views: Mapping[str, View]) -> None:
    for view in views.values():
        for example in examples(view, "share_of_amount", "difference_of_sums"):
            for filtered in tree(example).find_all(exp.Filter):
                measured = {column.name for column in filtered.this.find_all(exp.Column)}
                tested = {column.name for column in filtered.expression.find_all(exp.Column)}
                assert not measured & tested, example.sql


def test_a_condition_on_the_key_pins_its_parent(views: Mapping[str, View]) -> None:
    view = views["hotel_group"]
    link = next(item for item in view.links if (item.child, item.parent) == ("room", "room_type"))
    draw = Draw(random.Random(1), view)
    label = next(item for item in draw.dimensions("room") if item.kind == "label" and item.link == link)
    key = Condition("twin {}", qualified("type_code = 'twn'", "room"), "equal", ("type_code",),
                    fixed=frozenset({"room.type_code"}))  # fmt: skip
    pinned = Subject(view, "room", "room", "rooms", (key,))
    assert not pinned.allows(label)
    assert pinned.pins(link)
    assert Subject(view, "room", "room", "rooms").allows(label)


def test_a_row_settles_what_it_belongs_to(views: Mapping[str, View]) -> None:
    found = Draw(random.Random(1), views["hotel_group"]).dimensions("folio")
    labels: dict[str, Dimension] = {item.columns[0].args["table"].name: item for item in found if item.kind == "label"}
    near = [item for item in found if len(item.joins) == 1]
    far = [item for item in found if len(item.joins) == 2]
    assert labels
    assert far
    for item in near:
        for other in far:
            if item.kind == "label" and item.joins == other.joins[:1]:
                assert item.settles(other)
            assert not other.settles(item)


@pytest.mark.parametrize("name", ["without_children", "with_children", "inactive_parents", "parents_with_both"])
def test_no_condition_on_the_key_inside_exists(views: Mapping[str, View], name: str) -> None:
    for view in views.values():
        keys = {(link.child, column) for link in view.links for column in link.key.columns}
        for example in examples(view, name):
            for inner in (node for node in tree(example).find_all(exp.Exists, exp.In) if node.find(exp.Select)):
                table = inner.find(exp.Table)
                where = inner.find(exp.Where)
                joined = {column.name for node in inner.find_all(exp.EQ) if isinstance(node.expression, exp.Column)
                          for column in (node.this, node.expression)}  # fmt: skip
                if isinstance(inner, exp.In):
                    joined = {column.name for column in inner.find(exp.Select).expressions}  # type: ignore[union-attr]
                tested = {
                    column.name for node in (where.find_all(exp.In, exp.EQ, exp.NEQ) if where else ())
                    if node is not inner and not isinstance(node.expression, exp.Column)
                    for column in [node.this] if (table.name, column.name) in keys  # type: ignore[union-attr]
                }  # fmt: skip
                assert not tested & joined, example.sql


def test_different_rows_are_counted_by_their_whole_key(rare: Mapping[str, View]) -> None:
    view = rare["satellite_ops"]
    seen = 0
    for example in examples(view, "meeting_counts", limit=120):
        distinct = tree(example).find(exp.Distinct)
        assert distinct is not None
        columns = list(distinct.find_all(exp.Column))
        assert {column.name for column in columns} == set(view.table(columns[0].table).primary_key), example.sql
        seen += len(columns) > 1
    assert seen or not [pair for pair in bridges(view) if len(pair[1].key.columns) > 1]


def test_rows_without_a_name_show_their_key(rare: Mapping[str, View]) -> None:
    for view in rare.values():
        for example in examples(view, "list_rows", "list_found", "rank_rows", "elapsed", "default_value", "so_far"):
            found = tree(example)
            if found.find(exp.Group, exp.Count, exp.Avg, exp.Max):
                continue
            table = found.args["from_"].this.name
            shown = {column.name for item in found.expressions for column in item.find_all(exp.Column)}
            if not named_plainly(Draw(random.Random(1), view), table):
                assert set(view.table(table).primary_key) <= shown, example.sql


def test_a_rank_is_neither_highest_nor_lowest(league: View) -> None:
    draw = Draw(random.Random(1), league)
    assert any(measure.rank for measure in draw.measures("t_prize"))
    assert col("t_prize", "pz_place") not in [key.sql for key in sort_keys(draw, "t_prize")]
    drawn = [draw.measure("t_prize", ordinal=True) for _ in range(50)]
    assert not any(measure and measure.rank for measure in drawn)


def test_ends_of_codes_only() -> None:
    assert _is_code(["LYO-03", "MRS-1"])
    assert not _is_code(["Anna Lind", "Bo 2"])
    assert not _is_code(["lighting", "roads"])


def test_pairs_are_counted_over_many_groups(views: Mapping[str, View]) -> None:
    for view in views.values():
        for example in examples(view, "alike_pairs"):
            found = tree(example)
            if not found.find(exp.Count):
                continue
            table = found.args["from_"].this.name
            tests = found.args["joins"][0].find_all(exp.EQ)
            test = next(node for node in tests if isinstance(node.expression, exp.Column))
            assert len(view.distinct(table, test.this.name)) >= _GROUPS, example.sql


def test_a_table_has_one_word_in_a_question(views: Mapping[str, View], monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("stays", "bookings", "reservations")
    for share in (0.0, 1.0):
        monkeypatch.setattr(curriculum, "REWORD", share)
        for example in draw_examples(views["hotel_group"], Request(STAGE_SHARES[5]), "words", limit=200):
            said = {name for name in names if re.search(rf"\b{name}\b(?! in, empty)", example.question)}
            assert len(said) < 2, example.question


NOUNS = (
    ("fix", "position", "GPS fix"),
    ("fixes", "positions", "GPS fixes"),
    ("link", "contact"),
    ("links", "contacts"),
)


@pytest.mark.parametrize(
    ("text", "bad"),
    [
        ("Share of guests, rounded to two decimals.", r"places places|place places"),
        ("Share of guests, one decimal.", r"decimal place place"),
        ("What does the rate of rooms average out at?", r"mean out"),
        ("For every region: mean area and its position among all regions", r"\bfix\b"),
        ("Which links have more than the average link?", r"links.*\bcontact\b|contacts.*\blink\b"),
        ("Number of rooms for each one of the hotels", r"per one of"),
    ],
)
def test_rewording_leaves_idioms_and_own_words(text: str, bad: str) -> None:
    for seed in range(200):
        assert not re.search(bad, reword(random.Random(seed), text, NOUNS)), seed


def test_a_request_ends_without_a_question_mark() -> None:
    for seed in range(200):
        for made in (vary, reword):
            text = made(random.Random(seed), "What are the names of neighbourhoods with a depot?")
            if re.search(r"\?$", text) and not re.search(r"(?i)\b(what|which|could|can|would|mind|do you)\b", text):
                raise AssertionError(text)


def test_introductions_suit_what_follows() -> None:
    notes = rewording()[1]
    for seed in range(200):
        rng = random.Random(seed)
        assert introduction(rng, "Public holidays by day of week") in notes["any"]
        assert introduction(rng, "Count the public holidays.") not in notes["question"]


@pytest.mark.parametrize(
    ("slip", "mended"),
    [
        ("Rooms of an claims handler", "Rooms of a claims handler"),
        ("Rooms of an hour", "Rooms of an hour"),
        ("Time below 1 hours", "Time below 1 hour"),
        ("Time below 11 hours or 0.1 hours", "Time below 11 hours or 0.1 hours"),
    ],
)
def test_tidy(slip: str, mended: str) -> None:
    assert tidy(slip) == mended


def test_the_bank_judges_nothing() -> None:
    """A measure may be one of which less is better: nothing "beats" anything, nothing is "best"."""
    for operation, phrases in bank().items():
        for phrase in phrases:
            assert not re.search(r"\b(?:beats?|best|worst|very \{most\}|per one of)\b", phrase), (operation, phrase)


def test_totals_do_not_jar() -> None:
    for seed in range(300):
        rng = random.Random(seed)
        text = say(rng, "sum", subject="visits", total="total hours", measure="time")
        assert not re.search(
            r"(?i)much total|total hours.* (?:altogether|in total|overall)|(?:is|was) the total h", text
        )
        text = say(rng, "sums_above_average", subject="visits", total="minutes talked", dims="towns", dim="town")
        assert "a minutes" not in text
