"""Checks that model and data go together."""

from __future__ import annotations

from collections.abc import Iterator

from archc.ops.node import SpecPath
from archc.plan.checks.outputs import named_outputs
from archc.plan.inputs import images
from archc.plan.lower.fault import diagnostic
from archc.plan.lower.inputs import input_path
from archc.plan.outputs import Output, by_target, task_facts
from archc.plan.plan import Plan
from archc.plan.targets import classes_path, images_of_example, known_classes
from archc.source.diagnostics.diagnostic import Diagnostic, Label
from archc.source.diagnostics.suggest import correction, nearest
from archc.source.document.wording import counted, only
from archc.spec.data import Digits, ImageCsv, Pairs, Triplets
from archc.spec.document import Spec
from archc.spec.model import Graph, Siamese


def _images(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    """Report data that has not as many images as the model takes."""
    there = images_of_example(spec.data)
    if spec.data is None or there == len(plan.inputs):
        return
    data = {1: "one image at a time", 2: "two images at a time"}.get(there, f"{there} images at a time")
    if len(plan.inputs) == 1:
        yield _mismatch(spec, "takes one image", data, 'kind = "siamese"')
    elif isinstance(spec.model, Siamese) and len(plan.inputs) == 2:
        yield _mismatch(spec, "compares two images", data, 'kind = "classifier"')
    else:
        yield _mismatch(spec, f"takes {len(plan.inputs)} images", data, "as many inputs")


def _outputs(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    """Report data that has other targets than the outputs give."""
    if spec.data is None or images_of_example(spec.data) != len(plan.inputs):
        return
    for one, *_ in by_target(plan.outputs):
        if not one.supervised:
            continue
        facts, known = task_facts(one.task), known_classes(spec.data, one.name)
        if one.task == "embedding" and not isinstance(spec.data, Pairs | Triplets):
            yield _mismatch(spec, "gives embeddings", "no pairs", "a head without `embedding`")
        elif one.dense and not facts.dense:
            labels = "one label an image" if one.task == "classification" else facts.said
            yield _mismatch(spec, "gives one answer a pixel", labels, 'kind = "classifier"')
        elif facts.dense and not one.dense:
            yield _mismatch(spec, "gives one answer an image", "masks", 'kind = "unet"')
        elif isinstance(spec.model, Graph) and known is not None and len(known) != one.size and facts.names:
            yield _other_count(spec, spec.model, one, len(known))


def _other_count(spec: Spec, model: Graph, one: Output, known: int) -> Diagnostic:
    """Report an output of a graph with more or fewer classes than the data, at its node and the data's."""
    at: SpecPath = ("model", "outputs", one.name)
    for i, node in enumerate(model.nodes):
        if node.name == model.outputs[one.name] and node.classes is not None:
            at = ("model", "nodes", i, "classes")
    several = isinstance(spec.data, ImageCsv) and spec.data.targets is not None
    there = ("data", "targets", one.name, "classes") if several else classes_path(spec)
    return diagnostic(
        "ARC501",
        f"the output `{one.name}` has {one.size} classes but the data has {known}",
        at,
        also=(Label(there, "value", counted(known, "class")),),
        help="leave `classes` out: the data decides"
        if at[-1] == "classes" and not several
        else f"let its last layer have {known} outputs",
    )


def _targets(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    """Report named targets and losses that have no output, or no target."""
    if not isinstance(spec.data, ImageCsv) or spec.data.targets is None:
        return
    outputs = [output.name for output in plan.outputs]
    said = {path[-1] for path in named_outputs(spec)}
    unknown = [name for name in spec.data.targets if name not in outputs]
    for name in unknown:
        if name not in said:
            near = nearest(name, outputs)
            yield diagnostic(
                "ARC514",
                f"no output of the model is called `{name}`",
                ("data", "targets", name),
                aim="key",
                help=(
                    *((f"did you mean `{near}`?",) if near else ()),
                    only("output", outputs),
                ),
                fix=correction(name, outputs, ("data", "targets", name), key=True),
            )
    for name in () if unknown else spec.losses or ():
        if name in outputs and name not in spec.data.targets:
            yield diagnostic(
                "ARC514",
                f"the output `{name}` has a loss, but the data has no target for it",
                ("losses", name),
                aim="key",
                help=only("target", tuple(spec.data.targets)),
            )


def _mismatch(spec: Spec, answer: str, labels: str, remedy: str) -> Diagnostic:
    return diagnostic(
        "ARC502",
        f"`{spec.model.kind}` {answer}, but the data has {labels}",
        ("model", "kind"),
        also=(Label(("data", "kind"), "value", labels),),
        help=f"use {remedy}, or other data",
    )


def _channels(spec: Spec, plan: Plan) -> Iterator[Diagnostic]:
    """Report an input that digits do not fit: they are gray, of 8 bits."""
    given = images(plan.inputs)[0]
    source = spec.data.of if isinstance(spec.data, Pairs | Triplets) else spec.data
    if not isinstance(source, Digits):
        return
    if given.channels not in (1, 3):
        yield diagnostic(
            "ARC506",
            f"digits are gray pictures, but the input has {given.channels} channels",
            (*input_path(spec), "channels"),
            also=(Label(("data", "kind")),),
            help="use 1 or 3",
        )
    if given.dtype != "uint8":
        yield diagnostic(
            "ARC506",
            f"digits are pictures of 8 bits, but the input has dtype {given.dtype}",
            (*input_path(spec), "dtype"),
            also=(Label(("data", "kind")),),
            help="leave `dtype` out",
        )


TASK_CHECKS = (_images, _outputs, _targets, _channels)
