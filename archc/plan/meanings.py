"""What each output of a model means to whoever asks it: for the exported file's description."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from archc.plan.classes import data_classes
from archc.plan.lower.outputs import Answer, answers
from archc.plan.plan import SCORES, Plan
from archc.plan.tasks import Task as Learned
from archc.plan.tasks import learned
from archc.spec.data import ImageCsv, ValuesTarget
from archc.spec.document import Export, PostprocessWord, Spec
from archc.spec.frozen import Frozen, frozen
from archc.spec.model import Classifier, Graph, Siamese
from archc.spec.train import Contrastive, Triplet

Task = Literal["classification", "segmentation", "multi_label", "regression", "embedding", "tensor"]

_TASKS: dict[Learned, Task] = {
    "label": "classification",
    "mask": "segmentation",
    "tags": "multi_label",
    "values": "regression",
    "embedding": "embedding",
}
_NAMED = ("classification", "segmentation", "multi_label", "regression")
_MOST_NAMED = 10_000
"""Classes that are given a name where nobody named them: as many as a spec may list."""
NO_NAMES: Mapping[str, tuple[str, ...]] = {}


@frozen
class Meaning(Frozen):
    """An output, what it is, and the names of its classes (of a regression, of its numbers).

    A tensor is an output of which the spec says nothing: no loss, no target, no head.
    """

    output: str
    task: Task
    classes: tuple[str, ...] = ()


@frozen
class Comparison(Frozen):
    """Embeddings are compared by Euclidean distances from the first one, of directions where `normalise`.

    `same_below` is the distance below which two are the same; None where the nearest one wins (triplets).
    """

    normalise: bool
    same_below: float | None


def meanings(spec: Spec, plan: Plan, found: Mapping[str, tuple[str, ...]] = NO_NAMES) -> tuple[Meaning, ...]:
    """The meaning of each output in order; `found` are the class names that training met, by its targets."""
    tasks, learns = output_tasks(spec, plan), _learns(spec, plan)
    return tuple(
        Meaning(
            one.output, tasks[one.output], _names(spec, one, tasks[one.output], one.output in learns, found)
        )
        for one in answers(plan)
    )


def output_tasks(spec: Spec, plan: Plan) -> dict[str, Task]:
    """The task of each output, in order."""
    if comparison(spec, plan) is not None:
        return {name: "embedding" for name, _ in plan.outputs}
    learns = _learns(spec, plan)
    return {one.output: learns.get(one.output) or _by_form(spec, plan, one) for one in answers(plan)}


def meanings_by_shape(plan: Plan) -> tuple[Meaning, ...]:
    """The meaning of each output where no spec is at hand: maps and vectors are scores of classes."""
    types = plan.types()
    by_rank: dict[int, Task] = {4: "segmentation", 2: "classification"}
    return tuple(Meaning(name, by_rank.get(len(types[v].shape), "tensor")) for name, v in plan.outputs)


def comparison(spec: Spec, plan: Plan) -> Comparison | None:
    """How embeddings are compared: as their loss does it, the usual one where none is written; else None."""
    embeddings = len(plan.outputs) in (2, 3) and all(n.startswith("embedding_") for n, _ in plan.outputs)
    loss = spec.loss
    if loss is None and not spec.losses and embeddings:
        loss = Contrastive() if len(plan.outputs) == 2 else Triplet()
    match loss:
        case Contrastive():
            return Comparison(loss.normalise, loss.margin / 2)
        case Triplet():
            return Comparison(loss.normalise, None)
        case _:
            return None


def postprocess_of(options: Export, output: str) -> PostprocessWord:
    """What the exported file makes of an output's scores."""
    said = options.postprocess
    return said if isinstance(said, str) else said.get(output, "none")


def _learns(spec: Spec, plan: Plan) -> dict[str, Task]:
    """The task of each output that has a target or a loss."""
    told = spec.data is not None or spec.loss is not None
    return {
        one.answer.output: _TASKS[one.task]
        for one in learned(spec, plan)
        if told or one.answer.output in (spec.losses or {})
    }


def _names(
    spec: Spec, answer: Answer, task: Task, learns: bool, found: Mapping[str, tuple[str, ...]]
) -> tuple[str, ...]:
    if task not in _NAMED:
        return ()
    known = (_found(answer.output, found) or _written(spec, answer.output)) if learns else None
    return known if known is not None and len(known) == answer.classes else _usual(spec, task, answer.classes)


def _by_form(spec: Spec, plan: Plan, answer: Answer) -> Task:
    """The task of an output without target and loss: heads and decoders answer with classes."""
    if postprocess_of(spec.export, answer.output) == "sigmoid" and not answer.dense:
        return "multi_label"
    if isinstance(spec.model, Classifier) and spec.model.outputs is not None:
        return "regression"
    asked = postprocess_of(spec.export, answer.output) != "none"
    if isinstance(spec.model, Graph) and not asked and not _ends_in_classes(spec.model, answer.output):
        return "tensor"
    rank = len(plan.types()[answer.value].shape)
    return "segmentation" if answer.dense else "classification" if rank == 2 else "tensor"


def _ends_in_classes(model: Graph, output: str) -> bool:
    """Whether an output is called as the other kinds call theirs, or its node is a head or a decoder."""
    if output == SCORES:
        return True
    node = next((n for n in model.nodes if n.name == model.outputs[output]), None)
    if node is None:
        return False
    used = (model.modules or {}).get(node.use or "")
    return bool(node.head or node.decoder or (used is not None and used.head))


def _found(output: str, found: Mapping[str, tuple[str, ...]]) -> tuple[str, ...] | None:
    """The names that training met: the target's of the output's name, or the only one's."""
    if output in found:
        return found[output]
    return next(iter(found.values())) if len(found) == 1 else None


def _written(spec: Spec, output: str) -> tuple[str, ...] | None:
    """The names that the spec's data says."""
    if not isinstance(spec.data, ImageCsv) or spec.data.targets is None:
        return data_classes(spec)
    target = spec.data.targets.get(output)
    if target is None:
        return None
    return target.columns if isinstance(target, ValuesTarget) else target.classes


def _usual(spec: Spec, task: Task, count: int) -> tuple[str, ...]:
    if count > _MOST_NAMED:
        return ()
    if task == "classification" and isinstance(spec.model, Siamese) and count == 2:
        return ("different", "same")
    if task == "regression":
        return ("value",) if count == 1 else tuple(f"value {i}" for i in range(count))
    return tuple(f"class {i}" for i in range(count))
