"""Words that cannot name a column without quotes: those that Postgres 18 reserves, and a few that sqlglot misreads.

Postgres's part was found by trying every row of pg_get_keywords() as a column (a test does it again).
"""

from __future__ import annotations

_POSTGRES = """
    all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation
    column concurrently constraint create cross current_catalog current_date current_role current_schema current_time
    current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign freeze
    from full grant group having ilike in initially inner intersect into is isnull join lateral leading left like limit
    localtime localtimestamp natural not notnull null offset on only or order outer overlaps placing primary references
    returning right select session_user similar some symmetric system_user table tablesample then to trailing true
    union unique user using variadic verbose when where window with
"""
_OTHERS = """
    alter begin between call commit copy drop exclude execute if interval kill list map merge open prepare revoke
    rlike rollback row struct update values
"""
POSTGRES = frozenset(_POSTGRES.split())
"""What Postgres refuses."""
RESERVED = POSTGRES | frozenset(_OTHERS.split())
"""That and what sqlglot, or a reader, takes for something else."""
