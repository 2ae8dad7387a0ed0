"""Which keys a place in a spec may have: for messages, completion and canonical order."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, get_args, get_type_hints

from archc.spec.fields import Doc
from archc.spec.grammar import classes, schema
from archc.spec.key_docs import key_doc

Schema = dict[str, Any]

KeysAt = Callable[[tuple[str | int, ...], dict[str, Any]], tuple[str, ...]]
"""Answers as `keys_at`."""

DocOf = Callable[[tuple[str | int, ...], dict[str, Any]], str]
"""Answers as `doc_of`."""


def keys_at(path: tuple[str | int, ...], data: object) -> tuple[str, ...]:
    """The keys that the table at `path` may have, in the language's order; () where none is known.

    `data` is the document's data: it tells which member of a union stands there.
    """
    return tuple(dict.fromkeys(key for place in _places(path, data) for key in _field_names(place)))


def doc_of(path: tuple[str | int, ...], data: object) -> str:
    """What the language says of the key that `path` ends in, with an example; empty where it says nothing."""
    for place in _places(path[:-1], data) if path else ():
        hints = _hints(place["cls"]["class"]) if "cls" in place else {}
        name = (
            next((f["name"] for f in place["schema"]["fields"] if _key(f) == path[-1]), "") if hints else ""
        )
        for doc in get_args(hints.get(name)):
            if isinstance(doc, Doc):
                example = f" For example {json.dumps(doc.examples[0])}." if doc.examples else ""
                return doc.text + example
        if name and (known := key_doc(place["cls"]["class"], str(path[-1]))):
            return f"{known[0]} For example {json.dumps(known[1])}."
    return ""


@lru_cache(maxsize=256)
def _hints(name: str) -> dict[str, Any]:
    """The annotations of a class of the language: reading them costs milliseconds."""
    return get_type_hints(classes()[name], include_extras=True)


def _places(path: tuple[str | int, ...], data: object) -> list[Schema]:
    """The tables and lists of the language that may stand at a path."""
    whole = schema()
    definitions = {d["ref"]: d for d in whole.get("definitions", ())}
    places = list(_tables(whole, data, definitions))
    for step in path:
        data = _item(data, step)
        places = [inner for place in places for inner in _follow(place, step, data, definitions)]
    return places


def _field_names(place: Schema) -> Iterator[str]:
    if place["type"] == "dataclass":
        for field in place["schema"]["fields"]:
            yield _key(field)


def _key(field: Schema) -> str:
    """What the field is called in a document."""
    key: str = field["validation_alias"] if "validation_alias" in field else field["name"]
    return key


def _item(data: object, step: str | int) -> object:
    if isinstance(data, dict) and isinstance(step, str):
        return data.get(step)
    if isinstance(data, list) and isinstance(step, int) and step < len(data):
        return data[step]
    return None


def _follow(place: Schema, step: str | int, data: object, definitions: dict[str, Schema]) -> Iterator[Schema]:
    """The tables and lists that stand at `step` of a table or list."""
    if place["type"] == "dataclass":
        inner = [f["schema"] for f in place["schema"]["fields"] if _key(f) == step]
    elif place["type"] == "tuple":
        inner = place["items_schema"]
    else:
        inner = [place["values_schema"]]
    for candidate in inner:
        yield from _tables(candidate, data, definitions)


def _tables(place: Schema, data: object, definitions: dict[str, Schema]) -> Iterator[Schema]:
    """The tables and lists a schema stands for, unions and references resolved."""
    match place["type"]:
        case "definitions":
            definitions.update({d["ref"]: d for d in place["definitions"]})
            yield from _tables(place["schema"], data, definitions)
        case "definition-ref":
            yield from _tables(definitions[place["schema_ref"]], data, definitions)
        case "default" | "nullable":
            yield from _tables(place["schema"], data, definitions)
        case "tagged-union":
            yield from _members(place, data, definitions)
        case "union":
            for choice in place["choices"]:
                yield from _tables(choice, data, definitions)
        case "dataclass" | "tuple" | "dict":
            yield place
        case _:
            return


def _members(place: Schema, data: object, definitions: dict[str, Schema]) -> Iterator[Schema]:
    by = place["discriminator"]
    key, otherwise = (by["tag"], by["otherwise"]) if isinstance(by, dict) else (by, None)
    tag = data.get(key, otherwise) if isinstance(data, dict) else None
    choices = place["choices"]
    chosen = [choices[tag]] if isinstance(tag, str) and tag in choices else list(choices.values())
    for choice in chosen:
        yield from _tables(choice, data, definitions)
