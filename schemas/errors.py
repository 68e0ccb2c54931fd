"""The exceptions of sqlloop, drawn as a tree.

    SqlloopError                  anything we raise on purpose; one clear sentence: what, where, what to do next
    ├── UsageError                the user asked for something that cannot be: exit code 2
    │   ├── ConfigError           a preset, a config key or a flag is wrong
    │   ├── SchemaError           a schema folder is broken or unknown (names file and line)
    │   ├── ModelError            a model cannot be had or loaded
    │   └── DatabaseError         a Postgres server does not answer or refuses us
    ├── DataError                 a file of questions, answers or pairs is malformed: exit code 2
    ├── GapsError                 the work is done but for some items, which are named: exit code 3
    ├── RegressionError           a candidate is worse and the user asked to be told so: exit code 4
    ├── PausedError               the time that the user set is over; what is left can go on later: exit code 0
    ├── LockedError               another process holds the run: exit code 75
    └── StageError                a stage of a round could not finish: exit code 1

A message says what went wrong, where, and what to do next. The command line prints it without a traceback and
leaves with `exit_code`. This module knows nothing of how errors are shown.
"""

from __future__ import annotations

from typing import ClassVar

__all__ = [
    "ConfigError",
    "DataError",
    "DatabaseError",
    "GapsError",
    "LockedError",
    "ModelError",
    "PausedError",
    "RegressionError",
    "SchemaError",
    "SqlloopError",
    "StageError",
    "UsageError",
]


class SqlloopError(Exception):
    """Base of every error raised on purpose; `exit_code` is what the command line leaves with."""

    exit_code: ClassVar[int] = 1


class UsageError(SqlloopError):
    """The user asked for something that cannot be done as asked."""

    exit_code: ClassVar[int] = 2


class ConfigError(UsageError):
    """A preset, a config key or a flag is unknown or out of range."""


class SchemaError(UsageError):
    """A schema is unknown, or one of its files is broken; the message names the file."""


class ModelError(UsageError):
    """A base model cannot be found, fetched or loaded; the message names the ways to get one."""


class DatabaseError(UsageError):
    """A Postgres server does not answer or refuses us."""


class DataError(SqlloopError):
    """A file of questions, answers or pairs is malformed; the message names file and line."""

    exit_code: ClassVar[int] = 2


class GapsError(SqlloopError):
    """Everything was done but for some items, which are named."""

    exit_code: ClassVar[int] = 3


class RegressionError(SqlloopError):
    """The last candidate answers fewer questions of select than the champion."""

    exit_code: ClassVar[int] = 4


class PausedError(SqlloopError):
    """The time that the user set is over; the same command goes on where this one left."""

    exit_code: ClassVar[int] = 0


class LockedError(SqlloopError):
    """Another process holds the lock of this run folder."""

    exit_code: ClassVar[int] = 75


class StageError(SqlloopError):
    """A stage of a round could not finish; what was done before it is kept."""
