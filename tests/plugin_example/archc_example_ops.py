"""Two ops of a package beside archc: one with weights and an ONNX form, one with neither."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from archc.ops.demands import ranked
from archc.ops.faults import ShapeFault
from archc.ops.initializers import Init
from archc.ops.tensors import TensorType
from archc.spec.fields import Positive, PositiveFloat

if TYPE_CHECKING:
    from torch import Tensor, nn

    from archc.export.onnx.builder import Builder

Named = tuple[tuple[str, tuple[int, ...]], ...]


@dataclass(frozen=True, kw_only=True)
class LayerScale:
    """Each channel of `(N, C, H, W)` times a learned number that starts small."""

    start_at: PositiveFloat = 1e-2
    channels: Positive | None = None

    def infer(self, inputs: tuple[TensorType, ...]) -> tuple[LayerScale, TensorType]:
        channels = ranked("layer_scale", inputs[0], 4)[1]
        if self.channels not in (None, channels) or not isinstance(channels, int):
            raise ShapeFault(f"channels is {self.channels}, but {channels} come in", field="arguments")
        return replace(self, channels=channels), inputs[0]

    def parameters(self) -> Named:
        return (("weight", (self.channels or 0, 1, 1)),)

    def buffers(self) -> Named:
        return ()

    def start(self, name: str) -> Init:
        return Init(kind="constant", value=self.start_at)

    def multiply_adds(self, inputs: tuple[TensorType, ...], out: TensorType) -> int:
        return 0

    def module(self) -> nn.Module:
        from archc_example_torch import Scale

        return Scale(self.channels or 0)

    def to_onnx(self, build: Builder, module: str, inputs: list[str]) -> str:
        return build.one("Mul", inputs[0], build.weight(f"{module}.weight"))


@dataclass(frozen=True, kw_only=True)
class Wrap:
    """Rows moved down by some places, those at the bottom back to the top."""

    rows: Positive

    def infer(self, inputs: tuple[TensorType, ...]) -> tuple[Wrap, TensorType]:
        ranked("wrap", inputs[0], 4)
        return self, inputs[0]

    def parameters(self) -> Named:
        return ()

    def buffers(self) -> Named:
        return ()

    def start(self, name: str) -> Init:
        raise KeyError(name)

    def multiply_adds(self, inputs: tuple[TensorType, ...], out: TensorType) -> int:
        return 0

    def module(self) -> Callable[[Tensor], Tensor]:
        import torch

        return partial(torch.roll, shifts=self.rows, dims=2)
