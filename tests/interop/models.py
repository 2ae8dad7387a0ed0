"""The example specs as ONNX files, each with inputs and what torch answers to them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import nn

from archc.export.onnx.parity import random_inputs, trials
from archc.export.onnx.sessions import torch_side
from archc.export.onnx.write import export_onnx
from archc.modules.materialize import materialize
from archc.plan.compile import Compiled
from tests.test_specs import SPECS, compiled

OPSETS = (18, 20, 26)


def write_models(folder: Path, wanted: list[str]) -> Iterator[str]:
    """Write `NAME.opset.onnx` and `NAME.npz` for each example spec; yield each name.

    The archive holds `TRIAL/in/INPUT` and `TRIAL/out/OUTPUT`.
    """
    for path in SPECS:
        if wanted and path.stem not in wanted:
            continue
        example = compiled(path)
        module = _off_its_start(materialize(example.plan, seed=1))
        for opset in OPSETS:
            target = folder / f"{path.stem}.{opset}.onnx"
            export_onnx(example.plan, module, target, options=replace(example.spec.export, opset=opset))
        np.savez(folder / f"{path.stem}.npz", **_answers(example, module))
        yield path.stem


def _answers(example: Compiled, module: nn.Module) -> dict[str, np.ndarray]:
    options = example.spec.export
    compute = torch_side(example.plan, module, options)
    found = {}
    for number, trial in enumerate(trials(example.plan, options)):
        inputs = random_inputs(example.plan, trial, options.preprocess, seed=number)
        found |= {f"{number}/in/{name}": value for name, value in inputs.items()}
        found |= {f"{number}/out/{name}": value for name, value in compute(inputs).items()}
    return found


def _off_its_start(module: nn.Module) -> nn.Module:
    """The module with statistics, scales and shifts that are no longer 0 and 1."""
    generator = torch.Generator().manual_seed(4)
    with torch.no_grad():
        for name, value in module.state_dict().items():
            if value.is_floating_point() and value.dim() == 1 and not name.endswith(("weight_u", "weight_v")):
                noise = torch.rand(value.shape, generator=generator)
                value.copy_(value * 0.8 + 0.2 * noise + (0.1 if name.endswith("running_var") else 0))
    return module
