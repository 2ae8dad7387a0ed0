"""The `forward` of a class: one line a statement, with the shape that it makes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from archc.export.source.classes import Class, Slot, gathering
from archc.export.source.layout import Bracket, Text, call, lines, prefixed, suffixed
from archc.export.source.literals import RESERVED, literal, text_literal, variables
from archc.export.source.tree import Container, Path, Statement
from archc.ops.call import Value
from archc.ops.dims import Dim
from archc.ops.tensors import TensorType
from archc.plan.outputs import Output

Accesses = Mapping[Path, str]


def forward(
    made: Class, types: Mapping[str, TensorType], access: Accesses, outputs: Sequence[Output] | None
) -> list[str]:
    """Return the method's lines; `access` says how parts are reached, `outputs` are the model's, if any."""
    return [*_Forward(made, types, access, outputs).lines()]


class _Forward:
    """The method as it is written: the variable of each value, and which of them have a known type."""

    def __init__(
        self, made: Class, types: Mapping[str, TensorType], access: Accesses, model: Sequence[Output] | None
    ) -> None:
        self.made, self.types, self.access, self.model = made, types, access, model
        self.part = made.parts[0]
        self.gathers = gathering(self.part) and len({len(p.inputs) for p in made.parts}) > 1
        self.last = {n: i for i, statement in enumerate(self.part.statements) for n in statement.inputs}
        self.last |= dict.fromkeys(self.part.outputs, len(self.part.statements))
        self.names: dict[str, str] = {}
        self.typed: set[str] = set()

    def lines(self) -> Iterator[str]:
        yield from self._head()
        for index, statement in enumerate(self.part.statements):
            yield from self._line(index, statement)
        yield from self._answer()

    def _head(self) -> Iterator[str]:
        inputs = self.part.inputs
        if self.gathers:
            names = ["*features"]
        elif self.model is not None:
            names = variables(inputs)
        elif len(inputs) == 1:
            names = ["x"]
        elif len(self.made.parts) > 1:
            names = ["x", "skip" if self._joins() else "other", *(f"other{i}" for i in range(2, len(inputs)))]
            names = names[: len(inputs)]
        else:
            names = variables(["x", *(_word(name) for name in inputs[1:])])
        self.names = (
            dict.fromkeys(inputs, names[0]) if self.gathers else dict(zip(inputs, names, strict=True))
        )
        self.typed = set(names)
        given = call("def forward", "self", *(f"{name}: Tensor" for name in names))
        yield from lines(suffixed(given, f" -> {self._returns()}:"), 4)

    def _joins(self) -> bool:
        return any(
            statement.inline is not None and statement.inline.kind == "concat"
            for statement in self.part.statements
        )

    def _returns(self) -> str:
        count = len(self.part.outputs)
        if count == 1:
            return "Tensor"
        return "dict[str, Tensor]" if self.model is not None else f"tuple[{', '.join(['Tensor'] * count)}]"

    def _line(self, index: int, statement: Statement) -> Iterator[str]:
        if statement.parameter:
            self.names[statement.outputs[0]] = self.access[statement.target]
            return
        text, typed = self._text(index, statement)
        comment = self._shapes(index, statement)[0]
        if len(statement.outputs) > 1:
            yield from self._unpacked(index, statement, text)
            return
        alone = self.part.outputs == statement.outputs and index == len(self.part.statements) - 1
        if alone and (self.model is None or len(self.part.outputs) == 1):
            self.names[statement.outputs[0]] = ""
            if typed:
                yield from lines(prefixed("return ", text), 8, comment)
            else:
                name = self._unused("out", "result", "answer")
                yield from lines(prefixed(f"{name}: Tensor = ", text), 8, comment)
                yield f"        return {name}"
            return
        name = self._target(index, statement)
        self.names[statement.outputs[0]] = name
        if name not in self.typed:  # written, as a module's call later on the same name has no type
            text = prefixed(f"{name}: Tensor = ", text)
        else:
            text = prefixed(f"{name} = ", text)
        self.typed.add(name)
        yield from lines(text, 8, comment)

    def _unpacked(self, index: int, statement: Statement, text: Text) -> Iterator[str]:
        """Yield the lines for several values of one call, their types written: a module's call has none."""
        bundle = self._unused(f"{_last_word(statement)}_maps", "maps")
        self.typed.add(bundle)
        yield from lines(prefixed(f"{bundle}: tuple[Tensor, ...] = ", text), 8)
        for place, (value, shape) in enumerate(
            zip(statement.outputs, self._shapes(index, statement), strict=True)
        ):
            name = self._unused(_word(value), _last_word(statement))
            self.typed.add(name)
            self.names[value] = name
            yield from lines(f"{name} = {bundle}[{place}]", 8, shape)

    def _text(self, index: int, statement: Statement) -> tuple[Text, bool]:
        """Return the statement's expression, and whether a type checker knows it to be a tensor."""
        inputs = [self.names[name] for name in statement.inputs]
        if statement.inline is None:
            return call(self.access[statement.target], *inputs), False
        arguments = [
            self._argument(((f"step {index}",), argument.name), argument.value)
            for argument in statement.inline.arguments
        ]
        if self.gathers and index == 0:
            inputs = ["*features"]
        typed = not any(name.startswith("self.") for name in inputs)  # a parameter's methods have no types
        return statement.inline.formula(inputs, arguments), typed

    def _argument(self, slot: Slot, value: Value) -> str:
        name = self.made.filled_by(slot)
        return f"self.{name}" if name else literal(value)

    def _target(self, index: int, statement: Statement) -> str:
        """Return the variable that gets the value: one that nobody reads any more, else a new one."""
        for value in statement.inputs:
            name = self.names[value]
            if self.model is not None and len(self.part.inputs) == 1 and value in self.part.inputs:
                continue  # the model's only input keeps its name
            if self.model is not None and name not in (*self.part.inputs, "x", "out"):
                continue  # a map that has a name of its own
            if self.last.get(value) == index and name.isidentifier() and not self._read_later(name, index):
                return name
        if statement.inline is None and len(statement.target) == 1 and statement.target[0].isidentifier():
            is_part = self.access[statement.target].startswith("self.") and statement.target in self._parts()
            if is_part:
                return self._unused(*(["x"] if self.model is not None else []), statement.target[0], "out")
        return self._unused(
            "out" if "x" in self.typed or self.model is None else "x", _word(statement.outputs[0])
        )

    def _parts(self) -> set[Path]:
        return {(name,) for name, child in self.part.children.items() if isinstance(child, Container)}

    def _read_later(self, name: str, index: int) -> bool:
        return any(self.names.get(v) == name and last > index for v, last in self.last.items())

    def _unused(self, *wanted: str) -> str:
        for name in wanted:
            if name not in self.typed and name not in RESERVED:
                return name
        number = 2
        while f"{wanted[-1]}{number}" in self.typed:
            number += 1
        return f"{wanted[-1]}{number}"

    def _answer(self) -> Iterator[str]:
        outputs = self.part.outputs
        if len(outputs) == 1:
            if self.names[outputs[0]]:
                yield f"        return {self.names[outputs[0]]}"
        elif self.model is not None:
            items = [f"{text_literal(one.name)}: {self.names[one.value]}" for one in self.model]
            yield from lines(Bracket("return {", tuple(items), "}"), 8)
        else:
            yield from lines(f"return {', '.join(self.names[value] for value in outputs)}", 8)

    def _shapes(self, index: int, statement: Statement) -> list[str]:
        """Return the shape of each value that the statement makes, wherever the class is used."""
        given = [self.types[p.inputs[0]].shape for p in self.made.parts]
        return [
            shape_text(
                [self.types[p.statements[index].outputs[i]].shape for p in self.made.parts], self.made, given
            )
            for i in range(len(statement.outputs))
        ]


