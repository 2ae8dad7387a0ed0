"""Delete one facet of one op at a time and show that `mypy --strict` says so in that file.

    python -m tests.ops.facets [OP ...]

A facet is a `match` over the ops of a family: what the op does to a shape, its parameters and buffers, how
they start, its cost, the call of torch, its traits, its form in ONNX. The package is copied to a temporary
folder; a mypy daemon reads it once and then only what each deletion touches. What is stated for a family as a
whole (`archc/ops/facts.py`, ONNX's `dispatch.py`) is deleted by the family.
"""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
OPS = {
    "activation": "Prelu",
    "attention": "MultiheadAttention",
    "composite": "SqueezeExcitation",
    "convolution": "Conv2d",
    "dropping": "StochasticDepth",
    "internal": "LibraryPart",
    "joining": "Concat",
    "linear": "Embedding",
    "normalization": "GlobalResponseNorm",
    "pooling": "AdaptiveConcatPool2d",
    "shape": "Permute",
    "upsampling": "Upsample",
}
"""One op of each family."""
FAMILIES = (
    "Activation",
    "Attention",
    "Convolution",
    "Dropping",
    "ExtensionOp",
    "FullyConnected",
    "Internal",
    "Joining",
    "Moving",
    "Normalization",
    "Pooling",
    "Upsampling",
)


@dataclass(frozen=True, slots=True)
class Facet:
    """One place in a file that speaks of an op or a family: from where to where, and what stays of it."""

    file: Path
    function: str
    name: str
    start: tuple[int, int]
    end: tuple[int, int]
    rest: str

    def __str__(self) -> str:
        return f"{self.name:22} {self.function:18} {self.file}"

    def deleted(self, text: str) -> str:
        """Return the file's text without the facet."""
        lines = text.splitlines(keepends=True)
        (first, left), (last, right) = self.start, self.end
        kept = lines[first - 1][:left] + self.rest + lines[last - 1][right:]
        return "".join([*lines[: first - 1], kept, *lines[last:]])


def facets(text: str, file: Path, name: str) -> Iterator[Facet]:
    """Yield every facet of the class `name` in a file: its cases and what asks whether a value is one."""
    for function in (node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)):
        for node in ast.walk(function):
            if isinstance(node, ast.match_case):
                yield from _of_case(node, text, file, function.name, name)
            elif isinstance(node, ast.If):
                yield from _of_question(node, text, file, function.name, name)


def _of_case(case: ast.match_case, text: str, file: Path, function: str, name: str) -> Iterator[Facet]:
    patterns = case.pattern.patterns if isinstance(case.pattern, ast.MatchOr) else [case.pattern]
    others = [p for p in patterns if _named(getattr(p, "cls", None)) != name]
    if len(others) == len(patterns):
        return
    start, end = _place(case.pattern, case.pattern)
    if others:
        rest = " | ".join(ast.get_source_segment(text, each) or "" for each in others)
        yield Facet(file, function, name, start, end, rest)
    else:
        line = text.splitlines()[start[0] - 1]
        begin = (start[0], line.index("case"))
        yield Facet(file, function, name, begin, _place(case.body[-1], case.body[-1])[1], "")


def _of_question(node: ast.If, text: str, file: Path, function: str, name: str) -> Iterator[Facet]:
    """Yield `if isinstance(op, FAMILY)` with what it does; one of several families on its own."""
    test = node.test
    if not (isinstance(test, ast.Call) and _named(test.func) == "isinstance"):
        return
    asked = test.args[1]
    named = [each for each in ast.walk(asked) if isinstance(each, ast.Name)]
    if name not in (each.id for each in named):
        return
    if len(named) == 1:
        yield Facet(file, function, name, *_place(node, node.body[-1]), "pass")
    else:
        others = " | ".join(each.id for each in named if each.id != name)
        yield Facet(file, function, name, *_place(asked, asked), others)


def _place(first: ast.AST, last: ast.AST) -> tuple[tuple[int, int], tuple[int, int]]:
    begin, end = first, last
    return (begin.lineno, begin.col_offset), (end.end_lineno, end.end_col_offset)  # type: ignore[attr-defined]


def _named(node: ast.AST | None) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


class Checker:
    """A mypy daemon over a copy of the package in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(
            ROOT / "archc", folder / "archc", ignore=shutil.ignore_patterns("__pycache__", "*.json")
        )
        shutil.copy(ROOT / "pyproject.toml", folder)

    def __enter__(self) -> Checker:
        self._asked("start", "--", "--strict", "--cache-dir", str(self.folder / "cache"))
        found = self._asked("check", "archc")
        if "Success" not in found:
            raise RuntimeError(f"the package has faults before anything is deleted:\n{found}")
        return self

    def __exit__(self, *_: object) -> None:
        self._asked("stop")

    def errors(self, facet: Facet) -> list[str]:
        """Return the errors that mypy finds in the facet's file when the facet is deleted."""
        path = self.folder / facet.file
        text = path.read_text("utf-8")
        path.write_text(facet.deleted(text), "utf-8")
        try:
            found = self._asked("check", "archc")
        finally:
            path.write_text(text, "utf-8")
        wanted = (
            rf'{re.escape(str(facet.file))}:\d+: error: Argument 1 to "assert_never" has incompatible type'
        )
        return [line for line in found.splitlines() if re.match(wanted, line)]

    def _asked(self, *words: str) -> str:
        status = ("--status-file", str(self.folder / "status.json"))
        command = (sys.executable, "-m", "mypy.dmypy", *status, *words)
        made = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        if made.returncode not in (0, 1):
            raise RuntimeError(f"mypy ended with {made.returncode}: {made.stderr}")
        return made.stdout


def all_facets(only: Sequence[str] = ()) -> list[Facet]:
    """Return every facet of the ops in `OPS`, then those that are stated for a family as a whole."""
    found: list[Facet] = []
    for family, name in OPS.items():
        for folder in ("ops", "export/onnx/ops"):
            found += _in_file(Path(f"archc/{folder}/{family}.py"), name)
        found += _in_file(Path("archc/plan/lower/composites.py"), name) if family == "composite" else []
    for name in FAMILIES:
        for whole in ("archc/ops/facts.py", "archc/export/onnx/ops/dispatch.py"):
            found += _in_file(Path(whole), name)
    return [facet for facet in found if not only or facet.name in only]


def _in_file(file: Path, name: str) -> list[Facet]:
    return list(facets((ROOT / file).read_text("utf-8"), file, name)) if (ROOT / file).exists() else []


def unnoticed(only: Sequence[str] = ()) -> list[Facet]:
    """Return the facets whose deletion no error in their file shows; print each as it is tried."""
    missed = []
    with tempfile.TemporaryDirectory() as folder, Checker(Path(folder)) as checker:
        for facet in all_facets(only):
            errors = checker.errors(facet)
            print(f"{'noticed' if errors else 'MISSED '} {facet}", flush=True)
            if not errors:
                missed.append(facet)
    return missed


if __name__ == "__main__":
    sys.exit(bool(unnoticed(sys.argv[1:])))
