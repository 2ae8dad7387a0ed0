"""A JSON document as canonical text: two spaces a level; numbers and strings as they are spelled."""

from __future__ import annotations

from typing import Any

from archc.source.text.canonical_order import Order
from archc.source.text.quoting import quoted_string
from archc.source.text.spans import Marks, Path
from archc.source.text.toml_layout import WIDTH

_INDENT = "  "


def laid_out_json(text: str, marks: Marks, order: Order) -> str:
    """Return the text, with a newline at its end; what was written on one line stays on one if it fits."""
    return _Writer(text, marks, order).value((), order.data, "", 0) + "\n"


def _holds_objects(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and any(map(_holds_objects, value)))


class _Writer:
    def __init__(self, text: str, marks: Marks, order: Order) -> None:
        self.text, self.marks, self.order = text, marks, order

    def value(self, path: Path, value: Any, indent: str, used: int) -> str:
        if not isinstance(value, (dict, list)):
            return self._raw(path)
        flat = self._flat(path, value)
        if flat is not None and used + len(flat) + 1 <= WIDTH:
            return flat
        inner = indent + _INDENT
        parts = []
        for step in self._steps(path, value):
            lead = inner + self._key(value, step)
            parts.append(lead + self.value((*path, step), value[step], inner, len(lead)))
        opening, closing = "{}" if isinstance(value, dict) else "[]"
        return f"{opening}\n" + ",\n".join(parts) + f"\n{indent}{closing}"

    def _flat(self, path: Path, value: Any) -> str | None:
        """Return the value on one line, or None where it is to stand over several."""
        if not isinstance(value, (dict, list)):
            return self._raw(path)
        if value and (not path or ("\n" in self._raw(path) and self._stays_broken(path, value))):
            return None
        parts = []
        for step in self._steps(path, value):
            inner = self._flat((*path, step), value[step])
            if inner is None:
                return None
            parts.append(self._key(value, step) + inner)
        inside = ", ".join(parts)
        if isinstance(value, list):
            return f"[{inside}]"
        return f"{{ {inside} }}" if inside else "{}"

    def _stays_broken(self, path: Path, value: Any) -> bool:
        """Return True where a value that its author wrote over several lines keeps them.

        A list of numbers does not, nor a layer: an object in a list that holds neither object nor list of
        objects.
        """
        if isinstance(value, list):
            return any(isinstance(each, dict) for each in value)
        simple = not any(map(_holds_objects, value.values()))
        return not (isinstance(path[-1], int) and simple)

    def _steps(self, path: Path, value: Any) -> list[Any]:
        if isinstance(value, list):
            return list(range(len(value)))
        return sorted(value, key=lambda key: self.order.rank((*path, key))[-1])

    def _key(self, value: Any, step: str | int) -> str:
        return f"{quoted_string(str(step))}: " if isinstance(value, dict) else ""

    def _raw(self, path: Path) -> str:
        span = self.marks[path].value
        return self.text[span.start : span.end]
