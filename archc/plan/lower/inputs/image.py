"""An image: its type and its normalization."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from archc.bodies.body import PublishedWeights
from archc.ops.node import SpecPath
from archc.ops.tensors import TensorType
from archc.plan.inputs import ImageInput
from archc.plan.lower.body import record_of
from archc.plan.lower.builder import BATCH
from archc.plan.lower.fault import fault
from archc.plan.lower.weights import name_of
from archc.source.document.wording import counted
from archc.spec.document import Spec
from archc.spec.inputs import ImageInput as Given
from archc.spec.model import Body, Graph
from archc.spec.pixels import RANGES

IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
SHARED = ("channels", "size", "dtype")
"""Keys in which images that go through one body agree."""


def lowered(name: str, given: Given, spec: Spec, origin: SpecPath, search: tuple[Path, ...]) -> ImageInput:
    """Return the image `name` as the plan has it.

    Raises:
        PlanFault: its normalization or its range does not fit it.
    """
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
    return ImageInput(name, type, mean, std, given.dtype, _range(given, origin))


def _range(given: Given, origin: SpecPath) -> tuple[float, float]:
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
    """Return the weights of the first body that reads an input, where its library has published them."""
    for body, at in _bodies(spec, name):
        if known := record_of(body, at, search).weights.get(name_of(body.weights)):
            return known
    return None


def _bodies(spec: Spec, name: str) -> Iterator[tuple[Body, SpecPath]]:
    """Yield the bodies that read an input, and where the spec has them."""
    if not isinstance(spec.model, Graph):
        yield spec.model.body, ("model", "body")
        return
    modules = spec.model.modules or {}
    for node in spec.model.nodes:
        used = modules.get(node.use or "")
        if used is not None and used.body is not None and node.from_ == name:
            yield used.body, ("model", "modules", node.use or "", "body")


def _normalization(
    given: Given, known: PublishedWeights | None
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return what was written; else what the body's weights were trained with; else ImageNet's, or 0.5."""
    half = (0.5,) * given.channels
    if given.channels != 3:
        mean, std = half, half
    else:
        eight_bits = IMAGENET if given.dtype == "uint8" else (half, half)
        mean, std = (known.mean, known.std) if known else eight_bits
    return mean if given.mean is None else given.mean, std if given.std is None else given.std
