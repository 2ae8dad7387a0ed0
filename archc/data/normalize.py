"""Samples to numbers on the device, so that only the samples as they are travel to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from archc.data.examples import Batch
from archc.plan.plan import Input


@dataclass(frozen=True, slots=True)
class Normalizer:
    """Normalization of each input, as a factor and an offset of shape (C, 1, 1) on the device.

    A sample x becomes ((x - low) / (high - low) - mean) / std, where the input's range is low to high.
    """

    factors: tuple[Tensor, ...]
    offsets: tuple[Tensor, ...]
    layout: torch.memory_format

    @classmethod
    def of(cls, inputs: Sequence[Input], device: torch.device, channels_last: bool = False) -> Normalizer:
        """The normalizer of a plan's inputs."""
        means = [torch.tensor(i.mean, dtype=torch.float64) for i in inputs]
        stds = [torch.tensor(i.std, dtype=torch.float64) for i in inputs]
        spans = [high - low for low, high in (i.range for i in inputs)]
        lows = [i.range[0] / span for i, span in zip(inputs, spans, strict=True)]
        return cls(
            tuple(_column(1 / (span * std), device) for span, std in zip(spans, stds, strict=True)),
            tuple(_column(-(low + m) / s, device) for low, m, s in zip(lows, means, stds, strict=True)),
            torch.channels_last if channels_last else torch.contiguous_format,
        )

    def __call__(self, batch: Batch) -> tuple[tuple[Tensor, ...], dict[str, Tensor]]:
        """The inputs as float32 (N, C, H, W), and the targets, class numbers as int64, on the device."""
        parts = zip(batch.inputs, self.factors, self.offsets, strict=True)
        inputs = tuple(self._normalized(image, factor, offset) for image, factor, offset in parts)
        return inputs, {name: self._placed(target) for name, target in batch.targets.items()}

    def _placed(self, target: Tensor) -> Tensor:
        target = target.to(self.factors[0].device, non_blocking=True)
        return target if target.is_floating_point() else target.long()

    def _normalized(self, image: Tensor, factor: Tensor, offset: Tensor) -> Tensor:
        image = image.to(factor.device, non_blocking=True)
        # A copy also of what is float32 already: the batch stays as it was loaded.
        return image.to(torch.float32, memory_format=self.layout, copy=True).mul_(factor).add_(offset)


def _column(values: Tensor, device: torch.device) -> Tensor:
    return values.to(device, torch.float32).view(-1, 1, 1)
