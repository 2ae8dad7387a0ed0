"""A recorded body linked into a plan: its nodes up to the cut, under a prefix, for the input at hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from archc.bodies.catalog import IMAGE, BodyRecord, UnknownBody, UnknownCut, find, names
from archc.ops.node import SpecPath
from archc.ops.tensors import TensorType
from archc.plan.lower.builder import Builder
from archc.plan.lower.fault import PlanFault, fault
from archc.plan.lower.linked_nodes import Place, for_channels, linked_nodes
from archc.plan.lower.orientation import check_orientation
from archc.plan.lower.reduction import NOMINAL, reduction
from archc.plan.lower.weights import FILES, looks_like_a_path, name_of, place_fault
from archc.plan.plan import WRITTEN, BodyUse
from archc.source.diagnostics.diagnostic import Fix, Label
from archc.source.diagnostics.suggest import certain, correction, nearest
from archc.spec import layers as ops
from archc.spec.frozen import Frozen, frozen
from archc.spec.model import Body


@frozen
class Linked(Frozen):
    """A body in a plan: its record, the index and name of its cut, prefix and suffix of its values' names."""

    record: BodyRecord
    cut: int
    cut_name: str
    out: str
    prefix: str
    suffix: str

    def value(self, index: int) -> str:
        """Return the plan's name for the value of one of the record's nodes."""
        return f"{self.prefix}.{self.record.nodes[index].name}{self.suffix}"


def record_of(body: Body, origin: SpecPath, search: tuple[Path, ...] = ()) -> BodyRecord:
    """Return a body's record: the catalog's, of a project's folder in `search`, or what the spec writes.

    Raises:
        PlanFault: no such body (ARC201), or neither `ref` nor `stages`, or both (ARC240).
    """
    _check_form(body, origin)
    if body.ref is None:
        from archc.plan.lower.written_body import unread_record

        return unread_record(body)
    try:
        return find(body.ref, search)
    except UnknownBody as unknown:
        at = (*origin, "ref")
        fix = None if unknown.recordable else _meant(body.ref, names(search), at)
        raise fault("ARC201", unknown.message, at, help=unknown.help, fix=fix) from None


def _meant(ref: str, known: tuple[str, ...], at: SpecPath) -> Fix | None:
    """Return the repair of a ref; a library's name may have been left out where only one has such a body."""
    if "/" in ref:
        return correction(ref, known, at)
    bare = [name.partition("/")[2] for name in known]
    name = ref if ref in bare else certain(ref, bare)
    owners = [full for full, word in zip(known, bare, strict=True) if word == name]
    return Fix("replace", at, owners[0]) if len(owners) == 1 else None


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
    """Return the index of the node that a body is cut after.

    Raises:
        PlanFault: the cut does not exist; the help lists what does (ARC202). Or its map has the channels
            last (ARC306).
    """
    with _cuts_as_faults(body, origin):
        index = record.exit_of(record.cut if body.cut is None else body.cut)
    check_orientation(record, index, _cut_name(record, body), (*origin, "cut"))
    return index


def link(
    builder: Builder, body: Body, image: str, origin: SpecPath, *, prefix: str = "body", again: str = ""
) -> Linked:
    """Return the body's nodes added to the plan, reading `image`.

    `again` names a further application of weights that the plan already has under `prefix`.
    """
    record = record_of(body, origin, builder.search)
    if body.stages is not None:
        from archc.plan.lower.written_body import written_record

        record = written_record(body, builder.types[image], origin, builder.bounds)
        stages = (s._replace(reduction=reduction(record, s.node) or s.reduction) for s in record.stages)
        record = record.changed(stages=tuple(stages))
    return link_record(builder, record, body, image, origin, prefix=prefix, again=again)


