"""Layers that stand for several compute what the libraries' own modules compute, keys and all."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from archc.export.onnx.write import export_onnx
from archc.export.source.write import eject
from archc.modules.build import build
from archc.ops.dims import symbol
from archc.ops.tensors import TensorType
from archc.plan.inputs import TensorInput
from archc.plan.lower.builder import Builder
from archc.plan.outputs import Output
from archc.plan.plan import Plan
from archc.spec import layers as ops
from archc.spec.layers import Layer
from tests.export.test_eject import imported, model_of


def plan_of(layer: Layer, *shape: int) -> Plan:
    given = TensorType((symbol("N"), *shape))
    builder = Builder(types={"x": given})
    out = builder.layer("block", layer, "x")
    return Plan("one", (TensorInput("x", given),), tuple(builder.nodes), (Output("y", out),))


def pair(theirs: nn.Module, layer: Layer, *shape: int) -> tuple[Tensor, Tensor]:
    """Their output and ours, with their weights, key by key."""
    ours = build(plan_of(layer, *shape), initialize=False)
    ours.load_state_dict({f"block.{key}": value for key, value in theirs.state_dict().items()})
    x = torch.randn(2, *shape)
    return theirs.eval()(x), ours.eval()(x)


@pytest.mark.parametrize("norm_first", [False, True])
@pytest.mark.parametrize("activation", ["relu", "gelu"])
def test_the_transformer_layer_is_torchs(norm_first: bool, activation: str) -> None:
    theirs = nn.TransformerEncoderLayer(
        12, 3, 20, activation=activation, norm_first=norm_first, batch_first=True
    )
    layer = ops.TransformerEncoderLayer(
        nhead=3,
        dim_feedforward=20,
        norm_first=norm_first,
        activation="gelu" if activation == "gelu" else "relu",
    )
    expected, found = pair(theirs, layer, 7, 12)
    assert torch.allclose(expected, found, atol=1e-5)


def test_squeeze_excitation_is_torchvisions() -> None:
    misc = pytest.importorskip("torchvision.ops.misc")
    expected, found = pair(misc.SqueezeExcitation(16, 4), ops.SqueezeExcitation(squeeze_channels=4), 16, 9, 7)
    assert torch.allclose(expected, found, atol=1e-6)


def test_a_residual_block_is_a_resnets() -> None:
    resnet = pytest.importorskip("torchvision.models.resnet")
    down = nn.Sequential(nn.Conv2d(8, 16, 1, 2, bias=False), nn.BatchNorm2d(16))
    theirs = resnet.BasicBlock(8, 16, stride=2, downsample=down).eval()
    layer = ops.Residual(
        layers=(
            ops.Conv2d(out_channels=16, kernel_size=3, stride=2, bias=False),
            ops.BatchNorm2d(),
            ops.Relu(),
            ops.Conv2d(out_channels=16, kernel_size=3, bias=False),
            ops.BatchNorm2d(),
        )
    )
    ours = build(plan_of(layer, 8, 13, 10), initialize=False).eval()
    names = {"conv1": "layers.0", "bn1": "layers.1", "conv2": "layers.3", "bn2": "layers.4"} | {
        f"downsample.{i}": f"shortcut.{i}" for i in (0, 1)
    }
    state = {key.rpartition(".")[::2]: value for key, value in theirs.state_dict().items()}
    ours.load_state_dict({f"block.{names[layer]}.{name}": v for (layer, name), v in state.items()})
    x = torch.randn(2, 8, 13, 10)
    assert torch.allclose(theirs(x), ours(x).relu(), atol=1e-5)


def test_relu_squared_is_the_square_of_relu() -> None:
    module = build(plan_of(ops.ReluSquared(), 5))
    found = module(torch.tensor([[-3.0, -0.5, 0.0, 0.5, 3.0]]))
    assert found.tolist() == [[0.0, 0.0, 0.0, 0.25, 9.0]]


def test_the_pixel_shuffle_starts_as_a_nearest_upsampling() -> None:
    module = build(plan_of(ops.PixelShuffleIcnr(), 6, 5, 4), seed=1)
    x = torch.randn(1, 6, 5, 4)
    y = module(x)
    assert torch.allclose(y, nn.functional.interpolate(y[..., ::2, ::2], scale_factor=2))


COMPOSITES: dict[str, tuple[Layer, tuple[int, ...]]] = {
    "depthwise_conv2d": (ops.DepthwiseConv2d(kernel_size=5, stride=2, multiplier=2), (8, 13, 18)),
    "separable_conv2d": (ops.SeparableConv2d(out_channels=12, kernel_size=3), (8, 13, 18)),
    "pixel_shuffle_icnr": (ops.PixelShuffleIcnr(out_channels=5, blur=True), (8, 13, 18)),
    "relu_squared": (ops.ReluSquared(), (8, 13, 18)),
    "relu_squared of tokens": (ops.ReluSquared(), (7, 12)),
    "squeeze_excitation": (ops.SqueezeExcitation(ratio=2, scale_activation="hardsigmoid"), (8, 13, 18)),
    "transformer_encoder_layer": (ops.TransformerEncoderLayer(nhead=4, dim_feedforward=24), (9, 16)),
    "residual": (
        ops.Residual(layers=(ops.Conv2d(out_channels=12, kernel_size=3, stride=2), ops.BatchNorm2d())),
        (8, 13, 18),
    ),
    "repeat": (
        ops.Repeat(times=2, layers=(ops.Residual(layers=(ops.DepthwiseConv2d(kernel_size=3), ops.Gelu())),)),
        (8, 13, 18),
    ),
}


@pytest.mark.parametrize("name", COMPOSITES)
def test_what_they_stand_for_is_exported_exactly(name: str, tmp_path: Path) -> None:
    layer, shape = COMPOSITES[name]
    plan = plan_of(layer, *shape)
    module = build(plan, seed=2)
    for key, value in module.state_dict().items():
        if key.endswith(("running_mean", "running_var")):
            value.uniform_(0.5, 1.5)
    assert export_onnx(plan, module, tmp_path / "one.onnx").worst < 5e-6


@pytest.mark.parametrize("name", COMPOSITES)
def test_what_they_stand_for_is_ejected_exactly(name: str) -> None:
    layer, shape = COMPOSITES[name]
    plan = plan_of(layer, *shape)
    ours = build(plan, seed=2).eval()
    ejected = model_of(imported(eject(plan))).eval()
    ejected.load_state_dict(ours.state_dict())
    x = torch.randn(2, *shape)
    assert torch.equal(ours(x), ejected(x))


@pytest.mark.parametrize("name", COMPOSITES)
def test_they_can_be_trained(name: str) -> None:
    layer, shape = COMPOSITES[name]
    module = build(plan_of(layer, *shape), seed=2)
    x = torch.randn(2, *shape, requires_grad=True)
    module(x).square().mean().backward()
    reached = (x, *module.parameters())
    assert all(p.grad is not None and bool(torch.isfinite(p.grad).all()) for p in reached)
