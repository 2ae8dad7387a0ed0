"""Symbolic sizes mean what arithmetic on the integers means."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from archc.ops.dims import Dim, Symbolic, evaluate, symbol
from archc.ops.facts import infer
from archc.ops.faults import ShapeFault
from archc.ops.tensors import TensorType
from archc.spec import layers as ops
from archc.spec.layers import Layer

H, W, N = symbol("H"), symbol("W"), symbol("N")

steps = st.lists(
    st.tuples(st.sampled_from(["+", "-", "*", "//", "square", "other"]), st.integers(1, 9)), max_size=8
)


@given(steps, st.integers(0, 500), st.integers(0, 500))
def test_arithmetic_evaluates_like_integers(program: list[tuple[str, int]], h: int, w: int) -> None:
    dim: Dim = H
    number = h
    for index, (op, by) in enumerate(program):
        match op:
            case "+":
                dim, number = dim + by, number + by
            case "-":
                dim, number = dim - by, number - by
            case "*":
                dim, number = dim * by, number * by
            case "//":
                dim, number = dim // by, number // by
            case "square" if index < 2:
                dim, number = dim * dim, number * number
            case "other":
                dim, number = dim + W * by, number + w * by
    assert evaluate(dim, {"H": h, "W": w}) == number


def test_equal_sizes_compare_equal() -> None:
    assert H + W == W + H
    assert (H + 1) * (H - 1) == H * H - 1
    assert (H + 3) // 2 == (H + 1) // 2 + 1
    assert (H * 4) // 2 == H * 2
    assert ((H // 2) + 1) // 2 == (H + 2) // 4
    assert H - H == 0
    assert len({H // 2, H // 2, W // 2}) == 2


def test_sizes_read_like_arithmetic() -> None:
    assert str((H + 1) // 2) == "(H + 1)//2"
    assert str(H // 2) == "H//2"
    assert str(N * 4) == "4*N"
    assert str(H * W) == "H*W"
    assert str(H - 3) == "H - 3"


def convolution(kernel: int, stride: int, padding: int, dilation: int) -> Layer:
    return ops.Conv2d(out_channels=8, kernel_size=kernel, stride=stride, padding=padding, dilation=dilation)


def pool(kernel: int, stride: int, padding: int) -> Layer:
    return ops.MaxPool2d(kernel_size=kernel, stride=stride, padding=min(padding, kernel // 2))


small = st.integers(1, 4)
chains = st.lists(
    st.one_of(
        st.builds(convolution, st.integers(1, 7), small, st.integers(0, 3), st.integers(1, 2)),
        st.builds(pool, small, small, st.integers(0, 1)),
        st.builds(lambda k: ops.AvgPool2d(kernel_size=k), small),
        st.builds(lambda s: ops.Upsample(scale_factor=s), st.integers(1, 3)),
        st.builds(lambda k, s: ops.ConvTranspose2d(out_channels=8, kernel_size=k, stride=s), small, small),
        st.just(ops.BatchNorm2d()),
    ),
    min_size=1,
    max_size=6,
)


@given(chains, st.integers(1, 400), st.integers(1, 400))
def test_a_chain_on_symbols_is_the_chain_on_integers(layers: list[Layer], h: int, w: int) -> None:
    """Wherever the integers have an answer, the symbols' answer evaluates to it."""
    plain, symbolic = TensorType((N, 3, h, w)), TensorType((N, 3, H, W))
    try:
        for layer in layers:
            plain = infer(layer, (plain,))[1]
    except ShapeFault:
        return
    for layer in layers:
        symbolic = infer(layer, (symbolic,))[1]
    sizes = {"N": 2, "H": h, "W": w}
    assert [evaluate(d, sizes) for d in symbolic.shape] == [evaluate(d, sizes) for d in plain.shape]


def test_strided_convolutions_stay_one_division() -> None:
    value = TensorType((N, 3, H, W))
    for _ in range(5):
        layer = ops.Conv2d(out_channels=8, kernel_size=3, stride=2, padding=1)
        value = infer(layer, (value,))[1]
    assert isinstance(value.shape[2], Symbolic)
    assert str(value.shape[2]).count("//") == 1
    assert evaluate(value.shape[2], {"H": 100}) == 4