def whole_body(builder: Builder, record: BodyRecord, image: str) -> str:
    """Return the value of a record's last node: all that the library's model does, added to the plan."""
    last = max(i for i, _ in enumerate(record.nodes) if record.computed_at(i) == i)
    everything = Body(ref=record.ref, cut=record.nodes[last].name)
    origin: SpecPath = ("model", "body")
    out = link_record(builder, record, everything, image, origin).out
    for stage in record.stages:
        _linked(builder, record, everything.changed(cut=stage.name), image, origin, "body", "")
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
    """Link as `link` does, with the record at hand."""
    _check_size(record, builder.types[image], body, origin, builder.sizes.get(image))
    _check_weights(record, body, origin)
    suffix = f"@{again}" if again else ""
    channels = builder.channels(image)
    linked = _linked(builder, record, body, image, origin, prefix, suffix)
    if not again:
        name = name_of(body.weights)
        file = None if isinstance(body.weights, str) else body.weights
        builder.bodies.append(
            BodyUse(prefix, record.ref, linked.cut_name, name, channels, record, origin, file)
        )
    return linked


def _linked(
    builder: Builder, record: BodyRecord, body: Body, image: str, origin: SpecPath, prefix: str, suffix: str
) -> Linked:
    cut = cut_of(record, body, origin)
    place = Place(image, prefix, suffix, origin)
    known = linked_nodes(record, cut, builder.types[image], place)
    if known is None or not builder.take(*known):
        _add_each(builder, record, cut, place)
    out = image if cut == IMAGE else place.name(record.nodes[cut].name)
    return Linked(record, cut, _cut_name(record, body), out, prefix, suffix)


def _add_each(builder: Builder, record: BodyRecord, cut: int, place: Place) -> None:
    """Add the body's nodes one by one, but for those that are there; a fault is told where it is."""
    channels = builder.channels(place.image)
    names = {IMAGE: place.image}
    for index in record.within(cut):
        node = record.nodes[index]
        names[index] = place.name(node.name)
        if names[index] not in builder.types:
            builder.add(
                place.module(node.module),
                for_channels(node.op, channels, IMAGE in node.inputs),
                *(names[i] for i in node.inputs),
                init=node.init,
                origin=place.origin,
                name=names[index],
            )


def _cut_name(record: BodyRecord, body: Body) -> str:
    """Return the cut as a name, whatever way it was given."""
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
            fix=correction(str(unknown.cut), unknown.known, at),
        ) from None


def pooled(record: BodyRecord, index: int) -> bool:
    """Return whether a node's map has one size whatever the image's, as behind an adaptive pooling."""
    grids = (ops.AdaptiveAvgPool2d, ops.AdaptiveMaxPool2d, ops.GlobalAvgPool2d)
    if not any(isinstance(record.nodes[i].op, grids) for i in record.ancestors(index)):
        return False
    return reduction(record, index) != reduction(record, index, NOMINAL // 2)


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
    """Check that weights are "none", one of the library's names, or a path to a file or a run."""
    at = (*origin, "weights")
    if not isinstance(body.weights, str):
        if found := place_fault(body.weights.file, (*at, "file"), ("none", *record.fitting_weights())):
            raise PlanFault(found)
        return
    weights = body.weights
    fitting = record.fitting_weights()
    if weights == "none" or weights in fitting:
        return
    if looks_like_a_path(weights) and weights not in record.weights:
        if found := place_fault(weights, at):
            raise PlanFault(found)
        return
    from archc.source.document.synonyms import asks_for_weights

    known = ", ".join(f"`{name}`" for name in fitting)
    near = nearest(weights, fitting)
    if asks_for_weights(weights) and record.default_weights in fitting:
        near = record.default_weights
    other = record.weights.get(weights)
    raise fault(
        "ARC212",
        f"`{body.ref or WRITTEN}` has no weights `{weights}`"
        if other is None
        else f"the weights `{weights}` are for {other.size[0]}x{other.size[1]} pixels, not for this body",
        at,
        help=(
            *((f"did you mean `{near}`?",) if near else ()),
            f'"none", {known}{", " if known else ""}or a path to a file ({FILES}) or to a run\'s folder',
        ),
        fix=correction(weights, ("none", *fitting), at),
    )
