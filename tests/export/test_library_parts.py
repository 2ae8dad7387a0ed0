"""A body with modules that nobody sees into: each one's graph is spliced in, at one size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from archc.export.faults import ExportFault
from archc.export.onnx.graph import to_onnx
from archc.export.onnx.library_parts import traced_parts
from archc.export.onnx.write import export_onnx
from archc.modules.build import build
from archc.plan.exporting import open_sizes
from archc.plan.plan import Plan
from archc.spec import layers as ops
from archc.spec.document import Export
from tests.parity.specs import classifier, compiled, unet

Make = Callable[..., Plan]
FIXED = Export(dynamic=("batch",))

PART = ops.LibraryPart(
    ref="torchvision/swin_t",
    path="features.0",
    out=((0, 1, 0), (-1, 1, 96), (2, 4, 0), (3, 4, 0)),
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
        ("body", PART, ("image",)),
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
    with pytest.raises(ExportFault, match=r"module of `torchvision/swin_t`.*export from a built model"):
        to_onnx(plan, {}, FIXED)


def test_open_sizes_are_refused_before_anything_is_traced(plan: Plan) -> None:
    with pytest.raises(ExportFault, match=r"`body` .* at one size only .*export\.dynamic"):
        traced_parts(plan, nn.Module(), 20, ("batch", "height"))


class Branching(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + 1 if x.sum() > 0 else x


class Eigen(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.linalg.eig(x)[0].real


class Raising(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        raise ValueError("no \x1b[31mgood\x1b[0m\x07\nand a second line")


class Silent(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        raise RuntimeError


@pytest.mark.parametrize(
    ("part", "cause"),
    [
        (Branching(), "data-dependent expression"),
        (Eigen(), "linalg_eig"),
        (Raising(), r"cannot trace it: no good\\x07"),
        (Silent(), "RuntimeError"),
    ],
)
def test_a_failed_trace_says_its_cause_in_one_line(part: nn.Module, cause: str, plan: Plan) -> None:
    pytest.importorskip("onnxscript")
    around = nn.Module()
    around.body = part
    with pytest.raises(ExportFault, match=cause) as caught:
        traced_parts(plan, around, 20, ("batch",))
    assert str(caught.value).isprintable()
    assert "step" not in caught.value.message
    assert len(caught.value.message) < 320


def test_only_the_batch_is_left_open_where_nothing_is_said(plan: Plan) -> None:
    assert open_sizes(plan, None) == ("batch",)
    assert open_sizes(replace(plan, nodes=()), None) == ("batch", "height", "width")


@pytest.mark.slow
@pytest.mark.parametrize("kind", [classifier, unet])
def test_a_real_body_is_exact_at_an_odd_size(kind: Callable[..., str], target: Path) -> None:
    pytest.importorskip("onnxscript")
    plan = compiled(kind("torchvision/swin_t", (65, 97))).plan
    report = export_onnx(plan, build(plan, seed=0), target)
    assert report.worst < 1e-5
    assert [trial.batch for trial in report.trials] == [1, 2]
    written = {weight.name for weight in onnx.load(target).graph.initializer}
    assert any(name.startswith("body.features.1.0.attn") for name in written)
    assert "body.features.1.0.mlp.0.bias" in written
