"""Attention as matrix products, the projections of query, key and value merged into one."""

from __future__ import annotations

import math
from typing import assert_never

import numpy as np

from archc.export.onnx.builder import Array, Builder
from archc.export.onnx.forms import split_evenly
from archc.ops.node import Node
from archc.ops.tensors import Shape
from archc.spec import layers as ops
from archc.spec.layers.attention import Attention


def write(build: Builder, node: Node, op: Attention, inputs: list[str], given: list[Shape]) -> str:
    """Write the ONNX nodes of `op` and return the name of the value.

    `given` are the shapes of the inputs.

    Raises:
        ExportFault: the op has no exact form at this opset or with these open sizes.
    """
    x = inputs[0]
    match op:
        case ops.MultiheadAttention():
            return multihead_attention(build, op, node.module, x)
        case ops.SelfAttention2d():
            return self_attention2d(build, op, node.module, x, given[0])
        case _:
            assert_never(op)


def multihead_attention(build: Builder, op: ops.MultiheadAttention, module: str, x: str) -> str:
    """Write self-attention over `(N, L, C)` in 13 nodes, whatever N and L are."""
    assert op.embed_dim is not None
    heads, width = op.num_heads, op.embed_dim // op.num_heads
    weight, bias = _scaled_queries(build, op.embed_dim, width, module)
    merged = build.one("Add", build.one("MatMul", x, weight), bias)
    parted = build.one("Reshape", merged, build.ints(0, 0, 3, heads, width))
    headed = build.one("Transpose", parted, perm=(0, 3, 2, 1, 4))  # (N, heads, 3, L, width)
    query, key, value = split_evenly(build, headed, 3, 2)
    scores = build.one("MatMul", query, build.one("Transpose", key, perm=(0, 1, 2, 4, 3)))
    mixed = build.one("MatMul", build.one("Softmax", scores, axis=-1), value)  # (N, heads, 1, L, width)
    joined = build.one(
        "Reshape", build.one("Transpose", mixed, perm=(0, 3, 1, 2, 4)), build.ints(0, 0, op.embed_dim)
    )
    outward = build.weight(
        f"{module}.out_proj.weight_transposed", build.weights[f"{module}.out_proj.weight"].T
    )
    return build.one("Add", build.one("MatMul", joined, outward), build.weight(f"{module}.out_proj.bias"))


def packed_attention(build: Builder, heads: int, x: str, shape: Shape) -> str:
    """Write `(N, L, 3C)` to `(N, L, C)`, whatever N and L are."""
    packed = shape[2]
    assert isinstance(packed, int)
    width = packed // 3 // heads
    parted = build.one("Reshape", x, build.ints(0, 0, 3, heads, width))
    headed = build.one("Transpose", parted, perm=(0, 3, 2, 1, 4))  # (N, heads, 3, L, width)
    query, key, value = split_evenly(build, headed, 3, 2)
    scaled = build.one("Mul", query, build.scalar(1 / math.sqrt(width)))
    scores = build.one("MatMul", scaled, build.one("Transpose", key, perm=(0, 1, 2, 4, 3)))
    mixed = build.one("MatMul", build.one("Softmax", scores, axis=-1), value)  # (N, heads, 1, L, width)
    return build.one(
        "Reshape", build.one("Transpose", mixed, perm=(0, 3, 1, 2, 4)), build.ints(0, 0, packed // 3)
    )


def self_attention2d(build: Builder, op: ops.SelfAttention2d, module: str, x: str, shape: Shape) -> str:
    """Write x + gamma * value @ softmax(query^T key), softmax over the queries; gamma is in `value`."""
    assert op.channels is not None
    small = op.channels // 8
    sizes = build.constant(
        f"int64.{small}_{small}_{op.channels}", np.array([small, small, op.channels], np.int64)
    )
    places = build.one("Reshape", x, build.ints(0, op.channels, -1))  # (N, C, H * W)
    merged = build.one(
        "MatMul", build.weight(f"{module}.query_key_value", _projections(build, module)), places
    )
    query, key, value = build.add("Split", merged, sizes, outputs=3, axis=1)
    scores = build.one("MatMul", build.one("Transpose", query, perm=(0, 2, 1)), key)
    mixed = build.one("MatMul", value, build.one("Softmax", scores, axis=1))
    return build.one("Add", build.one("Reshape", mixed, _map_shape(build, x, shape)), x)


def spectral_normed(weights: Array, u: Array, v: Array) -> Array:
    """Return W / sigma, float64 `(O, I)`, as torch's spectral norm has it at inference; sigma is u^T W v.

    W are the weights `(O, I, 1)`, u and v the buffers `(O,)` and `(I,)`.
    """
    flat = weights.reshape(weights.shape[0], -1).astype(np.float64)
    sigma = u.astype(np.float64) @ (flat @ v.astype(np.float64))
    return np.asarray(flat / sigma)


def _projections(build: Builder, module: str) -> Array:
    held = build.weights

    def one(name: str) -> Array:
        """Return one projection `(O, C)` divided by its spectral norm."""
        path = f"{module}.{name}.weight"
        return spectral_normed(held[f"{path}_orig"], held[f"{path}_u"], held[f"{path}_v"])

    gamma = held[f"{module}.gamma"].astype(np.float64)
    return np.concatenate([one("query"), one("key"), one("value") * gamma])


def _scaled_queries(build: Builder, channels: int, width: int, module: str) -> tuple[str, str]:
    """Return the merged projection, its queries already divided by the root of a head's width."""
    scale = np.ones(3 * channels, np.float64)
    scale[:channels] = 1 / math.sqrt(width)
    weight, bias = (build.weights[f"{module}.in_proj_{kind}"] for kind in ("weight", "bias"))
    turned = (weight * scale[:, None]).T
    return (
        build.weight(f"{module}.in_proj_weight_transposed", turned),
        build.weight(f"{module}.in_proj_bias", bias * scale),
    )


def _map_shape(build: Builder, x: str, shape: Shape) -> str:
    if isinstance(shape[2], int) and isinstance(shape[3], int):
        channels = shape[1]
        assert isinstance(channels, int)
        return build.ints(0, channels, shape[2], shape[3])
    return build.whole_shape(x)
