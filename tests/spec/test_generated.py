"""What is generated from the language is fresh and agrees with it."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import tomli

from archc.spec import grammar
from archc.spec.json_schema import KEPT, json_schema, text
from archc.spec.keys import keys_at

SPECS = sorted((Path(__file__).parents[2] / "specs").glob("*.toml"))


def test_the_kept_grammar_is_the_language() -> None:
    kept = (Path(grammar.__file__).with_name("grammar.json")).read_text("utf-8")
    assert kept == grammar.kept_text(), "run: python -m archc.spec.grammar"


def test_the_schema_is_the_language() -> None:
    assert KEPT.read_text("utf-8") == text(), "run: python -m archc.spec.json_schema"
    jsonschema.Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_the_schema_takes_the_examples(path: Path) -> None:
    data = tomli.loads(path.read_text("utf-8"))
    jsonschema.Draft202012Validator(json.loads(KEPT.read_text("utf-8"))).validate(data)


def test_another_release_of_pydantic_core_compiles_the_classes(monkeypatch: pytest.MonkeyPatch) -> None:
    data = tomli.loads(SPECS[0].read_text("utf-8"))
    usual = grammar.validator().validate_python(data)
    for cached in (grammar.validator, grammar.schema):
        cached.cache_clear()
    monkeypatch.setattr(grammar, "_release", lambda version: "another")
    try:
        assert grammar.validator().validate_python(data) == usual
    finally:
        for cached in (grammar.validator, grammar.schema):
            cached.cache_clear()


def test_keys_follow_the_kind_that_is_written() -> None:
    data = {"data": {"kind": "digits"}}
    assert tuple(keys_at(("data",), data)) == ("kind", "valid", "split_seed", "augment")
    assert "masks" in keys_at(("data", "train"), {"data": {"kind": "segmentation", "train": {}}})
    assert "root" in keys_at(("data",), {"data": {}})
    assert keys_at(("nowhere",), {}) == {}
