"""Names that a spec chooses become keys of a state dict and of modules: none of them reaches Python's own."""

from __future__ import annotations

import json
from typing import Any

import pytest
import torch

from archc.modules.build import build
from archc.modules.plan_module import PlanModule
from archc.plan.compile import compile_document
from archc.plan.parameters import named_buffers, named_parameters
from archc.source.document.document import SpecError, read_text

NAMES = (
    *(
        "forward",
        "train",
        "eval",
        "type",
        "half",
        "state_dict",
        "parameters",
        "register_buffer",
        "to",
        "children",
    ),
    *(
        "_modules",
        "_parameters",
        "_buffers",
        "__class__",
        "__dict__",
        "__init__",
        "__call__",
        "_program",
        "self",
    ),
    *(
        "weight",
        "bias",
        "running_mean",
        "None",
        "lambda",
        "import",
        "a.b",
        "a.weight",
        "x.0",
        "training_",
        "A" * 60,
    ),
)
REFUSED = (
    "training",
    "a.training.b",
    "",
    ".",
    "a..b",
    "a.",
    ".a",
    "a b",
    "a/b",
    "../a",
    "a\nb",
    "\x1b",
    "é",
    "0a",
    "a@b",
)


def graph(name: str) -> dict[str, Any]:
    conv = [{"op": "conv2d", "out_channels": 2, "kernel_size": 1}, {"op": "batch_norm2d"}]
    nodes = [{"name": name, "from": "image", "layers": conv}]
    return {
        "archc": 1,
        "input": {"size": [8, 8]},
        "model": {"kind": "graph", "nodes": nodes, "outputs": {"out": name}},
    }


def of_a_stage(name: str) -> dict[str, Any]:
    stages = [{"name": name, "layers": [{"op": "conv2d", "out_channels": 2, "kernel_size": 1}]}]
    model = {"kind": "classifier", "classes": 2, "body": {"stages": stages}}
    return {"archc": 1, "input": {"size": [8, 8]}, "model": model}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_a_key_and_nothing_else(name: str) -> None:
    made = [graph(name)] + ([of_a_stage(name)] if "." not in name else [])
    for spec in made:
        plan = compile_document(read_text(json.dumps(spec), "x.json", "json")).plan
        module = build(plan, seed=0).eval()
        expected = {t.name for t in (*named_parameters(plan), *named_buffers(plan))}
        assert set(module.state_dict()) == expected
        assert type(module) is PlanModule
        assert module(torch.zeros(1, 3, 8, 8)).shape[:2] == (1, 2)
        module.load_state_dict(module.state_dict())
        assert not module.train(True).eval().training


@pytest.mark.parametrize("name", REFUSED)
def test_a_name_that_cannot_be_one_is_refused(name: str) -> None:
    for spec in (graph(name), of_a_stage(name)):
        with pytest.raises(SpecError):
            compile_document(read_text(json.dumps(spec), "x.json", "json"))
