"""Normalization layers."""

from __future__ import annotations

from typing import assert_never

from archc.ops.call import Argument, Call, Layer, default, first, keyword
from archc.ops.demands import divides, filled, floating, ranked, spatial
from archc.ops.faults import ShapeFault
from archc.ops.initializers import ZEROS, Init, ones_or_zeros
from archc.ops.tensors import Named, TensorType, known
from archc.ops.traits import Traits
from archc.spec import layers as ops
from archc.spec.layers import Op
from archc.spec.layers.normalization import Normalization

BatchNorm = ops.BatchNorm1d | ops.BatchNorm2d | ops.BatchNorm3d


def infer(op: Normalization, given: TensorType) -> tuple[Op, TensorType]:
    """Return the op with its features filled in, and the type of its output. `ShapeFault` for a misfit."""
    match op:
        case ops.BatchNorm2d():
            return filled(op, "num_features", ranked(op.op, given, 4)[1]), given
        case ops.BatchNorm1d():
            return filled(op, "num_features", ranked(op.op, given, 2, 3)[1]), given
        case ops.BatchNorm3d():
            return filled(op, "num_features", ranked(op.op, given, 5)[1]), given
        case ops.InstanceNorm1d():
            shape = ranked(op.op, given, 3)
            return spatial(filled(op, "num_features", shape[1]), shape), given
        case ops.InstanceNorm2d():
            shape = ranked(op.op, given, 4)
            return spatial(filled(op, "num_features", shape[1]), shape), given
        case ops.LayerNorm() | ops.RmsNorm():
            floating(op.op, given)
            return filled(op, "normalized_shape", given.shape[-1]), given
        case ops.LayerNorm2d():
            return filled(op, "normalized_shape", ranked(op.op, given, 4)[1]), given
        case ops.GroupNorm():
            return _group_norm(op, given), given
        case ops.GlobalResponseNorm():
            return filled(op, "num_channels", ranked(op.op, given, 4)[1]), given
        case ops.LocalResponseNorm():
            ranked(op.op, given, 4)
            return op, given
        case _:
            assert_never(op)


def _group_norm(op: ops.GroupNorm, given: TensorType) -> ops.GroupNorm:
    floating(op.op, given)
    if len(given.shape) < 2:
        raise ShapeFault(f"`group_norm` needs (N, C, ...), got {given}")
    divides(op.op, "num_groups", op.num_groups, given.shape[1])
    if given.shape[1] == op.num_groups:  # a group is then one channel, as of an instance norm
        spatial(op, given.shape)
    return filled(op, "num_channels", given.shape[1])


def parameters(op: Normalization) -> Named:
    """Return the op's parameters, in torch's order."""
    match op:
        case ops.BatchNorm1d() | ops.BatchNorm2d() | ops.BatchNorm3d():
            return _weight_and_bias(op.num_features) if op.affine else ()
        case ops.InstanceNorm1d() | ops.InstanceNorm2d():
            return _weight_and_bias(op.num_features) if op.affine else ()
        case ops.RmsNorm():
            return (("weight", (known(op.normalized_shape),)),) if op.elementwise_affine else ()
        case ops.LayerNorm() | ops.LayerNorm2d():
            return _weight_and_bias(op.normalized_shape)
        case ops.GroupNorm() | ops.GlobalResponseNorm():
            return _weight_and_bias(op.num_channels)
        case ops.LocalResponseNorm():
            return ()
        case _:
            assert_never(op)


def _weight_and_bias(features: int | None) -> Named:
    size = known(features)
    return (("weight", (size,)), ("bias", (size,)))


def buffers(op: Normalization) -> Named:
    """Return the op's buffers that are saved: a batch norm's running statistics."""
    match op:
        case ops.BatchNorm1d() | ops.BatchNorm2d() | ops.BatchNorm3d():
            size = known(op.num_features)
            return (("running_mean", (size,)), ("running_var", (size,)), ("num_batches_tracked", ()))
        case ops.InstanceNorm1d() | ops.InstanceNorm2d() | ops.RmsNorm() | ops.LayerNorm():
            return ()
        case ops.LayerNorm2d() | ops.GroupNorm() | ops.GlobalResponseNorm() | ops.LocalResponseNorm():
            return ()
        case _:
            assert_never(op)


