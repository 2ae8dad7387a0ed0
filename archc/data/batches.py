"""Examples as batches of tensors, loaded ahead by worker processes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from archc.data.augment import UNCHANGED, Change, applied, draw
from archc.data.examples import Batch, Examples, Raw, Target
from archc.data.inputs import tensor_of
from archc.data.inputs.image import Size
from archc.data.kinds.pairs import Drawn
from archc.data.order import Key, Order, batches_in
from archc.data.randomness import Purpose, generator
from archc.data.workers import Crew, fault_of, start_worker, worker_count
from archc.files.errors import WorldError
from archc.spec.data import Augment

PATIENCE = 600.0
"""Seconds that a batch may take to load before its workers count as hung."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loading:
    """How examples become batches.

    Attributes:
        size: height and width in pixels.
        seed: what order and changes depend on beside epoch and number; None loads in order, unchanged.
        augment: random changes, or None; needs a seed.
        workers: processes, 0 for none; None chooses (see `worker_count`).
        pin: into page-locked memory, from which a GPU copies in the background.
    """

    size: Size
    batch_size: int
    seed: int | None = None
    augment: Augment | None = None
    workers: int | None = None
    pin: bool = False


Item = tuple[dict[str, Tensor], dict[str, Tensor], int]
Loaded = Item | WorldError


class Prepared(Dataset[Loaded]):
    """Examples as tensors, by epoch and number; runs in the workers.

    A fault of the world is returned, not raised: torch would wrap a raised one in the worker's traceback.
    """

    def __init__(self, examples: Examples, loading: Loading) -> None:
        self._examples, self._loading = examples, loading

    def __len__(self) -> int:
        return len(self._examples)

    def __getitem__(self, key: Key) -> Loaded:
        epoch, index = key
        try:
            raw = self._loaded(epoch, index)
            raw = applied(self._changes(raw, epoch, index), raw, self._loading.size)
        except WorldError as error:
            return error
        return tensors(raw, index)

    def _loaded(self, epoch: int, index: int) -> Raw:
        if isinstance(self._examples, Drawn):
            return self._examples.drawn(index, epoch)
        return self._examples.load(index)

    def _changes(self, raw: Raw, epoch: int, index: int) -> list[Change]:
        augment, seed = self._loading.augment, self._loading.seed
        if augment is None or seed is None:
            return [UNCHANGED]
        # The first input of several is changed as an only one would be.
        keys = [(epoch, index), *((epoch, index, which) for which in range(1, len(raw.inputs)))]
        wanted = keys if raw.apart else keys[:1]
        return [draw(augment, generator(seed, Purpose.AUGMENT, *key)) for key in wanted]


class Batches:
    """The batches of any epoch; worker processes, once started, serve all of them until this object goes."""

    def __init__(self, examples: Examples, loading: Loading) -> None:
        self.examples, self.loading = examples, loading
        self._order = Order(len(examples), loading.batch_size, loading.seed)
        self._crew = Crew()
        self._loader = _loader(
            Prepared(examples, loading), self._order, loading, examples.in_memory, self._crew
        )

    def __len__(self) -> int:
        count, size = len(self.examples), self.loading.batch_size
        return batches_in(count, size) if self.loading.seed is not None else -(-count // size)

    @property
    def smallest(self) -> int:
        """The number of examples in the smallest batch of training."""
        return min(len(self.examples), self.loading.batch_size)

    def epoch(self, number: int = 0, first: int = 0) -> Iterator[Batch]:
        """Yield the batches of one epoch, from batch `first` on.

        Raises:
            WorldError: an example cannot be loaded, or a worker died or hung.
        """
        self._order.epoch, self._order.first = number, first
        loaded = self._started()
        while True:
            try:
                with self._crew.waiting():
                    batch = next(loaded)
            except StopIteration:
                return
            except (RuntimeError, OSError, EOFError, WorldError) as error:
                raise fault_of(self._crew, error, PATIENCE) from error
            if isinstance(batch, WorldError):
                raise batch
            yield batch

    def _started(self) -> Iterator[Batch | WorldError]:
        """Return the loader's batches, its workers running."""
        workers = self._loader.num_workers
        if not workers:
            return iter(self._loader)
        height, width = self.loading.size
        with self._crew.starting(workers, self.loading.batch_size * height * width):
            try:
                return iter(self._loader)
            except (RuntimeError, EOFError, WorldError) as error:
                raise fault_of(self._crew, error, PATIENCE) from error


def open_batches(examples: Examples, loading: Loading) -> Batches:
    """Return the examples as batches; `WorldError` where there are none."""
    if not len(examples):
        raise WorldError("there are no examples to load")
    return Batches(examples, loading)


def collated(items: list[Loaded]) -> Batch | WorldError:
    """Return the items stacked, or the first fault among them."""
    good = [item for item in items if not isinstance(item, WorldError)]
    if len(good) < len(items):
        return next(item for item in items if isinstance(item, WorldError))
    return Batch(
        {name: torch.stack([inputs[name] for inputs, _, _ in good]) for name in good[0][0]},
        {name: torch.stack([targets[name] for _, targets, _ in good]) for name in good[0][1]},
        torch.tensor([index for _, _, index in good]),
    )


def tensors(raw: Raw, index: int) -> Item:
    """Return the example as tensors: its inputs and its targets by name, and its number."""
    inputs = {name: tensor_of(value) for name, value in raw.inputs.items()}
    return inputs, {name: _target(target) for name, target in raw.targets.items()}, index


def _target(target: Target) -> Tensor:
    if isinstance(target, int):
        return torch.tensor(target)
    if isinstance(target, tuple):
        return torch.tensor(target, dtype=torch.float32)
    return torch.from_numpy(np.array(target))


def _loader(
    dataset: Prepared, order: Order, loading: Loading, in_memory: bool, crew: Crew
) -> DataLoader[Any]:
    workers = worker_count(loading.workers, in_memory)
    alive: dict[str, Any] = {}
    if workers:
        alive = {
            "multiprocessing_context": crew.context,
            "worker_init_fn": start_worker,
            "persistent_workers": True,
            "timeout": PATIENCE,
        }
    return DataLoader(
        dataset,
        batch_sampler=order,
        collate_fn=collated,
        num_workers=workers,
        pin_memory=loading.pin,
        generator=torch.Generator(),  # else a pass draws from the global generator, and dropout with it
        **alive,
    )
