"""What an op does to a shape: its output, and itself with everything that shapes decide filled in."""

from __future__ import annotations

from typing import assert_never

from archc.ops import extensions, windows
from archc.ops import shape_ops as moves
from archc.ops.demands import axis_of, divides, filled, floating, ranked, spatial
from archc.ops.faults import ShapeFault
from archc.ops.geometry import pair
from archc.ops.tensors import TensorType
from archc.spec import layers as ops
from archc.spec.layers import Op


def infer(op: Op, inputs: tuple[TensorType, ...]) -> tuple[Op, TensorType]:
    """The op resolved against its inputs, and the type of its output.

    Raises:
        ShapeFault: the op does not fit: wrong rank, contradicting channels, a kernel larger than the map.
    """
    match op:
        case ops.Conv2d() | ops.Conv1d() | ops.Conv3d():
            return windows.conv(op, inputs[0])
        case ops.BatchNorm2d():
            shape = ranked(op.op, inputs[0], 4)
            return filled(op, "num_features", shape[1]), inputs[0]
        case (
            ops.Relu()
            | ops.Relu6()
            | ops.LeakyRelu()
            | ops.Gelu()
            | ops.Silu()
            | ops.Sigmoid()
            | ops.Tanh()
            | ops.Hardswish()
            | ops.Hardsigmoid()
            | ops.OutputRange()
            | ops.Identity()
            | ops.Dropout()
            | ops.StochasticDepth()
            | ops.AlphaDropout()
            | ops.Elu()
            | ops.Selu()
            | ops.Celu()
            | ops.Mish()
            | ops.Softplus()
            | ops.Softsign()
            | ops.LogSigmoid()
            | ops.Hardshrink()
            | ops.Softshrink()
            | ops.Tanhshrink()
        ):
            floating(op.op, inputs[0])
            return op, inputs[0]
        case ops.Add() | ops.Multiply() | ops.AbsDifference() | ops.SquaredDifference():
            return op, TensorType(moves.broadcast(op.op, inputs))
        case ops.Linear():
            floating(op.op, inputs[0])
            shape = inputs[0].shape
            if len(shape) < 2:
                raise ShapeFault(f"`linear` needs (N, ..., features), got {inputs[0]}")
            return filled(op, "in_features", shape[-1]), TensorType((*shape[:-1], op.out_features))
        case ops.PixelShuffle():
            n, c, h, w = ranked(op.op, inputs[0], 4)
            r = op.upscale_factor
            divides(op.op, "upscale_factor", r * r, c)
            return op, TensorType((n, c // (r * r), h * r, w * r))
        case ops.Concat():
            return op, TensorType(moves.concatenated(op, inputs))
        case ops.ResizeLike():
            shape = ranked(op.op, inputs[0], 4)
            return op, TensorType((*shape[:2], *ranked(op.op, inputs[1], 4)[2:]))
        case ops.Hardtanh():
            return _hardtanh(op, inputs[0]), inputs[0]
        case ops.Prelu():
            return _prelu(op, inputs[0]), inputs[0]
        case ops.Glu():
            floating(op.op, inputs[0])
            return op, TensorType(moves.halved(op, inputs[0].shape))
        case ops.Embedding():
            if inputs[0].dtype != "int64":
                raise ShapeFault(f"`embedding` reads int64, its input is {inputs[0].dtype}")
            return op, TensorType((*inputs[0].shape, op.embedding_dim))
        case ops.Dropout1d() | ops.InstanceNorm1d():
            shape = ranked(op.op, inputs[0], 3)
            if isinstance(op, ops.Dropout1d):
                return op, inputs[0]
            return spatial(filled(op, "num_features", shape[1]), shape), inputs[0]
        case ops.Dropout2d() | ops.LocalResponseNorm():
            ranked(op.op, inputs[0], 4)
            return op, inputs[0]
        case ops.Dropout3d():
            ranked(op.op, inputs[0], 5)
            return op, inputs[0]
        case ops.InstanceNorm2d():
            shape = ranked(op.op, inputs[0], 4)
            return spatial(filled(op, "num_features", shape[1]), shape), inputs[0]
        case ops.BatchNorm3d():
            shape = ranked(op.op, inputs[0], 5)
            return filled(op, "num_features", shape[1]), inputs[0]
        case ops.BatchNorm1d():
            shape = ranked(op.op, inputs[0], 2, 3)
            return filled(op, "num_features", shape[1]), inputs[0]
        case ops.LayerNorm() | ops.RmsNorm():
            floating(op.op, inputs[0])
            return filled(op, "normalized_shape", inputs[0].shape[-1]), inputs[0]
        case ops.LayerNorm2d():
            shape = ranked(op.op, inputs[0], 4)
            return filled(op, "normalized_shape", shape[1]), inputs[0]
        case ops.GroupNorm():
            return _group_norm(op, inputs[0]), inputs[0]
        case ops.ConvTranspose1d() | ops.ConvTranspose2d() | ops.ConvTranspose3d():
            return windows.conv_transpose(op, inputs[0])
        case ops.MaxPool1d() | ops.MaxPool2d() | ops.MaxPool3d():
            return windows.pool(op, inputs[0])
        case ops.AvgPool1d() | ops.AvgPool2d() | ops.AvgPool3d():
            return windows.pool(op, inputs[0])
        case (
            ops.AdaptiveAvgPool1d()
            | ops.AdaptiveAvgPool2d()
            | ops.AdaptiveAvgPool3d()
            | ops.AdaptiveMaxPool1d()
            | ops.AdaptiveMaxPool2d()
            | ops.AdaptiveMaxPool3d()
            | ops.AdaptiveConcatPool2d()
        ):
            return op, windows.adaptive_pool(op, inputs[0])
        case ops.GlobalAvgPool2d() | ops.GlobalMaxPool2d():
            shape = ranked(op.op, inputs[0], 4)
            return op, TensorType((*shape[:2], 1, 1))
        case ops.BlurPool2d():
            ranked(op.op, inputs[0], 4)
            return op, inputs[0]
        case ops.Flatten():
            return op, TensorType(moves.flattened(op, inputs[0].shape))
        case ops.Permute():
            return op, TensorType(moves.permuted(op, inputs[0].shape))
        case ops.Reshape():
            return op, TensorType(moves.reshaped(op, inputs[0].shape), inputs[0].dtype)
        case ops.Unflatten():
            return op, TensorType(moves.unflattened(op, inputs[0].shape), inputs[0].dtype)
        case ops.Squeeze():
            return op, TensorType(moves.squeezed(op, inputs[0].shape), inputs[0].dtype)
        case ops.Unsqueeze():
            return op, TensorType(moves.unsqueezed(op, inputs[0].shape), inputs[0].dtype)
        case ops.ChannelShuffle():
            shape = ranked(op.op, inputs[0], 4)
            divides(op.op, "groups", op.groups, shape[1])
            return op, inputs[0]
        case ops.Softmax() | ops.LogSoftmax():
            floating(op.op, inputs[0])
            axis_of(op.op, op.dim, inputs[0].shape)
            return op, inputs[0]
        case ops.Upsample():
            return _upsample(op, inputs[0])
        case ops.PixelUnshuffle():
            return op, _pixel_unshuffle(op, inputs[0])
        case ops.SelfAttention2d():
            shape = ranked(op.op, inputs[0], 4)
            resolved = filled(op, "channels", shape[1])
            if isinstance(shape[1], int) and shape[1] < 8:
                raise ShapeFault(f"`self_attention2d` needs at least 8 channels, got {shape[1]}")
            return resolved, inputs[0]
        case ops.MultiheadAttention():
            shape = ranked(op.op, inputs[0], 3)
            divides(op.op, "num_heads", op.num_heads, shape[2])
            return filled(op, "embed_dim", shape[2]), inputs[0]
        case ops.CosineSimilarity():
            shape = moves.broadcast(op.op, inputs)
            axis = axis_of(op.op, op.dim, shape)
            return op, TensorType((*shape[:axis], 1, *shape[axis + 1 :]))
        case ops.Parameter():
            return op, TensorType(op.shape)
        case ops.ExpandBatch():
            return op, TensorType((inputs[1].shape[0], *inputs[0].shape[1:]))
        case ops.Narrow():
            return op, TensorType(moves.narrowed(op, inputs[0].shape))
        case ops.Select():
            axis = axis_of(op.op, op.dim, inputs[0].shape)
            return op, TensorType((*inputs[0].shape[:axis], *inputs[0].shape[axis + 1 :]), inputs[0].dtype)
        case ops.Mean():
            return op, TensorType(moves.averaged(op, inputs[0].shape))
        case ops.Normalize():
            shape = ranked(op.op, inputs[0], 4)
            if len(op.mean) != shape[1] or len(op.std) != shape[1]:
                raise ShapeFault(
                    f"`normalize` has {len(op.mean)} means for {shape[1]} channels", field="mean"
                )
            return op, inputs[0]
        case ops.ImageToFloat():
            n, h, w, c = inputs[0].shape
            return op, TensorType((n, c, h, w))
        case ops.Argmax():
            axis = axis_of(op.op, op.dim, inputs[0].shape)
            return op, TensorType((*inputs[0].shape[:axis], *inputs[0].shape[axis + 1 :]), "int64")
        case ops.LibraryPart():
            floating(op.op, inputs[0])
            return op, TensorType(moves.part_sizes(op, inputs[0].shape))
        case ops.PackedAttention():
            n, length, packed = ranked(op.op, inputs[0], 3)
            divides(op.op, "num_heads", 3 * op.num_heads, packed)
            return op, TensorType((n, length, packed // 3))
        case ops.ExtensionOp():
            return extensions.infer(op, inputs)
        case _:
            assert_never(op)


def _hardtanh(op: ops.Hardtanh, given: TensorType) -> ops.Hardtanh:
    floating(op.op, given)
    if op.min_val >= op.max_val:
        raise ShapeFault(f"min_val {op.min_val} is not below max_val {op.max_val}", field="min_val")
    return op


def _prelu(op: ops.Prelu, given: TensorType) -> ops.Prelu:
    floating(op.op, given)
    if op.num_parameters != 1 and (len(given.shape) < 2 or given.shape[1] != op.num_parameters):
        raise ShapeFault(
            f"`prelu` has {op.num_parameters} slopes, its input is {given}",
            field="num_parameters",
            help="one slope, or one for each channel",
        )
    return op


def _upsample(op: ops.Upsample, given: TensorType) -> tuple[ops.Upsample, TensorType]:
    n, c, h, w = ranked(op.op, given, 4)
    if op.align_corners and op.mode == "nearest":
        raise ShapeFault("`nearest` has no corners to align", field="align_corners")
    if op.size is not None:
        if op.scale_factor is not None:
            raise ShapeFault(
                "`upsample` has both a size and a scale_factor", field="scale_factor", help="keep one"
            )
        return op, TensorType((n, c, *pair(op.size)))
    factor = 2 if op.scale_factor is None else op.scale_factor
    if op.scale_factor is None:
        op = op.changed(scale_factor=factor)
    return op, TensorType((n, c, h * factor, w * factor))


def _pixel_unshuffle(op: ops.PixelUnshuffle, given: TensorType) -> TensorType:
    n, c, h, w = ranked(op.op, given, 4)
    r = op.downscale_factor
    for side in (h, w):
        if isinstance(side, int) and side % r:
            raise ShapeFault(
                f"`pixel_unshuffle` by {r} needs a height and width that it divides, got {h}x{w}",
                field="downscale_factor",
            )
    return TensorType((n, c * (r * r), h // r, w // r))


def _group_norm(op: ops.GroupNorm, given: TensorType) -> ops.GroupNorm:
    floating(op.op, given)
    if len(given.shape) < 2:
        raise ShapeFault(f"`group_norm` needs (N, C, ...), got {given}")
    divides(op.op, "num_groups", op.num_groups, given.shape[1])
    if given.shape[1] == op.num_groups:  # a group is then one channel, as of an instance norm
        spatial(op, given.shape)
    return filled(op, "num_channels", given.shape[1])
