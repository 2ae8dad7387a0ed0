"""Normalization layers that no other layer could take in."""

from __future__ import annotations

from typing import assert_never

import numpy as np

from archc.export.faults import ExportFault
from archc.export.onnx.builder import Builder
from archc.export.onnx.forms import reduced
from archc.export.onnx.passes import affine
from archc.ops.node import Node
from archc.ops.tensors import Shape
from archc.spec import layers as ops
from archc.spec.layers.normalization import Normalization


def write(build: Builder, node: Node, op: Normalization, inputs: list[str], given: list[Shape]) -> str:
    """Write the ONNX nodes of `op` and return the name of the value.

    `given` are the shapes of the inputs.

    Raises:
        ExportFault: the op has no exact form at this opset or with these open sizes.
    """
    x = inputs[0]
    match op:
        case ops.BatchNorm1d() | ops.BatchNorm2d() | ops.BatchNorm3d():
            return batch_norm(build, node, x, len(given[0]))
        case ops.LayerNorm():
            return layer_norm(build, op.eps, node.module, x)
        case ops.LayerNorm2d():
            return layer_norm2d(build, op.eps, node.module, x)
        case ops.GroupNorm():
            return group_norm(build, op, node.module, x, given[0])
        case ops.GlobalResponseNorm():
            return global_response_norm(build, op, node.module, x)
        case ops.InstanceNorm1d() | ops.InstanceNorm2d():
            return instance_norm(build, op, node.module, x)
        case ops.RmsNorm():
            return rms_norm(build, op, node.module, x)
        case ops.LocalResponseNorm():
            return local_response_norm(build, op, node, x)
        case _:
            assert_never(op)


def batch_norm(build: Builder, node: Node, x: str, rank: int) -> str:
    """Write at inference a product and a sum for each channel: Mul, Add."""
    scale, shift = (v.reshape(-1, *(1,) * (rank - 2)) for v in affine(node, build.weights))
    scaled = build.one("Mul", x, build.weight(f"{node.module}.weight", scale))
    return build.one("Add", scaled, build.weight(f"{node.module}.bias", shift))


def layer_norm(build: Builder, eps: float, module: str, x: str) -> str:
    """Write a LayerNormalization over the last dimension."""
    weights = (build.weight(f"{module}.weight"), build.weight(f"{module}.bias"))
    return build.one("LayerNormalization", x, *weights, axis=-1, epsilon=float(eps))


def layer_norm2d(build: Builder, eps: float, module: str, x: str) -> str:
    """Write a LayerNormalization over the channels of `(N, C, H, W)`, which have to come last for it."""
    turned = build.one("Transpose", x, perm=(0, 2, 3, 1))
    return build.one("Transpose", layer_norm(build, eps, module, turned), perm=(0, 3, 1, 2))


def group_norm(build: Builder, op: ops.GroupNorm, module: str, x: str, shape: Shape) -> str:
    """Write an InstanceNormalization over groups, then a product and a sum for each channel."""
    groups = op.num_groups
    ones, zeros = _ones_and_zeros(build, groups)
    grouped = build.one("Reshape", x, build.ints(0, groups, -1))
    normed = build.one("InstanceNormalization", grouped, ones, zeros, epsilon=float(op.eps))
    restored = build.one("Reshape", normed, _whole_shape(build, x, shape))
    weight, bias = _for_channels(build, module, len(shape))
    return build.one("Add", build.one("Mul", restored, weight), bias)


def global_response_norm(build: Builder, op: ops.GlobalResponseNorm, module: str, x: str) -> str:
    """Write x + weight * (x * share) + bias: a channel's share is its norm over the mean of all channels'."""
    size = reduced(build, "ReduceL2", x, [2, 3])
    mean = reduced(build, "ReduceMean", size, [1])
    share = build.one("Div", size, build.one("Add", mean, build.scalar(float(op.eps))))
    weight, bias = _for_channels(build, module, 4)
    scaled = build.one("Mul", build.one("Mul", x, share), weight)
    return build.one("Add", build.one("Add", x, scaled), bias)


def instance_norm(build: Builder, op: ops.InstanceNorm1d | ops.InstanceNorm2d, module: str, x: str) -> str:
    """Write an InstanceNormalization, with ones and zeros where nothing is learned."""
    channels = op.num_features
    assert channels is not None
    if op.affine:
        weights = (build.weight(f"{module}.weight"), build.weight(f"{module}.bias"))
    else:
        weights = _ones_and_zeros(build, channels)
    return build.one("InstanceNormalization", x, *weights, epsilon=float(op.eps))


def rms_norm(build: Builder, op: ops.RmsNorm, module: str, x: str) -> str:
    """Write x over the root of its mean square, then the weight."""
    eps = float(np.finfo(np.float32).eps) if op.eps is None else float(op.eps)
    mean = reduced(build, "ReduceMean", build.one("Mul", x, x), [-1])
    root = build.one("Sqrt", build.one("Add", mean, build.scalar(eps)))
    normed = build.one("Div", x, root)
    return build.one("Mul", normed, build.weight(f"{module}.weight")) if op.elementwise_affine else normed


def local_response_norm(build: Builder, op: ops.LocalResponseNorm, node: Node, x: str) -> str:
    """Write an LRN, which runtimes have for an odd number of neighbors."""
    if op.size % 2 == 0:
        raise ExportFault(
            f"`{node.name}` (local_response_norm) has size {op.size}, which ONNX has for odd sizes only",
            "choose an odd size",
            node.origin,
        )
    numbers = {"alpha": float(op.alpha), "beta": float(op.beta), "bias": float(op.k)}
    return build.one("LRN", x, size=op.size, **numbers)


def _for_channels(build: Builder, module: str, rank: int) -> tuple[str, str]:
    """Return weight and bias, shaped to stand for the channels of `(N, C, ...)`."""
    names = (f"{module}.weight", f"{module}.bias")
    weight, bias = (build.weight(n, build.weights[n].reshape(-1, *(1,) * (rank - 2))) for n in names)
    return weight, bias


def _ones_and_zeros(build: Builder, count: int) -> tuple[str, str]:
    ones = build.constant(f"float32.ones.{count}", np.ones(count, np.float32))
    return ones, build.constant(f"float32.zeros.{count}", np.zeros(count, np.float32))


def _whole_shape(build: Builder, x: str, shape: Shape) -> str:
    known = [d for d in shape[1:] if isinstance(d, int)]
    if len(known) == len(shape) - 1:
        return build.ints(0, *known)
    return build.whole_shape(x)
