"""Every key of the language stands in the reference, with all that there is to say about it."""

from __future__ import annotations

import json
import re
from typing import get_args, get_type_hints

import jsonschema

from archc.spec import grammar
from archc.spec.document import Spec
from archc.spec.fields import Table, tag_of
from archc.spec.json_schema import json_schema
from archc.spec.layers import Layer
from archc.spec.layers.joining import Joining
from archc.spec.reference.pages import FOLDER, pages, places
from archc.spec.reference.rows import Fact, facts


class ByName(dict[type, str]):
    """Links that nobody follows."""

    def __missing__(self, cls: type) -> str:
        return cls.__name__


OPS = [*get_args(get_args(Layer)[0]), *get_args(get_args(Joining)[0] or Joining)]
TABLES = [place.cls for place in places()] + [op for op in OPS if isinstance(op, type)]
PAGES = pages()
SCHEMA = json_schema()
KEYS = {f"{cls.__name__}.{fact.key}": (cls, fact) for cls in TABLES for fact in facts(cls, ByName())}


def test_the_pages_are_fresh() -> None:
    kept = {file.name: file.read_text("utf-8") for file in FOLDER.glob("*.md")}
    assert kept == pages(), "run: python -m archc.spec.reference"


def test_every_table_of_the_language_has_a_section() -> None:
    written = {cls for name, cls in grammar.classes().items() if name != "Table"}
    internal = {cls for cls in written if cls.__module__ == "archc.spec.layers.internal"}
    assert written - internal - set(TABLES) - {op for op in written if "op" in _fields(op)} == set()
    text = "\n".join(PAGES.values())
    assert [
        cls for cls in TABLES if f'id="{cls.__name__.lower()}"' not in text and "op" not in _fields(cls)
    ] == []


def test_every_layer_has_an_entry() -> None:
    layers = get_args(get_args(Layer)[0])
    assert [cls for cls in layers if f"### `{tag_of(cls, 'op')}`" not in PAGES["ops.md"]] == []


def test_every_key_has_a_type_a_default_a_unit_a_meaning_and_an_example() -> None:
    assert len(KEYS) > 500
    assert [name for name, (_, fact) in KEYS.items() if not _complete(fact)] == []


def test_a_key_that_lacks_something_is_found() -> None:
    whole = Fact("x", "integer", "1", "pixels", "Something.", 2)
    assert _complete(whole)
    lacking = ({"unit": ""}, {"meaning": "Something"}, {"example": None}, {"default": ""}, {"kind": ""})
    assert not any(_complete(whole._replace(**lack)) for lack in lacking)


def test_every_example_is_one_that_the_language_takes() -> None:
    wrong = []
    for name, (cls, fact) in KEYS.items():
        table = SCHEMA if cls is Spec else SCHEMA["$defs"][cls.__name__]
        wanted = table["properties"][fact.key] | {"$defs": SCHEMA["$defs"]}
        if not jsonschema.Draft202012Validator(wanted).is_valid(json.loads(json.dumps(fact.example))):
            wrong.append(name)
    assert wrong == []


def _complete(fact: Fact) -> bool:
    unit = fact.unit or not re.search("number|integer", fact.kind)
    return (
        bool(fact.kind and fact.default and unit and fact.meaning.endswith((".", ".)")))
        and fact.example is not None
    )


def test_links_lead_to_sections() -> None:
    for name, text in PAGES.items():
        for file, anchor in re.findall(r"\]\(([\w.]*)#([\w-]+)\)", text):
            target = PAGES[file or name]
            assert f'id="{anchor}"' in target or f"### `{anchor}`" in target, (name, file, anchor)


def _fields(cls: type) -> set[str]:
    return set(get_type_hints(cls)) if issubclass(cls, Table) else set()
