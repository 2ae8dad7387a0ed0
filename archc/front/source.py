"""Whatever a spec comes as, to a document: a file, a text, a dictionary."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from archc.source.document.document import Document, read, read_text
from archc.source.document.overrides import with_overrides
from archc.source.text.toml_text import inline

Overrides = Mapping[str, Any] | Sequence[str]
"""Values by their dotted paths, or flags `PATH=VALUE` as `--set` takes them."""


Source = str | os.PathLike[str] | Mapping[str, Any] | Document
"""A file's name, a text, its data, or what was read before."""


def document_of(source: Source, overrides: Overrides = ()) -> Document:
    """Return the document of a spec, with `overrides` applied.

    A string is a text where it has several lines or begins with `{`, and a file's name otherwise. Texts and
    dictionaries count as files `spec.toml` and `spec.json` of the working folder.

    Raises:
        SpecError: the text or an override is at fault.
        WorldError: the file cannot be read.
        TypeError: the dictionary holds something else than text, numbers, booleans, lists and dictionaries.
    """
    document = _document(source)
    flags = _flags(overrides)
    return with_overrides(document, flags) if flags else document


def folder_of(source: Source) -> Path:
    """Return the folder that relative paths of a spec are seen from: the file's, or the working one."""
    if isinstance(source, Document):
        return Path(source.name).resolve().parent
    if isinstance(source, Mapping) or (isinstance(source, str) and _is_text(source)):
        return Path.cwd()
    return Path(source).resolve().parent


def _document(source: Source) -> Document:
    if isinstance(source, Document):
        return source
    if isinstance(source, Mapping):
        return read_text(json.dumps(source, indent=2, ensure_ascii=False) + "\n", "spec.json", "json")
    if isinstance(source, str) and _is_text(source):
        json_text = source.lstrip().startswith("{")
        return read_text(source, "spec.json" if json_text else "spec.toml", "json" if json_text else "toml")
    return read(source)


def _is_text(source: str) -> bool:
    return "\n" in source or source.lstrip().startswith("{")


def _flags(overrides: Overrides) -> list[str]:
    if isinstance(overrides, Mapping):
        return [f"{path}={inline(value)}" for path, value in overrides.items()]
    if isinstance(overrides, str):
        raise TypeError("overrides are a dictionary of values by path, or a list of PATH=VALUE")
    return list(overrides)
