"""The training loop: read it from top to bottom.

Everything random is a function of the seed and of where the run is, and all that changes between two steps is
in the module and the optimizer: what a run does after a step does not depend on how it came there.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import torch
from torch import Tensor

from archc.data.examples import Batch
from archc.data.randomness import Purpose, seed_of
from archc.data.workers import MOST_PER_CORE, worker_count
from archc.files.errors import WorldError
from archc.files.signals import Stop
from archc.plan.groups.rates import phase_rates
from archc.training.evaluate import evaluate
from archc.training.events import EpochEnd, Notice, PhaseStart, Progress, RunEnd, RunStart, Step
from archc.training.freeze import FreezeState, freeze, training_mode
from archc.training.metrics import LOWER_IS_BETTER
from archc.training.norms import batch_norms
from archc.training.objectives import monitored, total_loss
from archc.training.optimizer import make_optimizer, set_point
from archc.training.schedule import at
from archc.training.setup import Course, batches_of_phase

T = TypeVar("T")


def train(course: Course) -> Iterator[Progress]:
    """Train, and yield what happens; between two values the module stands still and may be saved.

    Each phase has an optimizer of its own: what Adam remembers belongs to the parameters and the rates that
    were trained (fastai clears it too whenever something is frozen or released).

    Raises:
        WorldError: a loss or gradient is not finite; the module is then as it was before that step.
        Stopped: a signal has come; the module is as it was after the last step.
    """
    began, step, epoch = time.perf_counter(), 0, 0
    best: EpochEnd | None = None
    end: EpochEnd | None = None
    yield _run_start(course)
    yield from _absent_classes(course)
    yield from _fewer_workers(course)
    for number, phase in enumerate(course.train.phases):
        batches, valid_batches = batches_of_phase(course, phase)
        frozen = freeze(course.module, course.groups, phase.train, phase.train_norm)
        rates = phase_rates(phase, len(course.groups))
        if not frozen.trained:
            raise WorldError(f"phase {number + 1} trains nothing: all is frozen", "see train.phases")
        optimizer = make_optimizer(course.train.optimizer, course.module, course.groups, rates)
        steps = phase.epochs * len(batches)
        yield from _notices(course, frozen, batches.smallest)
        yield PhaseStart(
            phase=number,
            epochs=phase.epochs,
            steps=steps,
            rates={group.name: rate for group, rate in zip(course.groups, rates, strict=True)},
            frozen=frozen.groups,
            trained_parameters=sum(p.numel() for p in course.module.parameters() if p.requires_grad),
        )
        first = step
        for _ in range(phase.epochs):
            training_mode(course.module, frozen)
            epoch_began, losses = time.perf_counter(), 0.0
            ready = one_ahead((batch, *course.normalizer(batch)) for batch in batches.epoch(epoch))
            for (batch, inputs, targets), waited in timed(until_stopped(ready, course.stop)):
                step_began = time.perf_counter()
                set_point(optimizer, point := at(phase.schedule, (step - first) / steps))
                seed_dropout(course.train.seed, step, course.engine.device)
                loss, norm = _gradients(course, optimizer, inputs, targets)
                if not (math.isfinite(loss) and math.isfinite(norm)):
                    raise _not_finite(course, loss, batch, step, epoch, rates[-1] * point.rate)
                optimizer.step()
                losses += loss
                yield Step(
                    phase=number,
                    epoch=epoch,
                    step=step,
                    loss=loss,
                    rate=rates[-1] * point.rate,
                    momentum=point.momentum,
                    gradient_norm=norm,
                    examples=len(batch.indices),
                    seconds=time.perf_counter() - step_began,
                    waited=waited,
                )
                step += 1
            course.module.eval()
            end = _measured(course, valid_batches.epoch(), number, epoch, step)
            end = replace(end, train_loss=losses / len(batches), seconds=time.perf_counter() - epoch_began)
            if best is None or _value(course, end) > _value(course, best):
                best = end = replace(end, best=True)
            yield end
            epoch += 1
    assert best is not None, "there is a phase, and a phase has an epoch"
    assert end is not None
    yield RunEnd(best=best, last=end, seconds=time.perf_counter() - began)


def _gradients(
    course: Course, optimizer: torch.optim.Optimizer, inputs: Sequence[Tensor], targets: Mapping[str, Tensor]
) -> tuple[float, float]:
    """Return the loss and the gradients' norm; the gradients are left in the parameters, clipped."""
    optimizer.zero_grad(set_to_none=True)
    parameters = [p for part in optimizer.param_groups for p in part["params"]]
    try:
        with course.engine.computing():
            loss = total_loss(course.objectives, course.module(*inputs), targets)
        norm = course.engine.gradients(loss, parameters, course.train.gradient_clip)
    except ValueError as error:
        if "more than 1 value per channel" not in str(error):
            raise
        raise WorldError(
            "batch norm cannot learn from a single value a channel: the batch has one example",
            "set train.batch_size to 2 or more, or give more training examples",
        ) from error
    except torch.OutOfMemoryError as error:
        raise WorldError(
            f"{course.engine.device} has not the memory for a batch of {len(inputs[0])} examples",
            "set train.batch_size lower, or input.size",
        ) from error
    # One wait for the device a step, and before the weights change: a bad step leaves them good.
    values = torch.stack([loss.detach().float(), norm.float()]).tolist()
    return values[0], values[1]


