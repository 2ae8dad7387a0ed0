"""Targets in the spec's data: their task, their classes, and how many of these a model tells apart."""

from __future__ import annotations

from collections.abc import Iterable

from archc.ops.node import SpecPath
from archc.plan.data_facts import data_facts
from archc.plan.lower.fault import fault
from archc.plan.plan import SCORES
from archc.source.diagnostics.diagnostic import Label
from archc.spec.data import Data, ImageCsv
from archc.spec.document import Spec
from archc.spec.model import Classifier, Graph, Model, Siamese
from archc.spec.outputs import Task


def data_task(data: Data, output: str) -> Task | None:
    """Return what the data has an output learn; None where it has no target of the output's name."""
    said = data_facts(data).of(output)
    return None if said is None else said.task


def known_classes(data: Data | None, output: str) -> tuple[str, ...] | None:
    """Return the names of an output's classes, or of its numbers, where the spec's data says them."""
    said = None if data is None else data_facts(data).of(output)
    return None if said is None else said.classes


def images_of_example(data: Data | None) -> int:
    """Return how many images an example of the data has; 1 without data."""
    return 1 if data is None else data_facts(data).images


def in_order(names: Iterable[str]) -> list[str]:
    """Return names of classes in their usual order: numbers by size (1, 2, 10), else by the alphabet."""
    listed = list(names)
    numbers = all(name.isascii() and name.isdigit() for name in listed)
    return sorted(listed, key=lambda name: (int(name), name)) if numbers else sorted(listed)


def class_count(spec: Spec) -> int:
    """Return the number of classes: what the model says, else what the data says.

    Raises:
        PlanFault: nobody says (ARC211), or the two contradict each other (ARC501).
    """
    written = _written_count(spec.model)
    several = isinstance(spec.data, ImageCsv) and spec.data.targets is not None
    named = None if several else known_classes(spec.data, SCORES)
    known = None if named is None else len(named)
    if isinstance(spec.model, Siamese) and known is None:
        return written or 2
    if written is None and known is None:
        raise fault(
            "ARC211",
            "nothing says how many classes there are",
            ("model",),
            help="add classes = ... to the node of a head or decoder, or a [data] table that has classes"
            if isinstance(spec.model, Graph)
            else "add classes = ... to [model], or a [data] table that has classes",
            aim="header",
        )
    if written is not None and known is not None and written != known:
        where = classes_path(spec)
        raise fault(
            "ARC501",
            f"the model has {written} classes but the data has {known}",
            ("model", "classes"),
            label=f"{written} classes",
            also=(Label(where, "value", f"{known} classes"),),
            help="leave classes out of [model]: the data decides",
        )
    return written or known or 0


def _written_count(model: Model) -> int | None:
    """Return what the model itself says; a graph says it at its nodes."""
    if isinstance(model, Graph):
        return None
    if not isinstance(model, Classifier) or model.outputs is None:
        return model.classes
    if model.classes is not None:
        raise fault(
            "ARC220",
            "a classifier has either `classes` or `outputs`",
            ("model", "outputs"),
            aim="key",
            also=(Label(("model", "classes"), "key"),),
            help="`classes` are scores of which the highest wins, `outputs` numbers to be met: keep one",
        )
    return model.outputs


def classes_path(spec: Spec) -> SpecPath:
    """Return where the data says its classes."""
    said = None if spec.data is None else data_facts(spec.data).target
    return ("data", *(said.at if said is not None and said.at is not None else ("kind",)))
