"""How many classes a model tells apart, and what they are called."""

from __future__ import annotations

from collections.abc import Iterable

from archc.ops.node import SpecPath
from archc.plan.lower.fault import fault
from archc.source.diagnostics.diagnostic import Label
from archc.spec.data import (
    Digits,
    ImageCsv,
    ImageFolder,
    ImageRegex,
    LabelTarget,
    MaskTarget,
    Pairs,
    Segmentation,
    TagsTarget,
    Target,
    Triplets,
    ValuesTarget,
)
from archc.spec.document import Spec
from archc.spec.model import Classifier, Graph, Model, Siamese


def class_names(spec: Spec) -> tuple[str, ...]:
    """The names of the classes where the spec knows them; else their numbers in words."""
    known = data_classes(spec)
    if known is None and isinstance(spec.model, Graph):
        return ()
    return known if known is not None else tuple(f"class {i}" for i in range(class_count(spec)))


def data_classes(spec: Spec) -> tuple[str, ...] | None:
    """The names of the data's classes (of a regression, of its numbers) where the spec says them: what lies
    in folders and tables is not looked at here.
    """
    match spec.data:
        case Segmentation() | ImageFolder() | ImageRegex():
            return spec.data.classes
        case Digits():
            return tuple(str(digit) for digit in range(10))
        case Pairs() | Triplets():
            return ("different", "same")
        case ImageCsv():
            return target_classes(spec.data.target) if spec.data.targets is None else None
        case None:
            return None


def target_classes(target: Target) -> tuple[str, ...] | None:
    """The names of a target's classes, or of its numbers, where the spec says them."""
    match target:
        case ValuesTarget():
            return target.columns
        case LabelTarget() | TagsTarget():
            return target.classes if target.columns is None else target.columns
        case MaskTarget():
            return target.classes


def in_order(names: Iterable[str]) -> list[str]:
    """Names of classes in their usual order: numbers by size (1, 2, 10), else by the alphabet."""
    listed = list(names)
    numbers = all(name.isascii() and name.isdigit() for name in listed)
    return sorted(listed, key=lambda name: (int(name), name)) if numbers else sorted(listed)


def class_count(spec: Spec) -> int:
    """The number of classes: what the model says, else what the data says.

    Raises:
        PlanFault: nobody says (ARC211), or the two contradict each other (ARC501).
    """
    written = _written_count(spec.model)
    named = data_classes(spec)
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
    """What the model itself says; a graph says it at its nodes."""
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
    """Where the data says its classes."""
    match spec.data:
        case Segmentation() | ImageFolder() | ImageRegex():
            return ("data", "classes")
        case ImageCsv():
            columns = not isinstance(spec.data.target, MaskTarget) and spec.data.target.columns is not None
            return ("data", "target", "columns" if columns else "classes")
        case _:
            return ("data", "kind")
