"""The two sides of a parity proof: the torch module, and onnxruntime on the file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import nn

from archc.export.onnx.parity import Computes, Values, refused
from archc.export.onnx.processing import with_processing
from archc.modules.build import build
from archc.plan.plan import Plan
from archc.runtime.library import new_session
from archc.spec.document import Export
from archc.spec.layers import Argmax


def torch_side(plan: Plan, module: nn.Module, options: Export) -> Computes:
    """Return what `module` gives on the CPU in evaluation mode, to inputs as the exported file takes them.

    Where the file answers with class numbers, it answers with the scores they are chosen by.
    """
    whole = _without_choice(with_processing(plan, options.preprocess, options.postprocess))
    if whole is not plan:
        around = build(whole, initialize=False)
        around.load_state_dict(module.state_dict(), assign=True)
        module = around
    module = module.cpu().eval()

    def compute(inputs: Values) -> Values:
        with torch.inference_mode():
            answer = module(**{name: torch.from_numpy(array) for name, array in inputs.items()})
        named = answer if isinstance(answer, dict) else {plan.outputs[0].name: answer}
        return {name: value.numpy() for name, value in named.items()}

    return compute


def onnx_side(path: Path) -> Computes:
    """Return what onnxruntime gives on the CPU for the file at `path`; `ParityError` where it refuses it."""
    try:
        session = new_session(path, ["CPUExecutionProvider"], threads=torch.get_num_threads())
    except Exception as failure:  # onnxruntime's kinds are private
        raise refused("open", failure) from failure
    names = [output.name for output in session.get_outputs()]

    def compute(inputs: Values) -> Values:
        answers = session.run(names, inputs)
        return {name: np.asarray(value) for name, value in zip(names, answers, strict=True)}

    return compute


def _without_choice(plan: Plan) -> Plan:
    """Return the plan whose outputs are the scores that an argmax at their end would choose by."""
    choices = {n.name: n.inputs[0] for n in plan.nodes if isinstance(n.op, Argmax)}
    outputs = tuple(one.changed(value=choices.get(one.value, one.value)) for one in plan.outputs)
    return plan if outputs == plan.outputs else replace(plan, outputs=outputs)
