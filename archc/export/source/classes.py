"""Which parts become classes, and what differs between the places where a class is used.

Parts of one structure are one class; the numbers that differ between them are its constructor's arguments.
A number that two arguments always share (the channels of a convolution and of the norm behind it) is one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from archc.export.source.tree import Container, Leaf, Path, chained, walk, wiring
from archc.ops.call import Argument, Value

Slot = tuple[Path, str]
"""An argument by the path of its part within the class and its own name."""


_FIRST = {"in_channels": 0, "channels": 1, "out_channels": 2}
"""Arguments that come first and are given without their names."""


@dataclass(slots=True)
class Class:
    """A class to be written.

    Attributes:
        parts: where it is used.
        sequential: it is an `nn.Sequential` of its children and has no `forward` of its own.
        parameters: its arguments, by the slots within that each one fills.
        values: for each part the values of the arguments.
    """

    parts: list[Container]
    sequential: bool
    name: str = ""
    parameters: dict[str, tuple[Slot, ...]] = field(default_factory=dict)
    values: list[tuple[Value, ...]] = field(default_factory=list)

    def filled_by(self, slot: Slot) -> str | None:
        """Return the argument that fills a slot, if one does."""
        return next((name for name, slots in self.parameters.items() if slot in slots), None)

    def arguments(self, part: Container) -> tuple[Argument, ...]:
        """Return the constructor's arguments for one of the parts."""
        index = next(i for i, known in enumerate(self.parts) if known is part)
        few = len(self.parameters) <= 2
        return tuple(
            Argument(name, value, positional=few or name in _FIRST)
            for name, value in zip(self.parameters, self.values[index], strict=True)
        )


Classes = dict[int, Class]
"""The class of each part that has one, by the part's identity."""


def classes_of(root: Container) -> tuple[list[Class], Classes]:
    """Return all classes, those that others use first, the root's last; their names are not chosen yet."""
    found: dict[object, Class] = {}
    for part in walk(root):
        if part.statements:
            key = ("root",) if part is root else structure(part)
            found.setdefault(key, Class([], chained(part) and _unnamed(part))).parts.append(part)
    kept = [c for c in found.values() if c.parts[0] is root or not c.sequential or _repeats(c)]
    by_part = {id(part): made for made in kept for part in made.parts}
    for made in kept:
        _parametrize(made, by_part)
    return kept, by_part


def structure(part: Container) -> tuple[object, ...]:
    """Return the structure of a part, all but its numbers: parts equal in it can be one class."""
    children: list[object] = []
    for name, child in part.children.items():
        if isinstance(child, Container):
            children.append((name, structure(child)))
        else:
            children.append((name, child.layer.callee, *map(_kind, child.layer.arguments)))
    formulas = tuple(
        (step.inline.kind, *map(_kind, step.inline.arguments)) for step in part.statements if step.inline
    )
    gathers = gathering(part)
    return (tuple(children), formulas, ("gathers",) if gathers else (len(part.inputs), wiring(part)))


def gathering(part: Container) -> bool:
    """Return True where the first step joins all inputs, however many, and nothing else reads them."""
    if not part.statements or part.statements[0].inline is None or part.statements[0].inline.kind != "concat":
        return False
    later = {name for step in part.statements[1:] for name in step.inputs}
    return part.statements[0].inputs == part.inputs and not later & set(part.inputs)


def slots(part: Container, classes: Classes, path: Path = ()) -> Iterator[tuple[Slot, Argument]]:
    """Yield every argument that is written when the part is constructed or run, in the order of writing."""
    for name, child in part.children.items():
        place = (*path, name)
        for argument in _arguments(child, classes):
            yield (place, argument.name), argument
        if isinstance(child, Container) and id(child) not in classes:
            yield from slots(child, classes, place)
    if not chained(part) or not _unnamed(part):
        for number, step in enumerate(part.statements):
            for argument in step.inline.arguments if step.inline else ():
                yield ((*path, f"step {number}"), argument.name), argument


def used(part: Container, name: str) -> bool:
    """Return True where a child is constructed: a layer that stands for a formula only in a Sequential."""
    if chained(part) and _unnamed(part):
        return True
    steps = [step for step in part.statements if step.target[:1] == (name,)]
    return (
        not steps or any(step.inline is None for step in steps) or not isinstance(part.children[name], Leaf)
    )


def _arguments(child: Container | Leaf, classes: Classes) -> tuple[Argument, ...]:
    if isinstance(child, Leaf):
        return child.layer.arguments
    made = classes.get(id(child))
    return made.arguments(child) if made else ()


def _kind(argument: Argument) -> object:
    """Return what of an argument must agree: its name, and the value of a word; numbers may differ."""
    value = argument.value
    return (argument.name, value) if isinstance(value, str | bool) or value is None else argument.name


def _unnamed(part: Container) -> bool:
    """Return True where the children are named as in a Sequential, or by no identifiers of Python."""
    names = list(part.children)
    numbered = names == [str(i) for i in range(len(names))]
    return numbered or not all(name.isidentifier() for name in names)


def _repeats(made: Class) -> bool:
    """Return True where a Sequential is worth a class: the same few layers in several places."""
    leaves = all(isinstance(child, Leaf) for child in made.parts[0].children.values())
    return leaves and 2 <= len(made.parts[0].children) <= 4 and len(made.parts) > 2


def _parametrize(made: Class, classes: Classes) -> None:
    """Fills in the arguments: one for each column of values that differs between the parts."""
    table = [dict(slots(part, classes)) for part in made.parts]
    columns: dict[tuple[Value, ...], list[Slot]] = {}
    for slot in table[0]:
        column = tuple(row[slot].value for row in table)
        if len(set(column)) > 1:
            columns.setdefault(column, []).append(slot)
    named = zip(_names(list(columns.values())), columns.items(), strict=True)
    ordered = sorted(named, key=lambda item: _FIRST.get(item[0], len(_FIRST)))
    made.parameters = {name: tuple(places) for name, (_, places) in ordered}
    made.values = [tuple(column[i] for _, (column, _) in ordered) for i in range(len(made.parts))]


def _names(columns: Sequence[Sequence[Slot]]) -> list[str]:
    """A name for each argument: that of the first slot; its place sets two apart."""
    taken: dict[str, int] = {}
    chosen: list[str] = []
    named = [[name for _, name in places] for places in columns]
    same = any(names[0] != "out_channels" and "out_channels" in names for names in named)  # in and out alike
    lasts = [] if same else [i for i, names in enumerate(named) if "out_channels" in names]
    for index, places in enumerate(columns):
        name = _name(places, last=bool(lasts) and index == lasts[-1])
        if name in taken:
            where = next((s for s in reversed(places[0][0]) if s.isidentifier()), "")
            name = f"{where}_{name}" if where else f"{name}{taken[name] + 1}"
        while name in taken:
            name = f"{name}_"
        taken[name] = len(taken)
        chosen.append(name)
    return chosen


def _name(places: Sequence[Slot], last: bool) -> str:
    names = [name for _, name in places]
    if names[0] == "in_channels" and "out_channels" not in names:
        return "in_channels"
    if last and names[0] == "out_channels":
        return "out_channels"
    if names[0] in ("in_channels", "num_features", "channels") and "out_channels" in names:
        return "channels"
    if names[0] == "out_channels":
        return "width"
    if names[0] == "num_features" and "in_channels" in names:
        return "in_channels"
    if names[0] in ("num_features", "normalized_shape"):
        where = next((word for word in reversed(places[0][0]) if word.isidentifier()), "")
        return f"{where.removesuffix('_norm')}_channels" if where else "channels"
    return names[0]
