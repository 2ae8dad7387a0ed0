"""Everything a run of training is made of, gathered before the first step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import nn

from archc.data import Batches, Datasets, Loading, Normaliser, open_batches
from archc.data.workers import worker_count
from archc.files import WorldError
from archc.plan.groups import ParameterGroup
from archc.plan.plan import Plan
from archc.spec.data import Augment
from archc.spec.document import Spec
from archc.spec.train import CrossEntropy, Phase, Train
from archc.training.engine import Engine
from archc.training.loss import LossFunction, make_loss
from archc.training.metrics import MetricKind

_USUAL_METRICS: dict[str, tuple[MetricKind, ...]] = {
    "classification": ("accuracy",),
    "segmentation": ("mean_iou", "pixel_accuracy"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A module with all that trains and measures it; `metrics[0]` says which epoch is best."""

    train: Train
    module: nn.Module
    groups: Sequence[ParameterGroup]
    data: Datasets
    engine: Engine
    normaliser: Normaliser
    loss: LossFunction
    metrics: tuple[MetricKind, ...]


def make_course(
    spec: Spec,
    plan: Plan,
    module: nn.Module,
    data: Datasets,
    groups: Sequence[ParameterGroup],
    engine: Engine,
) -> Course:
    """The spec's training of `module`, which is moved to the engine's device.

    Raises:
        WorldError: the spec says nothing about training.
    """
    if spec.train is None:
        raise WorldError("the spec has no [train]", "training needs at least one [[train.phases]]")
    return Course(
        train=spec.train,
        module=engine.placed(module),
        groups=groups,
        data=data,
        engine=engine,
        normaliser=Normaliser.of(plan.inputs, engine.device, engine.channels_last),
        loss=make_loss(spec.loss or CrossEntropy(), data.class_counts, data.ignore, engine.device),
        metrics=spec.metrics.kinds if spec.metrics and spec.metrics.kinds else _USUAL_METRICS[data.task],
    )


def batches_of_phase(course: Course, phase: Phase) -> tuple[Batches, Batches]:
    """The batches that a phase trains on, and those it is measured on."""
    train, data = course.train, course.data
    size, batch_size = phase.size or data.size, phase.batch_size or train.batch_size
    pin = course.engine.device.type == "cuda"
    augment = data.augment if phase.augment is None else phase.augment

    def loading(seed: int | None, changes: Augment | None) -> Loading:
        return Loading(
            size=size,
            batch_size=batch_size,
            seed=seed,
            augment=changes,
            workers=worker_count(train.workers, data.train.in_memory),
            pin=pin,
        )

    return open_batches(data.train, loading(train.seed, augment)), open_batches(
        data.valid, loading(None, None)
    )
