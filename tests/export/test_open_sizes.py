"""A file whose sizes are open to multiples: proven there, said in its metadata, kept to by predict."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from PIL import Image
from torch import nn

from archc.export.onnx.parity import trials
from archc.export.onnx.write import export_onnx
from archc.plan.lower.model import lower
from archc.plan.plan import Plan
from archc.runtime.predict import predict
from archc.runtime.session import open_model
from archc.source.document.document import read_text
from archc.source.document.load import load
from archc.spec.document import Export
from tests.export.peer_models import text_of

Started = Callable[[Plan], nn.Module]


@pytest.fixture
def plan() -> Plan:
    return lower(load(read_text(text_of("strided"), "strided.toml")))


def said(path: Path) -> dict[str, object]:
    held = {entry.key: entry.value for entry in onnx.load(path).metadata_props}
    found: dict[str, object] = json.loads(held["archc.input"])
    return found


def test_it_is_proven_at_multiples_alone(plan: Plan, started: Started, target: Path) -> None:
    report = export_onnx(plan, started(plan), target)
    assert report.worst < 1e-5
    tried = [side for trial in report.trials for size in trial.sizes.values() for side in size]
    assert len(report.trials) == 3
    assert all(side % 16 == 0 for side in tried)
    assert len(set(tried)) > 2
    assert report.sizes == "heights and widths that are multiples of 16"
    assert said(target)["multiple"] == 16
    dims = onnx.load(target).graph.input[0].type.tensor_type.shape.dim
    assert [d.dim_param or d.dim_value for d in dims] == ["N", 3, "16*H", "16*W"]


def test_a_closed_file_says_no_multiple(plan: Plan, started: Started, target: Path) -> None:
    report = export_onnx(plan, started(plan), target, options=Export(dynamic=("batch",)))
    assert "multiple" not in said(target)
    assert report.sizes == "height and width fixed, as `export.dynamic` says"
    assert {size for trial in report.trials for size in trial.sizes.values()} == {(64, 96)}


def test_a_small_model_is_tried_at_larger_sizes(plan: Plan) -> None:
    small = lower(load(read_text(text_of("strided").replace("[64, 96]", "[16, 16]"), "strided.toml")))
    sizes = [trial.sizes["image"] for trial in trials(small, Export())]
    assert sizes[0] == (16, 16)
    assert len(sizes) == 3
    assert all(max(size) > 16 for size in sizes[1:])


@pytest.mark.parametrize("size", [(16, 16), (48, 160), (128, 80)])
def test_any_multiple_runs(size: tuple[int, int], plan: Plan, started: Started, target: Path) -> None:
    export_onnx(plan, started(plan), target)
    session = onnxruntime.InferenceSession(target)
    (mask,) = session.run(None, {"image": np.zeros((2, 3, *size), np.float32)})
    assert mask.shape == (2, 3, *size)


@pytest.mark.parametrize(("side", "kept"), [(50, 48), (61, 64), (3, 16), (64, 64)])
def test_predict_brings_images_to_the_nearest_multiple(
    side: int, kept: int, plan: Plan, started: Started, target: Path, tmp_path: Path
) -> None:
    export_onnx(plan, started(plan), target)
    Image.new("RGB", (side, 32), (10, 20, 30)).save(tmp_path / "a.png")
    model = open_model(target, device="cpu")
    assert model.description.multiple == 16
    (predicted,) = predict(model, [tmp_path / "a.png"], size="keep")
    assert predicted.arrays["mask"].shape[-2:] == (32, kept)
