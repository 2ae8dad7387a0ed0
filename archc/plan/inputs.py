"""The graph's inputs: their types and their normalisation."""

from __future__ import annotations

from archc.catalog.bodies import BodyRecord
from archc.catalog.graph import SpecPath
from archc.catalog.tensors import TensorType
from archc.plan.builder import BATCH
from archc.plan.fault import fault
from archc.plan.plan import Input
from archc.spec.document import Input as InputSpec
from archc.spec.document import Spec
from archc.spec.model import Siamese

IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


def graph_inputs(spec: Spec, record: BodyRecord) -> tuple[Input, ...]:
    """The inputs in order, named `image` where there is one.

    Raises:
        PlanFault: neither `input` nor `inputs`, both, or not as many as the model takes.
    """
    if spec.input is not None and spec.inputs is not None:
        raise fault(
            "ARC208", "the spec has both `input` and `inputs`", ("inputs",), help="keep one", aim="key"
        )
    twin = isinstance(spec.model, Siamese)
    if spec.input is not None:
        names: tuple[str, ...] = ("left", "right") if twin else ("image",)
        return tuple(_input(name, spec.input, spec, record, ("input",)) for name in names)
    if spec.inputs is None:
        raise fault(
            "ARC209",
            "the spec names no input",
            (),
            help="add [input] with size = [height, width]",
            aim="header",
        )
    wanted = 2 if twin else 1
    if len(spec.inputs) != wanted:
        raise fault(
            "ARC210",
            f"`{spec.model.kind}` takes {wanted} input{'s' * (wanted > 1)}, the spec has {len(spec.inputs)}",
            ("inputs",),
            aim="key",
        )
    found = tuple(_input(n, i, spec, record, ("inputs", n)) for n, i in spec.inputs.items())
    if twin and found[0].type.shape[1] != found[1].type.shape[1]:
        first, second = spec.inputs
        raise fault(
            "ARC307",
            f"`{first}` and `{second}` go through one body but have different channels",
            ("inputs", second, "channels"),
            help="one set of weights takes one number of channels",
        )
    return found


def _input(name: str, given: InputSpec, spec: Spec, record: BodyRecord, origin: SpecPath) -> Input:
    mean, std = _normalisation(given, spec, record)
    for field, values in (("mean", mean), ("std", std)):
        if len(values) != given.channels:
            raise fault(
                "ARC308",
                f"{field} has {len(values)} numbers for {given.channels} channels",
                (*origin, field),
                help=f"write {given.channels} numbers, or leave it out",
            )
    return Input(name, TensorType((BATCH, given.channels, *given.size)), mean, std)


def _normalisation(
    given: InputSpec, spec: Spec, record: BodyRecord
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """What was written; else what the body's weights were trained with; else ImageNet's, or 0.5."""
    known = record.weights.get(spec.model.body.weights)
    half = (0.5,) * given.channels
    if given.channels != 3:
        mean, std = half, half
    else:
        mean, std = (known.mean, known.std) if known else IMAGENET
    return given.mean or mean, given.std or std
