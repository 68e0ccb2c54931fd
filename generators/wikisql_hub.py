"""WikiSQL from a hub, through the library `datasets`, where it is installed and the hub answers.

Reads the hub's copy in its converted (Parquet) form, since the library runs no loading scripts any more. Each record
carries its table, so that the same records as in the release's files are put together again. Knows no file of ours.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from typing import Any

from generators.wikisql_release import RawQuestion, RawTable, as_question, as_table, with_questions
from schemas.errors import DataError

NAME, REVISION = "Salesforce/wikisql", "refs/convert/parquet"


def fetch_release() -> tuple[RawTable, ...]:
    """The split train.

    Raises:
        DataError: the library is not installed, the hub does not answer, or what it holds is something else.
    """
    try:
        library: Any = importlib.import_module("datasets")
    except ImportError:
        raise DataError("the library datasets is not installed: pip install datasets, or name the release") from None
    try:
        records = library.load_dataset(NAME, revision=REVISION, split="train")
        return from_records(records)
    except DataError:
        raise
    except Exception as error:  # whatever the library, the network or the hub throws: there is a way without it
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise DataError(f"the hub gives no {NAME} ({reason[:160]}): name the release instead") from None


def from_records(records: Iterable[Mapping[str, Any]]) -> tuple[RawTable, ...]:
    """Tables with their questions from records that each hold a question and its table."""
    tables: dict[str, RawTable] = {}
    asked: dict[str, list[RawQuestion]] = {}
    for number, record in enumerate(records):
        where, held = f"{NAME}, record {number}", record["table"]
        if held["id"] not in tables:
            tables[held["id"]] = as_table(held, where)
        sql, given = record["sql"], record["sql"]["conds"]
        conditions = list(zip(given["column_index"], given["operator_index"], given["condition"], strict=True))
        spelt = {"sel": sql["sel"], "agg": sql["agg"], "conds": conditions}
        question = as_question({"table_id": held["id"], "question": record["question"], "sql": spelt}, where)
        asked.setdefault(question.table_id, []).append(question)
    return with_questions(tables.values(), asked)
