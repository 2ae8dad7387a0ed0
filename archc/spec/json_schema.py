"""The JSON Schema of the language, for editors. `python -m archc.spec.json_schema` writes it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from archc.spec.key_docs import key_doc

KEPT = Path(__file__).resolve().parents[2] / "schema" / "archc.schema.json"
"""Where a clone keeps it; specs name it by `#:schema`."""

Schema = dict[str, Any]


def json_schema() -> Schema:
    """Return the language as JSON Schema, draft 2020-12: each key described, with a default or an example."""
    from pydantic import TypeAdapter

    from archc.spec.document import Spec

    schema = TypeAdapter(Spec).json_schema()
    # editors write the key that names the schema into JSON documents
    schema["properties"] = {"$schema": {"type": "string"}} | schema["properties"]
    for name in sorted(_told_apart(schema)):
        _require_tag(schema, name)
    for name, table in {**schema["$defs"], "Spec": schema}.items():
        for key, value in table.get("properties", {}).items():
            table["properties"][key] = _described(value, name, key)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "archc spec"} | schema


def _told_apart(schema: Any) -> Iterator[tuple[str, str]]:
    """Yield the classes of unions that one key tells apart, each with that key."""
    if isinstance(schema, list):
        for item in schema:
            yield from _told_apart(item)
    elif isinstance(schema, dict):
        if "discriminator" in schema:
            key = schema["discriminator"]["propertyName"]
            yield from ((ref.rpartition("/")[2], key) for ref in schema["discriminator"]["mapping"].values())
        for value in schema.values():
            yield from _told_apart(value)


def _require_tag(schema: Schema, member: tuple[str, str]) -> None:
    """Require in specs the key that tells a class apart, which has a default in Python."""
    name, key = member
    table = schema["$defs"][name]
    table["required"] = list(dict.fromkeys([key, *table.get("required", ())]))
    table["properties"][key].pop("default", None)


def _described(value: Schema, name: str, key: str) -> Schema:
    """Return a key's schema with its meaning where it has no words of its own."""
    known = key_doc(name, key)
    if known and "description" not in value:
        value = {"allOf": [value]} if "$ref" in value else value
        value = {"description": known[0]} | value
    if known and value.keys().isdisjoint(("default", "const", "enum", "examples")):
        value = value | {"examples": [known[1]]}
    return value


def text() -> str:
    """Return the text of the schema's file."""
    return json.dumps(json_schema(), indent=1) + "\n"


if __name__ == "__main__":
    KEPT.parent.mkdir(exist_ok=True)
    KEPT.write_text(text(), "utf-8")
