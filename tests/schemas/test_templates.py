"""Prompt templates, the glossary's words in a prompt, and schemas too long for one."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.catalog import load_schema, schema_names
from schemas.errors import ConfigError
from schemas.prompt import Prompt, prompt_parts
from schemas.shorten import choose_tables, table_scores
from schemas.sql import tables_of

HOTEL = load_schema("hotel_group")


def test_the_default_is_what_it_was() -> None:
    prefix, suffix = prompt_parts(HOTEL, "How\n many guests?")
    assert prefix.startswith("-- Postgres. Today is 2025-03-14. Tables:\nhotel(hotel_id int pk, name text, city text")
    assert suffix == "-- Question: How many guests?\n-- SQL:\n"
    assert Prompt(instructions="amounts  are\nin cents")(HOTEL, "x")[0] == prefix + "-- amounts are in cents\n"


@pytest.mark.parametrize("template", ["schema-first", "sqlcoder"])
@pytest.mark.parametrize("name", schema_names())
def test_every_template_shares_its_first_part(template: str, name: str) -> None:
    schema, prompt = load_schema(name), Prompt(template=template)
    parts = [prompt(schema, question.text) for question in schema.questions]
    assert len({prefix for prefix, _ in parts}) == 1
    for question, (prefix, suffix) in zip(schema.questions, parts, strict=True):
        text = prefix + suffix
        assert " ".join(question.text.split()) in suffix
        assert all(column.name in text for table in schema.tables for column in table.columns)
        assert f"{schema.glossary.as_of:%Y-%m-%d}" in text


def test_sqlcoder_asks_twice_and_declares_every_key() -> None:
    text = "".join(Prompt(template="sqlcoder", instructions="be brief")(HOTEL, "How many [big] rooms?"))
    assert text.count("[QUESTION]How many [big] rooms?[/QUESTION]") == 2
    assert text.endswith("[SQL]\n")
    assert "### Instructions\nbe brief\n" in text
    assert "  channel text, -- one of web, phone, agency, walk_in\n" in text
    assert text.count("FOREIGN KEY") == sum(len(table.foreign_keys) for table in HOTEL.tables)


def test_a_template_of_ones_own(tmp_path: Path) -> None:
    mine = tmp_path / "mine.jinja"
    mine.write_text("{{ about }}\n{{ schema }}\nQ: {{ question }} A:")
    prefix, suffix = Prompt(template=str(mine))(HOTEL, "a {{ b }}?")
    assert prefix.startswith(HOTEL.glossary.about)
    assert suffix == "Q: a {{ b }}? A:"
    bad = {"{{ schema }}": "no {{ question }}", "{{ nothing }}": "cannot be rendered.*nothing", "{% if": "cannot be"}
    for text, problem in bad.items():
        mine.write_text(text)
        with pytest.raises(ConfigError, match=problem):
            Prompt(template=str(mine))(HOTEL, "x")
    with pytest.raises(ConfigError, match="no prompt template 'poem': use schema-first, sqlcoder, chat"):
        Prompt(template="poem")(HOTEL, "x")


def test_a_chat_template_goes_around() -> None:
    prefix, suffix = Prompt(template="chat", wrap=lambda text: f"<user>{text}<end><me>")(HOTEL, "How many?")
    assert prefix.startswith("<user>-- Postgres.")
    assert suffix == "-- Question: How many?\n-- SQL:\n<end><me>"
    with pytest.raises(ConfigError, match="chat template"):
        Prompt(template="chat")(HOTEL, "How many?")


def test_the_glossary_names_codes_and_odd_columns_only() -> None:
    prefix, _ = Prompt(glossary=True)(HOTEL, "x")
    assert "code sgl=single room|dbl=double room|twn=twin room|fam|ste=suite" in prefix
    assert "tier silver|gold|platinum [loyalty tier]" in prefix
    assert " -- employees, staff members, colleagues\n" in prefix
    assert "has_pool boolean)" in prefix
    assert "hotel_id int pk" in prefix
    assert len(prefix) < 1.6 * len(prompt_parts(HOTEL, "x")[0])


@pytest.mark.parametrize("name", schema_names())
def test_the_likeliest_tables_are_mostly_those_of_the_gold(name: str) -> None:
    """Half a schema's room: most train questions still see every table that they need (88% over all schemas)."""
    schema = load_schema(name)
    full = len(prompt_parts(schema, "x")[0])
    prompt = Prompt(limit=full // 2, count=len)
    seen = 0
    for question in schema.split("train"):
        prefix, suffix = prompt(schema, question.text)
        assert len(prefix) <= full // 2 or len(prompt.tables(schema, question.text)) == 1
        assert "".join(prompt_parts(schema, question.text)).endswith(suffix)
        seen += tables_of(question.golds[0]) <= set(prompt.tables(schema, question.text))
    assert seen >= 0.7 * len(schema.split("train"))


def test_a_gold_sees_all_its_tables_whatever_the_room() -> None:
    prompt = Prompt(limit=100, count=len)
    for question in HOTEL.split("train"):
        needed = tables_of(question.golds[0])
        assert needed <= set(prompt.tables(HOTEL, question.text, needed))


def test_a_schema_that_fits_is_not_touched() -> None:
    prompt = Prompt(limit=10_000)
    assert prompt(HOTEL, "anything") == prompt_parts(HOTEL, "anything")
    assert not prompt.is_long(HOTEL)
    assert Prompt(limit=100).is_long(HOTEL)


@settings(max_examples=60)
@given(st.text(max_size=60), st.integers(0, 900))
def test_chosen_tables_fit_and_stand_in_the_schemas_order(question: str, room: int) -> None:
    cost = {table.name: 100 for table in HOTEL.tables}
    chosen = choose_tables(HOTEL, question, cost, room)
    names = [table.name for table in HOTEL.tables]
    assert list(chosen) == [name for name in names if name in chosen]
    assert chosen == choose_tables(HOTEL, question, cost, room)
    assert 100 * len(chosen) <= max(room, 100)


def test_scores_follow_the_words() -> None:
    scores = table_scores(HOTEL, "Which employees earn the highest salary?")
    assert max(scores, key=scores.__getitem__) == "staff"


def test_tables_of_leaves_ctes_out() -> None:
    assert tables_of("WITH a AS (SELECT * FROM guest) SELECT * FROM a JOIN stay USING (guest_id)") == {"guest", "stay"}
    assert tables_of("no SQL at all (") == frozenset()
