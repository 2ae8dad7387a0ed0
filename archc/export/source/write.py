"""The whole file: what the model needs of `parts.py`, its classes, and how it starts."""

from __future__ import annotations

import ast
import keyword
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path as File
from typing import assert_never

import archc.modules
from archc.export.faults import ExportFault
from archc.export.source.classes import Class, Classes, classes_of, used
from archc.export.source.forward import forward, shape_text
from archc.export.source.layout import Bracket, Text, call, lines, listed, prefixed
from archc.export.source.literals import docstring_text, literal, text_literal
from archc.export.source.names import name_classes
from archc.export.source.start import initializer
from archc.export.source.tree import Container, Leaf, Path, tree_of
from archc.ops.call import Argument, Value
from archc.plan.inputs import ImageInput, Input, TensorInput
from archc.plan.plan import Plan
from archc.spec.pixels import RANGES

_OF_MODULES = """
add_module apply bfloat16 buffers call_super_init children compile cpu cuda double dump_patches eval
extra_repr float forward get_buffer get_extra_state get_parameter get_submodule half ipu
load_state_dict modules mtia named_buffers named_children named_modules named_parameters parameters
register_backward_hook register_buffer register_forward_hook register_forward_pre_hook
register_full_backward_hook register_full_backward_pre_hook register_load_state_dict_post_hook
register_load_state_dict_pre_hook register_module register_parameter register_state_dict_post_hook
register_state_dict_pre_hook requires_grad_ set_extra_state set_submodule share_memory state_dict
T_destination to to_empty train training type xpu zero_grad
"""
_TAKEN = frozenset(_OF_MODULES.split())
"""The names of attributes of `nn.Module`: a part of that name is kept in the dictionary of parts alone."""


def eject(plan: Plan) -> str:
    """Return the source of a module that computes the same as the plan's, with equal state-dict keys.

    It needs torch alone, is laid out as formatters lay it out and passes strict type checks.

    Raises:
        ExportFault: a part of a body is its library's own module.
    """
    tree = tree_of(plan)
    support = _Support()
    classes, by_part = classes_of(tree.root)
    name_classes(classes, plan, set(support.sources))
    writer = _Writer(classes, by_part, plan)
    body = [line for made in classes for line in ("", "", *writer.class_lines(made))]
    start = initializer(plan)
    text = "\n".join([*body, *(["", ""] if start else []), *start])
    needed = support.needed(text)
    whole = "\n".join([*_head(plan, needed + text), *needed.splitlines(), *text.splitlines(), ""])
    return _read_back(whole)


