"""Nearest-neighbor resizing picks torch's pixels at every size."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torch import nn

from archc.export.onnx.nearest import always_agree, torch_indices
from archc.export.onnx.write import export_onnx
from archc.ops.dims import symbol
from archc.plan.plan import Plan
from archc.spec import layers as ops
from archc.spec.document import Export

Make = Callable[..., Plan]
Started = Callable[[Plan], nn.Module]


def test_indices_are_torchs() -> None:
    for size in range(1, 60):
        numbers = torch.arange(size, dtype=torch.float32).view(1, 1, size, 1)
        for out in range(1, 130, 3):
            picked = torch.nn.functional.interpolate(numbers, size=(out, 1), mode="nearest")
            assert torch_indices(size, out).tolist() == picked.flatten().int().tolist()


def test_sizes_where_the_libraries_part_are_known() -> None:
    h = symbol("H")
    assert always_agree(24, 48)
    assert not always_agree(26, 28)
    assert always_agree(((h + 1) // 2) * 2, h)  # an upsampled map against its skip, one pixel larger at most
    assert always_agree(((symbol("W") + 1) // 2) * 2, symbol("W"))
    assert not always_agree((h // 4) * 2, h)  # a stem of stride 4


@pytest.mark.parametrize("options", [Export(), Export(dynamic=("batch",))])
def test_awkward_sizes_are_exact(options: Export, graph: Make, started: Started, target: Path) -> None:
    layers = [
        ("p", ops.MaxPool2d(kernel_size=4), ("a",)),
        ("u", ops.PixelShuffle(upscale_factor=2), ("p",)),
        ("y", ops.ResizeLike(), ("u", "a")),
    ]
    plan = graph({"a": (4, 114, 62)}, layers)  # 56 to 114: there they part
    module = started(plan).eval()
    assert export_onnx(plan, module, target, options=options).worst == 0
    assert "Gather" in {n.op_type for n in onnx.load(target).graph.node}
    session = onnxruntime.InferenceSession(str(target))
    sizes = (
        (*range(50, 72), 110, 114, 171) if options.dynamic is None or "height" in options.dynamic else (114,)
    )
    for size in sizes:
        picture = np.random.default_rng(size).standard_normal((1, 4, size, 62), np.float32)
        with torch.inference_mode():
            expected = module(torch.from_numpy(picture)).numpy()
        assert np.array_equal(session.run(None, {"a": picture})[0], expected)


def test_a_resize_behind_a_transpose_is_right(graph: Make, started: Started, target: Path) -> None:
    layers = [
        ("t", ops.LayerNorm2d(), ("a",)),
        ("u", ops.Upsample(), ("t",)),
        ("r", ops.ResizeLike(), ("a", "u")),
        ("s", ops.Add(), ("u", "r")),
        ("v", ops.LayerNorm2d(), ("s",)),
        ("y", ops.AvgPool2d(kernel_size=2), ("v",)),
    ]
    plan = graph({"a": (4, 19, 20)}, layers)
    assert export_onnx(plan, started(plan), target).worst < 2e-6  # with axes, onnxruntime 1.31 would fail
    assert [n.op_type for n in onnx.load(target).graph.node].count("Concat") == 1
