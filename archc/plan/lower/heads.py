"""Heads: what stands between the features and the answer."""

from __future__ import annotations

from functools import partial

from archc.ops.initializers import ONES, TORCH_DEFAULT, ZEROS, Init, Inits
from archc.ops.node import SpecPath
from archc.plan.lower.builder import Builder
from archc.plan.lower.fault import fault
from archc.source.diagnostics.diagnostic import Label
from archc.source.document.wording import counted
from archc.spec import layers as ops
from archc.spec.frozen import Frozen, frozen
from archc.spec.layers import Layer
from archc.spec.model import Head

NORM_INIT: Inits = (("weight", ONES), ("bias", Init(kind="constant", value=1e-3)))
"""fastai's start of a batch norm: the bias is not 0."""

_WEIGHTS = {
    "kaiming_normal": Init(kind="kaiming_normal"),
    "kaiming_uniform": Init(kind="kaiming_uniform"),
    "xavier_normal": Init(kind="xavier_normal"),
    "torch": TORCH_DEFAULT,
}
_POOLS: dict[str, Layer] = {
    "concat": ops.AdaptiveConcatPool2d(),
    "avg": ops.AdaptiveAvgPool2d(),
    "max": ops.AdaptiveMaxPool2d(),
}


@frozen
class HeadLayer(Frozen):
    """A layer of a head, how it starts, and where the spec asks for it."""

    layer: Layer
    init: Inits
    origin: SpecPath


def add_head(
    builder: Builder,
    head: Head,
    features: str,
    classes: int,
    origin: SpecPath,
    *,
    prefix: str = "head",
    again: str = "",
) -> str:
    """Return the value of the head's last layer, `(N, classes)`; its layers are `prefix.0`, `prefix.1`, ...

    `again` names a further application of weights that the plan already has under `prefix`.
    """
    start = partial(_init_of, head=head)
    before = _beside("before", head.before, head, origin) if head.layers is None else ()
    value, index = features, 0
    for part in before:
        path, index = f"{prefix}.{index}", index + 1
        value = builder.layer(
            path, part.layer, value, init=part.init, start=start, origin=part.origin, again=again
        )
    flat = len(builder.types[value].shape) == 2
    for part in head_layers(head, classes, origin, flat=flat):
        path, index = f"{prefix}.{index}", index + 1
        value = builder.layer(
            path, part.layer, value, init=part.init, start=start, origin=part.origin, again=again
        )
    _check_answer(builder, head, value, classes, origin)
    return value


def head_layers(head: Head, classes: int, origin: SpecPath, *, flat: bool = False) -> tuple[HeadLayer, ...]:
    """Return the head's layers: the preset expanded and what comes behind it, or those that are written.

    Features that are one vector an image, `flat`, have nothing left to pool.
    """
    if head.layers is not None:
        if head.preset is not None:
            raise fault(
                "ARC203",
                "the head has both a preset and layers",
                (*origin, "preset"),
                help="keep one: `archc build --emit plan` shows the layers a preset stands for",
            )
        return _beside("layers", head.layers, head, origin)
    expanded = _preset(head, classes, origin)[2 if flat else 0 :]
    preset = tuple(HeadLayer(layer, _init_of(layer, head, preset=True), origin) for layer in expanded)
    return (*preset, *_beside("after", head.after, head, origin))


def _beside(field: str, layers: tuple[Layer, ...], head: Head, origin: SpecPath) -> tuple[HeadLayer, ...]:
    """Return layers that a spec writes."""
    return tuple(
        HeadLayer(layer, _init_of(layer, head), (*origin, field, i)) for i, layer in enumerate(layers)
    )


def _preset(head: Head, classes: int, origin: SpecPath) -> list[Layer]:
    """Return the layers of fastai's `create_head`, dropout of 0 kept so that keys stay."""
    widths = (*head.hidden, classes)
    dropout = _dropouts(head, len(widths), origin)
    layers: list[Layer] = [_POOLS[head.pool], ops.Flatten()]
    if head.linear_first:
        layers.append(ops.Dropout(p=dropout[0]))
        for i, width in enumerate(widths[:-1]):
            norm = head.first_norm or i > 0
            layers += [ops.Linear(out_features=width, bias=not norm), ops.Relu()]
            layers += [ops.BatchNorm1d()] if norm else []
            layers.append(ops.Dropout(p=dropout[i + 1]))
        layers.append(ops.Linear(out_features=classes, bias=head.final_bias is not False))
    else:
        for i, width in enumerate(widths):
            norm = head.first_norm or i > 0
            layers += [ops.BatchNorm1d()] if norm else []
            last = i == len(widths) - 1
            bias = not norm if head.final_bias is None or not last else head.final_bias
            layers += [ops.Dropout(p=dropout[i]), ops.Linear(out_features=width, bias=bias)]
            layers += [] if last else [ops.Relu()]
    if head.final_norm:
        layers.append(ops.BatchNorm1d(momentum=0.01))
    if head.output_range is not None:
        layers.append(ops.OutputRange(low=head.output_range[0], high=head.output_range[1]))
    return layers


def _dropouts(head: Head, count: int, origin: SpecPath) -> tuple[float, ...]:
    if not isinstance(head.dropout, tuple):
        return (head.dropout / 2,) * (count - 1) + (head.dropout,)
    if len(head.dropout) == count:
        return head.dropout
    raise fault(
        "ARC204",
        f"dropout has {counted(len(head.dropout), 'number')} for {counted(count, 'linear layer')}",
        (*origin, "dropout"),
        also=(Label((*origin, "hidden"), "value", f"{count} with the last"),),
        help=f"write one for each of `hidden` and one for the last layer, {count} in all; or a single number",
    )


def _init_of(layer: Layer, head: Head, *, preset: bool = False) -> Inits:
    if isinstance(layer, ops.BatchNorm1d) and layer.momentum == 0.01:
        return ()
    if preset and isinstance(layer, ops.BatchNorm1d | ops.BatchNorm2d) and layer.affine:
        return NORM_INIT
    if head.init == "torch":
        return ()
    if isinstance(layer, ops.Linear | ops.Conv1d | ops.Conv2d | ops.ConvTranspose2d):
        weight = (("weight", _WEIGHTS[head.init]),)
        return (*weight, ("bias", ZEROS)) if layer.bias else weight
    return ()


def _check_answer(builder: Builder, head: Head, value: str, classes: int, origin: SpecPath) -> None:
    shape = builder.types[value].shape
    if shape[1:] == (classes,):
        return
    field, written = ("layers", head.layers) if head.layers is not None else ("after", head.after)
    at = (*origin, field, len(written) - 1) if written else (*origin, "layers")
    ends_wrong = len(shape) == 2 and bool(written) and isinstance(written[-1], ops.Linear)
    raise fault(
        "ARC303",
        f"the head answers with {builder.types[value]}, but {counted(classes, 'number')} an image are wanted",
        (*at, "out_features") if ends_wrong else at,
        label="" if ends_wrong else "the last layer" if written else "no layer",
        help=f"write out_features = {classes}, as there are {counted(classes, 'class')}"
        if ends_wrong
        else f"end with `flatten` and a `linear` of out_features = {classes}",
    )
