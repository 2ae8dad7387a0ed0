"""Layers that stand for several: the nodes they are written out as, and what they say of a misfit."""

from __future__ import annotations

import time

import pytest

from archc.ops.dims import symbol
from archc.ops.facts import multiply_adds, parameters
from archc.ops.initializers import Init
from archc.ops.tensors import TensorType
from archc.plan.lower.builder import Builder
from archc.plan.lower.fault import PlanFault
from archc.source.document.document import SpecError
from archc.spec import layers as ops
from archc.spec.layers import Layer
from tests.plan.texts import CLASSIFIER, compiled, faults_of, plan_of

MAP = (16, 12, 10)


def written(layer: Layer, *shape: int) -> tuple[Builder, str]:
    """A graph that is one layer at `block` over an example of `shape`."""
    builder = Builder(types={"x": TensorType((symbol("N"), *(shape or MAP)))})
    return builder, builder.layer("block", layer, "x")


def lines(builder: Builder) -> list[str]:
    return [f"{n.name} {n.op.op} {n.out}" for n in builder.nodes]


def test_a_depthwise_convolution_is_a_convolution_in_groups() -> None:
    builder, out = written(ops.DepthwiseConv2d(kernel_size=3, multiplier=2, stride=2))
    assert lines(builder) == ["block conv2d Nx32x6x5"]
    op = builder.nodes[0].op
    assert isinstance(op, ops.Conv2d)
    assert (out, op.groups, op.in_channels, op.padding) == ("block", 16, 16, (1, 1))


def test_a_separable_convolution_is_two() -> None:
    builder, _ = written(ops.SeparableConv2d(out_channels=8, kernel_size=3, bias=False))
    assert lines(builder) == ["block.depthwise conv2d Nx16x12x10", "block.pointwise conv2d Nx8x12x10"]


def test_a_pixel_shuffle_starts_without_checkerboards() -> None:
    builder, out = written(ops.PixelShuffleIcnr(upscale_factor=3, blur=True))
    assert lines(builder) == [
        "block.conv conv2d Nx144x12x10",
        "block.relu relu Nx144x12x10",
        "block.shuffle pixel_shuffle Nx16x36x30",
        "block.blur blur Nx16x36x30",
    ]
    assert (out, builder.nodes[0].init[0]) == ("block.blur", ("weight", Init(kind="icnr", scale=3)))


def test_relu_squared_learns_nothing_and_costs_nothing() -> None:
    builder, out = written(ops.ReluSquared())
    assert lines(builder) == ["block.relu relu Nx16x12x10", "block.square multiply Nx16x12x10"]
    assert builder.nodes[-1].inputs == ("block.relu", "block.relu")
    assert out == "block.square"
    given = TensorType((symbol("N"), *MAP))
    assert [(parameters(n.op), multiply_adds(n.op, (given, given), n.out)) for n in builder.nodes] == [
        ((), 0),
        ((), 0),
    ]


def test_squeeze_excitation_has_torchvisions_names() -> None:
    builder, out = written(ops.SqueezeExcitation(ratio=4, activation="silu"))
    assert lines(builder) == [
        "block.avgpool global_avg_pool2d Nx16x1x1",
        "block.fc1 conv2d Nx4x1x1",
        "block.activation silu Nx4x1x1",
        "block.fc2 conv2d Nx16x1x1",
        "block.scale_activation sigmoid Nx16x1x1",
        "block.multiply multiply Nx16x12x10",
    ]
    assert out == "block.multiply"


def test_a_residual_block_adds_the_input_where_shapes_agree() -> None:
    builder, _ = written(ops.Residual(layers=(ops.Conv2d(out_channels=16, kernel_size=3), ops.Relu())))
    assert lines(builder)[-1] == "block.add add Nx16x12x10"
    assert builder.nodes[-1].inputs == ("block.layers.1", "x")


@pytest.mark.parametrize("stride", [1, 2, 3, (2, 1)])
def test_a_residual_block_projects_the_input_where_they_do_not(stride: int | tuple[int, int]) -> None:
    conv = ops.Conv2d(out_channels=24, kernel_size=3, stride=stride)
    builder, _ = written(ops.Residual(layers=(conv,)), 16, 13, 11)
    shortcut, norm, add = builder.nodes[1:]
    assert isinstance(shortcut.op, ops.Conv2d)
    assert shortcut.op.stride == (stride if isinstance(stride, tuple) else (stride, stride))
    assert (norm.name, norm.op.op) == ("block.shortcut.1", "batch_norm2d")
    assert add.inputs == ("block.layers.0", "block.shortcut.1")


def test_a_residual_block_of_vectors_projects_by_a_linear_layer() -> None:
    builder, _ = written(ops.Residual(layers=(ops.Linear(out_features=7),)), 5, 12)
    assert lines(builder)[1] == "block.shortcut.0 linear Nx5x7"


