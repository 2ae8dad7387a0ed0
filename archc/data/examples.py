"""Examples: inputs with what is to be learned of them, before and after they become tensors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from PIL.Image import Image
from torch import Tensor

from archc.data.inputs import Value
from archc.images.pixels import PixelFormat

VOID = 255
"""The mask value of pixels that no loss and no metric sees, whatever the spec's `ignore` is on disk."""


ONLY = "target"
"""The name of the target where an example has one."""

Target = int | tuple[float, ...] | Image
"""A class number; numbers (of tags 0 and 1, NaN where nothing is known); a mask."""


@dataclass(frozen=True, slots=True)
class Raw:
    """An example as it lies on disk: its inputs by the model's names, and what is to be learned of them.

    Attributes:
        apart: random changes are drawn for each image on its own, not once for all.
    """

    inputs: Mapping[str, Value]
    targets: Mapping[str, Target]
    apart: bool = False

    @property
    def label(self) -> int | None:
        """Return the class number, of the only target."""
        target = self.targets.get(ONLY)
        return target if isinstance(target, int) else None

    @property
    def mask(self) -> Image | None:
        """Return the mask, an image of one class number for each pixel (H, W), of the only target."""
        target = self.targets.get(ONLY)
        return target if isinstance(target, Image) else None


class Files(NamedTuple):
    """The files of one example.

    Attributes:
        pixels: what the images are read as; None where there are none.
    """

    images: tuple[Path, ...] = ()
    masks: tuple[Path, ...] = ()
    pixels: PixelFormat | None = None


class Examples(Protocol):
    """Examples by number. `load` raises `WorldError` that names the file at fault."""

    @property
    def in_memory(self) -> bool:
        """Return whether loading is so cheap that worker processes would cost more than they save."""
        ...

    def __len__(self) -> int: ...

    def name(self, index: int) -> str:
        """Return what a message calls the example: its file."""
        ...

    def files(self, index: int) -> Files:
        """Return the files that the example is loaded from."""
        ...

    def load(self, index: int) -> Raw: ...


class Labeled(Examples, Protocol):
    """Examples with one class each, known without loading them."""

    @property
    def labels(self) -> Sequence[int]: ...


class Batch(NamedTuple):
    """Examples stacked.

    Attributes:
        inputs: by the model's names; images are (N, C, H, W) of their own dtype.
        targets: by name: labels, int64 (N,); numbers, float32 (N, K); or masks, uint8 (N, H, W) with `VOID`
            where there is nothing to learn.
        indices: int64 (N,), the examples' numbers, so that a message can name them.
    """

    inputs: dict[str, Tensor]
    targets: dict[str, Tensor]
    indices: Tensor

    @property
    def target(self) -> Tensor:
        """The only target: int64 (N,), float32 (N, K) or uint8 (N, H, W), as in `targets`."""
        return self.targets[ONLY]
