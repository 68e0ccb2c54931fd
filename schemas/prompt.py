"""Schema and question as a prompt, in two parts: what all questions on a schema share, and the rest.

The shipped `schema-first` prompt puts the schema first and the question last, so that training and prediction compute
the schema once (design: "Training without packing, but fast"). Any Jinja template is cut in two where its question
first stands; the parts must be tokenised apart. A schema that is too long for the prompt is shortened by whole tables
(`schemas.shorten`). Knows no tokenizer: how a text is counted, and a chat template around it, are passed in.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path

from schemas.catalog import Schema
from schemas.ddl import Column, ForeignKey, Table
from schemas.errors import ConfigError
from schemas.glossary import ColumnWords, TableWords
from schemas.shorten import choose_tables

PROMPTS = Path(__file__).parent / "prompts"
DEFAULT = "schema-first"
CHAT = "chat"
"""`schema-first` inside the chat template of the model's tokenizer."""
_MARK = "\N{SYMBOL FOR START OF TEXT}question\N{SYMBOL FOR END OF TEXT}"
"""Stands for the question while a template is rendered once a schema."""
LETTERS_A_TOKEN = 3
"""Letters that a token stands for at least, about; used where nothing counts exactly."""

_SHORT = {
    "timestamp with time zone": "timestamptz",
    "timestamp without time zone": "timestamp",
    "double precision": "float",
    "integer": "int",
}


def _roughly(text: str) -> int:
    return -(-len(text) // LETTERS_A_TOKEN)


@dataclass(frozen=True)
class Prompt:
    """How schema and question are written for the model."""

    template: str = DEFAULT
    """A shipped template's name, `chat`, or the path of a Jinja file that uses {{ schema }} or {{ ddl }}, and
    {{ question }}; {{ today }}, {{ about }} and {{ instructions }} too, where it likes."""
    glossary: bool = False
    """Whether tables, columns and coded values carry the glossary's words for them."""
    instructions: str = ""
    """A line of the user's own about the databases ("amounts are in cents")."""
    limit: int = 0
    """Tokens that the shared part may have; a longer schema is shortened by whole tables. 0 for any number."""
    count: Callable[[str], int] = _roughly
    """Text -> tokens."""
    wrap: Callable[[str], str] | None = None
    """Puts the tokenizer's chat template around a text; needed for `chat` only."""
    _made: dict[tuple[str, tuple[str, ...]], tuple[str, str]] = field(default_factory=dict, compare=False, repr=False)
    """Parts written before; a prompt serves schemas of different names."""
    _long: dict[str, bool] = field(default_factory=dict, compare=False, repr=False)

    def __call__(self, schema: Schema, question: str, needed: Collection[str] = ()) -> tuple[str, str]:
        """The prompt of a question: what it shares with the schema's other questions, and its own part.

        Args:
            schema: the question's schema.
            question: as asked; whitespace is evened out.
            needed: tables that must be there: those of the gold, in training.

        Raises:
            ConfigError: the template cannot be read or rendered, or has no place for the question.
        """
        said = " ".join(question.split())
        prefix, suffix = self._parts(schema, self.tables(schema, said, needed))
        return prefix, suffix.replace(_MARK, said)

    def outline(self) -> str:
        """The prompt with {today}, {schema}, {question} and the like in their places: for a reader, or another tool."""
        names = ("schema", "ddl", "question", "today", "about")
        values = {name: f"{{{name}}}" for name in names} | {"instructions": self.instructions}
        text = _rendered(self.template, values)
        return self.wrap(text) if self.wrap is not None else text

    def tables(self, schema: Schema, question: str, needed: Collection[str] = ()) -> tuple[str, ...]:
        """The tables that a question's prompt shows: all, unless the schema is too long."""
        everything = tuple(table.name for table in schema.tables)
        if not self.is_long(schema):
            return everything
        lines = {table.name: _table_line(table, self._words(schema, table.name)) for table in schema.tables}
        cost = {name: self.count(line + "\n") for name, line in lines.items()}
        around = self.count("".join(self._parts(schema, ()))) - self.count(_MARK)
        return choose_tables(schema, question, cost, self.limit - around, needed)

    def is_long(self, schema: Schema) -> bool:
        """Whether a schema's whole text is longer than the limit."""
        if not self.limit:
            return False
        if schema.name not in self._long:
            everything = tuple(table.name for table in schema.tables)
            self._long[schema.name] = self.count(self._parts(schema, everything)[0]) > self.limit
        return self._long[schema.name]

    def _words(self, schema: Schema, table: str) -> TableWords | None:
        return schema.glossary.tables.get(table) if self.glossary else None

    def _parts(self, schema: Schema, tables: tuple[str, ...]) -> tuple[str, str]:
        key = (schema.name, tables)
        if key not in self._made:
            text = self._render(schema, tables)
            before, mark, after = text.partition(_MARK)
            if not mark:
                raise ConfigError(f"the prompt template {self.template} has no {{{{ question }}}}: add it")
            cut = before.rfind("\n") + 1  # the question's own line is tokenised as one piece
            self._made[key] = before[:cut], before[cut:] + mark + after
        return self._made[key]

    def _render(self, schema: Schema, tables: tuple[str, ...]) -> str:
        shown = [table for table in schema.tables if table.name in tables]
        values = {
            "schema": "\n".join(_table_line(table, self._words(schema, table.name)) for table in shown),
            "ddl": "\n".join(_create_table(table) for table in shown),
            "question": _MARK,
            "today": f"{schema.glossary.as_of:%Y-%m-%d}",
            "about": schema.glossary.about,
            "instructions": " ".join(self.instructions.split()),
        }
        text = _rendered(self.template, values)
        if self.template != CHAT:
            return text
        if self.wrap is None:
            raise ConfigError("the chat prompt needs a tokenizer with a chat template, which this model has not")
        return self.wrap(text)


def _rendered(template: str, values: dict[str, str]) -> str:
    """A template's text with values in their places."""
    from jinja2 import Environment, StrictUndefined, TemplateError

    name = DEFAULT if template == CHAT else template
    shipped = PROMPTS / f"{name}.jinja"
    path = shipped if shipped.is_file() else Path(name)
    if not path.is_file():
        known = ", ".join([*sorted(item.stem for item in PROMPTS.glob("*.jinja")), CHAT])
        raise ConfigError(f"there is no prompt template {template!r}: use {known}, or the path of a Jinja file")
    # Plain text for a model, not HTML: nothing is to be escaped.
    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)  # noqa: S701
    try:
        return environment.from_string(path.read_text(encoding="utf-8")).render(values)
    except (TemplateError, UnicodeDecodeError) as error:
        raise ConfigError(f"the prompt template {path} cannot be rendered: {error}; mend it") from None


