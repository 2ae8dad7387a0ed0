"""One op to the torch expression that does its work: a layer to construct, or a formula over its inputs.

`archc.ops.facts.call` says what is called. A function of `archc/modules/functions.py` is a single `return`:
its expression, the names of its parameters replaced by the texts at hand, is the formula.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import assert_never

import archc.modules
from archc.export.faults import ExportFault
from archc.export.source.layout import Text, call, listed
from archc.ops import facts
from archc.ops.call import Argument, Foreign, Function, Layer
from archc.spec.layers import Op

Formula = Callable[[Sequence[str], Sequence[str]], Text]


@dataclass(frozen=True, slots=True)
class Inline:
    """A formula over the texts of inputs and arguments. `layer` does the same in a Sequential."""

    kind: str
    formula: Formula
    arguments: tuple[Argument, ...] = ()
    layer: Layer | None = None


def expression(op: Op) -> Layer | Inline:
    """Return what does the work of a resolved op, in torch's words or those of `archc.modules.layers`.

    Raises:
        ExportFault: archc has no source of it.
    """
    made = facts.call(op)
    match made:
        case Layer():
            return made
        case Function():
            names = tuple(argument.name for argument in made.arguments)
            return Inline(made.name, _formula(made.name, names), made.arguments, made.layer)
        case Foreign():
            raise ExportFault(made.what, made.help)
        case _:
            assert_never(made)


def _formula(name: str, arguments: tuple[str, ...]) -> Formula:
    match name:
        case "add":
            return lambda x, a: " + ".join(x)
        case "multiply":
            return lambda x, a: " * ".join(x)
        case "concat":
            return _concat
    body = _functions()[name]
    inputs = [each.arg for each in body.args.args]

    def formula(x: Sequence[str], a: Sequence[str]) -> Text:
        return _written(body, dict(zip((*inputs, *arguments), (*x, *a), strict=True)))

    return formula


def _concat(x: Sequence[str], a: Sequence[str]) -> Text:
    """Return `torch.cat`; `*features` are a tuple already."""
    values = x[0].removeprefix("*") if x[0].startswith("*") else listed(*x)
    return call("torch.cat", values, f"dim={a[0]}")


@cache
def _functions() -> dict[str, ast.FunctionDef]:
    """Return the functions of `archc/modules/functions.py` by name, as syntax: without importing torch."""
    text = (Path(archc.modules.__path__[0]) / "functions.py").read_text(encoding="utf-8")
    return {node.name: node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)}


def _written(function: ast.FunctionDef, texts: Mapping[str, str]) -> Text:
    """Return the function's expression with each of `texts` in the place of a parameter."""
    defaults = zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True)
    left_out = {each.arg for each, value in defaults if value is not None} - texts.keys()
    (returned,) = (node.value for node in function.body if isinstance(node, ast.Return))
    assert returned is not None
    filled = _Filled(texts, left_out).visit(ast.parse(ast.unparse(returned), mode="eval").body)
    if not isinstance(filled, ast.Call):
        return ast.unparse(filled)
    items = [ast.unparse(each) for each in filled.args]
    items += [f"{each.arg}={ast.unparse(each.value)}" for each in filled.keywords]
    return call(ast.unparse(filled.func), *items)


class _Filled(ast.NodeTransformer):
    """Texts in the place of names; an argument that is left out is left out of what it is passed on to."""

    def __init__(self, texts: Mapping[str, str], left_out: set[str]) -> None:
        self.texts, self.left_out = texts, left_out

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.Name(self.texts.get(node.id, node.id))

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        return ast.Name(f'"{node.value}"') if isinstance(node.value, str) else node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        node.args = [each for given in node.args for each in self._spread(given)]
        self.generic_visit(node)
        return node

    def _spread(self, given: ast.expr) -> list[ast.expr]:
        """Return the items of a tuple that is passed one by one, where its text shows them."""
        if isinstance(given, ast.Name) and given.id in self.left_out:
            return []
        if isinstance(given, ast.Starred) and isinstance(given.value, ast.Name):
            text = self.texts.get(given.value.id, "")
            if text.startswith("("):
                return [ast.Name(item) for item in text.strip("()").rstrip(",").split(", ")]
        return [given]
