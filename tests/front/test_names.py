"""The public names, and what asking for them costs."""

from __future__ import annotations

import inspect
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import archc

FreshPython = Callable[..., subprocess.CompletedProcess[str]]

PUBLIC = {
    "__version__": "str",
    "compile": "function",
    "open": "function",
    "model": "function",
    "show": "function",
    "events": "module",
    "CompiledModel": "type",
    "Run": "type",
    "Session": "type",
    "Prediction": "type",
    "Spec": "type",
    "Plan": "type",
    "Document": "type",
    "Diagnostic": "type",
    "SpecError": "type",
    "WorldError": "type",
}
METHODS = {
    "CompiledModel": {
        "build", "document", "export", "fit", "name", "parameters", "plan", "spec", "svg", "table",
        "warnings",
    },
    "Run": {"classes", "export", "metrics", "model", "module"},
    "Session": {"classes", "device", "inputs", "outputs", "path", "predict", "run"},
    "Prediction": {
        "arrays", "class_name", "classes", "distances", "embedding", "labels", "mask", "outputs", "overlay",
        "probability", "same", "shares", "values",
    },
}  # fmt: skip


def test_the_public_names_are_these() -> None:
    assert sorted(archc.__all__) == sorted(PUBLIC) == dir(archc)
    for name, kind in PUBLIC.items():
        assert type(getattr(archc, name)).__name__ == kind, name


def test_the_public_methods_are_these() -> None:
    for name, methods in METHODS.items():
        assert {m for m in vars(getattr(archc, name)) if not m.startswith("_")} == methods, name


def test_every_public_function_says_what_it_returns_and_raises() -> None:
    for name in ("compile", "open", "model"):
        said = inspect.getdoc(getattr(archc, name)) or ""
        assert "Raises:" in said, name
        assert said.split()[0] in ("Check", "Open", "Return"), name


def test_signatures_are_those_of_the_values() -> None:
    said = inspect.signature(archc.Spec)
    assert list(said.parameters)[:2] == ["archc", "model"]
    assert said.parameters["name"].default is None
    assert all(one.kind is inspect.Parameter.KEYWORD_ONLY for one in said.parameters.values())
    assert list(inspect.signature(archc.Diagnostic).parameters)[:2] == ["code", "message"]


TIMED = """
import __future__
import json, sys, time
before, started = set(sys.modules), time.process_time()
import archc
spent = time.process_time() - started
print(json.dumps([spent * 1000, sorted(set(sys.modules) - before)]))
"""


def test_importing_archc_loads_nothing(fresh_python: FreshPython) -> None:
    runs = [json.loads(fresh_python("-c", TIMED).stdout) for _ in range(3)]
    assert runs[0][1] == ["archc"]
    assert min(spent for spent, _ in runs) < 5


COMPILED = """
import json, sys
import archc
model = archc.compile(sys.argv[1])
str(model), repr(model), model.svg(), model._repr_html_()
print(json.dumps(sorted(sys.modules)))
"""


def test_compiling_drawing_and_printing_load_no_tensor_library(fresh_python: FreshPython, root: Path) -> None:
    done = fresh_python("-c", COMPILED, f"{root}/specs/unet_camvid.toml")
    assert done.returncode == 0, done.stderr
    heavy = {"torch", "torchvision", "numpy", "onnx", "onnxruntime", "PIL", "pydantic"}
    assert heavy.isdisjoint(json.loads(done.stdout))
