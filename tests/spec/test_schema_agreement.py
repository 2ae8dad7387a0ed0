"""The JSON Schema takes what the language takes, over generated specs, good and broken.

`EXCEPTIONS` are the rules that JSON Schema cannot say. Data is plain JSON here: TOML's dates and its `nan`
and `inf` are of no JSON type, and what is written twice or too deep never becomes data.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest

from archc.source.document.document import SpecError, read_text
from archc.source.document.load import load
from archc.source.text import limits
from archc.spec.json_schema import KEPT
from tests.generated.battering import _changed
from tests.generated.mistakes import KINDS
from tests.generated.mutations import places
from tests.generated.strategies import valid_spec

SCHEMA: dict[str, Any] = json.loads(KEPT.read_text("utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
TABLES = {**SCHEMA["$defs"], "Spec": SCHEMA}


def whole_float(value: Any) -> bool:
    """`64.0` is an integer in JSON Schema, which knows numbers but no types of them; here it is none."""
    return isinstance(value, float) and value.is_integer()


def endless_integer(value: Any) -> bool:
    """Where a number may stand, so may any in JSON Schema; a document holds 64 bits."""
    return isinstance(value, int) and value not in limits.INTEGERS


EXCEPTIONS: tuple[Callable[[Any], bool], ...] = (whole_float, endless_integer)


def excepted(data: Any) -> bool:
    """Whether the two may differ over the data."""
    return any(rule(value) for _, value in places(data) for rule in EXCEPTIONS)


def refusal(data: Any) -> str | None:
    """What the language says of the structure of data; None where it is fine."""
    try:
        load(read_text(json.dumps(data), "x.json", "json"))
    except SpecError as error:
        return f"{error.diagnostics[0].code}: {error.diagnostics[0].message}"
    return None


def a_spec(seed: int) -> dict[str, Any]:
    """A spec that is fine, or with changes that may leave it so."""
    draw = random.Random(seed)
    data = valid_spec(seed)
    if seed % 4 == 1:
        mistake = KINDS[draw.choice(sorted(KINDS))](draw, data)
        return mistake.data if mistake else data
    for _ in range(seed % 4 // 2 * draw.randint(1, 2)):
        data = _changed(draw, data)
    return data


def check(seeds: range) -> tuple[int, int]:
    """How many were taken and how many refused, by both."""
    taken = refused = 0
    for seed in seeds:
        data = a_spec(seed)
        fault = refusal(data)
        if (fault is None) == VALIDATOR.is_valid(data):
            taken += fault is None
            refused += fault is not None
        else:
            error = jsonschema.exceptions.best_match(VALIDATOR.iter_errors(data))
            assert excepted(data), (seed, fault, error.message if error else None)
    return taken, refused


def test_it_is_a_schema() -> None:
    VALIDATOR.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_the_two_agree() -> None:
    taken, refused = check(range(100))
    assert taken > 25
    assert refused > 20


@pytest.mark.nightly
@pytest.mark.parametrize("block", range(10))
def test_the_two_agree_on_5000_specs(block: int) -> None:
    taken, refused = check(range(10_000 + block * 500, 10_000 + block * 500 + 500))
    assert min(taken, refused) > 80


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("input", "size", 0), 64.0),
        (("archc",), 1.0),
        (("model", "head", "dropout"), 10**30),
    ],
)
def test_the_exceptions_are_real(path: tuple[str | int, ...], value: object) -> None:
    data: Any = {
        "archc": 1,
        "input": {"size": [64, 64]},
        "model": {"kind": "classifier", "classes": 2, "body": {"ref": "torchvision/resnet18"}, "head": {}},
    }
    assert refusal(data) is None
    place = data
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    assert refusal(data) is not None
    assert excepted(data)


def test_the_editors_key_is_no_key_of_the_spec() -> None:
    data = valid_spec(3)
    assert refusal({"$schema": "../schema/archc.schema.json", **data}) == refusal(data)


def test_every_key_says_what_it_means() -> None:
    for name, table in TABLES.items():
        for key, value in table.get("properties", {}).items():
            assert value.get("description"), (name, key)
            assert {"default", "const", "enum", "examples"} & value.keys(), (name, key)


@pytest.mark.parametrize("name", TABLES)
def test_examples_and_defaults_fit(name: str) -> None:
    for key, value in TABLES[name].get("properties", {}).items():
        inner = jsonschema.Draft202012Validator({"$defs": SCHEMA["$defs"], **value})
        given = [*value.get("examples", ()), *([value["default"]] if "default" in value else [])]
        wrong = [each for each in given if not inner.is_valid(each)]
        assert wrong == [], key