def _read_back(text: str) -> str:
    """Return the file's text, which Python has read: its first words are its docstring.

    Raises:
        ExportFault: Python cannot read it.
    """
    try:
        compile(text, "ejected", "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        raise ExportFault(f"what was written is no Python source: {error}") from error
    return text


class _Writer:
    """The classes' text, each part by the class it has."""

    def __init__(self, classes: list[Class], by_part: Classes, plan: Plan) -> None:
        self.classes, self.by_part, self.plan = classes, by_part, plan
        self.types = plan.types()
        self.starts = bool(initializer(plan))

    def class_lines(self, made: Class) -> Iterator[str]:
        """Yield the lines of the class: its constructor and, unless it is a Sequential, its forward pass."""
        root = made is self.classes[-1]
        yield f"class {made.name}({'nn.Sequential' if made.sequential and not root else 'nn.Module'}):"
        yield from self._docstring(made, root)
        yield ""
        given = [f"{name}: {_type(made, i)}" for i, name in enumerate(made.parameters)]
        yield from lines(prefixed("", _signature(given)), 4)
        if made.sequential and not root:
            yield from lines(self._sequence("super().__init__", made, made.parts[0], ()), 8)
            return
        yield "        super().__init__()"
        yield from self._constructor(made)
        if root and self.starts:
            yield "        initialize(self)"
        yield ""
        access = {step.target: _access(made.parts[0], step.target) for step in made.parts[0].statements}
        yield from forward(made, self.types, access, self.plan.outputs if root else None)

    def _docstring(self, made: Class, root: bool) -> Iterator[str]:
        if root or len(made.parts) == 1:
            part = made.parts[0]
            sides = [[self.types[v].shape for v in values] for values in (part.inputs, part.outputs)]
        if root:
            given = [(f"`{i.name}`", i.type.shape) for i in self.plan.inputs]
            made_of = [(f"`{output.name}`", self.types[output.value].shape) for output in self.plan.outputs]
            words = [", ".join(f"{n} {shape_text([s])}" for n, s in side) for side in (given, made_of)]
        else:
            places = [".".join(part.path) for part in made.parts]
            shown = places if len(places) <= 3 else [*places[:2], f"{len(places) - 2} more"]
            words = [", ".join(shown[:-1]) + (" and " if len(shown) > 1 else "") + shown[-1]]
            if len(places) == 1:
                first, second = (", ".join(shape_text([s]) for s in side) for side in sides)
                words = [f"{places[0]}: {first}", second]
        text = docstring_text(" to ".join(words))
        if len(text) <= 74:
            yield f'    """{text}."""'
        else:
            yield from ('    """', *(f"    {line}" for line in _wrapped(f"{text}.", 84)), '    """')

    def _constructor(self, made: Class) -> Iterator[str]:
        part = made.parts[0]
        for name, child in part.children.items():
            if used(part, name):
                text = self._construct(made, (name,), child)
                yield from lines(prefixed(f"{_attribute(name)} = ", text), 8)
        for name, slots in made.parameters.items():
            if any(step.startswith("step ") for slot, _ in slots for step in slot[-1:]):
                yield f"        self.{name} = {name}"

    def _construct(self, made: Class, path: Path, child: Container | Leaf) -> Text:
        """Return the expression that makes a child; numbers that differ are the class's arguments."""
        if isinstance(child, Leaf):
            built = call(child.layer.callee, *_given(made, path, child.layer.arguments))
            before, after = child.layer.wrap.split("{}")
            return Bracket(before, (built,), after) if before else built
        inner = self.by_part.get(id(child))
        if inner is not None:
            return call(inner.name, *_given(made, path, inner.arguments(child)))
        if child.statements:
            return self._sequence("nn.Sequential", made, child, path)
        items = [self._construct(made, (*path, name), c) for name, c in child.children.items()]
        if _numbered(child):
            return call("nn.ModuleList", listed(*items))
        pairs = [
            prefixed(f"{text_literal(name)}: ", item)
            for name, item in zip(child.children, items, strict=True)
        ]
        return call("Parts", Bracket("{", tuple(pairs), "}"))

    def _sequence(self, callee: str, made: Class, part: Container, path: Path) -> Text:
        """Return a Sequential, its children in the order they run, the shapes they make behind them."""
        steps = [(".".join(step.target), step) for step in part.statements]
        items = [self._construct(made, (*path, name), part.children[name]) for name, _ in steps]
        once = len(made.parts) == 1
        comments = tuple(shape_text([self.types[step.outputs[0]].shape]) for _, step in steps) if once else ()
        if _numbered(part):
            return call(callee, *items, comments=comments)
        pairs = [call("", text_literal(name), item) for (name, _), item in zip(steps, items, strict=True)]
        return call(callee, call("OrderedDict", Bracket("[", tuple(pairs), "]", comments)))


def _signature(given: Sequence[str]) -> Text:
    return Bracket("def __init__(", ("self", *given), ") -> None:")


def _given(made: Class, path: Path, arguments: Sequence[Argument]) -> list[Text]:
    """Return the arguments as they are written: those that equal their default are not."""
    shown: list[Text] = []
    for argument in arguments:
        name = made.filled_by((path, argument.name))
        if name is None and argument.default is not None and argument.value == argument.default:
            continue
        text = name or literal(argument.value)
        shown.append(text if argument.positional else f"{argument.name}={text}")
    return shown


def _type(made: Class, index: int) -> str:
    """Return the annotation of an argument, from the values it has."""
    kinds = {_kind(row[index]) for row in made.values}
    if kinds == {"int", "float"}:
        return "float"
    return " | ".join(sorted(kinds))


def _kind(value: Value) -> str:
    if not isinstance(value, tuple):
        return type(value).__name__
    return f"tuple[{', '.join(type(v).__name__ for v in value)}]"


def _attribute(name: str) -> str:
    """Return the name that a child is assigned to."""
    return f"self.{name}" if _plain(name) else f"self._modules[{text_literal(name)}]"


def _plain(name: str) -> bool:
    fine = name.isidentifier() and not keyword.iskeyword(name) and name not in _TAKEN
    return fine and not name.startswith("_")


def _access(part: Container, target: Path) -> str:
    """Return how `forward` reaches a child."""
    if len(target) == 1 and _plain(target[0]):
        return f"self.{target[0]}"
    if len(target) == 2 and _plain(target[0]):
        holder = part.children.get(target[0])
        if isinstance(holder, Container) and not holder.statements and _numbered(holder):
            return f"self.{target[0]}[{target[1]}]"
    return f"part_of(self, {text_literal('.'.join(target))})" if target else ""


def _numbered(part: Container) -> bool:
    return list(part.children) == [str(i) for i in range(len(part.children))]


class _Support:
    """The layers of `archc.modules.layers` and the pieces of `parts.py`, as source text by name."""

    def __init__(self) -> None:
        layers = sorted((File(archc.modules.__path__[0]) / "layers").glob("*.py"))
        self.sources: dict[str, str] = {}
        for file in (*layers, File(__file__).parent / "parts.py"):
            self.sources |= _definitions(file.read_text(encoding="utf-8"))

    def needed(self, text: str) -> str:
        """Return the pieces that the text names, and those that they name, in the file's order."""
        wanted: set[str] = set()
        waiting = [text]
        while waiting:
            words = {node.id for node in ast.walk(ast.parse(waiting.pop())) if isinstance(node, ast.Name)}
            for name in (words & set(self.sources)) - wanted:
                wanted.add(name)
                waiting.append(self.sources[name])
        return "".join(f"\n\n{source}\n" for name, source in self.sources.items() if name in wanted)


def _definitions(text: str) -> dict[str, str]:
    """Return the source of each class and function of a file."""
    found = text.splitlines()
    return {
        node.name: "\n".join(found[node.lineno - 1 : node.end_lineno])
        for node in ast.parse(text).body
        if isinstance(node, ast.ClassDef | ast.FunctionDef)
    }


def _input(given: Input) -> Iterator[str]:
    """Yield what the file says of an input."""
    start = f"Input `{docstring_text(given.name)}`: float32 {shape_text([given.type.shape])}"
    match given:
        case ImageInput():
            yield f"{start}, pixels from 0 to 1, normalized by"
            yield f"mean {_numbers(given.mean)} and deviation {_numbers(given.std)}."
            if given.range != RANGES["uint8"]:
                low, high = given.range
                yield f"Of its images, of {given.dtype}, the values {low!r} and {high!r} become 0 and 1."
        case TensorInput():
            yield f"{start}."
        case _:
            assert_never(given)


def _head(plan: Plan, text: str) -> Iterator[str]:
    """Yield the lines of the file's docstring and imports."""
    first, *more = _wrapped(
        f"{docstring_text(plan.name)}: a PyTorch model that `archc eject` wrote from its spec; "
        "it needs torch alone.",
        107,
    )
    yield from (f'"""{first}', *more, "")
    for given in plan.inputs:
        yield from _input(given)
    yield "Its state-dict keys are those of the weights that archc trains."
    yield '"""'
    yield ""
    yield "from __future__ import annotations"
    yield ""
    if "OrderedDict(" in text:
        yield from ("from collections import OrderedDict", "")
    used_names = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
    if "torch" in used_names:
        yield "import torch"
    if "F" in used_names:
        yield "import torch.nn.functional as F"
    yield "from torch import Tensor, nn"


def _numbers(values: Sequence[float]) -> str:
    return ", ".join(repr(value) for value in values) or "nothing"


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_long_words=False)
