"""What an example is: pictures with a mask or a label, before and after they become tensors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

from PIL.Image import Image
from torch import Tensor

VOID = 255
"""The mask value of pixels that no loss and no metric sees, whatever the spec's `ignore` is on disk."""


@dataclass(frozen=True, slots=True)
class Raw:
    """An example as it lies on disk: a picture for each input, and a mask or a label."""

    images: tuple[Image, ...]
    mask: Image | None = None
    label: int | None = None


class Examples(Protocol):
    """Examples by number. `load` raises `WorldError` that names the file at fault."""

    @property
    def in_memory(self) -> bool:
        """Whether loading is so cheap that worker processes would cost more than they save."""
        ...

    def __len__(self) -> int: ...

    def name(self, index: int) -> str:
        """What a message calls the example: its file."""
        ...

    def load(self, index: int) -> Raw: ...


class Batch(NamedTuple):
    """Examples stacked.

    Attributes:
        inputs: one uint8 tensor (N, C, H, W) for each input of the model.
        target: labels, int64 (N,), or masks, uint8 (N, H, W) with `VOID` where there is nothing to learn.
        indices: int64 (N,), the examples' numbers, so that a message can name them.
    """

    inputs: tuple[Tensor, ...]
    target: Tensor
    indices: Tensor
