"""What onnxruntime's own tools make of a file: int8 in both formats, and its preparation for it."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from torch import nn

from archc.export.onnx.write import export_onnx
from archc.plan.lower.model import lower
from archc.plan.plan import Plan
from archc.source.document.document import read_text
from archc.source.document.load import load
from tests.export.peer_models import SPECS

Started = Callable[[Plan], nn.Module]
SHAPE = (2, 3, 32, 48)


class Batches(CalibrationDataReader):  # type: ignore[misc]
    """Three batches of noise."""

    def __init__(self) -> None:
        random = np.random.default_rng(0)
        self.left = [random.standard_normal(SHAPE, np.float32) for _ in range(3)]

    def get_next(self) -> dict[str, np.ndarray] | None:
        return {"image": self.left.pop()} if self.left else None


@contextmanager
def ends_within(seconds: int) -> Iterator[None]:
    """End the test where the block does not end by itself."""

    def late(*_: object) -> None:
        raise TimeoutError(f"not done after {seconds} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def exported(text: str, started: Started, target: Path) -> Path:
    spec = load(read_text(text, "test.toml"))
    plan = lower(spec)
    assert export_onnx(plan, started(plan), target, options=spec.export).worst < 1e-5
    return target


def scores(path: Path) -> np.ndarray:
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    image = np.random.default_rng(1).standard_normal(SHAPE, np.float32)
    return np.asarray(session.run(None, {"image": image})[0])


@pytest.mark.parametrize("name", SPECS)
def test_int8_is_near_in_both_formats(name: str, started: Started, target: Path, tmp_path: Path) -> None:
    exact = scores(exported(SPECS[name], started, target))
    for form in QuantFormat:
        small = tmp_path / f"{form.name}.onnx"
        quantize_static(target, small, Batches(), quant_format=form, per_channel=True)
        assert "ai.onnx.ml" not in {o.domain for o in onnx.load(small).opset_import}
        found = scores(small)
        assert found.shape == exact.shape
        assert np.abs(found - exact).mean() < 0.1 * np.abs(exact).max(), form


@pytest.mark.parametrize("name", SPECS)
def test_symbolic_shape_inference_ends(name: str, started: Started, target: Path, tmp_path: Path) -> None:
    exact = scores(exported(SPECS[name], started, target))
    with ends_within(60):
        quant_pre_process(target, tmp_path / "prepared.onnx", auto_merge=True)
    assert np.allclose(scores(tmp_path / "prepared.onnx"), exact, atol=1e-4 * np.abs(exact).max())


@pytest.mark.slow
@pytest.mark.parametrize("way", ["nearest", "bilinear", "pixel_shuffle", "transposed"])
def test_a_resnet_unet_can_be_prepared_and_quantized(
    way: str, started: Started, target: Path, tmp_path: Path
) -> None:
    text = f"""
archc = 1
[input]
size = [32, 48]
[model]
kind = "unet"
classes = 3
[model.body]
ref = "torchvision/resnet18"
[model.decoder]
upsample = "{way}"
"""
    exported(text, started, target)
    prepared = tmp_path / "prepared.onnx"
    with ends_within(120):
        quant_pre_process(target, prepared, auto_merge=True)
    quantize_static(prepared, tmp_path / "int8.onnx", Batches(), per_channel=True)
    assert scores(tmp_path / "int8.onnx").shape == (2, 3, 32, 48)


@pytest.mark.parametrize("name", SPECS)
def test_a_resize_names_every_axis(name: str, started: Started, target: Path) -> None:
    exported(SPECS[name], started, target)
    for node in onnx.load(target).graph.node:
        assert node.op_type != "Resize" or "axes" not in {a.name for a in node.attribute}
