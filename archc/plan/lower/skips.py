"""Which of the encoder's maps the decoder joins."""

from __future__ import annotations

from typing import Protocol

from archc.bodies.catalog import BodyRecord, UnknownCut
from archc.ops.node import SpecPath
from archc.plan.lower.fault import fault
from archc.plan.lower.orientation import check_orientation
from archc.plan.lower.reduction import reduction
from archc.source.diagnostics.suggest import correction
from archc.spec.frozen import Frozen, frozen
from archc.spec.model import Decoder


class Encoder(Protocol):
    """The encoder under a decoder: a body in a plan, or the merge of two applications of one.

    `record` and `cut` are the body's, `out` is the value at the cut, and `value` names that of any of the
    record's nodes before it.
    """

    @property
    def record(self) -> BodyRecord: ...

    @property
    def cut(self) -> int: ...

    @property
    def cut_name(self) -> str: ...

    @property
    def out(self) -> str: ...

    def value(self, index: int) -> str: ...


@frozen
class Skip(Frozen):
    """An edge from encoder to decoder: the record's node, and input size over its size."""

    index: int
    reduction: int
    origin: SpecPath


def chosen_skips(encoder: Encoder, decoder: Decoder, origin: SpecPath) -> tuple[tuple[Skip, ...], int]:
    """Return the skips, deepest first, and the reduction of the cut they lead up from."""
    step = reduction(encoder.record, encoder.cut)
    assert step is not None  # the caller has checked that the cut is a map
    at: SpecPath = (*origin, "skips")
    if decoder.skips == "auto":
        return _automatic(encoder, step, origin), step
    skips = []
    below = step
    for i, name in enumerate(decoder.skips):
        skip = named_skip(encoder, name, (*at, i))
        if skip.reduction * 2 != below:
            raise _misfit(encoder, name, skip, below, f"block {i + 1}", (*at, i))
        below = skip.reduction
        skips.append(skip)
    return tuple(skips), step


def named_skip(encoder: Encoder, name: str, origin: SpecPath) -> Skip:
    """Return the skip that a name in the spec stands for.

    Raises:
        PlanFault: no such node (ARC205), not on the way to the cut (ARC206), not a map (ARC301), or one
            with its channels last (ARC306).
    """
    record = encoder.record
    try:
        index = record.exit_of(name)
    except UnknownCut as unknown:
        near = (f"did you mean `{unknown.near}`?",) if unknown.near else ()
        raise fault(
            "ARC205",
            f"the encoder has no node `{name}` to draw a skip from",
            origin,
            help=(*near, f"one skip at each resolution: {_offers(encoder)}"),
            fix=correction(name, unknown.known, origin),
        ) from None
    if index not in record.within(encoder.cut):
        cut = encoder.cut_name
        raise fault(
            "ARC206",
            f"`{name}` comes after the cut `{cut}`",
            origin,
            help=f"skips come from before the cut: {_offers(encoder)}",
        )
    check_orientation(record, index, name, origin)
    step = reduction(record, index)
    if step is None:
        raise fault(
            "ARC301",
            f"skip `{name}` is not a feature map",
            origin,
            help=f"one skip at each resolution: {_offers(encoder)}",
        )
    return Skip(index, step, origin)


def _automatic(encoder: Encoder, step: int, origin: SpecPath) -> tuple[Skip, ...]:
    """Return the last unit at each resolution above the cut's."""
    kept = set(encoder.record.within(encoder.cut))
    last: dict[int, int] = {}
    for stage in encoder.record.stages:
        if stage.reduction < step and stage.node in kept - {encoder.cut}:
            last[stage.reduction] = stage.node
    return tuple(Skip(last[r], r, origin) for r in sorted(last, reverse=True))


def _misfit(encoder: Encoder, name: str, skip: Skip, below: int, block: str, origin: SpecPath) -> Exception:
    wanted = below // 2
    fitting = [s for s in encoder.record.stages if s.reduction == wanted]
    help = f"`{fitting[-1].name}` is {fitting[-1].channels} channels at 1/{wanted}" if fitting else ""
    return fault(
        "ARC301",
        f"skip `{name}` is at 1/{skip.reduction} of the input's size but decoder {block} joins at 1/{wanted}",
        origin,
        label=f"1/{skip.reduction} of the input",
        help=(help,) if help else (f"one skip at each resolution: {_offers(encoder)}",),
    )


def _offers(encoder: Encoder) -> str:
    """Return the automatic skips in words."""
    step = reduction(encoder.record, encoder.cut) or 1
    record: BodyRecord = encoder.record
    by_index = {stage.node: stage for stage in record.stages}
    skips = _automatic(encoder, step, ())
    return (
        ", ".join(f"`{by_index[skip.index].name}` (1/{skip.reduction})" for skip in skips) or "none, write []"
    )
