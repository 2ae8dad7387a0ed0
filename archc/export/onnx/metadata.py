"""Metadata of an exported file: enough to use and to compare it with nothing else at hand."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import ModelProto

from archc.export.onnx.inputs import described
from archc.files.seal import KEY, UNSEALED
from archc.files.version import __version__
from archc.plan.exporting import open_sizes, size_step
from archc.plan.outputs import Output, comparison, postprocess_of
from archc.plan.plan import Plan
from archc.spec.document import Export

Array = npt.NDArray[Any]


def metadata(plan: Plan, options: Export, *, spec_text: str, sha256: str) -> dict[str, str]:
    """Return the `archc.*` keys of a model file that is not sealed yet; `plan` is before any processing.

    `archc.classes` are the names of the first output's classes, for readers who look no further.
    """
    dynamic = open_sizes(plan, options.dynamic)
    told = {
        "inputs": [described(given) for given in plan.inputs],
        "outputs": [_output(output, options) for output in plan.outputs],
        "preprocess": options.preprocess,
        "dynamic": list(dynamic),
    }
    if {"height", "width"} & set(dynamic) and (step := size_step(plan)) > 1:
        told["multiple"] = step
    if compared := comparison(plan.outputs):
        told["comparison"] = {"normalise": compared.normalize, "same_below": compared.same_below}
    return {
        "archc.spec": spec_text,
        "archc.version": __version__,
        "archc.classes": json.dumps(list(plan.outputs[0].classes), ensure_ascii=False),
        "archc.sha256": sha256,
        "archc.input": json.dumps(told, ensure_ascii=False),
        KEY: UNSEALED,  # last: it is searched for from the end
    }


def attach(model: ModelProto, entries: Mapping[str, str]) -> None:
    """Write the entries into a model's metadata."""
    for key, value in entries.items():
        model.metadata_props.add(key=key, value=value)


def weights_sha256(state: Mapping[str, Array]) -> str:
    """Return the SHA-256 of a state dict, whatever file it lies in, in 64 hexadecimal digits.

    Hashed is, for each tensor in the order of names, `name`, a newline, the dtype as numpy spells it, a
    newline, the shape as decimal numbers between commas, a newline, and the numbers in little-endian C order.
    """
    digest = hashlib.sha256()
    for name in sorted(state):
        array = np.ascontiguousarray(state[name])
        shape = ",".join(map(str, state[name].shape))
        digest.update(f"{name}\n{array.dtype.name}\n{shape}\n".encode())
        little = array.astype(array.dtype.newbyteorder("<"), copy=False)
        digest.update(little.reshape(-1).view(np.uint8).data)
    return digest.hexdigest()


def _output(output: Output, options: Export) -> dict[str, object]:
    return {
        "name": output.name,
        "task": output.task,
        "postprocess": postprocess_of(options, output.name),
        "classes": list(output.classes),
    }
