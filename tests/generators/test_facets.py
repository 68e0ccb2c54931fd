"""What is found in a schema for the rarer concepts, against what the schemas are known to hold."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.facets import (
    array_columns,
    bridges,
    elements,
    json_fields,
    own_links,
    range_columns,
    spans,
)
from generators.view import View


def test_fields_of_json(rare: Mapping[str, View]) -> None:
    found = {field.key: field for field in json_fields(rare["museum_collection"])}
    kinds = {key: found[key].kind for key in ("height_cm", "material", "signed", "tags")}
    assert kinds == {"height_cm": "number", "material": "text", "signed": "flag", "tags": "list"}
    assert found["height_cm"].name == "height in cm"
    assert found["signed"].missing
    assert "portrait" in found["tags"].values


def test_arrays_and_ranges(rare: Mapping[str, View]) -> None:
    farm = {(item.table, item.column) for item in array_columns(rare["crop_farm"])}
    assert farm == {("fields", "tags"), ("crops", "pests"), ("soil_tests", "flags"), ("workers", "skills"),
                    ("products", "targets")}  # fmt: skip
    ranges = range_columns(rare["satellite_ops"])
    assert ranges == [("passes", "visibility"), ("manoeuvres", "burn"), ("maintenance", "period")]
    assert not json_fields(rare["crop_farm"])


def test_spans_hold_in_every_instance(views: Mapping[str, View]) -> None:
    view = views["hotel_group"]
    assert ("stay", "check_in", "check_out") in spans(view)
    assert ("stay", "check_out", "check_in") not in spans(view)
    for table, start, end in spans(view):
        names = [column.name for column in view.table(table).columns]
        for instance in (1, 2, 3):
            for row in view.schema.rows(1, instance)[table]:
                first, last = row[names.index(start)], row[names.index(end)]
                assert first is not None
                assert last is None or first <= last


def test_own_links_and_bridges(views: Mapping[str, View], rare: Mapping[str, View]) -> None:
    assert [link.child for link in own_links(views["hotel_group"])] == ["staff"]
    assert not own_links(rare["museum_collection"])
    pairs = {(first.parent, second.parent) for first, second in bridges(rare["museum_collection"])}
    assert all(a != b for a, b in pairs)
    assert pairs


@pytest.mark.parametrize(
    ("stored", "parts"),
    [("{x64,docker}", ("x64", "docker")), ("{}", ()), (["a", "b"], ("a", "b")), ('{"a b",c}', ("a b", "c"))],
)
def test_elements(stored: object, parts: tuple[str, ...]) -> None:
    assert elements(stored) == parts


@given(st.lists(st.text("abcxyz_", min_size=1), max_size=6))
def test_elements_of_plain_arrays(parts: list[str]) -> None:
    assert elements("{" + ",".join(parts) + "}") == tuple(parts)
