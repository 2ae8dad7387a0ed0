"""The graph's inputs: their types and their normalization."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path

from archc.bodies.body import PublishedWeights
from archc.ops.node import SpecPath
from archc.ops.tensors import TensorType
from archc.plan.lower.body import record_of
from archc.plan.lower.builder import BATCH
from archc.plan.lower.fault import fault
from archc.plan.lower.weights import name_of
from archc.plan.plan import Input
from archc.source.diagnostics.diagnostic import Label
from archc.source.document.wording import counted
from archc.spec.document import Input as InputSpec
from archc.spec.document import Spec
from archc.spec.model import Body, Graph, Siamese
from archc.spec.pixels import RANGES

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,59}")
_TAKEN = ("body", "decoder", "head", "merge", "scores")
"""What a plan's own parts and outputs are called."""

IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


def graph_inputs(spec: Spec, search: tuple[Path, ...] = ()) -> tuple[Input, ...]:
    """The inputs in order, named `image` where there is one.

    Raises:
        PlanFault: neither `input` nor `inputs`, both, or not as many as the model takes.
    """
    if spec.input is not None and spec.inputs is not None:
        raise fault(
            "ARC208",
            "the spec has both `input` and `inputs`",
            ("inputs",),
            aim="key",
            also=(Label(("input",), "header"),),
            help="keep one: [input] describes the only input, [inputs.NAME] several",
        )
    twin = isinstance(spec.model, Siamese)
    if spec.input is not None:
        names: tuple[str, ...] = ("left", "right") if twin else ("image",)
        return tuple(_input(name, spec.input, spec, ("input",), search) for name in names)
    if spec.inputs is None:
        raise fault(
            "ARC209",
            "the spec names no input",
            (),
            help="add [input] with size = [height, width]",
            aim="header",
        )
    _check_count(spec, len(spec.inputs))
    for name in spec.inputs:
        _check_name(name, () if isinstance(spec.model, Graph) else _TAKEN)
    if twin:
        _check_twins(spec.inputs)
    return tuple(_input(n, i, spec, ("inputs", n), search) for n, i in spec.inputs.items())


def input_path(spec: Spec, name: str | None = None) -> SpecPath:
    """Where the spec describes an input, the first unless named."""
    return ("inputs", name or next(iter(spec.inputs))) if spec.inputs else ("input",)


def _check_count(spec: Spec, given: int) -> None:
    """A graph takes as many inputs as it is given, and embeddings may be of a triplet."""
    twin = isinstance(spec.model, Siamese)
    wanted = 2 if twin else 1
    triplet = isinstance(spec.model, Siamese) and spec.model.embedding is not None and given == 3
    if given == wanted or triplet or isinstance(spec.model, Graph):
        return
    raise fault(
        "ARC210",
        f"`{spec.model.kind}` takes {counted(wanted, 'input')}, the spec has {given}",
        ("inputs",),
        aim="key",
        help="write [inputs.left] and [inputs.right], or [input] for both" if twin else "write one [input]",
    )


def _check_name(name: str, parts: tuple[str, ...]) -> None:
    """Inputs share their names' space with the plan's nodes, Python's arguments and ONNX's values."""
    taken = name in parts
    if _NAME.fullmatch(name) and not taken:
        return
    raise fault(
        "ARC214",
        f"an input cannot be called `{name}`",
        ("inputs", name),
        label="is the name of a part of the model" if taken else "",
        help="choose another name" if taken else "use letters, digits and _, not beginning with a digit",
        aim="key",
    )


def _check_twins(inputs: Mapping[str, InputSpec]) -> None:
    (first, one), *others = inputs.items()
    for (second, other), field in product(others, ("channels", "size", "dtype")):
        if getattr(one, field) != getattr(other, field):
            raise fault(
                "ARC307",
                f"`{first}` and `{second}` go through one body but differ in {field}",
                ("inputs", second, field),
                also=(Label(("inputs", first, field)),),
                help="describe both alike, or write one [input] for both",
            )


def _input(name: str, given: InputSpec, spec: Spec, origin: SpecPath, search: tuple[Path, ...]) -> Input:
    mean, std = _normalization(given, _published(spec, name, search))
    for field, values in (("mean", mean), ("std", std)):
        if len(values) != given.channels:
            raise fault(
                "ARC308",
                f"{field} has {counted(len(values), 'number')} for {counted(given.channels, 'channel')}",
                (*origin, field),
                help=f"write {counted(given.channels, 'number')}, or leave it out",
            )
    type = TensorType((BATCH, given.channels, *given.size))
    return Input(name, type, mean, std, given.dtype, _range(given, origin))


def _range(given: InputSpec, origin: SpecPath) -> tuple[float, float]:
    low, high = given.range or RANGES[given.dtype]
    if low >= high:
        raise fault(
            "ARC313",
            f"the range ends at {high:g}, not above {low:g} where it begins",
            (*origin, "range"),
            help="write [low, high]: the sample values that become 0 and 1",
        )
    return low, high


def _published(spec: Spec, name: str, search: tuple[Path, ...]) -> PublishedWeights | None:
    """The weights of the first body that reads an input, where its library has published them."""
    for body, at in _bodies(spec, name):
        if known := record_of(body, at, search).weights.get(name_of(body.weights)):
            return known
    return None


def _bodies(spec: Spec, name: str) -> Iterator[tuple[Body, SpecPath]]:
    """The bodies that read an input, and where the spec has them."""
    if not isinstance(spec.model, Graph):
        yield spec.model.body, ("model", "body")
        return
    modules = spec.model.modules or {}
    for node in spec.model.nodes:
        used = modules.get(node.use or "")
        if used is not None and used.body is not None and node.from_ == name:
            yield used.body, ("model", "modules", node.use or "", "body")


def _normalization(
    given: InputSpec, known: PublishedWeights | None
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """What was written; else what the body's weights were trained with; else ImageNet's, or 0.5."""
    half = (0.5,) * given.channels
    if given.channels != 3:
        mean, std = half, half
    else:
        eight_bits = IMAGENET if given.dtype == "uint8" else (half, half)
        mean, std = (known.mean, known.std) if known else eight_bits
    return mean if given.mean is None else given.mean, std if given.std is None else given.std
