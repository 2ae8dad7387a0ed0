"""Everything a run of training is made of, gathered before the first step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import nn

from archc.data.batches import Batches, Loading, open_batches
from archc.data.datasets import Datasets
from archc.data.normalize import Normalizer
from archc.data.workers import require_files, worker_count
from archc.files.errors import WorldError
from archc.files.signals import Stop
from archc.plan.groups.partition import ParameterGroup
from archc.plan.plan import Plan
from archc.spec.data import Augment
from archc.spec.document import Spec
from archc.spec.train import Phase, Train
from archc.training.engine import Engine
from archc.training.objectives import Objective, make_objectives


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A module with all that trains and measures it.

    The first metric of the first objective says which epoch is best.
    """

    train: Train
    module: nn.Module
    groups: Sequence[ParameterGroup]
    data: Datasets
    engine: Engine
    normalizer: Normalizer
    objectives: tuple[Objective, ...]
    stop: Stop


def make_course(
    spec: Spec,
    plan: Plan,
    module: nn.Module,
    data: Datasets,
    groups: Sequence[ParameterGroup],
    engine: Engine,
    stop: Stop | None = None,
) -> Course:
    """Return the spec's training of `module`, which is moved to the engine's device.

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
        normalizer=Normalizer.of(plan.inputs, engine.device, engine.channels_last),
        objectives=make_objectives(plan, data, engine.device),
        stop=stop or Stop(),
    )


def batches_of_phase(course: Course, phase: Phase) -> tuple[Batches, Batches]:
    """Return the batches that a phase trains on, and those it is measured on."""
    train, data = course.train, course.data
    size, batch_size = phase.size or data.size, phase.batch_size or train.batch_size
    pin = course.engine.device.type == "cuda"
    augment = data.augment if phase.augment is None else phase.augment

    workers = worker_count(train.workers, data.train.in_memory)

    def loading(seed: int | None, changes: Augment | None) -> Loading:
        return Loading(
            size=size,
            batch_size=batch_size,
            seed=seed,
            augment=changes,
            workers=workers,
            pin=pin,
        )

    require_files(
        2 * workers
    )  # both loaders' at once: else those of the second are found missing an epoch later
    return open_batches(data.train, loading(train.seed, augment)), open_batches(
        data.valid, loading(None, None)
    )
