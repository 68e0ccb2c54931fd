"""Proofs of equivalence: what they claim holds on real rows, and near misses are not claimed."""

from __future__ import annotations

import pytest

from schemas.catalog import load_schema
from schemas.equivalent import why_equivalent
from schemas.mutate import mutants

HOTEL = load_schema("hotel_group")


def _proven(sql: str, operator: str) -> dict[str, str]:
    """Mutants of one operator that are proven equivalent, with their reasons."""
    found = mutants(sql, HOTEL.tables, (operator,))
    return {mutant.sql: why for mutant in found if (why := why_equivalent(sql, mutant, HOTEL))}


@pytest.mark.parametrize(
    ("operator", "sql"),
    [
        ("join_type", "SELECT r.room_no FROM room AS r JOIN hotel AS h ON h.hotel_id = r.hotel_id"),
        ("join_type", "SELECT room_no FROM room JOIN hotel USING (hotel_id)"),
        (
            "join_type",
            "SELECT s.stay_id FROM stay AS s LEFT JOIN review AS r ON r.stay_id = s.stay_id WHERE r.score > 5",
        ),
        ("distinct", "SELECT stay_id, channel FROM stay"),
        ("distinct", "SELECT name FROM hotel"),
        ("distinct", "SELECT COUNT(DISTINCT s.stay_id) FROM stay AS s JOIN hotel AS h ON h.hotel_id = s.hotel_id"),
        ("aggregate", "SELECT COUNT(stay_id) FROM stay"),
        ("null_handling", "SELECT COALESCE(rate, 0) FROM stay"),
        ("group_key", "SELECT COUNT(*) FROM guest AS g GROUP BY g.guest_id, g.full_name"),
        ("order", "SELECT COUNT(*) FROM (SELECT stay_id FROM stay ORDER BY stay_id) AS t"),
        ("rank", "SELECT j FROM (SELECT job AS j, RANK() OVER (ORDER BY salary) AS r FROM staff) AS t WHERE r = 1"),
    ],
)
def test_is_proven(operator: str, sql: str) -> None:
    assert _proven(sql, operator)


@pytest.mark.parametrize(
    ("operator", "sql"),
    [
        ("join_type", "SELECT s.stay_id FROM stay AS s JOIN review AS r ON r.stay_id = s.stay_id"),
        (
            "join_type",
            "SELECT s.stay_id FROM stay AS s JOIN room AS r ON r.hotel_id = s.hotel_id AND r.room_no = s.room_no",
        ),
        (
            "join_type",
            "SELECT h.name FROM hotel AS h LEFT JOIN stay AS s ON s.hotel_id = h.hotel_id WHERE s.rate IS NULL",
        ),
        (
            "join_type",
            "SELECT h.name FROM hotel AS h LEFT JOIN stay AS s ON s.hotel_id = h.hotel_id WHERE COALESCE(s.rate, 9) > 5",
        ),
        ("distinct", "SELECT channel FROM stay"),
        ("distinct", "SELECT h.name FROM hotel AS h JOIN stay AS s ON s.hotel_id = h.hotel_id"),
        ("distinct", "SELECT room_no FROM room"),
        ("distinct", "SELECT COUNT(DISTINCT guest_id) FROM stay"),
        ("aggregate", "SELECT COUNT(room_no) FROM stay"),
        ("null_handling", "SELECT COALESCE(size_m2, 0) FROM room"),
        ("group_key", "SELECT COUNT(*) FROM guest AS g GROUP BY g.country, g.tier"),
        ("order", "SELECT COUNT(*) FROM (SELECT stay_id FROM stay ORDER BY rate LIMIT 3) AS t"),
        ("order", "SELECT c FROM (SELECT DISTINCT ON (guest_id) channel AS c FROM stay ORDER BY guest_id, rate) AS t"),
        ("rank", "SELECT j FROM (SELECT job AS j, RANK() OVER (ORDER BY salary) AS r FROM staff) AS t WHERE r <= 3"),
    ],
)
def test_is_not_proven(operator: str, sql: str) -> None:
    assert list(mutants(sql, HOTEL.tables, (operator,)))
    assert _proven(sql, operator) == {}
