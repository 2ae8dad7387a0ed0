"""The language's dataclasses compiled into a validator.

pydantic compiles the classes into a core schema and pydantic_core runs it. Importing pydantic is most of the
time of a cold `archc validate`, so the compiled schema is kept as data in `grammar.json`, made by
`python -m archc.spec.grammar`, and used where the installed pydantic_core is of the release that it was made
with; elsewhere the classes are compiled on the spot.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archc.spec import data, document, inputs, labeled, layers, model, train
from archc.spec.core import pydantic_core
from archc.spec.fields import TagOr
from archc.spec.frozen import defaults_of

if TYPE_CHECKING:
    from pydantic_core import SchemaValidator

_KEPT = Path(__file__).with_name("grammar.json")
_MODULES = (document, inputs, model, data, labeled, train, layers)


@lru_cache(maxsize=1)
def validator() -> SchemaValidator:
    """Return what validates plain data into a `Spec`; its errors are pydantic_core's."""
    made: SchemaValidator = pydantic_core().SchemaValidator(_with_classes(schema(), classes()))
    return made


@lru_cache(maxsize=1)
def schema() -> Any:
    """Return the core schema as plain data."""
    kept = json.loads(_KEPT.read_text("utf-8"))
    return (
        kept["schema"]
        if kept["release"] == _release(pydantic_core().__version__)
        else shared(portable(compiled()))
    )


def compiled() -> Any:
    """Return the core schema as pydantic compiles it (imports pydantic)."""
    from pydantic import TypeAdapter

    return TypeAdapter(document.Spec).core_schema


def classes() -> dict[str, type]:
    """Return every class of the language by its name."""
    found: dict[str, type] = {cls.__name__: cls for cls in layers.OPS.values()}
    for module in _MODULES:
        for name, value in vars(module).items():
            if isinstance(value, type) and hasattr(value, "__pydantic_config__"):
                found[name] = value
    return found


def portable(schema: Any) -> Any:
    """Return the schema as JSON data: classes by name, tables and lists accepted for classes and tuples.

    Raises:
        TypeError: the schema holds something that is not data, such as a function.
    """
    if isinstance(schema, Mapping):
        kept = {k: portable(v) for k, v in schema.items() if k not in _DROPPED}
        if kept.get("type") in ("dataclass", "tuple", "dict"):
            kept["strict"] = False
        for key in ("ref", "schema_ref"):
            if isinstance(kept.get(key), str):  # pydantic ends them with the class's address in memory
                kept[key] = kept[key].split(":")[0]
        return kept
    if isinstance(schema, list | tuple):
        return [portable(item) for item in schema]
    if isinstance(schema, TagOr):
        return {"tag": schema.key, "otherwise": schema.default}
    if isinstance(schema, type):
        return {"class": schema.__name__}
    if schema is None or isinstance(schema, str | int | float | bool):
        return schema
    if hasattr(schema, "__pydantic_config__"):
        written = {name: getattr(schema, name) for name in defaults_of(type(schema))}
        return {"value_of": type(schema).__name__, "fields": portable(written)}
    raise TypeError(f"the grammar holds {schema!r}, which cannot be kept as data")


_DROPPED = frozenset({"metadata", "serialization", "post_init"})


def shared(schema: Any) -> Any:
    """Return the schema with each union of ops, which stands wherever layers may, held once."""
    unions: dict[str, dict[str, Any]] = {}
    slim = _referring(schema, unions)
    if slim.get("type") != "definitions":
        slim = {"type": "definitions", "schema": slim, "definitions": []}
    return slim | {"definitions": [*slim["definitions"], *unions.values()]}


def _referring(schema: Any, unions: dict[str, dict[str, Any]]) -> Any:
    if isinstance(schema, list):
        return [_referring(item, unions) for item in schema]
    if not isinstance(schema, dict):
        return schema
    slim = {key: _referring(value, unions) for key, value in schema.items()}
    if slim.get("type") != "tagged-union" or slim["discriminator"] != "op":
        return slim
    text = json.dumps(slim, sort_keys=True)
    ref = unions.setdefault(text, slim | {"ref": f"ops-{len(unions)}"})["ref"]
    return {"type": "definition-ref", "schema_ref": ref}


def _with_classes(schema: Any, known: Mapping[str, type]) -> Any:
    """Return the kept schema with its classes and default values put back."""
    if isinstance(schema, list):
        return [_with_classes(item, known) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "class" in schema and len(schema) == 1:
        return known[schema["class"]]
    if "otherwise" in schema:
        return TagOr(schema["tag"], schema["otherwise"])
    restored = {k: _with_classes(v, known) for k, v in schema.items() if k != "default"}
    if "default" in schema:
        restored["default"] = _value(schema["default"], known)
    return restored


def _value(kept: Any, known: Mapping[str, type]) -> Any:
    """Return a default value of the language: lists are tuples in it."""
    if isinstance(kept, list):
        return tuple(_value(item, known) for item in kept)
    if isinstance(kept, dict) and "value_of" in kept:
        return known[kept["value_of"]](**{k: _value(v, known) for k, v in kept["fields"].items()})
    return kept


def _release(version: str) -> str:
    return ".".join(version.split(".")[:2])


def kept_text() -> str:
    """Return what `grammar.json` must hold for the classes as they are (imports pydantic)."""
    kept = {"release": _release(pydantic_core().__version__), "schema": shared(portable(compiled()))}
    return json.dumps(kept, separators=(",", ":"), sort_keys=True) + "\n"


if __name__ == "__main__":
    _KEPT.write_text(kept_text(), "utf-8")
