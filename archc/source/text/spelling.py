"""The names and strings that tokens spell."""

from __future__ import annotations


def name_of(raw: str, format: str) -> str:
    """Return what a key or a string says, as far as its end and its escapes can be made out."""
    if raw[0] not in "\"'":
        return raw
    marks = raw[0] * 3 if format == "toml" and raw[:3] == raw[0] * 3 else raw[0]
    if "\\" in raw and raw[0] == '"':
        return _unescaped(raw, format)
    inside = raw[len(marks) :].removesuffix(marks)
    return inside.replace("\r\n", "\n").removeprefix("\n") if len(marks) == 3 else inside


def _unescaped(raw: str, format: str) -> str:
    try:
        if format == "json":
            import json

            return str(json.loads(raw, strict=False))
        import tomli

        return str(tomli.loads(f"key = {raw}")["key"])
    except ValueError:
        return raw.strip('"')