def _measured(course: Course, batches: Iterator[Batch], phase: int, epoch: int, step: int) -> EpochEnd:
    with course.engine.computing():
        found = evaluate(
            course.module,
            until_stopped(batches, course.stop),
            course.normalizer,
            course.objectives,
            summed=course.engine.summed,
        )
    return EpochEnd(
        phase=phase,
        epoch=epoch,
        step=step,
        train_loss=math.nan,
        valid_loss=found.loss,
        metrics=found.metrics(course.objectives),
        class_iou=tuple(iou.tolist()) if (iou := found.class_iou(course.objectives)) is not None else (),
        best=False,
        seconds=0.0,
    )


def seed_dropout(seed: int, step: int, device: torch.device) -> None:
    """Seed torch's generators, so that what layers draw in this step is a function of seed and step."""
    value = seed_of(seed, Purpose.DROPOUT, step)
    torch.default_generator.manual_seed(value)
    if device.type == "cuda":
        torch.cuda.manual_seed(value)


def one_ahead(items: Iterator[T]) -> Iterator[T]:
    """Yield the same items, each asked for one earlier: its copy to the device runs beside a step."""
    try:
        held = next(items)
    except StopIteration:
        return
    for item in items:
        yield held
        held = item
    yield held


def until_stopped(items: Iterator[T], stop: Stop) -> Iterator[T]:
    """Yield the same items; a signal ends the wait for the next one."""
    while True:
        with stop.waiting():
            try:
                item = next(items)
            except StopIteration:
                return
        yield item


def timed(items: Iterator[T]) -> Iterator[tuple[T, float]]:
    """Yield each item with the seconds that it was waited for."""
    began = time.perf_counter()
    for item in items:
        yield item, time.perf_counter() - began
        began = time.perf_counter()


def _run_start(course: Course) -> RunStart:
    per_phase = [(p.epochs, p.batch_size or course.train.batch_size) for p in course.train.phases]
    count = len(course.data.train)
    return RunStart(
        device=str(course.engine.device),
        steps=sum(epochs * max(count // size, 1) for epochs, size in per_phase),
        epochs=sum(epochs for epochs, _ in per_phase),
        examples=count,
        valid_examples=len(course.data.valid),
        monitor=monitored(course.objectives),
    )


def _notices(course: Course, frozen: FreezeState, smallest: int) -> Iterator[Notice]:
    if smallest == 1 and any(layer not in frozen.held for layer in batch_norms(course.module)):
        yield Notice(text="batches of one example: batch norm learns the statistics of single images")


def _absent_classes(course: Course) -> Iterator[Notice]:
    for facts in course.data.targets.values():
        counted = zip(facts.classes, facts.class_counts, strict=True)
        if absent := [name for name, count in counted if not count]:
            yield Notice(text=f"not in the training data: {', '.join(absent)}")


def _fewer_workers(course: Course) -> Iterator[Notice]:
    asked = course.train.workers
    if asked is not None and (started := worker_count(asked, False)) < asked:
        text = f"train.workers = {asked}: {started} are started, {MOST_PER_CORE} for each core"
        yield Notice(text=text)


def _value(course: Course, end: EpochEnd) -> float:
    value = end.metrics[monitored(course.objectives)]
    if math.isnan(value):
        return -math.inf
    return -value if course.objectives[0].metrics[0] in LOWER_IS_BETTER else value


def _not_finite(course: Course, loss: float, batch: Batch, step: int, epoch: int, rate: float) -> WorldError:
    what = f"the loss is {loss}" if not math.isfinite(loss) else "a gradient is not finite"
    where = f"at step {step + 1} (epoch {epoch + 1}, learning rate {rate:.3g})"
    names = [course.data.train.name(index) for index in batch.indices[:3].tolist()]
    more = f" and {len(batch.indices) - 3} more" if len(batch.indices) > 3 else ""
    return WorldError(
        f"{what} {where}, on {', '.join(names)}{more}",
        "lower lr or set train.gradient_clip; the weights are kept as they were before this step",
    )
