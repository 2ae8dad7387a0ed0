"""Convolutions and pools of one, two and three axes."""

from __future__ import annotations

from torch import nn

from archc.modules.uninitialized import uninitialised
from archc.ops.geometry import spread
from archc.ops.windows import AvgPool, Conv, ConvTranspose, MaxPool, axes_of

_CONVOLUTIONS: dict[int, type[nn.Module]] = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}
_TRANSPOSED: dict[int, type[nn.Module]] = {
    1: nn.ConvTranspose1d,
    2: nn.ConvTranspose2d,
    3: nn.ConvTranspose3d,
}
_MAX_POOLS: dict[int, type[nn.Module]] = {1: nn.MaxPool1d, 2: nn.MaxPool2d, 3: nn.MaxPool3d}
_AVG_POOLS: dict[int, type[nn.Module]] = {1: nn.AvgPool1d, 2: nn.AvgPool2d, 3: nn.AvgPool3d}


def convolution(op: Conv) -> nn.Module:
    """torch's own convolution, learnt tensors not initialised."""
    axes = axes_of(op)
    if op.in_channels is None or op.padding is None:
        raise TypeError("the op is not resolved: lower it through archc.ops.facts.infer first")
    return uninitialised(
        _CONVOLUTIONS[axes],
        op.in_channels,
        op.out_channels,
        spread(op.kernel_size, axes),
        stride=spread(op.stride, axes),
        padding=spread(op.padding, axes),
        dilation=spread(op.dilation, axes),
        groups=op.groups,
        bias=op.bias,
    )


def transposed(op: ConvTranspose) -> nn.Module:
    """torch's own transposed convolution, learnt tensors not initialised."""
    axes = axes_of(op)
    if op.in_channels is None:
        raise TypeError("the op is not resolved: lower it through archc.ops.facts.infer first")
    return uninitialised(
        _TRANSPOSED[axes],
        op.in_channels,
        op.out_channels,
        spread(op.kernel_size, axes),
        stride=spread(op.stride, axes),
        padding=spread(op.padding, axes),
        output_padding=spread(op.output_padding, axes),
        groups=op.groups,
        bias=op.bias,
        dilation=spread(op.dilation, axes),
    )


def max_pool(op: MaxPool) -> nn.Module:
    """torch's own maximum over windows."""
    axes = axes_of(op)
    stride = op.kernel_size if op.stride is None else op.stride
    fields = (spread(field, axes) for field in (op.kernel_size, stride, op.padding, op.dilation))
    return _MAX_POOLS[axes](*fields, ceil_mode=op.ceil_mode)


def avg_pool(op: AvgPool) -> nn.Module:
    """torch's own mean over windows."""
    axes = axes_of(op)
    stride = op.kernel_size if op.stride is None else op.stride
    fields = (spread(field, axes) for field in (op.kernel_size, stride, op.padding))
    return _AVG_POOLS[axes](*fields, op.ceil_mode, op.count_include_pad)
