"""Docstrings are as PEP 257 has them, and public functions over tensors or arrays name their shapes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import archc

HOUSE = Path(archc.__file__).parent
RIDDLE = re.compile(r"(Nothing|What|Whether|Somebody)\b")
TENSORS = re.compile(r"\b(Tensor|Array|ndarray|NDArray)\b")
SHAPE = re.compile(r"\((\.\.\.|[A-Z]\w*\*?)(,|\))|\(\)|scalar|any shape|shape")
Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


@cache
def _documented() -> tuple[tuple[str, Documented], ...]:
    return tuple(_nodes())


def _nodes() -> Iterator[tuple[str, Documented]]:
    for path in sorted(HOUSE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, Documented):
                line = 1 if isinstance(node, ast.Module) else node.lineno
                yield f"{path.relative_to(HOUSE)}:{line}", node


def _over_tensors(function: ast.FunctionDef) -> bool:
    if any(ast.unparse(one) == "overload" for one in function.decorator_list):
        return False  # the function behind it has the docstring
    given = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    types = [one.annotation for one in given] + [function.returns]
    return any(TENSORS.search(ast.unparse(one)) for one in types if one is not None)


def test_no_docstring_is_a_riddle() -> None:
    wrong = [place for place, node in _documented() if RIDDLE.match(ast.get_docstring(node) or "")]
    assert not wrong, "begin with the verb (Return, Write, Raise): " + ", ".join(wrong)


def test_no_constant_is_described_by_a_riddle() -> None:
    strange = re.compile(r'^ *"""' + RIDDLE.pattern, re.MULTILINE)
    wrong = [str(path) for path in HOUSE.rglob("*.py") if strange.search(path.read_text(encoding="utf-8"))]
    assert not wrong, "say what the value is (The name of ..., The files that ...): " + ", ".join(wrong)


def test_first_lines_are_sentences() -> None:
    wrong = []
    for place, node in _documented():
        first, *rest = (ast.get_docstring(node) or ".").splitlines()
        if not first.endswith((".", "?", "!")) or (rest and rest[0]):
            wrong.append(place)
    assert not wrong, "end the first line with a period, an empty line behind it: " + ", ".join(wrong)


def test_public_functions_over_tensors_name_their_shapes() -> None:
    wrong = [
        place
        for place, node in _documented()
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and _over_tensors(node)
        if not SHAPE.search(ast.get_docstring(node) or "")
    ]
    assert not wrong, "name the shapes, as (N, C, H, W), of: " + ", ".join(wrong)
