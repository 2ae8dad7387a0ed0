"""Layers that stand for several, written out as the nodes they stand for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, assert_never

from archc.ops.demands import divides, ranked
from archc.ops.faults import ShapeFault
from archc.ops.initializers import ZEROS, Init, Inits
from archc.ops.node import SpecPath
from archc.ops.tensors import Shape, TensorType
from archc.plan.lower.fault import PlanFault, fault
from archc.spec import layers as ops
from archc.spec.frozen import Frozen, frozen
from archc.spec.layers import Chained, Composite, Layer, Nesting, Op

Start = Callable[[Layer], Inits]
"""How a layer's parameters start."""


class Graph(Protocol):
    """A graph under construction, as far as a layer needs it: `archc.plan.lower.builder` is one."""

    types: dict[str, TensorType]

    def add(
        self,
        module: str,
        op: Op,
        *inputs: str,
        init: Inits = (),
        origin: SpecPath = (),
        name: str | None = None,
    ) -> str:
        """Add a node and return the name of its value."""

    def chain(
        self,
        prefix: str,
        layers: Sequence[Layer],
        value: str,
        origin: SpecPath,
        *,
        start: Start = ...,
        again: str = "",
    ) -> str:
        """Apply layers one after the other and return the name of the last value."""


@frozen
class Site(Frozen):
    """Where a layer is written out: the graph, its place in the spec, the module it is at.

    `again` names a further application of weights that the graph already has.
    """

    builder: Graph
    module: str
    origin: SpecPath
    start: Start
    again: str

    def add(self, part: str, op: Op, *inputs: str, init: Inits = ()) -> str:
        """Return the value of a node at `part` of the module; at the module itself where that is empty."""
        path = f"{self.module}.{part}" if part else self.module
        name = f"{path}@{self.again}" if self.again else path
        return self.builder.add(path, op, *inputs, init=init, origin=self.origin, name=name)

    def learned(self, part: str, op: Chained, value: str) -> str:
        """Return the same for one whose parameters start as the spec's own layers do."""
        return self.add(part, op, value, init=self.start(op))

    def layers(self, part: str, layers: Sequence[Layer], value: str, field: str) -> str:
        """Return the value after layers written in `field`."""
        return self.builder.chain(
            f"{self.module}.{part}",
            layers,
            value,
            (*self.origin, field),
            start=self.start,
            again=self.again,
        )

    def shape(self, value: str) -> Shape:
        """Return the shape of a value."""
        return self.builder.types[value].shape


def write_out(site: Site, layer: Composite | Nesting, value: str) -> str:
    """Return the value after `layer`.

    Raises:
        PlanFault: it does not fit what it reads.
    """
    try:
        return _written(site, layer, value)
    except ShapeFault as found:
        place = (*site.origin, found.field) if found.field else site.origin
        label = f"reads {site.builder.types[value]}"
        raise fault("ARC302", found.message, place, label=label, help=found.help) from None


def _written(site: Site, layer: Composite | Nesting, value: str) -> str:
    match layer:
        case ops.Repeat():
            for index in range(layer.times):
                value = site.layers(str(index), layer.layers, value, "layers")
            return value
        case ops.Residual():
            return _residual(site, layer, value)
        case ops.DepthwiseConv2d():
            return site.learned("", _depthwise(site, layer, layer.multiplier, value), value)
        case ops.SeparableConv2d():
            value = site.learned("depthwise", _depthwise(site, layer, 1, value), value)
            pointwise = ops.Conv2d(out_channels=layer.out_channels, kernel_size=1, bias=layer.bias)
            return site.learned("pointwise", pointwise, value)
        case ops.PixelShuffleIcnr():
            return _pixel_shuffle_icnr(site, layer, value)
        case ops.ReluSquared():
            value = site.add("relu", ops.Relu(), value)
            return site.add("square", ops.Multiply(), value, value)
        case ops.SqueezeExcitation():
            return _squeeze_excitation(site, layer, value)
        case ops.TransformerEncoderLayer():
            return _transformer_encoder_layer(site, layer, value)
        case _:
            assert_never(layer)


def _channels(site: Site, layer: Composite, value: str) -> int:
    """Return the channels of the map that is read."""
    count = ranked(layer.op, site.builder.types[value], 4)[1]
    if not isinstance(count, int):
        raise ShapeFault(f"`{layer.op}` needs a fixed number of channels, its input has {count}")
    return count


def _depthwise(
    site: Site, layer: ops.DepthwiseConv2d | ops.SeparableConv2d, multiplier: int, value: str
) -> ops.Conv2d:
    channels = _channels(site, layer, value)
    return ops.Conv2d(
        out_channels=channels * multiplier,
        kernel_size=layer.kernel_size,
        stride=layer.stride,
        padding=layer.padding,
        dilation=layer.dilation,
        groups=channels,
        bias=layer.bias,
    )


