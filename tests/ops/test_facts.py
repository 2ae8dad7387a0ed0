"""What ops do to shapes, and what they say when they do not fit."""

from __future__ import annotations

import pytest

from archc.ops.dims import symbol
from archc.ops.facts import buffers, infer, parameters
from archc.ops.faults import ShapeFault
from archc.ops.tensors import TensorType
from archc.spec import layers as ops
from archc.spec.layers import Op

N = symbol("N")
MAP = TensorType((N, 8, 6, 10))
FLAT = TensorType((N, 8))
TOKENS = TensorType((N, 5, 8))


@pytest.mark.parametrize(
    ("op", "given", "out"),
    [
        (ops.Conv2d(out_channels=4, kernel_size=3), MAP, "Nx4x6x10"),
        (ops.Conv2d(out_channels=4, kernel_size=(3, 5), stride=(1, 2), padding=0), MAP, "Nx4x4x3"),
        (ops.Conv2d(out_channels=4, kernel_size=3, dilation=2), MAP, "Nx4x6x10"),
        (ops.ConvTranspose2d(out_channels=4, kernel_size=2, stride=2), MAP, "Nx4x12x20"),
        (ops.MaxPool2d(kernel_size=4), MAP, "Nx8x1x2"),
        (ops.MaxPool2d(kernel_size=4, ceil_mode=True), MAP, "Nx8x2x3"),
        (ops.AvgPool2d(kernel_size=2, stride=1), MAP, "Nx8x5x9"),
        (ops.AdaptiveAvgPool2d(output_size=(2, 3)), MAP, "Nx8x2x3"),
        (ops.AdaptiveConcatPool2d(), MAP, "Nx16x1x1"),
        (ops.GlobalAvgPool2d(), MAP, "Nx8x1x1"),
        (ops.Flatten(), MAP, "Nx480"),
        (ops.Flatten(start_dim=2), MAP, "Nx8x60"),
        (ops.Permute(dims=(0, 2, 3, 1)), MAP, "Nx6x10x8"),
        (ops.PixelShuffle(upscale_factor=2), MAP, "Nx2x12x20"),
        (ops.Upsample(scale_factor=3), MAP, "Nx8x18x30"),
        (ops.Linear(out_features=3), FLAT, "Nx3"),
        (ops.Linear(out_features=3), TOKENS, "Nx5x3"),
        (ops.MultiheadAttention(num_heads=2), TOKENS, "Nx5x8"),
        (ops.SelfAttention2d(), MAP, "Nx8x6x10"),
    ],
)
def test_output_shapes(op: Op, given: TensorType, out: str) -> None:
    assert str(infer(op, (given,))[1]) == out


@pytest.mark.parametrize(
    ("op", "given", "field", "says"),
    [
        (
            ops.Conv2d(out_channels=4, kernel_size=3, in_channels=3),
            MAP,
            "in_channels",
            "3, but 8 channels come in",
        ),
        (ops.Conv2d(out_channels=4, kernel_size=9, padding=0), MAP, "kernel_size", "does not fit 6 pixels"),
        (ops.Conv2d(out_channels=4, kernel_size=3, groups=3), MAP, "groups", "8 channels out by 3"),
        (ops.Conv2d(out_channels=4, kernel_size=3), FLAT, None, "needs (N, C, H, W)"),
        (ops.MaxPool2d(kernel_size=2, padding=2), MAP, "padding", "more than half"),
        (
            ops.ConvTranspose2d(out_channels=4, kernel_size=2, output_padding=1),
            MAP,
            "output_padding",
            "smaller",
        ),
        (ops.ConvTranspose2d(out_channels=4, kernel_size=1, padding=9), MAP, "padding", "leaves"),
        (ops.BatchNorm1d(), MAP, None, "needs (N, C)"),
        (ops.BatchNorm2d(num_features=7), MAP, "num_features", "8 channels come in"),
        (ops.BatchNorm2d(), FLAT, None, "needs (N, C, H, W)"),
        (ops.GroupNorm(num_groups=3), MAP, "num_groups", "by 3"),
        (ops.PixelShuffle(upscale_factor=3), MAP, "upscale_factor", "by 9"),
        (ops.Softmax(dim=4), MAP, "dim", "not one of 4 dimensions"),
        (ops.Permute(dims=(0, 1)), MAP, "dims", "each of the 4 dimensions once"),
        (ops.Permute(dims=(0, 1, 1, 2)), MAP, "dims", "once"),
        (ops.Flatten(start_dim=3, end_dim=1), MAP, "end_dim", "after the last"),
        (ops.MultiheadAttention(num_heads=3), TOKENS, "num_heads", "by 3"),
        (ops.SelfAttention2d(), TensorType((N, 4, 2, 2)), None, "at least 8 channels"),
        (ops.Linear(out_features=3), TensorType((N * 4,)), None, "needs (N, ..., features)"),
    ],
)
def test_faults_name_the_field(op: Op, given: TensorType, field: str | None, says: str) -> None:
    with pytest.raises(ShapeFault) as caught:
        infer(op, (given,))
    assert caught.value.field == field
    assert says in caught.value.message


@pytest.mark.parametrize("op", [ops.Add(), ops.Multiply(), ops.AbsDifference(), ops.SquaredDifference()])
def test_element_wise_ops_want_one_shape(op: Op) -> None:
    assert infer(op, (MAP, MAP))[1] == MAP
    assert infer(op, (MAP, TensorType((N, 8, 1, 1))))[1] == MAP
    with pytest.raises(ShapeFault):
        infer(op, (MAP, TensorType((N, 8, 6, 9))))


def test_concat_adds_along_one_dimension_only() -> None:
    assert str(infer(ops.Concat(), (MAP, TensorType((N, 3, 6, 10))))[1]) == "Nx11x6x10"
    with pytest.raises(ShapeFault):
        infer(ops.Concat(), (MAP, TensorType((N, 3, 6, 9))))
    with pytest.raises(ShapeFault):
        infer(ops.Concat(), (MAP, FLAT))


def test_what_shapes_decide_is_filled_in() -> None:
    conv, _ = infer(ops.Conv2d(out_channels=4, kernel_size=5), (MAP,))
    assert conv == ops.Conv2d(out_channels=4, kernel_size=5, in_channels=8, padding=(2, 2))
    assert dict(parameters(conv)) == {"weight": (4, 8, 5, 5), "bias": (4,)}
    norm, _ = infer(ops.BatchNorm2d(), (MAP,))
    assert dict(parameters(norm)) == {"weight": (8,), "bias": (8,)}
    assert dict(buffers(norm)) == {"running_mean": (8,), "running_var": (8,), "num_batches_tracked": ()}
    assert infer(conv, (MAP,))[0] == conv
