"""The words of other libraries lead to words that the language has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from archc.source.document import synonyms as habits
from archc.spec.grammar import schema


def _walk(place: Any) -> Iterator[dict[str, Any]]:
    if isinstance(place, dict):
        yield place
        for inner in place.values():
            yield from _walk(inner)
    elif isinstance(place, list):
        for inner in place:
            yield from _walk(inner)


PARTS = list(_walk(schema()))
KEYS = {
    field.get("validation_alias", field["name"])
    for part in PARTS
    if part.get("type") == "dataclass-args"
    for field in part["fields"]
}
VALUES = {value for part in PARTS if part.get("type") == "literal" for value in part["expected"]} | {
    tag for part in PARTS if part.get("type") == "tagged-union" for tag in part["choices"]
}


def test_keys_that_are_meant_exist() -> None:
    assert {key for keys in habits._KEYS.values() for key in keys} - KEYS == set()
    assert {key for keys in habits._PLACES for key in keys.split()} - KEYS == set()
    assert set(habits._FORMS) - KEYS == set()


def test_places_exist() -> None:
    assert {step for place in habits._PLACES.values() for step in place.split(".")} - KEYS == set()


def test_values_that_are_meant_exist() -> None:
    assert {value for found in habits._VALUES.values() for value, _ in found} - VALUES == set()
