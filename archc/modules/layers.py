"""One op to the torch object that does its work."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar, assert_never

from torch import Tensor, nn

from archc.modules import functions, windowed
from archc.modules.attention import MultiheadAttention, SelfAttention2d
from archc.modules.dropping import StochasticDepth
from archc.modules.normalization import LayerNorm2d, Normalize
from archc.modules.pooling import AdaptiveConcatPool2d, BlurPool2d
from archc.modules.uninitialized import uninitialised
from archc.ops.extensions import made
from archc.ops.geometry import pair
from archc.spec import layers as ops
from archc.spec.layers import Op

Function = Callable[..., Tensor]
T = TypeVar("T")


def module_for(op: Op) -> nn.Module | Function:
    """The module of a resolved op, learnt tensors not initialised; a plain function where there is no state.

    Nothing works in place: a value may have other readers, and torch frees what nobody reads any more.
    """
    match op:
        case ops.Conv1d() | ops.Conv2d() | ops.Conv3d():
            return windowed.convolution(op)
        case ops.ConvTranspose1d() | ops.ConvTranspose2d() | ops.ConvTranspose3d():
            return windowed.transposed(op)
        case ops.Linear():
            return uninitialised(nn.Linear, _known(op.in_features), op.out_features, bias=op.bias)
        case ops.Embedding():
            return uninitialised(nn.Embedding, op.num_embeddings, op.embedding_dim)
        case ops.BatchNorm1d():
            return uninitialised(nn.BatchNorm1d, _known(op.num_features), op.eps, op.momentum, op.affine)
        case ops.BatchNorm2d():
            return uninitialised(nn.BatchNorm2d, _known(op.num_features), op.eps, op.momentum, op.affine)
        case ops.BatchNorm3d():
            return uninitialised(nn.BatchNorm3d, _known(op.num_features), op.eps, op.momentum, op.affine)
        case ops.InstanceNorm1d():
            return uninitialised(nn.InstanceNorm1d, _known(op.num_features), op.eps, affine=op.affine)
        case ops.InstanceNorm2d():
            return uninitialised(nn.InstanceNorm2d, _known(op.num_features), op.eps, affine=op.affine)
        case ops.RmsNorm():
            affine = op.elementwise_affine
            return uninitialised(nn.RMSNorm, _known(op.normalized_shape), op.eps, elementwise_affine=affine)
        case ops.LocalResponseNorm():
            return nn.LocalResponseNorm(op.size, op.alpha, op.beta, op.k)
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
        case ops.ExtensionOp():
            work: nn.Module | Function = made(op).module()
            return work
        case ops.LibraryPart():
            from archc.modules.library_part import library_part  # the one op that needs a library

            return library_part(op)
        case ops.PackedAttention():
            return partial(functions.packed_attention, num_heads=op.num_heads)
        case ops.Normalize():
            return Normalize(op.mean, op.std)
        case ops.Dropout():
            return nn.Dropout(op.p)
        case ops.Dropout1d():
            return nn.Dropout1d(op.p)
        case ops.Dropout2d():
            return nn.Dropout2d(op.p)
        case ops.Dropout3d():
            return nn.Dropout3d(op.p)
        case ops.AlphaDropout():
            return nn.AlphaDropout(op.p)
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
        case ops.Prelu():
            return uninitialised(nn.PReLU, op.num_parameters)
        case ops.Elu():
            return nn.ELU(op.alpha)
        case ops.Selu():
            return nn.SELU()
        case ops.Celu():
            return nn.CELU(op.alpha)
        case ops.Mish():
            return nn.Mish()
        case ops.Softplus():
            return nn.Softplus(op.beta, op.threshold)
        case ops.Softsign():
            return nn.Softsign()
        case ops.LogSigmoid():
            return nn.LogSigmoid()
        case ops.Hardtanh():
            return nn.Hardtanh(op.min_val, op.max_val)
        case ops.Hardshrink():
            return nn.Hardshrink(op.lambd)
        case ops.Softshrink():
            return nn.Softshrink(op.lambd)
        case ops.Tanhshrink():
            return nn.Tanhshrink()
        case ops.Glu():
            return nn.GLU(op.dim)
        case ops.Softmax():
            return nn.Softmax(op.dim)
        case ops.LogSoftmax():
            return nn.LogSoftmax(op.dim)
        case ops.MaxPool1d() | ops.MaxPool2d() | ops.MaxPool3d():
            return windowed.max_pool(op)
        case ops.AvgPool1d() | ops.AvgPool2d() | ops.AvgPool3d():
            return windowed.avg_pool(op)
        case ops.AdaptiveAvgPool1d():
            return nn.AdaptiveAvgPool1d(op.output_size)
        case ops.AdaptiveAvgPool2d():
            return nn.AdaptiveAvgPool2d(pair(op.output_size))
        case ops.AdaptiveAvgPool3d():
            return nn.AdaptiveAvgPool3d(op.output_size)
        case ops.AdaptiveMaxPool1d():
            return nn.AdaptiveMaxPool1d(op.output_size)
        case ops.AdaptiveMaxPool2d():
            return nn.AdaptiveMaxPool2d(pair(op.output_size))
        case ops.AdaptiveMaxPool3d():
            return nn.AdaptiveMaxPool3d(op.output_size)
        case ops.GlobalMaxPool2d():
            return nn.AdaptiveMaxPool2d(1)
        case ops.AdaptiveConcatPool2d():
            return AdaptiveConcatPool2d(pair(op.output_size))
        case ops.GlobalAvgPool2d():
            return nn.AdaptiveAvgPool2d(1)
        case ops.BlurPool2d():
            return BlurPool2d()
        case ops.Upsample():
            corners = None if op.mode == "nearest" else op.align_corners
            size = None if op.size is None else pair(op.size)
            return nn.Upsample(size, op.scale_factor, op.mode, corners)
        case ops.PixelUnshuffle():
            return nn.PixelUnshuffle(op.downscale_factor)
        case ops.PixelShuffle():
            return nn.PixelShuffle(op.upscale_factor)
        case ops.Identity():
            return functions.identity
        case ops.Flatten():
            return partial(functions.flatten, start_dim=op.start_dim, end_dim=op.end_dim)
        case ops.Permute():
            return partial(functions.permute, dims=op.dims)
        case ops.Reshape():
            return partial(functions.reshape, shape=op.shape)
        case ops.Unflatten():
            return partial(functions.unflatten, dim=op.dim, sizes=op.unflattened_size)
        case ops.Squeeze():
            return partial(functions.squeeze, dim=op.dim)
        case ops.Unsqueeze():
            return partial(functions.unsqueeze, dim=op.dim)
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
            return partial(functions.image_to_float, low=op.low, high=op.high)
        case ops.Argmax():
            return partial(functions.argmax, dim=op.dim)
        case ops.Parameter():
            raise TypeError("a parameter is registered by the build: it is no module")
        case _:
            assert_never(op)


def _known(value: T | None) -> T:
    """What shape inference has filled in."""
    if value is None:
        raise TypeError("the op is not resolved: lower it through archc.ops.facts.infer first")
    return value