def start(op: Normalization, name: str) -> Init:
    """Return how torch, or the paper of a norm that torch lacks, starts a parameter."""
    match op:
        case ops.GlobalResponseNorm():
            return ZEROS
        case ops.BatchNorm1d() | ops.BatchNorm2d() | ops.BatchNorm3d():
            return ones_or_zeros(name)
        case ops.InstanceNorm1d() | ops.InstanceNorm2d() | ops.RmsNorm() | ops.LayerNorm():
            return ones_or_zeros(name)
        case ops.LayerNorm2d() | ops.GroupNorm() | ops.LocalResponseNorm():
            return ones_or_zeros(name)
        case _:
            assert_never(op)


def call(op: Normalization) -> Call:
    """Return torch's module for the op."""
    match op:
        case ops.BatchNorm1d():
            return _batch_norm("nn.BatchNorm1d", op)
        case ops.BatchNorm2d():
            return _batch_norm("nn.BatchNorm2d", op)
        case ops.BatchNorm3d():
            return _batch_norm("nn.BatchNorm3d", op)
        case ops.InstanceNorm1d():
            return _instance_norm("nn.InstanceNorm1d", op)
        case ops.InstanceNorm2d():
            return _instance_norm("nn.InstanceNorm2d", op)
        case ops.RmsNorm():
            eps = () if op.eps is None else (keyword("eps", op.eps),)
            affine = default("elementwise_affine", op.elementwise_affine, True)
            return Layer("nn.RMSNorm", (first("normalized_shape", op.normalized_shape), *eps, affine))
        case ops.LocalResponseNorm():
            numbers = (("alpha", op.alpha, 1e-4), ("beta", op.beta, 0.75), ("k", op.k, 1.0))
            return Layer("nn.LocalResponseNorm", (first("size", op.size), *(default(*n) for n in numbers)))
        case ops.LayerNorm():
            return Layer("nn.LayerNorm", _normalized(op.normalized_shape, op.eps, 1e-5))
        case ops.LayerNorm2d():
            return Layer("LayerNorm2d", _normalized(op.normalized_shape, op.eps, 1e-6))
        case ops.GroupNorm():
            groups = (first("num_groups", op.num_groups), first("num_channels", op.num_channels))
            return Layer("nn.GroupNorm", (*groups, default("eps", op.eps, 1e-5)))
        case ops.GlobalResponseNorm():
            channels = first("num_channels", op.num_channels)
            return Layer("GlobalResponseNorm", (channels, default("eps", op.eps, 1e-6)))
        case _:
            assert_never(op)


def _batch_norm(callee: str, op: BatchNorm) -> Layer:
    return Layer(
        callee,
        (
            first("num_features", op.num_features),
            default("eps", op.eps, 1e-5),
            default("momentum", op.momentum, 0.1),
            default("affine", op.affine, True),
        ),
    )


def _instance_norm(callee: str, op: ops.InstanceNorm1d | ops.InstanceNorm2d) -> Layer:
    given = (first("num_features", op.num_features), default("eps", op.eps, 1e-5))
    return Layer(callee, (*given, default("affine", op.affine, False)))


def _normalized(shape: int | None, eps: float, usual: float) -> tuple[Argument, ...]:
    return (first("normalized_shape", shape), default("eps", eps, usual))


def traits(op: Normalization) -> Traits:
    """Return what holds of the op whatever it reads."""
    match op:
        case ops.BatchNorm1d() | ops.BatchNorm2d() | ops.BatchNorm3d():
            return Traits(norm="batch")
        case ops.InstanceNorm1d() | ops.InstanceNorm2d() | ops.RmsNorm() | ops.LayerNorm():
            return Traits(norm="example")
        case ops.LayerNorm2d() | ops.GroupNorm() | ops.GlobalResponseNorm() | ops.LocalResponseNorm():
            return Traits(norm="example")
        case _:
            assert_never(op)
