"""Small specs as text, and what they compile to."""

from __future__ import annotations

from archc.plan.compile import Compiled, compile_document
from archc.plan.plan import Plan
from archc.source.diagnostics.diagnostic import Diagnostic
from archc.source.document.document import SpecError, read_text
from archc.source.document.overrides import with_overrides

CLASSIFIER = """\
archc = 1
[input]
size = [128, 128]
[model]
kind = "classifier"
classes = 10
[model.body]
ref = "torchvision/resnet34"
"""
UNET = CLASSIFIER.replace("classifier", "unet")
SIAMESE = CLASSIFIER.replace("classifier", "siamese").replace("classes = 10\n", "")
DIGITS = '[data]\nkind = "digits"\n'
TRAIN = "[train]\n[[train.phases]]\nepochs = 1\n"
MASKS = """\
[data]
kind = "segmentation"
root = "streets"
train = { images = "train/*.jpg", masks = "masks/{stem}.png" }
valid = { images = "valid/*.jpg", masks = "masks/{stem}.png" }
classes = ["road", "sky"]
"""
DIGITS_SPEC = CLASSIFIER.replace("classes = 10\n", "") + DIGITS + TRAIN
MASKS_SPEC = UNET.replace("classes = 10\n", "") + MASKS + TRAIN


def compiled(text: str, *flags: str) -> Compiled:
    """A text with overrides, compiled."""
    return compile_document(with_overrides(read_text(text, "small.toml"), flags))


def plan_of(text: str, *flags: str) -> Plan:
    """Its plan."""
    return compiled(text, *flags).plan


def faults_of(text: str, *flags: str) -> tuple[Diagnostic, ...]:
    """What is wrong with it: nothing, or all diagnostics."""
    try:
        compiled(text, *flags)
    except SpecError as error:
        return error.diagnostics
    return ()


def body(name: str) -> str:
    """The flag that chooses another of torchvision's bodies."""
    return f'model.body.ref="torchvision/{name}"'
