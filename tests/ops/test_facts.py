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


@pytest.mark.parametrize(
    ("sizes", "out"),
    [((1, 1, -1), "2x1x1x12"), ((12, 1, 1), "2x12x1x1"), ((-1,), "2x12"), ((3, -1, 2), "2x3x2x2")],
)
def test_one_size_may_be_left_over_and_several_may_be_1(sizes: tuple[int, ...], out: str) -> None:
    assert str(infer(ops.Reshape(shape=sizes), (TensorType((2, 12)),))[1]) == out


@pytest.mark.parametrize("sizes", [(-1, -1), (0, -1), (-2, 6), (5, -1), (3, 3), (-1, 12, -1)])
def test_sizes_that_cannot_be_made(sizes: tuple[int, ...]) -> None:
    with pytest.raises(ShapeFault) as caught:
        infer(ops.Reshape(shape=sizes), (TensorType((2, 12)),))
    assert caught.value.field == "shape"


@pytest.mark.parametrize(("dim", "fits"), [(-5, False), (-4, True), (0, True), (3, True), (4, False)])
def test_a_dimension_is_counted_from_both_ends(dim: int, fits: bool) -> None:
    given = TensorType((2, 4, 5, 6))
    if fits:
        assert infer(ops.Softmax(dim=dim), (given,))[1] == given
    else:
        with pytest.raises(ShapeFault, match="4 dimensions"):
            infer(ops.Softmax(dim=dim), (given,))


def test_a_window_may_be_larger_than_a_padded_map_but_not_than_a_volume() -> None:
    line, plane = TensorType((1, 2, 3)), TensorType((1, 2, 3, 3))
    assert infer(ops.MaxPool1d(kernel_size=4, padding=2), (line,))[1].shape == (1, 2, 1)
    assert infer(ops.AvgPool2d(kernel_size=4, padding=2), (plane,))[1].shape == (1, 2, 1, 1)
    for pool in (ops.MaxPool3d, ops.AvgPool3d):
        assert infer(pool(kernel_size=3), (TensorType((1, 2, 3, 3, 3)),))[1].shape == (1, 2, 1, 1, 1)
        with pytest.raises(ShapeFault, match="does not fit"):
            infer(pool(kernel_size=4, padding=2), (TensorType((1, 2, 3, 3, 3)),))


@pytest.mark.parametrize(("padding", "fits"), [(2, True), (3, False)])
def test_a_window_is_padded_by_half_of_it_at_most(padding: int, fits: bool) -> None:
    for op in (
        ops.MaxPool2d(kernel_size=(5, 5), padding=(2, padding)),
        ops.MaxPool2d(kernel_size=4, padding=padding),
    ):
        if fits:
            assert infer(op, (TensorType((1, 2, 9, 9)),))
        else:
            with pytest.raises(ShapeFault, match="more than half"):
                infer(op, (TensorType((1, 2, 9, 9)),))


@pytest.mark.parametrize(
    ("op", "shape", "help"),
    [
        (ops.BatchNorm1d(), (2, 3, 4, 5), "put `flatten` before it"),
        (ops.BatchNorm2d(), (2, 3), "it has to come before the map is pooled and flattened"),
    ],
)
def test_a_wrong_rank_says_what_to_do(op: Op, shape: tuple[int, ...], help: str) -> None:
    with pytest.raises(ShapeFault) as caught:
        infer(op, (TensorType(shape),))
    assert caught.value.help == help


@pytest.mark.parametrize(
    ("shape", "fits"), [((2, 4, 1, 1), False), ((2, 4, 1, 2), True), ((2, 4, 2, 1), True)]
)
def test_a_deviation_needs_more_than_one_value_of_a_channel(shape: tuple[int, ...], fits: bool) -> None:
    for op in (ops.InstanceNorm2d(), ops.GroupNorm(num_groups=4)):
        if fits:
            assert infer(op, (TensorType(shape),))[1].shape == shape
        else:
            with pytest.raises(ShapeFault, match="more than one value"):
                infer(op, (TensorType(shape),))
    assert infer(ops.GroupNorm(num_groups=2), (TensorType(shape),))[1].shape == shape
