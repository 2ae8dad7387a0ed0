"""A body nobody sees into: its graph is spliced in, at one size."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from archc.export.faults import ExportFault
from archc.export.onnx_graph import to_onnx
from archc.export.opaque import opaque_graphs
from archc.export.write import export_onnx
from archc.plan.plan import Plan
from archc.spec import layers as ops
from archc.spec.document import Export

Make = Callable[..., Plan]
FIXED = Export(dynamic=("batch",))

BODY = ops.OpaqueBody(
    ref="torchvision/swin_t", cut="features.1", channels=96, in_channels=3, reduction=4, layout="NHWC"
)


def small(opset: int = 20, domain: str = "") -> onnx.ModelProto:
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["c"], name="conv", strides=[4, 4]),
        helper.make_node("Relu", ["c"], ["y"], name="relu", domain=domain),
    ]
    weight = numpy_helper.from_array(np.ones((96, 3, 4, 4), np.float32) / 48, "w")
    shapes = [helper.make_tensor_value_info(n, TensorProto.FLOAT, None) for n in ("x", "y")]
    graph = helper.make_graph(nodes, "g", shapes[:1], shapes[1:], [weight])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])


@pytest.fixture
def plan(graph: Make) -> Plan:
    layers = [
        ("body", BODY, ("image",)),
        ("p", ops.GlobalAvgPool2d(), ("body",)),
        ("f", ops.Flatten(), ("p",)),
    ]
    return graph({"image": (3, 16, 16)}, layers)


def test_a_graph_takes_the_place_of_its_node(plan: Plan) -> None:
    model = to_onnx(plan, {}, FIXED, {"body": small()})
    onnx.checker.check_model(model, full_check=True)
    assert [n.op_type for n in model.graph.node] == ["Conv", "Relu", "GlobalAveragePool", "Flatten"]
    assert [w.name for w in model.graph.initializer] == ["body.w"]
    session = onnxruntime.InferenceSession(model.SerializeToString())
    answer = session.run(None, {"image": np.full((2, 3, 16, 16), 3, np.float32)})[0]
    assert np.allclose(answer, 3)
    assert answer.shape == (2, 96)


@pytest.mark.parametrize("other", [small(opset=18), small(domain="somebody.else")])
def test_only_plain_graphs_are_taken(other: onnx.ModelProto, plan: Plan) -> None:
    with pytest.raises(ExportFault, match="something other than plain ONNX of opset 20"):
        to_onnx(plan, {}, FIXED, {"body": other})


def test_without_its_graph_there_is_no_file(plan: Plan) -> None:
    with pytest.raises(ExportFault, match=r"opaque body `torchvision/swin_t`.*export from a built model"):
        to_onnx(plan, {}, FIXED)


def test_open_sizes_are_refused_before_anything_is_traced(plan: Plan) -> None:
    with pytest.raises(ExportFault, match=r"`body` .* at one size only .*export\.dynamic"):
        opaque_graphs(plan, nn.Module(), 20, ("batch", "height"))


@pytest.mark.slow
def test_a_real_body_is_exact(graph: Make, target: Path) -> None:
    pytest.importorskip("onnxscript")
    from archc.modules.build import build

    layers = [
        ("body", BODY, ("image",)),
        ("p", ops.GlobalAvgPool2d(), ("body",)),
        ("f", ops.Flatten(), ("p",)),
    ]
    plan = graph({"image": (3, 56, 84)}, layers)
    report = export_onnx(plan, build(plan, seed=0), target, options=FIXED)
    assert report.worst < 1e-5
    assert any(w.name.startswith("body.features.1.0.attn") for w in onnx.load(target).graph.initializer)
