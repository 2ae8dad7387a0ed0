"""A graph that torch's exporter wrote, put in the place of one node."""

from __future__ import annotations

from collections.abc import Mapping

from onnx import AttributeProto, ModelProto, NodeProto

from archc.export.faults import ExportFault
from archc.export.onnx.builder import Builder
from archc.ops.node import Node
from archc.runtime.operators import known


def splice(build: Builder, node: Node, model: ModelProto) -> str:
    """Write all of `model`'s graph under `node`'s module path; return the name of its output.

    Raises:
        ExportFault: it is not one graph of plain ONNX at the builder's opset.
    """
    _require_plain(build, node, model)
    graph = model.graph
    _require_known(node, model)
    names = {"": "", graph.input[0].name: build.values[node.inputs[0]]}
    for weight in graph.initializer:
        names[weight.name] = f"{node.module}.{weight.name}"
        if names[weight.name] not in build.held:
            build.held.add(names[weight.name])
            kept = build.graph.initializer.add()
            kept.CopyFrom(weight)
            kept.name = names[weight.name]
    for inner in graph.node:
        names |= {output: f"{node.name}/{output}" for output in inner.output if output}
        build.graph.node.append(_moved(inner, node.name, names))
    return names[graph.output[0].name]


def _require_plain(build: Builder, node: Node, model: ModelProto) -> None:
    versions = {o.domain: o.version for o in model.opset_import}
    inner = any(
        a.type in (AttributeProto.GRAPH, AttributeProto.GRAPHS) for n in model.graph.node for a in n.attribute
    )
    plain = versions.get("") == build.opset and not model.functions and not inner
    if not plain or any(n.domain for n in model.graph.node) or len(model.graph.output) != 1:
        raise ExportFault(
            f"`{node.name}`: torch's exporter wrote something other than plain ONNX of opset {build.opset}",
            "choose another `export.opset`, or a body that archc links",
            node.origin,
        )


def _require_known(node: Node, model: ModelProto) -> None:
    """Raise where the runtime would refuse the file: it opens a closed set of operators."""
    for inner in model.graph.node:
        if not known("", inner.op_type):
            raise ExportFault(
                f"`{node.name}`: torch's exporter wrote `{inner.op_type}`, unknown to `archc predict`",
                "choose a body that archc links",
                node.origin,
            )


def _moved(inner: NodeProto, scope: str, names: Mapping[str, str]) -> NodeProto:
    moved = NodeProto(
        op_type=inner.op_type,
        name=f"{scope}/{inner.name}",
        input=[names[i] for i in inner.input],
        output=[names[o] if o else "" for o in inner.output],
    )
    moved.attribute.extend(inner.attribute)
    return moved
