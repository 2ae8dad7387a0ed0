"""The outputs of a model: decided when the spec is lowered, kept in the plan, and read there.

`Output` is one output of one plan; `task_facts` says what holds of every output of its task.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Literal, assert_never

from archc.spec.document import Export
from archc.spec.frozen import Frozen, frozen
from archc.spec.outputs import Comparison, PostprocessWord, Task
from archc.spec.train import (
    BinaryCrossEntropy,
    Contrastive,
    CrossEntropy,
    Loss,
    MeanSquaredError,
    MetricKind,
    Poisson,
    Triplet,
)


@frozen
class Output(Frozen):
    """One output of a plan: the value it is, and what it means to whoever trains, measures or reads it.

    Attributes:
        name: what the spec, the exported file and the records of a run call it.
        value: the plan's name of the value: `(N, size)`, or `(N, size, H, W)` where `dense`.
        task: what its numbers are.
        size: how many classes, labels or numbers it has, for each image or each pixel.
        rank: how many dimensions its value has.
        classes: their names, of a regression those of its numbers; empty where they have none.
        supervised: the spec's data or a loss says what it is; else it goes by the form of the model.
        loss: the loss it is trained with, written or usual; None where nothing trains it.
        metrics: what is measured, written or usual; the first one is watched.
        watched: its first metric says which epoch is best.
    """

    name: str
    value: str
    task: Task = "tensor"
    size: int = 1
    rank: int = 2
    classes: tuple[str, ...] = ()
    supervised: bool = False
    loss: Loss | None = None
    metrics: tuple[MetricKind, ...] = ()
    watched: bool = False

    @property
    def dense(self) -> bool:
        """True where it has values for each pixel."""
        return self.rank == 4


@frozen
class TaskFacts(Frozen):
    """Facts about every output of a task.

    Attributes:
        said: what the data has for such an output, in words.
        loss: the usual loss; None where there is none, or where it depends on the outputs.
        metrics: what can be measured.
        usual: the metrics where none are written.
        postprocess: what an exported file may compute from it; empty where anything may be.
        activation: what its loss applies to its scores by itself.
        names: what a class or number without a name is called; empty where none have names.
        dense: there is one target for each pixel.
        target: the task of the targets in the data that it learns from, where these are another's; its loss
            then says that it is meant.
    """

    said: str
    loss: Loss | None = None
    metrics: tuple[MetricKind, ...] = ()
    usual: tuple[MetricKind, ...] = ()
    postprocess: tuple[PostprocessWord, ...] = ("none",)
    activation: Literal["softmax", "sigmoid", "none"] = "none"
    names: str = ""
    dense: bool = False
    target: Task | None = None

    @property
    def classes(self) -> bool:
        """True where its values are scores of classes or labels, of which some may be rare."""
        return self.activation != "none"


@cache
def task_facts(task: Task) -> TaskFacts:
    """Return what holds of every output of a task."""
    match task:
        case "classification":
            return TaskFacts(
                said="one class an image",
                loss=CrossEntropy(),
                metrics=("accuracy", "top_3", "top_5", "f1"),
                usual=("accuracy",),
                postprocess=("softmax", "argmax", "none"),
                activation="softmax",
                names="class",
            )
        case "segmentation":
            return TaskFacts(
                said="one class a pixel",
                loss=CrossEntropy(),
                metrics=("mean_iou", "pixel_accuracy", "dice"),
                usual=("mean_iou", "pixel_accuracy"),
                postprocess=("softmax", "argmax", "none"),
                activation="softmax",
                names="class",
                dense=True,
            )
        case "multi_label":
            return TaskFacts(
                said="several classes an image",
                loss=BinaryCrossEntropy(),
                metrics=("f1", "accuracy"),
                usual=("f1", "accuracy"),
                postprocess=("sigmoid", "none"),
                activation="sigmoid",
                names="class",
            )
        case "regression":
            return TaskFacts(
                said="numbers",
                loss=MeanSquaredError(),
                metrics=("mae", "rmse"),
                usual=("mae",),
                names="value",
            )
        case "counts":
            return TaskFacts(
                said="counts",
                loss=Poisson(),
                metrics=("mae", "rmse"),
                usual=("mae",),
                names="count",
                target="regression",
            )
        case "embedding":
            return TaskFacts(
                said="embeddings", metrics=("verification_accuracy",), usual=("verification_accuracy",)
            )
        case "tensor":
            return TaskFacts(said="a tensor", postprocess=())
        case _:
            assert_never(task)


def postprocess_of(options: Export, output: str) -> PostprocessWord:
    """Return what the exported file computes from an output's scores."""
    said = options.postprocess
    return said if isinstance(said, str) else said.get(output, "none")


def comparison(outputs: tuple[Output, ...]) -> Comparison | None:
    """Return how a model's outputs are compared, which is as their loss does it; None where they are not."""
    loss = outputs[0].loss
    if isinstance(loss, Contrastive):
        return Comparison(loss.normalise, loss.margin / 2)
    return Comparison(loss.normalise, None) if isinstance(loss, Triplet) else None


def by_target(outputs: tuple[Output, ...]) -> tuple[tuple[Output, ...], ...]:
    """Return the outputs in groups of one target each: embeddings have one together, others one each."""
    embeddings = tuple(one for one in outputs if one.task == "embedding")
    alone = tuple((one,) for one in outputs if one.task != "embedding")
    return (embeddings, *alone) if embeddings else alone


def with_classes(outputs: tuple[Output, ...], found: Mapping[str, tuple[str, ...]]) -> tuple[Output, ...]:
    """Return the outputs with the names of classes that training found, by the names of its targets.

    The only target's names hold for every output. Names that are more or fewer than the output's scores, as
    of a spec that has changed since, are not taken.
    """
    only = next(iter(found.values())) if len(found) == 1 else ()

    def named(one: Output) -> Output:
        names = found.get(one.name, only) if one.supervised and task_facts(one.task).names else ()
        return one.changed(classes=names) if len(names) == one.size else one

    return tuple(named(one) for one in outputs)
