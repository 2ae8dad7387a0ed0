"""What a token of a draft says."""

from __future__ import annotations

from typing import Any


def name_of(raw: str, format: str) -> str:
    """What a key or a string says, as far as its end and its escapes can be made out."""
    if raw[0] not in "\"'":
        return raw
    marks = raw[0] * 3 if format == "toml" and raw[:3] == raw[0] * 3 else raw[0]
    if "\\" in raw and raw[0] == '"':
        return _unescaped(raw, format)
    inside = raw[len(marks) :].removesuffix(marks)
    return inside.removeprefix("\n") if len(marks) == 3 else inside


def _unescaped(raw: str, format: str) -> str:
    try:
        if format == "json":
            import json

            return str(json.loads(raw, strict=False))
        import tomli

        return str(tomli.loads(f"key = {raw}")["key"])
    except ValueError:
        return raw.strip('"')


def number_of(word: str) -> Any:
    """A number or a truth; None for a word that is neither."""
    if word in ("true", "false"):
        return word == "true"
    digits = word.replace("_", "")
    if len(digits) > 40:
        return None
    for read in (int, lambda text: int(text, 0), float):
        try:
            return read(digits)
        except ValueError:
            continue
    return None
