"""Library modules that are one op each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import nn

from archc.record.faults import Unrecordable
from archc.spec import layers as ops
from archc.spec.layers import Op


def is_leaf(module: nn.Module) -> bool:
    """Return whether `module` is one op. By its exact type: a subclass may do anything in its `forward`."""
    return _known(module) is not None


def op_of(path: str, module: nn.Module) -> Op:
    """Return the op that a leaf module is.

    Raises:
        Unrecordable: the op has no field for one of the module's settings.
    """
    make = _known(module)
    if make is None:
        raise Unrecordable(f"`{path}` is a {type(module).__qualname__}, for which there is no op")
    try:
        return make(module)
    except _Setting as setting:
        raise Unrecordable(
            f"`{path}` ({type(module).__name__}) has {setting}, for which there is no op"
        ) from None


class _Setting(Exception):
    """A setting of a module that its op has no field for."""


def _known(module: nn.Module) -> Callable[[Any], Op] | None:
    return _LEAVES.get(type(module)) or _BY_NAME.get(full_name(type(module)))


def full_name(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


def _require(holds: bool, setting: str) -> None:
    if not holds:
        raise _Setting(setting)


def pair(value: Any) -> int | tuple[int, int]:
    """Return one number where height and width agree, else both."""
    if isinstance(value, int):
        return value
    _require(len(value) == 2 and all(isinstance(v, int) for v in value), f"the size {value}")
    height, width = value
    return int(height) if height == width else (int(height), int(width))


def _conv2d(m: nn.Conv2d) -> Op:
    _require(m.padding_mode == "zeros", f"padding_mode {m.padding_mode!r}")
    _require(not isinstance(m.padding, str), f"padding {m.padding!r}")
    return ops.Conv2d(
        out_channels=m.out_channels,
        kernel_size=pair(m.kernel_size),
        stride=pair(m.stride),
        padding=pair(m.padding),
        dilation=pair(m.dilation),
        groups=m.groups,
        bias=m.bias is not None,
    )


def _conv_transpose2d(m: nn.ConvTranspose2d) -> Op:
    _require(m.padding_mode == "zeros", f"padding_mode {m.padding_mode!r}")
    return ops.ConvTranspose2d(
        out_channels=m.out_channels,
        kernel_size=pair(m.kernel_size),
        stride=pair(m.stride),
        padding=pair(m.padding),
        output_padding=pair(m.output_padding),
        dilation=pair(m.dilation),
        groups=m.groups,
        bias=m.bias is not None,
    )


def _batch_norm(cls: type[ops.BatchNorm1d] | type[ops.BatchNorm2d]) -> Callable[[Any], Op]:
    def made(m: nn.BatchNorm2d) -> Op:
        _require(m.track_running_stats, "no running statistics")
        _require(m.momentum is not None, "momentum None")
        return cls(eps=m.eps, momentum=float(m.momentum or 0), affine=m.affine)

    return made


def _layer_norm(m: nn.LayerNorm) -> Op:
    _normalizes_channels(m)
    return ops.LayerNorm(eps=m.eps)


def _layer_norm2d(m: nn.LayerNorm) -> Op:
    _normalizes_channels(m)
    return ops.LayerNorm2d(eps=m.eps)


def _normalizes_channels(m: nn.LayerNorm) -> None:
    _require(len(m.normalized_shape) == 1, f"normalized_shape {m.normalized_shape}")
    _require(m.weight is not None and m.bias is not None, "no weight or no bias")


def _group_norm(m: nn.GroupNorm) -> Op:
    _require(m.affine, "no weight")
    return ops.GroupNorm(num_groups=m.num_groups, eps=m.eps)


def _drop_path(m: Any) -> Op:
    _require(bool(m.scale_by_keep), "scale_by_keep False")
    return ops.StochasticDepth(p=float(m.drop_prob or 0.0), mode="row")


def _max_pool2d(m: nn.MaxPool2d) -> Op:
    _require(not m.return_indices, "return_indices")
    return ops.MaxPool2d(
        kernel_size=pair(m.kernel_size),
        stride=pair(m.stride),
        padding=pair(m.padding),
        dilation=pair(m.dilation),
        ceil_mode=bool(m.ceil_mode),
    )


def _avg_pool2d(m: nn.AvgPool2d) -> Op:
    _require(m.divisor_override is None, "divisor_override")
    return ops.AvgPool2d(
        kernel_size=pair(m.kernel_size),
        stride=pair(m.stride),
        padding=pair(m.padding),
        ceil_mode=bool(m.ceil_mode),
        count_include_pad=bool(m.count_include_pad),
    )


def _gelu(m: nn.GELU) -> Op:
    return ops.Gelu(approximate="tanh" if m.approximate == "tanh" else "none")


def _softmax(m: nn.Softmax) -> Op:
    _require(m.dim is not None, "no dim")
    return ops.Softmax(dim=int(m.dim or 0))


def _upsample(m: nn.Upsample) -> Op:
    factor = m.scale_factor
    _require(m.size is None and isinstance(factor, (int, float)) and factor == int(factor), "that size")
    _require(m.mode in ("nearest", "bilinear") and not m.align_corners, f"mode {m.mode!r}")
    assert isinstance(factor, (int, float))
    return ops.Upsample(scale_factor=int(factor), mode="bilinear" if m.mode == "bilinear" else "nearest")


def _multihead_attention(m: nn.MultiheadAttention) -> Op:
    plain = m.batch_first and m._qkv_same_embed_dim and m.bias_k is None and not m.add_zero_attn
    _require(plain and m.in_proj_bias is not None, "keys or values of their own, or no bias")
    return ops.MultiheadAttention(num_heads=m.num_heads, dropout=m.dropout)


_LEAVES: dict[type[nn.Module], Callable[[Any], Op]] = {
    nn.AdaptiveAvgPool2d: lambda m: ops.AdaptiveAvgPool2d(output_size=pair(m.output_size)),
    nn.AdaptiveMaxPool2d: lambda m: ops.AdaptiveMaxPool2d(output_size=pair(m.output_size)),
    nn.AvgPool2d: _avg_pool2d,
    nn.BatchNorm1d: _batch_norm(ops.BatchNorm1d),
    nn.BatchNorm2d: _batch_norm(ops.BatchNorm2d),
    nn.ChannelShuffle: lambda m: ops.ChannelShuffle(groups=m.groups),
    nn.Conv2d: _conv2d,
    nn.ConvTranspose2d: _conv_transpose2d,
    nn.Dropout: lambda m: ops.Dropout(p=float(m.p)),
    nn.Flatten: lambda m: ops.Flatten(start_dim=m.start_dim, end_dim=m.end_dim),
    nn.GELU: _gelu,
    nn.GroupNorm: _group_norm,
    nn.Hardsigmoid: lambda m: ops.Hardsigmoid(),
    nn.Hardswish: lambda m: ops.Hardswish(),
    nn.Identity: lambda m: ops.Identity(),
    nn.LayerNorm: _layer_norm,
    nn.LeakyReLU: lambda m: ops.LeakyRelu(negative_slope=float(m.negative_slope)),
    nn.Linear: lambda m: ops.Linear(out_features=m.out_features, bias=m.bias is not None),
    nn.MaxPool2d: _max_pool2d,
    nn.MultiheadAttention: _multihead_attention,
    nn.PixelShuffle: lambda m: ops.PixelShuffle(upscale_factor=m.upscale_factor),
    nn.ReLU: lambda m: ops.Relu(),
    nn.ReLU6: lambda m: ops.Relu6(),
    nn.SiLU: lambda m: ops.Silu(),
    nn.Sigmoid: lambda m: ops.Sigmoid(),
    nn.Softmax: _softmax,
    nn.Tanh: lambda m: ops.Tanh(),
    nn.Upsample: _upsample,
}

# By name: importing a library costs seconds, and whoever hands over such a module has imported it.
_BY_NAME: dict[str, Callable[[Any], Op]] = {
    "torchvision.models.convnext.LayerNorm2d": _layer_norm2d,
    "torchvision.ops.misc.Permute": lambda m: ops.Permute(dims=tuple(m.dims)),
    "torchvision.ops.stochastic_depth.StochasticDepth": lambda m: ops.StochasticDepth(
        p=float(m.p), mode=m.mode
    ),
    "timm.layers.activations.Sigmoid": lambda m: ops.Sigmoid(),
    "timm.layers.activations.Swish": lambda m: ops.Silu(),
    "timm.layers.activations.Tanh": lambda m: ops.Tanh(),
    "timm.layers.activations.GELU": lambda m: ops.Gelu(),
    "timm.layers.activations.GELUTanh": lambda m: ops.Gelu(approximate="tanh"),
    "timm.layers.drop.DropPath": _drop_path,
    "timm.layers.linear.Linear": lambda m: ops.Linear(out_features=m.out_features, bias=m.bias is not None),
    "timm.layers.norm.GroupNorm": _group_norm,
    "timm.layers.norm.GroupNorm1": _group_norm,
    "timm.layers.norm.LayerNorm": _layer_norm,
    "timm.layers.norm.LayerNorm2d": _layer_norm2d,
}
