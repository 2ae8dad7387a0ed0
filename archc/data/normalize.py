"""A batch on its way to the device, so that only the samples as they are travel to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from archc.data.examples import Batch
from archc.data.inputs import preparation
from archc.plan.inputs import Input


@dataclass(frozen=True, slots=True)
class Normalizer:
    """The preparation of a batch for the model: one function for each input, by name in the plan's order."""

    inputs: Mapping[str, Callable[[Tensor], Tensor]]
    device: torch.device

    @classmethod
    def of(cls, inputs: Sequence[Input], device: torch.device, channels_last: bool = False) -> Normalizer:
        """Return the normalizer of a plan's inputs."""
        layout = torch.channels_last if channels_last else torch.contiguous_format
        return cls({given.name: preparation(given, device, layout) for given in inputs}, device)

    def __call__(self, batch: Batch) -> tuple[tuple[Tensor, ...], dict[str, Tensor]]:
        """Return the inputs in the plan's order and the targets by name, on the device.

        Images are float32 `(N, C, H, W)`, class numbers int64.
        """
        inputs = tuple(prepare(batch.inputs[name]) for name, prepare in self.inputs.items())
        return inputs, {name: self._placed(target) for name, target in batch.targets.items()}

    def _placed(self, target: Tensor) -> Tensor:
        target = target.to(self.device, non_blocking=True)
        return target if target.is_floating_point() else target.long()
