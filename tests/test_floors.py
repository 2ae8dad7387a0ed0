"""The light floors stay light: what a new interpreter has loaded after importing them."""

from __future__ import annotations

import importlib.util
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

FreshPython = Callable[..., subprocess.CompletedProcess[str]]

TENSORS = ["torch", "torchvision", "timm", "numpy", "onnx", "onnxruntime", "PIL"]

# What is imported -> what must not come along. "NAME.*" stands for the package and all its modules.
LIGHT = {
    "archc": [*TENSORS, "pydantic", "rich"],
    "archc.cli": [*TENSORS, "pydantic", "rich"],
    "archc.spec.*": [*TENSORS, "pydantic"],
    "archc.files.*": [*TENSORS, "pydantic"],
    "archc.run.*": [*TENSORS, "pydantic"],
    "archc.source.*": [*TENSORS, "pydantic"],
    "archc.ops.*": [*TENSORS, "pydantic"],
    "archc.bodies.*": [*TENSORS, "pydantic"],
    "archc.views.*": [*TENSORS, "pydantic"],
    "archc.plan.*": [*TENSORS, "pydantic"],
    "archc.runtime.*": ["torch", "torchvision", "timm", "onnx", "pydantic"],
}

# What a spec that is fine has no need of: each would be a part of the time of every cold `archc validate`.
STAYS_OUT = [
    *TENSORS,
    "annotated_types",
    "archc.bodies.check",
    "archc.plan.lower.composites",
    "archc.plan.checks.expectations",
    "archc.plan.lower.graph",
    "archc.plan.lower.siamese",
    "archc.source.diagnostics.codes",
    "archc.source.render.text",
    "asyncio",
    "dataclasses",
    "importlib.metadata",
    "inspect",
    "pydantic",
    "pydantic_core",
    "rich",
    "shutil",
    "typing_extensions",
]

PROBE = """
import importlib, json, pkgutil, sys
target = sys.argv[1]
package = importlib.import_module(target.removesuffix(".*"))
if target.endswith(".*"):
    for module in pkgutil.walk_packages(getattr(package, "__path__", []), package.__name__ + "."):
        importlib.import_module(module.name)
print(json.dumps(sorted(sys.modules)))
"""


def modules_after_importing(target: str, fresh_python: FreshPython) -> set[str]:
    done = fresh_python("-c", PROBE, target)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


@pytest.mark.parametrize("target", LIGHT)
def test_import_leaves_heavy_libraries_alone(target: str, fresh_python: FreshPython) -> None:
    if importlib.util.find_spec(target.removesuffix(".*")) is None:
        pytest.skip(f"{target} is not there yet")
    assert modules_after_importing(target, fresh_python).isdisjoint(LIGHT[target])


def test_the_probe_sees_what_an_import_drags_in(fresh_python: FreshPython) -> None:
    assert "pydantic" in modules_after_importing("pydantic", fresh_python)
    assert {"json", "json.decoder", "json.tool"} <= modules_after_importing("json.*", fresh_python)


VALIDATE = """
import json, sys
from archc.cli.main import main
status = main(["validate", "--quiet", sys.argv[1]])
print(json.dumps([status, *sorted(sys.modules)]))
"""


def test_validating_a_spec_that_is_fine_imports_little(fresh_python: FreshPython, root: Path) -> None:
    done = fresh_python("-c", VALIDATE, str(root / "specs" / "unet_camvid.toml"))
    assert done.returncode == 0, done.stderr
    status, *modules = json.loads(done.stdout)
    assert status == 0
    assert set(modules).isdisjoint(STAYS_OUT)


def test_the_compiled_half_of_pydantic_core_is_that_of_the_package(fresh_python: FreshPython) -> None:
    probe = """
from archc.spec.core import pydantic_core
alone = pydantic_core()
import sys
assert "pydantic_core" not in sys.modules
import pydantic, pydantic_core as package
assert alone.ValidationError is package.ValidationError is pydantic.ValidationError
assert alone.SchemaValidator is package.SchemaValidator
assert alone.__version__ == package.__version__
"""
    done = fresh_python("-c", probe)
    assert done.returncode == 0, done.stderr
