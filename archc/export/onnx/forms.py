"""Nodes whose inputs and attributes follow the opset."""

from __future__ import annotations

from collections.abc import Sequence

from onnx import helper

from archc.export.onnx.builder import Attribute, Builder


def ir_version_of(opset: int) -> int:
    """Return the IR version that came with an opset, at least 8: older readers refuse a newer one unread."""
    return max(int(helper.find_min_ir_version_for([helper.make_opsetid("", opset)])), 8)


def reduced(build: Builder, op_type: str, x: str, axes: Sequence[int], *, keepdims: bool = True) -> str:
    """Write a ReduceMax, ReduceMean or ReduceL2: `axes` is an input since opset 18, an attribute before."""
    if build.opset >= 18:
        return build.one(op_type, x, build.ints(*axes), keepdims=int(keepdims))
    return build.one(op_type, x, axes=tuple(axes), keepdims=int(keepdims))


def split_evenly(build: Builder, x: str, parts: int, axis: int) -> list[str]:
    """Write a Split into equal parts, whose number is said since opset 18."""
    count: dict[str, Attribute] = {"num_outputs": parts} if build.opset >= 18 else {}
    return build.add("Split", x, outputs=parts, axis=axis, **count)
