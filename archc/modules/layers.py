"""One op to the torch object that does its work."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar, assert_never

from torch import Tensor, nn

from archc.catalog.geometry import pair
from archc.modules import functions
from archc.modules.attention import MultiheadAttention, SelfAttention2d
from archc.modules.dropping import StochasticDepth
from archc.modules.normalization import LayerNorm2d, Normalize
from archc.modules.pooling import AdaptiveConcatPool2d, BlurPool2d
from archc.modules.uninitialised import uninitialised
from archc.spec import layers as ops
from archc.spec.layers import Op

Function = Callable[..., Tensor]
T = TypeVar("T")


def module_for(op: Op) -> nn.Module | Function:
    """The module of a resolved op, learnt tensors not initialised; a plain function where there is no state.

    Nothing works in place: a value may have other readers, and torch frees what nobody reads any more.
    """
    match op:
        case ops.Conv2d():
            return uninitialised(
                nn.Conv2d,
                _known(op.in_channels),
                op.out_channels,
                pair(op.kernel_size),
                stride=pair(op.stride),
                padding=pair(_known(op.padding)),  # type: ignore[arg-type]  # mypy joins the union to object
                dilation=pair(op.dilation),
                groups=op.groups,
                bias=op.bias,
            )
        case ops.ConvTranspose2d():
            return uninitialised(
                nn.ConvTranspose2d,
                _known(op.in_channels),
                op.out_channels,
                pair(op.kernel_size),
                stride=pair(op.stride),
                padding=pair(op.padding),
                output_padding=pair(op.output_padding),
                groups=op.groups,
                bias=op.bias,
                dilation=pair(op.dilation),
            )
        case ops.Linear():
            return uninitialised(nn.Linear, _known(op.in_features), op.out_features, bias=op.bias)
        case ops.BatchNorm1d():
            return uninitialised(nn.BatchNorm1d, _known(op.num_features), op.eps, op.momentum, op.affine)
        case ops.BatchNorm2d():
            return uninitialised(nn.BatchNorm2d, _known(op.num_features), op.eps, op.momentum, op.affine)
        case ops.LayerNorm():
            return uninitialised(nn.LayerNorm, _known(op.normalized_shape), op.eps)
        case ops.LayerNorm2d():
            return uninitialised(LayerNorm2d, _known(op.normalized_shape), op.eps)
        case ops.GroupNorm():
            return uninitialised(nn.GroupNorm, op.num_groups, _known(op.num_channels), op.eps)
        case ops.SelfAttention2d():
            return SelfAttention2d(_known(op.channels))
        case ops.MultiheadAttention():
            return MultiheadAttention(_known(op.embed_dim), op.num_heads, op.dropout)
        case ops.OpaqueBody():
            from archc.modules.opaque import opaque_body  # the one op that needs a library

            return opaque_body(op)
        case ops.Normalize():
            return Normalize(op.mean, op.std)
        case ops.Dropout():
            return nn.Dropout(op.p)
        case ops.StochasticDepth():
            return StochasticDepth(op.p, op.mode)
        case ops.Relu():
            return nn.ReLU()
        case ops.Relu6():
            return nn.ReLU6()
        case ops.LeakyRelu():
            return nn.LeakyReLU(op.negative_slope)
        case ops.Gelu():
            return nn.GELU(op.approximate)
        case ops.Silu():
            return nn.SiLU()
        case ops.Sigmoid():
            return nn.Sigmoid()
        case ops.Tanh():
            return nn.Tanh()
        case ops.Hardswish():
            return nn.Hardswish()
        case ops.Hardsigmoid():
            return nn.Hardsigmoid()
        case ops.Softmax():
            return nn.Softmax(op.dim)
        case ops.MaxPool2d():
            stride = op.kernel_size if op.stride is None else op.stride
            return nn.MaxPool2d(
                pair(op.kernel_size),
                pair(stride),
                pair(op.padding),
                pair(op.dilation),
                ceil_mode=op.ceil_mode,
            )
        case ops.AvgPool2d():
            stride = op.kernel_size if op.stride is None else op.stride
            return nn.AvgPool2d(
                pair(op.kernel_size), pair(stride), pair(op.padding), op.ceil_mode, op.count_include_pad
            )
        case ops.AdaptiveAvgPool2d():
            return nn.AdaptiveAvgPool2d(pair(op.output_size))
        case ops.AdaptiveMaxPool2d():
            return nn.AdaptiveMaxPool2d(pair(op.output_size))
        case ops.AdaptiveConcatPool2d():
            return AdaptiveConcatPool2d(pair(op.output_size))
        case ops.GlobalAvgPool2d():
            return nn.AdaptiveAvgPool2d(1)
        case ops.BlurPool2d():
            return BlurPool2d()
        case ops.Upsample():
            corners = False if op.mode == "bilinear" else None
            return nn.Upsample(scale_factor=op.scale_factor, mode=op.mode, align_corners=corners)
        case ops.PixelShuffle():
            return nn.PixelShuffle(op.upscale_factor)
        case ops.Identity():
            return functions.identity
        case ops.Flatten():
            return partial(functions.flatten, start_dim=op.start_dim, end_dim=op.end_dim)
        case ops.Permute():
            return partial(functions.permute, dims=op.dims)
        case ops.ChannelShuffle():
            return partial(functions.channel_shuffle, groups=op.groups)
        case ops.OutputRange():
            return partial(functions.output_range, low=op.low, high=op.high)
        case ops.Add():
            return functions.add
        case ops.Multiply():
            return functions.multiply
        case ops.AbsDifference():
            return functions.abs_difference
        case ops.SquaredDifference():
            return functions.squared_difference
        case ops.CosineSimilarity():
            return partial(functions.cosine_similarity, dim=op.dim)
        case ops.Concat():
            return partial(functions.concat, dim=op.dim)
        case ops.ResizeLike():
            return partial(functions.resize_like, mode=op.mode)
        case ops.ExpandBatch():
            return functions.expand_batch
        case ops.Narrow():
            return partial(functions.narrow, dim=op.dim, start=op.start, length=op.length)
        case ops.Select():
            return partial(functions.select, dim=op.dim, index=op.index)
        case ops.Mean():
            return partial(functions.mean, dims=op.dims, keepdim=op.keepdim)
        case ops.ImageToFloat():
            return functions.image_to_float
        case ops.Argmax():
            return partial(functions.argmax, dim=op.dim)
        case ops.Parameter():
            raise TypeError("a parameter is registered by the build: it is no module")
        case _:
            assert_never(op)


def _known(value: T | None) -> T:
    """What shape inference has filled in."""
    if value is None:
        raise TypeError("the op is not resolved: lower it through archc.catalog.facts.infer first")
    return value
