"""Fully connected layers, and tables of vectors."""

from __future__ import annotations

from typing import assert_never

from archc.ops.call import Call, Layer, default, first
from archc.ops.demands import filled, floating
from archc.ops.dims import Dim, product
from archc.ops.faults import ShapeFault
from archc.ops.initializers import Init, weight_or_bias
from archc.ops.tensors import Named, TensorType, known, weight_and_bias
from archc.spec import layers as ops
from archc.spec.layers import Op
from archc.spec.layers.linear import FullyConnected


def infer(op: FullyConnected, given: TensorType) -> tuple[Op, TensorType]:
    """Return the op with its features filled in and the type of its output. `ShapeFault` for a misfit."""
    match op:
        case ops.Linear():
            floating(op.op, given)
            if len(given.shape) < 2:
                raise ShapeFault(f"`linear` needs (N, ..., features), got {given}")
            resolved = filled(op, "in_features", given.shape[-1])
            return resolved, TensorType((*given.shape[:-1], op.out_features))
        case ops.Embedding():
            if given.dtype != "int64":
                raise ShapeFault(f"`embedding` reads int64, its input is {given.dtype}")
            return op, TensorType((*given.shape, op.embedding_dim))
        case _:
            assert_never(op)


def parameters(op: FullyConnected) -> Named:
    """Return the op's parameters, in torch's order."""
    match op:
        case ops.Linear():
            return weight_and_bias((op.out_features, known(op.in_features)), op.out_features, op.bias)
        case ops.Embedding():
            return (("weight", (op.num_embeddings, op.embedding_dim)),)
        case _:
            assert_never(op)


def multiply_adds(op: FullyConnected, out: TensorType) -> Dim:
    """Return the multiplications each followed by an addition, for a batch of one."""
    match op:
        case ops.Linear():
            return product(out.shape[1:]) * known(op.in_features)
        case ops.Embedding():
            return 0
        case _:
            assert_never(op)


def start(op: FullyConnected, name: str) -> Init:
    """Return how torch starts a parameter."""
    match op:
        case ops.Linear():
            return weight_or_bias(name, known(op.in_features))
        case ops.Embedding():
            return Init(kind="normal")
        case _:
            assert_never(op)


def call(op: FullyConnected) -> Call:
    """Return torch's module for the op."""
    match op:
        case ops.Linear():
            wide = (first("in_features", op.in_features), first("out_features", op.out_features))
            return Layer("nn.Linear", (*wide, default("bias", op.bias, True)))
        case ops.Embedding():
            wide = (first("num_embeddings", op.num_embeddings), first("embedding_dim", op.embedding_dim))
            return Layer("nn.Embedding", wide)
        case _:
            assert_never(op)