def _pixel_shuffle_icnr(site: Site, layer: ops.PixelShuffleIcnr, value: str) -> str:
    scale, out = layer.upscale_factor, layer.out_channels or _channels(site, layer, value)
    start = (("weight", Init(kind="icnr", scale=scale)), ("bias", ZEROS))
    conv = ops.Conv2d(out_channels=out * scale * scale, kernel_size=1)
    value = site.add("relu", ops.Relu(), site.add("conv", conv, value, init=start))
    value = site.add("shuffle", ops.PixelShuffle(upscale_factor=scale), value)
    return site.add("blur", ops.BlurPool2d(), value) if layer.blur else value


_ACTIVATIONS: dict[str, Op] = {
    "relu": ops.Relu(),
    "silu": ops.Silu(),
    "gelu": ops.Gelu(),
    "hardswish": ops.Hardswish(),
    "sigmoid": ops.Sigmoid(),
    "hardsigmoid": ops.Hardsigmoid(),
}


def _squeeze_excitation(site: Site, layer: ops.SqueezeExcitation, value: str) -> str:
    channels = _channels(site, layer, value)
    squeezed = layer.squeeze_channels or max(channels // layer.ratio, 1)
    scale = site.add("avgpool", ops.GlobalAvgPool2d(), value)
    scale = site.learned("fc1", ops.Conv2d(out_channels=squeezed, kernel_size=1), scale)
    scale = site.add("activation", _ACTIVATIONS[layer.activation], scale)
    scale = site.learned("fc2", ops.Conv2d(out_channels=channels, kernel_size=1), scale)
    scale = site.add("scale_activation", _ACTIVATIONS[layer.scale_activation], scale)
    return site.add("multiply", ops.Multiply(), scale, value)


def _transformer_encoder_layer(site: Site, layer: ops.TransformerEncoderLayer, value: str) -> str:
    shape = ranked("multihead_attention", site.builder.types[value], 3)
    divides(layer.op, "nhead", layer.nhead, shape[2])

    def attended(x: str) -> str:
        attention = ops.MultiheadAttention(num_heads=layer.nhead, dropout=layer.dropout)
        return site.add("dropout1", _drop(layer), site.add("self_attn", attention, x))

    def widened(x: str) -> str:
        width = shape[2]
        assert isinstance(width, int)
        x = site.learned("linear1", ops.Linear(out_features=layer.dim_feedforward), x)
        x = site.add("activation", _ACTIVATIONS[layer.activation], x)
        x = site.learned("linear2", ops.Linear(out_features=width), site.add("dropout", _drop(layer), x))
        return site.add("dropout2", _drop(layer), x)

    for number, part in (("1", attended), ("2", widened)):
        if layer.norm_first:
            made = part(site.add(f"norm{number}", ops.LayerNorm(), value))
            value = site.add(f"add{number}", ops.Add(), value, made)
        else:
            value = site.add(f"add{number}", ops.Add(), value, part(value))
            value = site.add(f"norm{number}", ops.LayerNorm(), value)
    return value


def _drop(layer: ops.TransformerEncoderLayer) -> ops.Dropout:
    return ops.Dropout(p=layer.dropout)


def _residual(site: Site, layer: ops.Residual, value: str) -> str:
    out = site.layers("layers", layer.layers, value, "layers")
    if layer.shortcut is None:
        way = _projected(site, value, out)
    else:
        way = site.layers("shortcut", layer.shortcut, value, "shortcut")
        if site.shape(way) != site.shape(out):
            raise _apart(site, way, out, "the shortcut makes")
    return site.add("add", ops.Add(), out, way)


def _projected(site: Site, value: str, out: str) -> str:
    """Return the input shaped as the layers' value: itself, or by a strided 1x1 convolution and a norm."""
    given, wanted = site.shape(value), site.shape(out)
    if given == wanted:
        return value
    width = wanted[-1 if len(wanted) < 4 else 1]
    if len(given) != len(wanted) or len(wanted) not in (2, 3, 4) or not isinstance(width, int):
        raise _apart(site, value, out, "the input is")
    if len(wanted) < 4:
        if given[:-1] != wanted[:-1]:
            raise _apart(site, value, out, "the input is")
        return site.learned("shortcut.0", ops.Linear(out_features=width, bias=False), value)
    rows, columns = (_stride(a, b) for a, b in zip(given[2:], wanted[2:], strict=True))
    if not rows or not columns:
        raise _apart(site, value, out, "the input is")
    conv = ops.Conv2d(out_channels=width, kernel_size=1, stride=(rows, columns), padding=0, bias=False)
    return site.add("shortcut.1", ops.BatchNorm2d(), site.learned("shortcut.0", conv, value))


def _stride(size: object, wanted: object) -> int:
    """Return the stride with which `size` places become `wanted`; 0 where there is none."""
    if size == wanted:
        return 1
    if not isinstance(size, int) or not isinstance(wanted, int):
        return 0
    stride = -(-size // wanted)
    return stride if (size - 1) // stride + 1 == wanted else 0


def _apart(site: Site, way: str, out: str, what: str) -> PlanFault:
    types = site.builder.types
    return fault(
        "ARC302",
        f"`residual` adds what its layers make, {types[out]}, to a shortcut that does not fit",
        site.origin,
        label=f"{what} {types[way]}",
        help="write the layers of `shortcut`, so that both ways end with one shape",
    )
