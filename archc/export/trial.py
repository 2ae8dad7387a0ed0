"""A trial export of a recorded body, made before anybody trains it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from archc.bodies.body import BodyRecord
from archc.export.onnx.library_parts import traced_kinds
from archc.export.onnx.write import export_onnx
from archc.files.errors import WorldError
from archc.modules.build import build
from archc.ops.tensors import TensorType
from archc.plan.inputs import ImageInput
from archc.plan.lower.body import whole_body
from archc.plan.lower.builder import BATCH, Builder
from archc.plan.outputs import Output
from archc.plan.plan import Plan
from archc.spec.document import Export

_LONGEST = 400
_SIDE = 96


def export_fault(record: BodyRecord) -> str:
    """Return why the body alone cannot be exported, in one sentence; empty where it can.

    A body that is linked whole is written and compared with torch. Of one with parts of its library's own, a
    part of each kind is traced: tracing all of them takes minutes.
    """
    plan = _plan(record)
    module = build(plan, seed=0)
    module.eval()
    try:
        if record.parts:
            traced_kinds(plan, module, Export().opset)
        else:
            with tempfile.TemporaryDirectory() as folder:
                export_onnx(plan, module, Path(folder) / "body.onnx")
    except WorldError as fault:
        return fault.message[:_LONGEST]
    return ""


def _plan(record: BodyRecord) -> Plan:
    """Return the whole body over one image of the smallest size that it is meant for."""
    side = max(record.min_size, min(_SIDE, *record.size))
    size = record.size if record.fixed_size or record.parts else (side, side)
    image = ImageInput("image", TensorType((BATCH, record.channels, *size)), (0.0,) * 3, (1.0,) * 3)
    builder = Builder(types={"image": image.type})
    out = whole_body(builder, record, "image")
    return Plan("trial", (image,), tuple(builder.nodes), (Output("features", out),))
