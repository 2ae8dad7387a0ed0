"""Facts about each loss, without torch: the outputs it fits and the class weights it takes."""

from __future__ import annotations

from functools import cache
from typing import Any, assert_never, get_args

from archc.plan.outputs import task_facts
from archc.spec.frozen import Frozen, frozen
from archc.spec.outputs import TASKS, Task
from archc.spec.train import (
    BinaryCrossEntropy,
    Contrastive,
    CrossEntropy,
    Focal,
    Loss,
    MeanAbsoluteError,
    MeanSquaredError,
    Poisson,
    Triplet,
)

LOSSES: tuple[type[Any], ...] = get_args(get_args(Loss)[0])
"""The class of each loss, in the order in which they are listed to people."""


@frozen
class LossFacts(Frozen):
    """Facts of a loss.

    Attributes:
        tasks: what the outputs are that it fits.
        outputs: how many outputs it compares with each other; 1 for a loss of one output and its target.
        weights: the key of its class weights; empty where it has none.
        unsteady: torch has no deterministic form of it for pixels on CUDA.
    """

    tasks: tuple[Task, ...]
    outputs: int = 1
    weights: str = ""
    unsteady: bool = False


def loss_facts(loss: Loss) -> LossFacts:
    """Return the facts of a loss."""
    match loss:
        case CrossEntropy():
            return LossFacts(("classification", "segmentation"), weights="weights", unsteady=True)
        case Focal():
            return LossFacts(("classification", "segmentation", "multi_label"), weights="weights")
        case BinaryCrossEntropy():
            return LossFacts(("multi_label",), weights="positive_weights")
        case MeanSquaredError() | MeanAbsoluteError():
            return LossFacts(("regression",))
        case Poisson():
            return LossFacts(("counts",))
        case Contrastive():
            return LossFacts(("embedding",), outputs=2)
        case Triplet():
            return LossFacts(("embedding",), outputs=3)
        case _:
            assert_never(loss)


@cache
def fitting_losses(task: Task, outputs: int = 1) -> tuple[str, ...]:
    """Return the kinds of the losses that fit an output, or so many that are compared with each other."""
    tasks = {task, *(other for other in TASKS if task_facts(other).target == task)}
    made = [(loss.kind, loss_facts(loss)) for loss in (kind() for kind in LOSSES)]
    return tuple(kind for kind, known in made if tasks & {*known.tasks} and known.outputs == outputs)
