"""A recorded body linked into a plan: its nodes up to the cut, under a prefix, for the input at hand."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from archc.catalog.bodies import IMAGE, BodyRecord, UnknownBody, UnknownCut, find
from archc.catalog.facts import infer
from archc.catalog.faults import ShapeFault
from archc.catalog.graph import SpecPath
from archc.catalog.tensors import TensorType
from archc.plan.builder import BATCH, Builder
from archc.plan.fault import fault
from archc.plan.plan import BodyUse
from archc.plan.written_body import WRITTEN, unread_record, written_record
from archc.source.diagnostic import Label
from archc.source.suggest import nearest
from archc.spec import layers as ops
from archc.spec.layers import Op
from archc.spec.model import Body

NOMINAL = 2048
"""A size at which every reduction shows as a whole number."""


@dataclass(frozen=True, slots=True)
class Linked:
    """A body in a plan: its record, the index and name of its cut, prefix and suffix of its values' names."""

    record: BodyRecord
    cut: int
    cut_name: str
    out: str
    prefix: str
    suffix: str

    def value(self, index: int) -> str:
        """The plan's name for the value of one of the record's nodes."""
        return f"{self.prefix}.{self.record.nodes[index].name}{self.suffix}"


def record_of(body: Body, origin: SpecPath, search: tuple[Path, ...] = ()) -> BodyRecord:
    """The record of a body: the catalog's, one of the project's folders `search`, or what the spec writes.

    Raises:
        PlanFault: no such body (ARC201), or neither `ref` nor `stages`, or both (ARC240).
    """
    _check_form(body, origin)
    if body.ref is None:
        return unread_record(body)
    try:
        return find(body.ref, search)
    except UnknownBody as unknown:
        raise fault("ARC201", unknown.message, (*origin, "ref"), help=unknown.help) from None


def _check_form(body: Body, origin: SpecPath) -> None:
    if body.ref is None and body.stages is None:
        raise fault(
            "ARC240",
            "the body has neither a ref nor stages",
            origin,
            aim="header",
            help='add ref = "torchvision/resnet34", say, or [[model.body.stages]]',
        )
    if body.ref is not None and body.stages is not None:
        raise fault(
            "ARC240",
            "the body has both a ref and stages",
            (*origin, "stages"),
            aim="key",
            also=(Label((*origin, "ref")),),
            help="keep one",
        )
    if body.ref is not None and body.init is not None:
        raise fault(
            "ARC240",
            f"`init` is for stages, and `{body.ref}` starts as its library starts it",
            (*origin, "init"),
            aim="key",
            help="leave it out",
        )


def cut_of(record: BodyRecord, body: Body, origin: SpecPath) -> int:
    """The index of the node that a body is cut after.

    Raises:
        PlanFault: the cut does not exist; the help lists what does (ARC202).
    """
    with _cuts_as_faults(body, origin):
        return record.exit_of(record.cut if body.cut is None else body.cut)


def link(
    builder: Builder, body: Body, image: str, origin: SpecPath, *, prefix: str = "body", again: str = ""
) -> Linked:
    """The body's nodes added to the plan, reading `image`.

    `again` names a further application of weights that the plan already has under `prefix`.
    """
    record = record_of(body, origin, builder.search)
    if body.stages is not None:
        record = written_record(body, builder.types[image], origin)
    return link_record(builder, record, body, image, origin, prefix=prefix, again=again)


def whole_body(builder: Builder, record: BodyRecord, image: str) -> str:
    """The value of a record's last node: all that the library's model does, added to the plan."""
    last = max(i for i, _ in enumerate(record.nodes) if record.computed_at(i) == i)
    everything = Body(ref=record.ref, cut=record.nodes[last].name)
    out = link_record(builder, record, everything, image, ("model", "body")).out
    for stage in record.stages:
        _linked(builder, record, replace(everything, cut=stage.name), image, (), "body", "")
    return out


def link_record(
    builder: Builder,
    record: BodyRecord,
    body: Body,
    image: str,
    origin: SpecPath,
    *,
    prefix: str = "body",
    again: str = "",
) -> Linked:
    """As `link`, with the record at hand."""
    _check_size(record, builder.types[image], body, origin, builder.sizes.get(image))
    _check_weights(record, body, origin)
    suffix = f"@{again}" if again else ""
    channels = builder.channels(image)
    linked = _linked(builder, record, body, image, origin, prefix, suffix)
    if not again:
        builder.bodies.append(BodyUse(prefix, record.ref, linked.cut_name, body.weights, channels, record))
    return linked


def _linked(
    builder: Builder, record: BodyRecord, body: Body, image: str, origin: SpecPath, prefix: str, suffix: str
) -> Linked:
    cut = cut_of(record, body, origin)
    channels = builder.channels(image)
    names = {IMAGE: image}
    for index in record.within(cut):
        node = record.nodes[index]
        name = f"{prefix}.{node.name}{suffix}"
        if name in builder.types:
            names[index] = name
            continue
        names[index] = builder.add(
            f"{prefix}.{node.module}" if node.module else prefix,
            _for_channels(node.op, channels) if IMAGE in node.inputs else node.op,
            *(names[i] for i in node.inputs),
            init=node.init,
            origin=origin,
            name=name,
        )
    return Linked(record, cut, _cut_name(record, body), names[cut], prefix, suffix)


