"""A plan and its weights as an ONNX model, written directly: no tracing, nothing inference does not need."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy.typing as npt
from onnx import GraphProto, ModelProto, ValueInfoProto

from archc.export.onnx.builder import Builder
from archc.export.onnx.forms import ir_version_of
from archc.export.onnx.ops.dispatch import write_node
from archc.export.onnx.passes import Weighted, simplified
from archc.export.onnx.processing import with_processing
from archc.export.onnx.retyping import opened
from archc.export.onnx.rewiring import readers
from archc.export.onnx.splice import splice
from archc.files.version import __version__
from archc.ops.dims import Dim
from archc.ops.tensors import Dtype, Shape
from archc.plan.exporting import open_sizes, size_step
from archc.plan.plan import Plan
from archc.spec.document import Export
from archc.spec.layers import ImageToFloat, LibraryPart, Normalize

Array = npt.NDArray[Any]

_ELEMENTS: dict[Dtype, int] = {"float32": 1, "uint8": 2, "uint16": 4, "int16": 5, "int64": 7}
_NONE_TRACED: Mapping[str, ModelProto] = {}


def to_onnx(
    plan: Plan,
    state: Mapping[str, Array],
    options: Export | None = None,
    traced: Mapping[str, ModelProto] = _NONE_TRACED,
) -> ModelProto:
    """Return the model as ONNX: its names are those of the plan's inputs and outputs and of the state dict.

    The arrays of `state` have the shapes of the built module's state dict. A weight changed by folding keeps
    its layer's key; one stored otherwise (transposed, merged) bears a longer name. `traced` holds the graph
    of each library's part by the name of its node.

    Raises:
        ExportFault: a node has no exact form with these options.
    """
    options = options or Export()
    processed = with_processing(plan, options.preprocess, options.postprocess)
    lean = simplified(Weighted(opened(processed, open_sizes(plan, options.dynamic), size_step(plan)), state))
    model = ModelProto(
        ir_version=ir_version_of(options.opset), producer_name="archc", producer_version=__version__
    )
    model.opset_import.add(domain="", version=options.opset)
    build = _started(lean, options.opset, model.graph)
    for node in lean.plan.nodes:
        build.scope = node.name
        if isinstance(node.op, LibraryPart) and node.name in traced:
            made = splice(build, node, traced[node.name])
        else:
            made = write_node(build, node)
        build.values[node.name] = build.called(made, _free(node.name, lean.plan))
    _name_outputs(build, lean.plan)
    _describe(model.graph, lean.plan)
    return model


def _started(lean: Weighted, opset: int, graph: GraphProto) -> Builder:
    plan = lean.plan
    return Builder(
        weights=lean.weights,
        opset=opset,
        types=plan.types(),
        values={i.name: i.name for i in plan.inputs},
        graph=graph,
        unscaled=_unscaled(plan),
        given=_given(plan),
    )


def _given(plan: Plan) -> Mapping[Dim, tuple[str, int]]:
    """Return the first input and axis at which each open size of the model's inputs stands."""
    return {
        dim: (given.name, axis)
        for given in reversed(plan.inputs)
        for axis, dim in reversed(list(enumerate(given.type.shape)))
        if not isinstance(dim, int)
    }


def _unscaled(plan: Plan) -> Mapping[str, tuple[float, float]]:
    """Return the images read by norms alone, which then bring their range to 0 to 1 themselves."""
    found, outputs = readers(plan), {output.value for output in plan.outputs}
    return {
        n.name: (n.op.low, n.op.high)
        for n in plan.nodes
        if isinstance(n.op, ImageToFloat)
        and n.name not in outputs
        and all(isinstance(r.op, Normalize) for r in found.get(n.name, ()))
    }


def _free(name: str, plan: Plan) -> str:
    """Return the value's own name, unless an output of the model goes by it."""
    return f"{name}.value" if any(output.name == name for output in plan.outputs) else name


def _name_outputs(build: Builder, plan: Plan) -> None:
    """Give each output its own name: rename the value that makes it, or copy it where that cannot be."""
    produced = {o: (node, i) for node in build.graph.node for i, o in enumerate(node.output)}
    taken: dict[str, str] = {}
    for output in plan.outputs:
        current = build.values[output.value]
        if current in produced and current not in taken:
            node, place = produced[current]
            node.output[place] = output.name
            taken[current] = output.name
        else:
            build.scope = output.name
            build.called(build.one("Identity", taken.get(current, current)), output.name)
    for node in build.graph.node:
        for place, name in enumerate(node.input):
            if name in taken:
                node.input[place] = taken[name]


def _describe(graph: GraphProto, plan: Plan) -> None:
    """Write the graph's name, and the types of its inputs and outputs."""
    types = plan.types()
    graph.name = plan.name or "model"
    graph.input.extend(_info(i.name, i.type.shape, i.type.dtype) for i in plan.inputs)
    graph.output.extend(
        _info(one.name, types[one.value].shape, types[one.value].dtype) for one in plan.outputs
    )


def _info(name: str, shape: Shape, dtype: Dtype) -> ValueInfoProto:
    info = ValueInfoProto(name=name)
    info.type.tensor_type.elem_type = _ELEMENTS[dtype]
    dims = info.type.tensor_type.shape.dim
    for size in shape:
        if isinstance(size, int):
            dims.add(dim_value=size)
        else:
            dims.add(dim_param=str(size))
    return info
