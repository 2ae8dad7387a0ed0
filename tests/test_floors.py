"""The light floors stay light: what a new interpreter has loaded after importing them."""

from __future__ import annotations

import importlib.util
import json
import subprocess
from collections.abc import Callable

import pytest

FreshPython = Callable[..., subprocess.CompletedProcess[str]]

TENSORS = ["torch", "torchvision", "timm", "numpy", "onnx", "onnxruntime", "PIL"]

# What is imported -> what must not come along. "NAME.*" stands for the package and all its modules.
LIGHT = {
    "archc": [*TENSORS, "pydantic", "rich"],
    "archc.cli": [*TENSORS, "pydantic", "rich"],
    "archc.spec.*": [*TENSORS, "pydantic"],
    "archc.files.*": [*TENSORS, "pydantic"],
    "archc.source.*": [*TENSORS, "pydantic"],
    "archc.catalog.*": [*TENSORS, "pydantic"],
    "archc.plan.*": [*TENSORS, "pydantic"],
    "archc.runtime.*": ["torch", "torchvision", "timm", "onnx", "pydantic"],
}

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
