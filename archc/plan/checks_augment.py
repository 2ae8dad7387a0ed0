"""Checks of random changes against the pictures they are made to."""

from __future__ import annotations

from collections.abc import Iterator

from archc.catalog.graph import SpecPath
from archc.plan.fault import diagnostic
from archc.plan.plan import Plan
from archc.source.diagnostic import Diagnostic
from archc.spec.augment import Augment
from archc.spec.data import Digits, Pairs, Triplets
from archc.spec.document import Spec

_OF_COLOUR = ("saturation", "hue")


def colours_of_grey(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    """Changes of colour where there is none: pictures read as grey, and digits, whose channels are alike."""
    source = spec.data.of if isinstance(spec.data, Pairs | Triplets) else spec.data
    digits = isinstance(source, Digits)
    if not digits and any(given.type.shape[1] != 1 for given in plan.inputs):
        return
    for at, augment in _augments(spec):
        for key in _OF_COLOUR:
            if getattr(augment, key):
                yield diagnostic(
                    "ARC716",
                    f"`{key}` does nothing: {'the digits' if digits else 'pictures of one channel'} are grey",
                    (*at, key),
                    help="leave it out; brightness and contrast change grey pictures",
                    severity="warning",
                )


def _augments(spec: Spec) -> Iterator[tuple[SpecPath, Augment]]:
    if spec.data is not None:
        yield ("data", "augment"), spec.data.augment
    for i, phase in enumerate(spec.train.phases if spec.train else ()):
        if phase.augment is not None:
            yield ("train", "phases", i, "augment"), phase.augment
