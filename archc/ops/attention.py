"""Attention."""

from __future__ import annotations

from math import sqrt
from typing import assert_never

from archc.ops.call import Call, Layer, default, first
from archc.ops.demands import divides, filled, ranked
from archc.ops.dims import Dim
from archc.ops.faults import ShapeFault
from archc.ops.initializers import ZEROS, Init
from archc.ops.tensors import Named, TensorType, known
from archc.spec import layers as ops
from archc.spec.layers import Op
from archc.spec.layers.attention import Attention


def infer(op: Attention, given: TensorType) -> tuple[Op, TensorType]:
    """Return the op with its channels filled in, and the type of its output. `ShapeFault` for a misfit."""
    match op:
        case ops.SelfAttention2d():
            shape = ranked(op.op, given, 4)
            resolved = filled(op, "channels", shape[1])
            if isinstance(shape[1], int) and shape[1] < 8:
                raise ShapeFault(f"`self_attention2d` needs at least 8 channels, got {shape[1]}")
            return resolved, given
        case ops.MultiheadAttention():
            shape = ranked(op.op, given, 3)
            divides(op.op, "num_heads", op.num_heads, shape[2])
            return filled(op, "embed_dim", shape[2]), given
        case _:
            assert_never(op)


def parameters(op: Attention) -> Named:
    """Return the op's parameters, in torch's order."""
    match op:
        case ops.MultiheadAttention():
            c = known(op.embed_dim)
            packed = (("in_proj_weight", (3 * c, c)), ("in_proj_bias", (3 * c,)))
            return (*packed, ("out_proj.weight", (c, c)), ("out_proj.bias", (c,)))
        case ops.SelfAttention2d():
            c = known(op.channels)
            small = c // 8
            projections = (("query", small), ("key", small), ("value", c))
            return (("gamma", (1,)), *((f"{name}.weight_orig", (wide, c, 1)) for name, wide in projections))
        case _:
            assert_never(op)


def buffers(op: Attention) -> Named:
    """Return the op's buffers that are saved: the vectors of the spectral norms."""
    match op:
        case ops.MultiheadAttention():
            return ()
        case ops.SelfAttention2d():
            c = known(op.channels)
            projections = (("query", c // 8), ("key", c // 8), ("value", c))
            return tuple(
                (f"{name}.{side}", (size,))
                for name, wide in projections
                for side, size in (("weight_u", wide), ("weight_v", c))
            )
        case _:
            assert_never(op)


def multiply_adds(op: Attention, out: TensorType) -> Dim:
    """Return the multiplications each followed by an addition, for a batch of one."""
    match op:
        case ops.MultiheadAttention():
            length, c = out.shape[1:]
            return length * (4 * c) * c + length * length * (2 * c)
        case ops.SelfAttention2d():
            c, h, w = out.shape[1:]
            places, small = h * w, known(op.channels) // 8
            return places * (c * (2 * small + known(op.channels))) + places * places * (small + c)
        case _:
            assert_never(op)


def weights_of_places(op: Attention, sizes: list[int]) -> int:
    """Return how many weights an example's positions give each other; `sizes` are the output's, no batch."""
    match op:
        case ops.MultiheadAttention():
            return op.num_heads * sizes[0] ** 2
        case ops.SelfAttention2d():
            return int((sizes[1] * sizes[2]) ** 2)
        case _:
            assert_never(op)


def start(op: Attention, name: str) -> Init:
    """Return how torch starts a parameter."""
    match op:
        case ops.MultiheadAttention():
            if name == "in_proj_weight":
                return Init(kind="xavier_uniform")
            return Init(kind="kaiming_uniform", a=sqrt(5)) if name == "out_proj.weight" else ZEROS
        case ops.SelfAttention2d():
            return ZEROS if name == "gamma" else Init(kind="kaiming_uniform", a=sqrt(5))
        case _:
            assert_never(op)


def call(op: Attention) -> Call:
    """Return the module for the op."""
    match op:
        case ops.SelfAttention2d():
            return Layer("SelfAttention2d", (first("channels", op.channels),))
        case ops.MultiheadAttention():
            wide = (first("embed_dim", op.embed_dim), first("num_heads", op.num_heads))
            return Layer("MultiheadAttention", (*wide, default("dropout", op.dropout, 0.0)))
        case _:
            assert_never(op)