def schema_text(schema: Schema) -> str:
    """The schema, one line a table: columns with types, keys, and the values that checks and enums allow.

    Example:
        room(room_id int pk, hotel_id -> hotel, kind single|double, price numeric)
    """
    return "\n".join(_table_line(table) for table in schema.tables)


def _table_line(table: Table, words: TableWords | None = None) -> str:
    keys = {key.columns[0]: key for key in table.foreign_keys if len(key.columns) == 1}
    single = table.primary_key[0] if len(table.primary_key) == 1 else None
    spoken = words.columns if words is not None else {}
    parts = [
        _column_text(column, keys.get(column.name), column.name == single, spoken.get(column.name))
        for column in table.columns
    ]
    if single is None and table.primary_key:
        parts.append(f"pk({', '.join(table.primary_key)})")
    parts += [
        f"({', '.join(key.columns)}) -> {key.parent}({', '.join(key.parent_columns)})"
        for key in table.foreign_keys
        if len(key.columns) > 1
    ]
    said = _said_otherwise(table.name, [words.many, *(many for _, many in words.synonyms)]) if words else ""
    return f"{table.name}({', '.join(parts)}){' -- ' if said else ''}{said}"


def _column_text(column: Column, key: ForeignKey | None, primary: bool, words: ColumnWords | None = None) -> str:
    """One column: a key says what it refers to instead of its type, a closed list its values."""
    if key is not None:
        same = key.parent_columns == (column.name,)
        return f"{column.name} -> {key.parent if same else f'{key.parent}.{key.parent_columns[0]}'}"
    kind = column.type.split("(")[0].replace("decimal", "numeric")
    array = "[]" if "[]" in column.type and "[]" not in kind else ""
    text = f"{column.name} {_SHORT.get(kind, kind)}{array}"
    if column.values:
        text = f"{column.name} {'|'.join(column.values)}"
    if words is not None:
        text = _with_words(column, text, words)
    return f"{text} pk" if primary else text


def _with_words(column: Column, text: str, words: ColumnWords) -> str:
    """A column's text with its spoken name where its own says something else, and codes with what they stand for."""
    if column.type != "boolean":
        stand_for = {code: noun for code, noun in words.nouns.items() if _plain(code) not in _plain(noun)}
        values = column.values or tuple(stand_for)
        if values:
            text = f"{column.name} {'|'.join(f'{v}={stand_for[v]}' if v in stand_for else v for v in values)}"
    said = "" if words.role == "key" else _said_otherwise(column.name, [words.name])
    return f"{text} [{said}]" if said else text


def _said_otherwise(name: str, phrases: list[str]) -> str:
    """Those phrases that have a word the identifier has not."""
    own = set(_plain(name).split())
    return ", ".join(phrase for phrase in dict.fromkeys(phrases) if set(_plain(phrase).split()) - own - {"s"})


def _plain(text: str) -> str:
    """Lower case, words apart, plural s off."""
    return " ".join(word.rstrip("s") for word in text.lower().replace("_", " ").replace("-", " ").split())


def _create_table(table: Table) -> str:
    """A table as a CREATE TABLE statement, keys and closed lists included."""
    lines = []
    for column in table.columns:
        closed = f" -- one of {', '.join(column.values)}" if column.values else ""
        lines.append((f"  {column.name} {column.type}", closed))
    if table.primary_key:
        lines.append((f"  PRIMARY KEY ({', '.join(table.primary_key)})", ""))
    lines += [
        (f"  FOREIGN KEY ({', '.join(key.columns)}) REFERENCES {key.parent} ({', '.join(key.parent_columns)})", "")
        for key in table.foreign_keys
    ]
    body = "\n".join(f"{text}{',' if place < len(lines) - 1 else ''}{note}" for place, (text, note) in enumerate(lines))
    return f"CREATE TABLE {table.name} (\n{body}\n);"


def prompt_parts(schema: Schema, question: str) -> tuple[str, str]:
    """The default prompt in two parts: the prefix that all questions on the schema share, and the question's suffix."""
    return Prompt()(schema, question)
