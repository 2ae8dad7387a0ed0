"""The file appears proven and with its papers, or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from torch import nn

from archc import __version__
from archc.export.faults import ExportFault, ParityError
from archc.export.onnx import write
from archc.export.onnx.metadata import weights_sha256
from archc.export.onnx.parity import Trial, trials
from archc.export.onnx.write import export_onnx
from archc.files.errors import WorldError
from archc.plan.plan import Plan
from archc.spec import layers as ops
from archc.spec.document import Export

Make = Callable[..., Plan]
Started = Callable[[Plan], nn.Module]


@pytest.fixture
def plan(chain: Make) -> Plan:
    return chain((3, 32, 48), ops.Conv2d(out_channels=4, kernel_size=3), ops.GlobalAvgPool2d(), ops.Flatten())


def test_metadata_is_enough_to_predict(plan: Plan, started: Started, target: Path) -> None:
    plan = plan.changed(outputs=(plan.outputs[0].changed(classes=("a", "ß")),))
    module = started(plan)
    text = 'archc = 1\nname = "größe"\n'
    report = export_onnx(
        plan,
        module,
        target,
        options=Export(preprocess=True),
        spec_text=text,
    )
    model = onnx.load(target)
    held = {entry.key: entry.value for entry in model.metadata_props}
    own = {"archc.spec", "archc.version", "archc.classes", "archc.sha256", "archc.input", "archc.digest"}
    assert set(held) == own
    assert held["archc.spec"] == text
    assert held["archc.version"] == __version__
    assert json.loads(held["archc.classes"]) == ["a", "ß"]
    assert held["archc.sha256"] == report.sha256
    assert json.loads(held["archc.input"]) == {
        "inputs": [
            {
                "name": "image",
                "size": [32, 48],
                "channels": 3,
                "mean": [0.4] * 3,
                "std": [0.25] * 3,
                "dtype": "uint8",
                "range": [0, 255],
            }
        ],
        "outputs": [
            {"name": "scores", "task": "classification", "postprocess": "none", "classes": ["a", "ß"]}
        ],
        "preprocess": True,
        "dynamic": ["batch", "height", "width"],
    }
    assert report.nodes == len(model.graph.node)
    assert report.bytes == target.stat().st_size


def test_the_hash_is_of_names_types_shapes_and_numbers() -> None:
    first = {"b": np.arange(6, dtype=np.float32).reshape(2, 3), "a": np.array(3, np.int64)}
    hashed = weights_sha256(first)
    assert hashed == weights_sha256(dict(reversed(first.items())))
    assert hashed == weights_sha256({**first, "b": np.asfortranarray(first["b"])})
    others = [
        {**first, "b": first["b"] + 1},
        {**first, "b": first["b"].T},
        {**first, "b": first["b"].astype(np.float64)},
        {"c": first["b"], "a": first["a"]},
    ]
    assert len({hashed, *map(weights_sha256, others)}) == 5


def test_several_sizes_and_batches_are_tried(plan: Plan) -> None:
    tried = list(trials(plan, Export()))
    assert [t.batch for t in tried] == [1, 2, 1]
    sizes = [t.sizes["image"] for t in tried]
    assert sizes[0] == (32, 48)
    assert all(side % 2 for side in sizes[1])
    assert sizes[2][0] * 48 != sizes[2][1] * 32
    assert [str(t) for t in trials(plan, Export(dynamic=("batch",)))] == ["32x48, batch 1", "32x48, batch 2"]
    assert [str(t) for t in trials(plan, Export(dynamic=()))] == ["32x48, batch 1"]


def test_a_size_the_model_cannot_take_is_not_tried(chain: Make) -> None:
    plan = chain((3, 20, 20), ops.Conv2d(out_channels=2, kernel_size=17, padding=0))
    assert [t.sizes["image"] for t in trials(plan, Export())] == [(20, 20), (21, 21), (20, 42)]


def test_a_model_that_has_diverged_is_said_to(plan: Plan, started: Started, target: Path) -> None:
    module = started(plan)
    with torch.no_grad():
        next(module.parameters()).fill_(float("nan"))
    with pytest.raises(ParityError, match="own answer is not finite at 32x48"):
        export_onnx(plan, module, target)
    assert not target.exists()


@pytest.mark.parametrize("factor", [1 + 3e-4, float("nan")])
def test_a_file_that_disagrees_does_not_appear(
    factor: float, plan: Plan, started: Started, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = write.to_onnx

    def wrong(plan: Plan, state: dict[str, np.ndarray], *more: object) -> onnx.ModelProto:
        return right(plan, {k: v * np.float32(factor) for k, v in state.items()}, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(write, "to_onnx", wrong)
    target.write_bytes(b"what was there before")
    with pytest.raises(ParityError, match=r"at 32x48, batch 1 .*; no file was written"):
        export_onnx(plan, started(plan), target)
    assert target.read_bytes() == b"what was there before"
    assert list(target.parent.iterdir()) == [target]


def test_a_small_difference_is_a_warning(
    plan: Plan, started: Started, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = write.to_onnx

    def near(plan: Plan, state: dict[str, np.ndarray], *more: object) -> onnx.ModelProto:
        return right(plan, {k: v * np.float32(1 + 3e-5) for k, v in state.items()}, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(write, "to_onnx", near)
    report = export_onnx(plan, started(plan), target)
    assert target.exists()
    assert len(report.warnings) == 3
    assert "at 32x48, batch 1" in report.warnings[0]


def test_a_graph_that_does_not_run_does_not_appear(
    plan: Plan, started: Started, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = write.to_onnx

    def broken(*all: object) -> onnx.ModelProto:
        model = right(*all)  # type: ignore[arg-type]
        model.graph.initializer[0].dims[1] = 9
        model.graph.initializer[0].dims[0] = 1
        return model

    monkeypatch.setattr(write, "to_onnx", broken)
    with pytest.raises(WorldError, match="no file was written"):
        export_onnx(plan, started(plan), target)
    assert not target.exists()


def test_the_folder_must_be_there(plan: Plan, started: Started, tmp_path: Path) -> None:
    with pytest.raises(WorldError, match="folder does not exist"):
        export_onnx(plan, started(plan), tmp_path / "nowhere" / "m.onnx")


def test_weights_beyond_one_file_are_refused(
    plan: Plan, started: Started, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write, "LARGEST_FILE", 100)
    with pytest.raises(ExportFault, match="one ONNX file holds at most"):
        export_onnx(plan, started(plan), target)
    assert not target.exists()


def test_progress_and_half_precision(plan: Plan, started: Started, target: Path) -> None:
    lines: list[str] = []
    module = started(plan).to(torch.bfloat16)
    report = export_onnx(plan, module, target, progress=lines.append)
    assert report.worst < 2e-6
    assert next(module.parameters()).dtype == torch.bfloat16
    assert len(lines) == 4
    assert "nodes in" in lines[0]
    assert str(Trial(1, {"image": (32, 48)})) in lines[1]
