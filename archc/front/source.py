"""Whatever a spec comes as, to a document: a file, a text, a dictionary."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from archc.source.document.document import Document, read, read_text
from archc.source.document.overrides import FROM_PYTHON, with_overrides
from archc.source.text.toml_text import inline

Overrides = Mapping[str, Any] | Sequence[str] | None
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
        TypeError: the source is of another type, or a value in it has no form in a spec.
    """
    document = _document(source)
    flags = _flags(overrides)
    return with_overrides(document, flags, FROM_PYTHON) if flags else document


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
        return read_text(_json(source), "spec.json", "json")
    if isinstance(source, str) and _is_text(source):
        json_text = source.lstrip().startswith("{")
        return read_text(source, "spec.json" if json_text else "spec.toml", "json" if json_text else "toml")
    if not isinstance(source, str | os.PathLike):
        raise TypeError(f"a spec is a file's name, a text or a dictionary, not {type(source).__name__}")
    return read(source)


def _json(source: Mapping[str, Any]) -> str:
    try:
        return json.dumps(_plain(source), indent=2, ensure_ascii=False) + "\n"
    except RecursionError:
        raise TypeError("the spec holds itself, or is nested too deep") from None


def _is_text(source: str) -> bool:
    return "\n" in source or source.lstrip().startswith("{")


def _flags(overrides: Overrides) -> list[str]:
    if isinstance(overrides, Mapping):
        return [f"{path}={_inline(path, value)}" for path, value in overrides.items()]
    flags = [] if overrides is None else overrides
    if isinstance(flags, str) or not all(isinstance(flag, str) for flag in flags):
        raise TypeError("overrides are a dictionary of values by path, or a list of PATH=VALUE")
    return list(flags)


def _inline(path: str, value: Any) -> str:
    if value is None:
        raise _no_value(path, value)
    return inline(_plain(value, path))


def _plain(value: Any, at: str = "") -> Any:
    """Return the value as text, numbers, booleans, lists and tables; `at` is its path.

    Paths become text; arrays and scalars of numpy, which have `tolist`, become lists and numbers.
    """
    if hasattr(value, "tolist") and not isinstance(value, type):
        value = value.tolist()
    match value:
        case None | bool():
            return value
        case str():
            return str.__str__(value)  # an enum's value, not its name
        case int():
            return int(value)
        case float():
            return float(value)
        case os.PathLike():
            return _plain(os.fspath(value), at)
        case Mapping():
            return {str(key): _plain(inner, f"{at}.{key}".lstrip(".")) for key, inner in value.items()}
        case Sequence() if not isinstance(value, bytes | bytearray | memoryview):
            return [_plain(inner, f"{at}.{index}".lstrip(".")) for index, inner in enumerate(value)]
    raise _no_value(at, value)


def _no_value(at: str, value: object) -> TypeError:
    kind = type(value).__name__
    return TypeError(f"`{at}` is of type {kind}; specs hold text, numbers, booleans, lists and tables")
