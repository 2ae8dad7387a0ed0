"""What is written as TOML is read back as it was."""

from __future__ import annotations

from typing import Any

import tomli
from hypothesis import given
from hypothesis import strategies as st

from archc.source.text.toml_text import Comments, toml_text

SCALARS = st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
VALUES = st.recursive(
    SCALARS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=30,
)


@given(st.dictionaries(TEXTS, VALUES, max_size=5))
def test_what_is_written_is_read(data: dict[str, Any]) -> None:
    assert tomli.loads(toml_text(data)) == data


def long(key: str) -> dict[str, Any]:
    return {key: {"text": "x" * 120}, "short": {"a": 1}, "also": {"b": 2}}


@given(TEXTS.filter(lambda text: text not in ("short", "also")))
def test_the_order_of_tables_in_a_table_is_kept(key: str) -> None:
    data = {"inputs": {"first": {"a": 1}, **long(key)}}
    assert list(tomli.loads(toml_text(data))["inputs"]) == list(data["inputs"])


def test_comments_stand_where_they_belong_and_hold_no_line_breaks() -> None:
    data = {"a": 1, "nodes": [{"name": "x" * 60}, {"name": "y" * 60}]}
    text = toml_text(data, Comments({("nodes", 1): "two\nwords = 3"}, {("nodes", 0): "3x4"}))
    assert text == (
        "a = 1\n\n[[nodes]]                               # 3x4\n"
        f'name = "{"x" * 60}"\n\n# two\\nwords = 3\n[[nodes]]\nname = "{"y" * 60}"\n'
    )
    assert tomli.loads(text) == data


def test_a_table_that_holds_only_tables_has_no_header_of_its_own() -> None:
    data = {"model": {"modules": {"body": {"ref": "x" * 60, "weights": "y" * 60}}}}
    text = toml_text(data)
    assert [line for line in text.splitlines() if line.startswith("[")] == ["[model.modules.body]"]
    assert tomli.loads(text) == data
    said = toml_text(data, Comments(above={("model", "modules"): "shared"}))
    assert "# shared\n[model.modules]\n" in said
    assert tomli.loads(said) == data
