"""Normalisation layers that no other layer could take in."""

from __future__ import annotations

import numpy as np

from archc.catalog.graph import Node
from archc.catalog.tensors import Shape
from archc.export.onnx_builder import Builder
from archc.export.passes import affine
from archc.spec import layers as ops


def batch_norm(build: Builder, node: Node, x: str, rank: int) -> str:
    """At inference a product and a sum for each channel: Mul, Add."""
    scale, shift = (v.reshape(-1, *(1,) * (rank - 2)) for v in affine(node, build.weights))
    scaled = build.one("Mul", x, build.weight(f"{node.module}.weight", scale))
    return build.one("Add", scaled, build.weight(f"{node.module}.bias", shift))


def layer_norm(build: Builder, eps: float, module: str, x: str) -> str:
    """A LayerNormalization over the last dimension."""
    weights = (build.weight(f"{module}.weight"), build.weight(f"{module}.bias"))
    return build.one("LayerNormalization", x, *weights, axis=-1, epsilon=float(eps))


def layer_norm2d(build: Builder, eps: float, module: str, x: str) -> str:
    """A LayerNormalization over the channels of `(N, C, H, W)`, which have to come last for it."""
    turned = build.one("Transpose", x, perm=(0, 2, 3, 1))
    return build.one("Transpose", layer_norm(build, eps, module, turned), perm=(0, 3, 1, 2))


def group_norm(build: Builder, op: ops.GroupNorm, module: str, x: str, shape: Shape) -> str:
    """An InstanceNormalization over groups, then a product and a sum for each channel."""
    groups = op.num_groups
    ones = build.constant(f"float32.ones.{groups}", np.ones(groups, np.float32))
    zeros = build.constant(f"float32.zeros.{groups}", np.zeros(groups, np.float32))
    grouped = build.one("Reshape", x, build.ints(0, groups, -1))
    normed = build.one("InstanceNormalization", grouped, ones, zeros, epsilon=float(op.eps))
    restored = build.one("Reshape", normed, _whole_shape(build, x, shape))
    channels = (-1, *(1,) * (len(shape) - 2))
    names = (f"{module}.weight", f"{module}.bias")
    weight, bias = (build.weight(n, build.weights[n].reshape(channels)) for n in names)
    return build.one("Add", build.one("Mul", restored, weight), bias)


def _whole_shape(build: Builder, x: str, shape: Shape) -> str:
    known = [d for d in shape[1:] if isinstance(d, int)]
    if len(known) == len(shape) - 1:
        return build.ints(0, *known)
    return build.whole_shape(x)
