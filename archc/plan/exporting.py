"""Limits of an exported model: which sizes it leaves open, and what has no ONNX form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import gcd
from typing import Literal

from archc.ops.dims import symbol
from archc.ops.facts import infer
from archc.ops.faults import ShapeFault
from archc.ops.geometry import pair
from archc.ops.node import Node, SpecPath
from archc.plan.inputs import images, resized
from archc.plan.lower.fault import diagnostic
from archc.plan.parameters import parameter_count
from archc.plan.plan import Plan
from archc.source.diagnostics.diagnostic import Diagnostic
from archc.spec import layers as ops
from archc.spec.document import Spec
from archc.spec.frozen import Frozen, frozen
from archc.spec.layers import Op

Open = Literal["batch", "height", "width"]
ALL: tuple[Open, ...] = ("batch", "height", "width")


LARGEST_FILE = 1_500_000_000
"""Bytes of weights that one file may hold: protobuf ends at 2 GiB, and readers copy."""


@frozen
class Fixed(Frozen):
    """The reason why a model takes only the size in its spec."""

    node: str
    reason: str
    origin: SpecPath = ()
    help: str = ""


def open_sizes(plan: Plan, wanted: tuple[Open, ...] | None) -> tuple[Open, ...]:
    """Return the sizes to leave open: those wanted, or all that the model can take at several values."""
    if wanted is not None:
        return wanted
    return ("batch",) if fixed_by(plan) else ALL


def fixed_by(plan: Plan) -> Fixed | None:
    """Return the first part that works at one image size only; None where any size or multiple will do."""
    return _of_one_size(plan) or _closing(plan, _common(plan))


def size_step(plan: Plan) -> int:
    """Return the smallest number that open heights and widths must be multiples of; 1 where any will do.

    A stride rounds sizes up, and an `upsample` by 2 does not round them down again. Such maps fit each other
    where the strides leave nothing to round, say at multiples of 32. The spec's own size is one of them: only
    its divisors are tried. 1 as well where the model works at its own size only.
    """
    common = _common(plan)
    if common < 2 or _of_one_size(plan) or _closing(plan, common):
        return 1
    return next(step for step in range(1, common + 1) if common % step == 0 and not _closing(plan, step))


def _common(plan: Plan) -> int:
    """Return the largest number that divides height and width of every input image; 1 without one."""
    sides = [side for given in images(plan.inputs) for side in given.size]
    return gcd(*(side for side in sides if isinstance(side, int))) or 1


def _of_one_size(plan: Plan) -> Fixed | None:
    for body in plan.bodies:
        if body.record is not None and body.record.fixed_size:
            return Fixed(body.prefix, f"`{body.ref}` works at one size only")
    for node in plan.nodes:
        match node.op:
            case ops.LibraryPart():
                return Fixed(
                    node.name,
                    f"`{node.name}` is a library's module, which torch exports for one size",
                    node.origin,
                )
            case ops.AdaptiveAvgPool2d() | ops.AdaptiveMaxPool2d() | ops.AdaptiveConcatPool2d():
                if node.op.output_size not in (1, (1, 1)):
                    return Fixed(
                        node.name,
                        f"`{node.name}` pools to a grid, which ONNX has for one size only",
                        node.origin,
                    )
    return None


def _closing(plan: Plan, step: int) -> Fixed | None:
    """Return the first node that does not fit where heights and widths are any multiples of `step`."""
    size = (symbol("H") * step, symbol("W") * step)
    types = {i.name: resized(i, i.type.shape[0], size).type for i in plan.inputs}
    for node in plan.nodes:
        try:
            types[node.name] = infer(node.op, tuple(types[name] for name in node.inputs))[1]
        except ShapeFault as fault:
            return _misfit(plan, node, fault)
    return None


def _misfit(plan: Plan, node: Node, fault: ShapeFault) -> Fixed:
    """Return why a node closes the sizes; where its input was brought to a fixed size, that is why."""
    by_name = {n.name: n for n in plan.nodes}
    for name in _before(node, by_name):
        op = by_name[name].op
        if isinstance(op, ops.Upsample) and op.size is not None:
            height, width = pair(op.size)
            return Fixed(
                name,
                f"`{name}` is {height}x{width} whatever the image, and `{node.name}` joins it with others",
                by_name[name].origin,
                "use `resize_like`, a node from both maps, in the place of an `upsample` to a size",
            )
    return Fixed(node.name, f"`{node.name}`: {fault.message}", node.origin)


def _before(node: Node, by_name: Mapping[str, Node]) -> Iterator[str]:
    """Yield the nodes that a node reads, and what those read, while each reads one value."""
    for name in node.inputs:
        while name in by_name:
            yield name
            if len(by_name[name].inputs) != 1:
                break
            name = by_name[name].inputs[0]


def sizes_said(plan: Plan, wanted: tuple[Open, ...] | None) -> str:
    """Return which heights and widths an exported file takes, and what fixes them, as a line for people."""
    if not images(plan.inputs):
        return ""
    still = [side for side in ("height", "width") if side not in open_sizes(plan, wanted)]
    if not still:
        step = size_step(plan)
        return "any height and width" if step == 1 else f"heights and widths that are multiples of {step}"
    fixed = fixed_by(plan)
    if wanted is not None or fixed is None:
        return f"{' and '.join(still)} fixed, as `export.dynamic` says"
    return f"height and width fixed: {fixed.reason}" + (f" ({fixed.help})" if fixed.help else "")


def export_faults(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    """Yield a fault for each size that the spec asks to leave open and the model cannot."""
    for i, size in enumerate(spec.export.dynamic or ()):
        fixed = fixed_by(plan) if size != "batch" else None
        if fixed is not None:
            yield diagnostic(
                "ARC601",
                f"{size} cannot stay open in the exported model: {fixed.reason}",
                ("export", "dynamic", i),
                help='write dynamic = ["batch"], or leave it out',
            )
            return


def export_advice(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    """Yield what trains and cannot be exported, or only at one size where all others could be meant."""
    yield from _bodies_that_failed(spec, plan)
    yield from _without_forms(plan)
    yield from _closed(spec, plan)
    yield from _too_large(plan)


def _closed(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    """Warn of an output map whose model an `upsample` to a fixed size keeps to one image size."""
    if spec.export.dynamic is not None or not any(_to_a_size(node.op) for node in plan.nodes):
        return
    fixed = fixed_by(plan)
    if fixed is None or not fixed.help or not any(output.dense for output in plan.outputs):
        return
    yield diagnostic(
        "ARC717",
        f"the exported model will take images of one size only: {fixed.reason}",
        fixed.origin,
        help=f'{fixed.help}; or say `export.dynamic = ["batch"]` if one size is meant',
        severity="warning",
    )


def _to_a_size(op: Op) -> bool:
    return isinstance(op, ops.Upsample) and op.size is not None


def _too_large(plan: Plan) -> Iterator[Diagnostic]:
    """Warn of weights beyond what one ONNX file holds."""
    size = 4 * parameter_count(plan)
    if size > LARGEST_FILE:
        yield diagnostic(
            "ARC714",
            f"the model cannot be exported: its weights take {size / 1e9:.1f} GB, and one ONNX file holds at "
            f"most {LARGEST_FILE / 1e9:.1f} GB",
            ("model",),
            help="choose a smaller body or decoder",
            severity="warning",
        )


def _without_forms(plan: Plan) -> Iterator[Diagnostic]:
    """Warn of parts that have no ONNX form."""
    said: set[SpecPath] = set()
    for node in plan.nodes:
        lack = _without_form(node.op) if isinstance(node.op, _MAY_LACK) else None
        if lack is not None and node.origin not in said:
            said.add(node.origin)
            reason, help = lack
            yield diagnostic(
                "ARC714",
                f"the model cannot be exported: {reason}",
                node.origin,
                help=help,
                severity="warning",
            )


def _bodies_that_failed(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    """Warn of bodies whose export failed when they were recorded, where what failed is in the plan."""
    for body in plan.bodies:
        fault = body.record.export_fault if body.record is not None else None
        if fault and any(isinstance(n.op, ops.LibraryPart) for n in plan.nodes if body.holds(n)):
            yield diagnostic(
                "ARC714",
                f"the model cannot be exported: {fault}",
                (*body.origin, "ref"),
                label=f"tried when `{body.ref}` was recorded",
                help=(
                    "choose another body, or an earlier `cut`, if the model is to be exported",
                    f"after an update of torch, `archc record {body.ref}` tries again",
                ),
                severity="warning",
            )


_MAY_LACK = (ops.LocalResponseNorm, ops.ExtensionOp)


def _without_form(op: Op) -> tuple[str, str] | None:
    """Return why ONNX has no form of an op, and what to do about it; None where there is one."""
    match op:
        case ops.ExtensionOp():
            from archc.ops.extensions import made

            if not hasattr(made(op), "to_onnx"):
                return f"the package of the op `{op.name}` has no ONNX form of it", "ask its author for one"
        case ops.LocalResponseNorm():
            if op.size % 2 == 0:
                return "ONNX has `local_response_norm` for an odd size only", "choose an odd size"
    return None
