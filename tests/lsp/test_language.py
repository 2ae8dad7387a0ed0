"""What the language says of a place: keys, kinds, values, in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from archc.lsp import wording
from archc.lsp.drafting import drafted
from archc.source.document.wording import scaled
from archc.source.text.spans import Path as Place
from archc.spec import keys as language
from archc.spec.grammar import classes, schema
from archc.spec.layers.closed_sets import OPS

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("path", sorted(ROOT.glob("specs/*.toml")), ids=lambda path: path.name)
def test_it_knows_every_key_of_every_spec(path: Path) -> None:
    draft = drafted(path.read_text("utf-8"), "toml")
    for place in draft.pieces:
        named = place and isinstance(place[-1], str)
        if named and language.keys_at(place[:-1], draft.data):
            assert language.key_at(place, draft.data), place


def test_keys_are_those_of_the_grammar() -> None:
    """Every class takes as keys what the compiled grammar takes, in its order."""
    seen = set()
    todo: list[Any] = [schema()]
    while todo:
        each = todo.pop()
        if isinstance(each, dict):
            todo += each.values()
            if each.get("type") == "dataclass":
                name = each["cls"]["class"]
                fields = [field.get("validation_alias", field["name"]) for field in each["schema"]["fields"]]
                assert [key.name for key in language.keys_of_class(classes()[name])] == fields, name
                seen.add(name)
        elif isinstance(each, list | tuple):
            todo += each
    assert len(seen) > 100


def test_a_key_is_found_through_unions_lists_and_words_of_python() -> None:
    data = {"model": {"kind": "graph", "nodes": [{"op": {"op": "conv2d"}}]}}
    assert set(language.keys_at(("model", "nodes", 0), data)) >= {"name", "from", "use"}
    assert "kernel_size" in language.keys_at(("model", "nodes", 0, "op"), data)
    assert language.key_at(("model", "nodes", 0, "from", 1), data) == language.key_at(
        ("model", "nodes", 0, "from"), data
    )


def test_kinds_and_their_values() -> None:
    assert [c.value for c in language.choices_at(("model", "kind"), {})] == [
        "classifier",
        "unet",
        "siamese",
        "graph",
    ]
    ops = {choice.value for choice in language.choices_at(("model", "head", "layers", 0, "op"), {})}
    assert {"conv2d", "residual", "extension"} <= ops
    assert ops <= set(OPS) | {"repeat", "residual"} | ops
    assert language.tag_at(("train", "optimizer"), {}) == "kind"
    assert language.tag_at(("train",), {}) is None


def test_values_of_closed_sets_and_truths() -> None:
    data = {"model": {"kind": "unet"}}
    assert [c.value for c in language.choices_at(("model", "decoder", "norm"), data)] == ["none", "batch"]
    assert [c.value for c in language.choices_at(("model", "decoder", "blur"), data)] == [True, False]
    assert [c.value for c in language.choices_at(("archc",), data)] == [1]
    assert "mean_iou" in [c.value for c in language.choices_at(("metrics", "kinds", 0), data)]


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (("input", "channels"), "integer from 1 to 4096"),
        (("model", "classes"), "integer ≥ 1"),
        (("train", "phases", 0, "lr"), "number > 0 or list of numbers > 0"),
        (("model", "head", "dropout"), "number ≥ 0 and < 1 or list of numbers ≥ 0 and < 1"),
        (("train", "groups"), '`"body_head"` or `"per_stage"` or `"per_block"` or list of tables'),
        (("input", "size"), "list of 2"),
        (("name",), "text"),
        (("model",), "table"),
        (("export", "preprocess"), "true or false"),
    ],
)
def test_types_in_words(place: Place, words: str) -> None:
    data = {"model": {"kind": "classifier"}}
    key = language.key_at(place, data)
    assert key is not None
    assert wording.kind(key.hint) == words


def test_a_keys_page_has_type_default_doc_and_example() -> None:
    key = language.key_at(("input", "size"), {})
    assert key is not None
    assert (
        wording.key_page(key)
        == "**`size`** — list of 2 · required\n\n[height, width] in pixels.\n\nExample: `[224, 224]`"
    )


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0"), (99_999, "99,999"), (45_158_400, "45.16 M"), (8_980_000_000, "8.98 G")]
)
def test_counts(count: int, words: str) -> None:
    assert scaled(count) == words
