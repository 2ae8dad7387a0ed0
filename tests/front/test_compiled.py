"""What `archc.compile` takes and gives."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import torch

import archc
from tests.front.conftest import SMALL

TEXT = """
archc = 1
[input]
size = [64, 64]
[model]
kind = "unet"
classes = 3
[model.body]
ref = "torchvision/resnet18"
"""


def test_a_file_a_text_and_a_dictionary_compile_alike(tmp_path: Path) -> None:
    toml, listed = tmp_path / "spec.toml", tmp_path / "listed.json"
    toml.write_text(TEXT)
    data = archc.compile(TEXT).document.data
    listed.write_text(json.dumps(data))
    plans = [archc.compile(source).plan for source in (toml, str(toml), TEXT, data, json.dumps(data))]
    assert all(plan.changed(name="x") == plans[0].changed(name="x") for plan in plans)
    assert archc.compile(archc.compile(TEXT).document).plan == plans[2]


def test_overrides_are_values_by_path_or_flags() -> None:
    by_path = archc.compile(SMALL, overrides={"train.phases.0.epochs": 7, "train.optimizer": {"kind": "sgd"}})
    assert by_path.spec.train is not None
    assert by_path.spec.train.phases[0].epochs == 7
    assert by_path.spec.train.optimizer.kind == "sgd"
    assert archc.compile(SMALL, overrides=["name=other"]).name == "other"
    with pytest.raises(TypeError, match="overrides"):
        archc.compile(SMALL, overrides="name=other")


def test_every_fault_is_shown_at_its_place() -> None:
    with pytest.raises(archc.SpecError) as caught:
        archc.compile(TEXT.replace("classes = 3", "clases = 3").replace("size = [64, 64]", "size = 64"))
    said = str(caught.value)
    assert [fault.code for fault in caught.value.diagnostics] == ["ARC101", "ARC103"]
    assert "spec.toml:4:8" in said
    assert "clases = 3" in said
    assert "did you mean `classes`?" in said


def test_a_fault_of_a_dictionary_is_shown_in_it() -> None:
    wrong = copy.deepcopy(SMALL)
    wrong["model"]["kid"] = "classifier"
    with pytest.raises(archc.SpecError, match=r'"kid": "classifier"'):
        archc.compile(wrong)


def test_what_is_no_data_is_a_type_error() -> None:
    with pytest.raises(TypeError):
        archc.compile({"archc": 1, "input": object()})


def test_a_missing_file_is_a_fault_of_the_world() -> None:
    with pytest.raises(archc.WorldError, match="no such file"):
        archc.compile("nowhere.toml")


def test_representations_are_short_and_print_is_the_table(root: Path) -> None:
    model = archc.compile(root / "specs" / "unet_camvid.toml")
    assert repr(model) == "CompiledModel('unet_camvid', image 3x360x480, 41.22 M parameters)"
    assert repr(model.plan) == "Plan('unet_camvid', 1 inputs, 183 nodes, 1 outputs)"
    assert all(len(repr(value)) < 1000 for value in (model.spec, model.document))
    assert "body.layer1" in str(model)
    assert "parameters  41,2" in str(model)
    html = model._repr_html_()
    assert "<img alt=" in html
    assert "body.layer1" in html
    assert "<script" not in html


def test_a_spec_shows_only_what_it_says() -> None:
    assert repr(archc.compile(TEXT).spec) == (
        "Spec(archc=1, input=ImageInput(size=(64, 64)), "
        "model=Unet(classes=3, body=Body(ref='torchvision/resnet18')))"
    )


def test_without_weights_nothing_is_read() -> None:
    wanting = copy.deepcopy(SMALL)
    wanting["model"]["weights"] = "nowhere.safetensors"
    model = archc.compile(wanting)
    assert isinstance(model.build(weights=None), torch.nn.Module)
    with pytest.raises(archc.WorldError):
        model.build()


def test_weights_of_a_run_are_those_it_ended_with(trained: Path) -> None:
    model = archc.compile(SMALL)
    loaded = model.build(weights=trained).state_dict()
    kept = archc.Run(trained).module.state_dict()
    assert all(torch.equal(loaded[name], kept[name]) for name in kept)
    start = model.build().state_dict()
    assert not all(torch.equal(start[name], kept[name]) for name in kept)


def test_the_latest_fit_is_what_is_exported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    model = archc.compile(SMALL, overrides={"train.phases.0.epochs": 1})
    with pytest.warns(UserWarning, match="random"):
        start = model.export("start.onnx")
    for _ in model.fit(device="cpu"):
        pass
    assert model.run == Path("runs/small-1")
    trained, own = model.export("trained.onnx"), model.export("own.onnx", model.build())
    assert trained.sha256 == archc.open("runs/small-1").export("again.onnx").sha256  # type: ignore[union-attr]
    assert start.sha256 == own.sha256 != trained.sha256


def test_a_fit_that_is_left_early_keeps_its_weights(tmp_path: Path) -> None:
    model = archc.compile(SMALL)
    for event in model.fit(run=tmp_path / "run", device="cpu"):
        if isinstance(event, archc.events.EpochEnd):
            break
    del event
    run = archc.Run(tmp_path / "run")
    with pytest.warns(UserWarning, match="epoch"):
        assert isinstance(run.module, torch.nn.Module)
    with pytest.raises(archc.WorldError):
        _ = run.metrics


def test_a_network_in_one_line() -> None:
    net = archc.model("unet", body="torchvision/resnet18", classes=5, size=64, channels=4)
    assert net.eval()(torch.zeros(2, 4, 64, 64)).shape == (2, 5, 64, 64)
    again = archc.model("unet", body="torchvision/resnet18", classes=5, size=64, channels=4)
    assert all(torch.equal(a, b) for a, b in zip(net.parameters(), again.parameters(), strict=True))


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"body": "torchvision/resnet1"}, "ARC201"),
        ({"decoder": {"up": 1}}, "ARC101"),
        ({"size": 0}, "ARC107"),
    ],
)
def test_a_network_in_one_line_is_checked(given: dict[str, Any], code: str) -> None:
    with pytest.raises(archc.SpecError) as caught:
        archc.model(**{"kind": "unet", "body": "torchvision/resnet18", "classes": 2} | given)
    assert caught.value.diagnostics[0].code == code
