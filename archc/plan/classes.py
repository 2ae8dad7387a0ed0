"""How many classes a model tells apart, and what they are called."""

from __future__ import annotations

from archc.plan.fault import fault
from archc.source.diagnostic import Label
from archc.spec.data import Digits, Segmentation
from archc.spec.document import Spec
from archc.spec.model import Siamese


def class_names(spec: Spec) -> tuple[str, ...]:
    """The names of the classes where the spec knows them; else their numbers in words."""
    match spec.data:
        case Segmentation():
            return spec.data.classes
        case Digits():
            return tuple(str(digit) for digit in range(10))
        case None:
            return tuple(f"class {i}" for i in range(class_count(spec)))


def class_count(spec: Spec) -> int:
    """The number of classes: what the model says, else what the data says.

    Raises:
        PlanFault: nobody says (ARC211), or the two contradict each other (ARC501).
    """
    written = spec.model.classes
    if isinstance(spec.model, Siamese):
        return written or 2
    known = _data_classes(spec)
    if written is None and known is None:
        raise fault(
            "ARC211",
            "nothing says how many classes there are",
            ("model",),
            help="add classes = ... to [model], or a [data] table that has classes",
            aim="header",
        )
    if written is not None and known is not None and written != known:
        where = ("data", "classes") if isinstance(spec.data, Segmentation) else ("data", "kind")
        raise fault(
            "ARC501",
            f"the model has {written} classes but the data has {known}",
            ("model", "classes"),
            label=f"{written} classes",
            also=(Label(where, "value", f"{known} classes"),),
            help="leave classes out of [model]: the data decides",
        )
    return written or known or 0


def _data_classes(spec: Spec) -> int | None:
    match spec.data:
        case Segmentation():
            return len(spec.data.classes)
        case Digits():
            return 10
        case None:
            return None