def _cut_name(record: BodyRecord, body: Body) -> str:
    """The cut as a name, whatever way it was given."""
    cut = record.cut if body.cut is None else body.cut
    return record.child_at(cut) if isinstance(cut, int) else cut


@contextmanager
def _cuts_as_faults(body: Body, origin: SpecPath) -> Iterator[None]:
    try:
        yield
    except UnknownCut as unknown:
        at = (*origin, "cut")
        parts = ", ".join(f"`{name}`" for name in unknown.existing)
        kept = f"cut = {body.cut} keeps nothing of `{body.ref or WRITTEN}`"
        raise fault(
            "ARC202",
            kept
            if isinstance(body.cut, int)
            else f"there is no `{body.cut}` in `{body.ref or WRITTEN}` to cut after",
            at,
            help=(
                *((f"did you mean `{unknown.near}`?",) if unknown.near else ()),
                f"its parts are {parts}",
                *((f"`archc bodies {body.ref}` shows every cut with its shape",) if body.ref else ()),
            ),
        ) from None


def reduction(record: BodyRecord, index: int, nominal: int = NOMINAL) -> int | None:
    """Input size over the size of a node's map; None where the node makes no map.

    Of an image of `nominal` pixels each way, but where the body takes one size only.
    Unpadded convolutions leave a map a little short of a power of two's share: it counts as that power.
    """
    if record.fixed_size:
        nominal = record.size[0]
    types = {IMAGE: TensorType((BATCH, record.channels, nominal, nominal))}
    try:
        for i in record.ancestors(index):
            node = record.nodes[i]
            types[i] = infer(node.op, tuple(types[j] for j in node.inputs))[1]
    except ShapeFault:
        return None
    shape = types[index].shape
    if len(shape) != 4 or not isinstance(shape[2], int):
        return None
    exact = nominal / shape[2]
    power = 1 << round(math.log2(exact))
    return power if abs(exact - power) < 0.1 * power else round(exact)


def pooled(record: BodyRecord, index: int) -> bool:
    """Whether a node's map has one size whatever the image's, as behind an adaptive pooling."""
    grids = (ops.AdaptiveAvgPool2d, ops.AdaptiveMaxPool2d, ops.GlobalAvgPool2d)
    if not any(isinstance(record.nodes[i].op, grids) for i in record.ancestors(index)):
        return False
    return reduction(record, index) != reduction(record, index, NOMINAL // 2)


def _for_channels(op: Op, channels: int) -> Op:
    """The first convolution of a body, or what the library has there, for images of other than 3 channels."""
    if isinstance(op, ops.LibraryPart):
        return replace(op, in_channels=channels)
    return replace(op, in_channels=channels) if isinstance(op, ops.Conv2d) and op.groups == 1 else op


def _check_size(
    record: BodyRecord, image: TensorType, body: Body, origin: SpecPath, size_at: SpecPath | None
) -> None:
    height, width = image.shape[2:]
    also = (Label(size_at, "value", "the input's size"),) if size_at else ()
    if record.fixed_size and (height, width) != tuple(record.size):
        raise fault(
            "ARC304",
            f"`{body.ref}` works at {record.size[0]}x{record.size[1]} pixels only, not at {height}x{width}",
            (*origin, "ref"),
            label="made for one size",
            also=also,
            help=f"set size = [{record.size[0]}, {record.size[1]}], or choose a convolutional body",
        )
    if isinstance(height, int) and isinstance(width, int) and min(height, width) < record.min_size:
        raise fault(
            "ARC305",
            f"`{body.ref}` needs at least {record.min_size} pixels each way, not {height}x{width}",
            (*origin, "ref"),
            also=also,
            help="use a larger input or a body with fewer reductions",
        )


def _check_weights(record: BodyRecord, body: Body, origin: SpecPath) -> None:
    """Weights are "none", one of the library's names, or a path to a file."""
    weights = body.weights
    fitting = record.fitting_weights()
    if weights == "none" or weights in fitting or weights.endswith((".safetensors", ".pth", ".pt")):
        return
    known = ", ".join(f"`{name}`" for name in fitting)
    near = nearest(weights, fitting)
    other = record.weights.get(weights)
    raise fault(
        "ARC212",
        f"`{body.ref or WRITTEN}` has no weights `{weights}`"
        if other is None
        else f"the weights `{weights}` are for {other.size[0]}x{other.size[1]} pixels, not for this body",
        (*origin, "weights"),
        help=(
            *((f"did you mean `{near}`?",) if near else ()),
            f'"none", {known}{", " if known else ""}or a path to a .safetensors or .pth file',
        ),
    )