def test_a_residual_block_takes_the_shortcut_that_is_written() -> None:
    pooled = (ops.AvgPool2d(kernel_size=2),)
    builder, _ = written(ops.Residual(layers=(ops.MaxPool2d(kernel_size=2),), shortcut=pooled))
    assert [n.name for n in builder.nodes] == ["block.layers.0", "block.shortcut.0", "block.add"]


@pytest.mark.parametrize(
    ("layer", "shape", "says"),
    [
        (ops.Residual(layers=(ops.Flatten(),)), MAP, "the input is Nx16x12x10"),
        (ops.Residual(layers=(ops.Upsample(),)), MAP, "the input is Nx16x12x10"),
        (ops.Residual(layers=(ops.Relu(),), shortcut=(ops.GlobalAvgPool2d(),)), MAP, "the shortcut makes"),
        (ops.DepthwiseConv2d(kernel_size=3), (16,), "reads Nx16"),
        (ops.SqueezeExcitation(), (5, 16), "reads Nx5x16"),
        (ops.TransformerEncoderLayer(nhead=5), (7, 16), "reads Nx7x16"),
    ],
)
def test_what_does_not_fit_is_said(layer: Layer, shape: tuple[int, ...], says: str) -> None:
    with pytest.raises(PlanFault) as caught:
        written(layer, *shape)
    assert caught.value.diagnostic.code == "ARC302"
    assert caught.value.diagnostic.labels[0].text.startswith(says)


def test_repeated_layers_have_weights_of_their_own() -> None:
    block = (ops.Conv2d(out_channels=8, kernel_size=3), ops.Relu())
    builder, out = written(ops.Repeat(times=3, layers=block))
    assert [n.name for n in builder.nodes] == [f"block.{i}.{j}" for i in range(3) for j in range(2)]
    assert out == "block.2.1"


def test_a_second_application_has_the_same_modules() -> None:
    layer = ops.Residual(
        layers=(ops.Repeat(times=2, layers=(ops.SeparableConv2d(out_channels=16, kernel_size=3),)),)
    )
    builder = Builder(types={"x": TensorType((symbol("N"), *MAP))})
    builder.layer("block", layer, "x")
    out = builder.layer("block", layer, "x", again="right")
    first, second = builder.nodes[: len(builder.nodes) // 2], builder.nodes[len(builder.nodes) // 2 :]
    assert [n.module for n in first] == [n.module for n in second]
    assert [f"{n.name}@right" for n in first] == [n.name for n in second]
    assert out == "block.add@right"


NESTED = """
[model.head]
[[model.head.layers]]
op = "repeat"
times = 2
[[model.head.layers.layers]]
op = "residual"
layers = [
  { op = "separable_conv2d", out_channels = 64, kernel_size = 3 },
  { op = "batch_norm2d" },
  { op = "squeeze_excitation" },
]
[[model.head.layers]]
op = "global_avg_pool2d"
[[model.head.layers]]
op = "flatten"
[[model.head.layers]]
op = "linear"
out_features = 10
"""


def test_layers_nest_in_a_spec() -> None:
    plan = plan_of(CLASSIFIER + NESTED)
    modules = [n.module for n in plan.nodes if n.module.startswith("head.0.")]
    assert modules[0] == "head.0.0.0.layers.0.depthwise"
    assert "head.0.1.0.shortcut.0" not in modules
    starts = {n.module: dict(n.init)["weight"].kind for n in plan.nodes if n.module.endswith("pointwise")}
    assert starts == dict.fromkeys([f"head.0.{i}.0.layers.0.pointwise" for i in range(2)], "kaiming_normal")


def test_a_fault_inside_points_inside() -> None:
    text = CLASSIFIER + NESTED.replace("kernel_size = 3", "kernel_size = 3, stride = 9, padding = 0")
    (found,) = faults_of(text)
    assert found.code == "ARC302"
    assert found.labels[0].path[:6] == ("model", "head", "layers", 0, "layers", 0)


def nested(depth: int, inner: str, head: str) -> str:
    return CLASSIFIER + "[model.head]\nlayers = [" + head * depth + inner + "]}" * depth + "]\n"


@pytest.mark.parametrize(
    "inner", ['{op = "relu"}', '{op = "conv2d", out_channels = "x"}', "{}", '{op = "rleu"}']
)
@pytest.mark.parametrize("head", ['{op = "residual", layers = [', '{op = "repeat", times = 1, layers = ['])
def test_nesting_costs_no_more_than_its_depth(inner: str, head: str) -> None:
    compiled_before = time.process_time()
    for depth in (1, 5, 13, 40):
        assert faults_of(nested(depth, inner, head))
    assert time.process_time() - compiled_before < 5


def test_repetitions_of_repetitions_are_bounded() -> None:
    text = nested(3, '{op = "relu"}', '{op = "repeat", times = 1000, layers = [')
    with pytest.raises(SpecError) as caught:
        compiled(text)
    assert [d.code for d in caught.value.diagnostics] == ["ARC352"]
