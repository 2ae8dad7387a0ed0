"""No file imports, however indirectly, a file that imports it: not even in a function or for types alone."""

from __future__ import annotations

import ast
from collections.abc import Set
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest


def imports(package: Path) -> dict[str, set[str]]:
    """Return what each module of `package` imports of it, wherever in the file the import stands."""
    files = {_module(path, package.parent): path for path in package.rglob("*.py")}
    return {module: _imported(path, files.keys()) - {module} for module, path in files.items()}


def _module(path: Path, top: Path) -> str:
    return ".".join(path.relative_to(top).with_suffix("").parts).removesuffix(".__init__")


def _imported(path: Path, known: Set[str]) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inside = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= inside & known if inside & known else {node.module}
    return found & known


def circle(graph: dict[str, set[str]]) -> list[str]:
    """Return one circle of a graph as the names along it; empty where there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_circle_between_files(root: Path) -> None:
    graph = imports(root / "archc")
    assert len(graph) > 300
    assert circle(graph) == []


@pytest.mark.parametrize(
    "late",
    [
        "from small.a import x",
        "def f():\n    import small.a",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from small import a",
    ],
)
def test_a_circle_is_found(late: str, tmp_path: Path) -> None:
    for name, text in (("__init__", ""), ("a", "from small import b"), ("b", late)):
        path = tmp_path / "small" / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    assert set(circle(imports(tmp_path / "small"))) == {"small.a", "small.b"}
