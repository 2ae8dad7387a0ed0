"""Checks of random changes against the images they are made to."""

from __future__ import annotations

from collections.abc import Iterator

from archc.ops.node import SpecPath
from archc.plan.inputs import ImageInput, images
from archc.plan.lower.fault import diagnostic
from archc.plan.plan import Plan
from archc.source.diagnostics.diagnostic import Diagnostic
from archc.spec.augment import Augment
from archc.spec.data import Digits, Pairs, Triplets
from archc.spec.document import Spec

_OF_COLOR = ("saturation", "hue")


def colors_of_gray(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    """Yield the faults of color changes to gray images, digits, or bands that are no colors."""
    source = spec.data.of if isinstance(spec.data, Pairs | Triplets) else spec.data
    digits = isinstance(source, Digits)
    if not digits and any(_colored(given) for given in images(plan.inputs)):
        return
    count = images(plan.inputs)[0].channels
    gray = digits or count == 1
    what = f"images of {count} channels have no colors"
    if gray:
        what = "the digits are gray" if digits else "images of one channel are gray"
    for at, augment in _augments(spec):
        for key in _OF_COLOR:
            if getattr(augment, key):
                yield diagnostic(
                    "ARC716",
                    f"`{key}` does nothing: {what}",
                    (*at, key),
                    help=f"leave it out; brightness and contrast change {'gray' if gray else 'any'} images",
                    severity="warning",
                )


def _colored(given: ImageInput) -> bool:
    """Return True where a change of color reaches the image: RGB of any dtype, RGBA of 8 bits."""
    channels = given.channels
    return channels == 3 or (channels == 4 and given.dtype == "uint8")


def _augments(spec: Spec) -> Iterator[tuple[SpecPath, Augment]]:
    if spec.data is not None:
        yield ("data", "augment"), spec.data.augment
    for i, phase in enumerate(spec.train.phases if spec.train else ()):
        if phase.augment is not None:
            yield ("train", "phases", i, "augment"), phase.augment
