"""A spec's inputs as the plan's, each kind by its own file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import assert_never

from archc.ops.node import SpecPath
from archc.plan.inputs import ImageInput as PlanImage
from archc.plan.inputs import Input, TensorInput
from archc.plan.lower.fault import fault
from archc.plan.lower.inputs import image
from archc.source.diagnostics.diagnostic import Label
from archc.source.document.wording import counted
from archc.spec.document import Spec
from archc.spec.inputs import ImageInput
from archc.spec.inputs import Input as InputSpec
from archc.spec.model import Graph, Siamese

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,59}")
_TAKEN = ("body", "decoder", "head", "merge", "scores")
"""The names of a plan's own parts and outputs."""


def graph_inputs(spec: Spec, search: tuple[Path, ...] = ()) -> tuple[Input, ...]:
    """Return the inputs in order, named `image` where there is one.

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
    if spec.input is None and spec.inputs is None:
        raise fault(
            "ARC209",
            "the spec names no input",
            (),
            help="add [input] with size = [height, width]",
            aim="header",
        )
    if spec.inputs is not None:
        _check_inputs(spec, spec.inputs)
    named = named_inputs(spec).items()
    return tuple(_lowered(name, given, spec, input_path(spec, name), search) for name, given in named)


def named_inputs(spec: Spec) -> dict[str, InputSpec]:
    """Return the inputs by their names in the plan; one [input] of a comparison is both sides."""
    if spec.input is not None:
        names = ("left", "right") if isinstance(spec.model, Siamese) else ("image",)
        return dict.fromkeys(names, spec.input)
    return dict(spec.inputs or {})


def input_path(spec: Spec, name: str | None = None) -> SpecPath:
    """Return where the spec describes an input, the first unless named."""
    return ("inputs", name or next(iter(spec.inputs))) if spec.inputs else ("input",)


def shape_path(spec: Spec, given: Input) -> SpecPath:
    """Return where the spec says what shape an input has."""
    match given:
        case PlanImage():
            return (*input_path(spec, given.name), "size")
        case TensorInput():
            return input_path(spec, given.name)
        case _:
            assert_never(given)


def _check_inputs(spec: Spec, inputs: Mapping[str, InputSpec]) -> None:
    _check_count(spec, len(inputs))
    for name in inputs:
        _check_name(name, () if isinstance(spec.model, Graph) else _TAKEN)
    if isinstance(spec.model, Siamese):
        _check_twins(inputs)


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
    for (second, other), field in product(others, ("kind", *_shared(one))):
        if getattr(one, field) != getattr(other, field):
            raise fault(
                "ARC307",
                f"`{first}` and `{second}` go through one body but differ in {field}",
                ("inputs", second, field),
                also=(Label(("inputs", first, field)),),
                help="describe both alike, or write one [input] for both",
            )


def _lowered(name: str, given: InputSpec, spec: Spec, at: SpecPath, search: tuple[Path, ...]) -> Input:
    match given:
        case ImageInput():
            return image.lowered(name, given, spec, at, search)
        case _:
            assert_never(given)


def _shared(given: InputSpec) -> tuple[str, ...]:
    """Return the keys in which inputs that go through one body agree."""
    match given:
        case ImageInput():
            return image.SHARED
        case _:
            assert_never(given)
