"""What an exported model can be: which sizes it leaves open, and what has no ONNX form."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from archc.catalog.dims import symbol
from archc.catalog.facts import infer
from archc.catalog.faults import ShapeFault
from archc.catalog.graph import SpecPath
from archc.catalog.tensors import TensorType
from archc.plan.fault import diagnostic
from archc.plan.plan import Plan
from archc.source.diagnostic import Diagnostic
from archc.spec import layers as ops
from archc.spec.document import Spec
from archc.spec.frozen import Frozen, frozen
from archc.spec.layers import Op

Open = Literal["batch", "height", "width"]
ALL: tuple[Open, ...] = ("batch", "height", "width")


@frozen
class Fixed(Frozen):
    """What holds a model to the size in its spec."""

    node: str
    reason: str


def open_sizes(plan: Plan, wanted: tuple[Open, ...] | None) -> tuple[Open, ...]:
    """The sizes to leave open: those wanted, or all that the model can take at any value."""
    if wanted is not None:
        return wanted
    return ("batch",) if fixed_by(plan) else ALL


def fixed_by(plan: Plan) -> Fixed | None:
    """The first part that works at one image size only; None where any size will do."""
    for body in plan.bodies:
        if body.record is not None and body.record.fixed_size:
            return Fixed(body.prefix, f"`{body.ref}` works at one size only")
    for node in plan.nodes:
        match node.op:
            case ops.LibraryPart():
                return Fixed(
                    node.name, f"`{node.name}` is a library's module, which torch exports for one size"
                )
            case ops.AdaptiveAvgPool2d() | ops.AdaptiveMaxPool2d() | ops.AdaptiveConcatPool2d():
                if node.op.output_size not in (1, (1, 1)):
                    return Fixed(
                        node.name, f"`{node.name}` pools to a grid, which ONNX has for one size only"
                    )
    return _counting_places(plan)


def _counting_places(plan: Plan) -> Fixed | None:
    """The first node whose numbers follow from the image's size, such as a linear layer over a map."""
    types = {i.name: _opened(i.type) for i in plan.inputs}
    for node in plan.nodes:
        try:
            types[node.name] = infer(node.op, tuple(types[name] for name in node.inputs))[1]
        except ShapeFault as fault:
            return Fixed(node.name, f"`{node.name}`: {fault.message}")
    return None


def _opened(type: TensorType) -> TensorType:
    if len(type.shape) != 4:
        return type
    return TensorType((*type.shape[:2], symbol("H"), symbol("W")), type.dtype)


def export_faults(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    """Sizes that the spec asks to leave open and the model cannot."""
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
    """Parts that build and train, and have no ONNX form."""
    yield from _bodies_that_failed(spec, plan)
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
    """Bodies whose export failed when they were recorded, where what failed is in the plan."""
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
    """Why ONNX has no form of an op, and what to do about it; None where there is one."""
    match op:
        case ops.ExtensionOp():
            from archc.catalog.extensions import made

            if not hasattr(made(op), "to_onnx"):
                return f"the package of the op `{op.name}` has no ONNX form of it", "ask its author for one"
        case ops.LocalResponseNorm():
            if op.size % 2 == 0:
                return "ONNX has `local_response_norm` for an odd size only", "choose an odd size"
    return None