def shape_text(
    shapes: Sequence[tuple[Dim, ...]], made: Class | None = None, given: Sequence[tuple[Dim, ...]] = ()
) -> str:
    """Return the shapes that a value has where the class is used, as one: what differs is a name or a letter.

    `given` are the shapes of the first input there, which H and W are seen from.
    """
    if len({len(shape) for shape in shapes}) != 1:
        return ""
    rank = len(shapes[0])
    dims = [_dim(tuple(shape[axis] for shape in shapes), axis, rank, made, given) for axis in range(rank)]
    return f"({', '.join(dims)}{',' if rank == 1 else ''})"


def _dim(
    values: tuple[Dim, ...], axis: int, rank: int, made: Class | None, given: Sequence[tuple[Dim, ...]]
) -> str:
    """Return one dimension: its number, or an argument of the class or a letter, or a multiple of one."""
    if len(set(values)) == 1:
        return str(values[0])
    letter = _letter(axis, rank)
    spatial = letter in _SPATIAL
    known: list[tuple[str, tuple[object, ...]]] = []
    if spatial and given and all(len(shape) == rank for shape in given):
        known = [(letter, tuple(shape[axis] for shape in given))]
    elif not spatial and made is not None:
        known = [(name, tuple(row[i] for row in made.values)) for i, name in enumerate(made.parameters)]
    for factor in (1, 2, 3, 4, 8, 16, 32):
        for name, bases in known:
            pairs = [(v, b) for v, b in zip(values, bases, strict=True) if isinstance(b, int)]
            if len(pairs) < len(values):
                continue
            if all(v == b * factor for v, b in pairs):
                return name if factor == 1 else f"{factor}*{name}"
            if all(v == -(-b // factor) for v, b in pairs):
                return f"{name}/{factor}"
    return f"{letter}'" if spatial and known else letter


_AXES = {2: "NC", 3: "NLC", 4: "NCHW", 5: "NCDHW"}
_SPATIAL = ("D", "H", "W")


def _letter(axis: int, rank: int) -> str:
    """Return the letter of an axis in torch's documentation; `A<axis>` beyond what layers take."""
    if axis == 0:
        return "N"
    return _AXES[rank][axis] if rank in _AXES else f"A{axis}"


def _word(value: str) -> str:
    """Return a variable's name from a value's: the first word below the part of the model it comes from."""
    base = value.partition("@")[0].split(".")
    first, *rest = base[1:] if len(base) > 1 else base
    if first in ("features", "blocks", "stages") and rest:
        return f"{first}_{rest[0]}"
    return first.lower() if first.isidentifier() else "x"


def _last_word(statement: Statement) -> str:
    return next((s for s in reversed(statement.target) if s.isidentifier()), "x")
