"""The JSON Schema of the language, for editors. `python -m archc.spec.json_schema` writes it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

KEPT = Path(__file__).resolve().parents[2] / "schema" / "archc.schema.json"
"""Where a clone keeps it; specs name it by `#:schema`."""


def json_schema() -> dict[str, Any]:
    """The language as JSON Schema, draft 2020-12."""
    from pydantic import TypeAdapter

    from archc.spec.document import Spec

    schema = TypeAdapter(Spec).json_schema()
    # editors write the key that names the schema into JSON documents
    schema["properties"] = {"$schema": {"type": "string"}} | schema["properties"]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "archc spec"} | schema


def text() -> str:
    """What the file holds."""
    return json.dumps(json_schema(), indent=1) + "\n"


if __name__ == "__main__":
    KEPT.parent.mkdir(exist_ok=True)
    KEPT.write_text(text(), "utf-8")
