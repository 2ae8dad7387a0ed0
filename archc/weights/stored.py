"""The content of a weight file: tensors as places in the file, and tables of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from archc.files.errors import WorldError

MOST_TENSORS = 50_000
"""Tensors that a file may hold; checkpoints of the largest models that archc builds have 10,000."""

BYTES = {
    "BOOL": 1, "U8": 1, "I8": 1, "F8_E4M3": 1, "F8_E5M2": 1, "F8_E8M0": 1, "U16": 2, "I16": 2, "F16": 2,
    "BF16": 2, "U32": 4, "I32": 4, "F32": 4, "U64": 8, "I64": 8, "F64": 8, "C64": 8, "C128": 16,
}  # fmt: skip
"""The width of a value of each dtype, as the safetensors format spells them."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A tensor in a file.

    Attributes:
        dtype: as the safetensors format spells it: `F32`.
        start: the byte in the file at which its first value lies.
        stride: in values, one for each dimension; None where the values lie one behind the other.
        fault: why its values cannot be read, such as "is sparse"; empty where they can.
        block: the stretch of the file (first byte, end, CRC-32 or 0) whose sum is to be proven, if any.
    """

    dtype: str
    shape: tuple[int, ...]
    start: int = 0
    stride: tuple[int, ...] | None = None
    fault: str = ""
    block: tuple[int, int, int] | None = None

    @property
    def extent(self) -> int:
        """Bytes from the first value to the end of the last one."""
        if 0 in self.shape:
            return 0
        steps = self.stride or contiguous(self.shape)
        values = 1 + sum((size - 1) * step for size, step in zip(self.shape, steps, strict=True))
        return values * BYTES[self.dtype]


@dataclass(frozen=True, slots=True)
class Entry:
    """A table of a checkpoint that holds tensors: its dotted path ("" is the whole file), and they by name.

    `others` counts what stands beside the tensors and is none.
    """

    path: str
    tensors: Mapping[str, Stored]
    others: int = 0


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A file of weights: its entries, outer ones first.

    Attributes:
        metadata: the text in the header of a .safetensors file.
        objects: the classes of what else was saved in it, none of which was made.
        ours: whether archc wrote it, so that its names are those of a plan.
        inside: what the file's own content is where it holds no tensors: `list`, `int`.
    """

    path: Path
    entries: tuple[Entry, ...]
    metadata: Mapping[str, str] = field(default_factory=dict)
    objects: tuple[str, ...] = ()
    ours: bool = False
    inside: str = ""


def contiguous(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the strides of values that lie one behind the other."""
    steps = [1]
    for size in reversed(shape[1:]):
        steps.append(steps[-1] * max(size, 1))
    return tuple(reversed(steps))[: len(shape)] if shape else ()


def too_many(path: Path) -> WorldError:
    """Return the fault of a file with more tensors than any model has."""
    return WorldError(
        f"`{path}` holds more than {MOST_TENSORS:,} tensors", "give a file of one model's weights"
    )
