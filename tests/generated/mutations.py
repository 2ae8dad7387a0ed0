"""Specs as text with one mistake, and where in the text it stands: the mutator knows, since it wrote it.

A mistake is made in the data of a valid spec; the text is then written around it, TOML or JSON, by a writer
that notes where each key and value begins and ends.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

Data = dict[str, Any]
Path = tuple[str | int, ...]
Draw = random.Random
Format = Literal["toml", "json"]
Mutator = Callable[[Draw, Data], "Mistake | None"]


class Spans(NamedTuple):
    """Where a key and its value stand in the text; a table's value in TOML is the header it has."""

    key: tuple[int, int]
    value: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Mistake:
    """A spec at fault: the data, the path of the token at fault, which token it is, codes that may be said.

    `aims` are tokens that a diagnostic may point at: the key, the value, or the table that should hold it.
    """

    data: Data
    path: Path
    aims: tuple[Literal["key", "value", "table"], ...]
    codes: tuple[str, ...]


class Written(NamedTuple):
    """A text, and where each path of its data stands."""

    text: str
    spans: dict[Path, Spans]


def written(data: Data, format: Format, draw: Draw) -> Written:
    """The data as a text."""
    writer = _Writer(draw)
    if format == "json":
        writer.json(data, ())
        return Written("".join(writer.parts), writer.spans)
    for key, value in data.items():
        start = writer.at
        writer.put(_key(key))
        end = writer.at
        writer.put(draw.choice((" = ", "=", " =  ")))
        writer.toml(value, (key,), (start, end))
        writer.put(draw.choice(("\n", "\n\n", '  # x = 1 [a] "\n')))
    return Written("".join(writer.parts), writer.spans)


class _Writer:
    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self.parts: list[str] = []
        self.at = 0
        self.spans: dict[Path, Spans] = {}

    def put(self, text: str) -> None:
        self.parts.append(text)
        self.at += len(text)

    def gap(self) -> None:
        self.put(self.draw.choice(("", " ", "", "\n  ")))

    def toml(self, value: Any, path: Path, key: tuple[int, int]) -> None:
        """The value inline, as TOML 1.1 has it."""
        start = self.at
        if isinstance(value, dict):
            self.put("{ ")
            for index, (name, inner) in enumerate(value.items()):
                self.put(", " if index else "")
                begun = self.at
                self.put(_key(name))
                named = (begun, self.at)
                self.put(" = ")
                self.toml(inner, (*path, name), named)
            self.put(" }")
        elif isinstance(value, list):
            self.put("[")
            for index, inner in enumerate(value):
                self.put("," if index else "")
                self.gap()
                self.toml(inner, (*path, index), (self.at, self.at))
            self.put("]")
        else:
            self.put(_scalar(value))
        self.spans[path] = Spans(key, (start, self.at))

    def json(self, value: Any, path: Path, key: tuple[int, int] = (0, 0)) -> None:
        start = self.at
        if isinstance(value, dict):
            self.put("{")
            for index, (name, inner) in enumerate(value.items()):
                self.put("," if index else "")
                self.gap()
                begun = self.at
                self.put(json.dumps(name, ensure_ascii=self.draw.random() < 0.5))
                named = (begun, self.at)
                self.put(self.draw.choice((":", ": ", " : ")))
                self.json(inner, (*path, name), named)
            self.gap()
            self.put("}")
        elif isinstance(value, list):
            self.put("[")
            for index, inner in enumerate(value):
                self.put("," if index else "")
                self.gap()
                self.json(inner, (*path, index), (self.at, self.at))
            self.put("]")
        else:
            self.put(json.dumps(value, ensure_ascii=self.draw.random() < 0.5))
        self.spans[path] = Spans(key, (start, self.at))


def _key(name: str) -> str:
    return name if name.isascii() and name.replace("_", "").replace("-", "").isalnum() else json.dumps(name)


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return repr(value)


def places(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value below the root with its path."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*path, key), inner
        yield from places(inner, (*path, key))


def put(data: Data, path: Path, value: Any) -> Data:
    """The data with one value set."""
    made: Data = json.loads(json.dumps(data))
    holder: Any = made
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    return made


def without(data: Data, path: Path) -> Data:
    """The data without one key."""
    made = put(data, path, None)
    holder: Any = made
    for step in path[:-1]:
        holder = holder[step]
    del holder[path[-1]]
    return made


def renamed(data: Data, path: Path, name: str) -> Data:
    """The data with one key called otherwise, in its place."""
    made: Data = json.loads(json.dumps(data))
    holder: Any = made
    for step in path[:-1]:
        holder = holder[step]
    items = [(name if key == path[-1] else key, value) for key, value in holder.items()]
    holder.clear()
    holder.update(items)
    return made
