"""What Python callers give that is not quite what is asked for: taken, or refused in words."""

from __future__ import annotations

import base64
import copy
import enum
import json
import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import archc
from tests.front.conftest import SMALL


class Epochs(enum.IntEnum):
    FEW = 3


def test_a_drawing_in_a_notebook_styles_nothing_but_itself() -> None:
    model = archc.compile(SMALL, overrides={"name": 'a"<b>&'})
    html = model._repr_html_()
    assert "<style" not in html
    assert 'alt="drawing of a&quot;&lt;b&gt;&amp;"' in html
    data = re.search(r'src="data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)"', html)
    assert data is not None
    assert base64.b64decode(data[1]).decode() == model.svg()


def test_a_fit_left_by_its_caller_is_no_crash(tmp_path: Path) -> None:
    for event in archc.compile(SMALL).fit(run=tmp_path / "run", device="cpu"):
        if isinstance(event, archc.events.Step):
            break
    assert json.loads((tmp_path / "run/ended.json").read_text())["cause"] == "by its caller"
    with pytest.warns(UserWarning, match="was stopped .*caller.* in epoch 1 of 2") as told:
        assert isinstance(archc.Run(tmp_path / "run").module, torch.nn.Module)
    assert told[0].filename == __file__


def test_a_fit_left_at_its_last_event_has_finished(tmp_path: Path) -> None:
    model = archc.compile(SMALL, overrides={"train.phases.0.epochs": 1})
    for event in model.fit(run=tmp_path / "run", device="cpu"):
        if isinstance(event, archc.events.RunEnd):
            break
    assert not (tmp_path / "run/ended.json").exists()


def test_paths_enums_and_numpy_values_are_values() -> None:
    given = copy.deepcopy(SMALL)
    given["input"] = {"size": np.array([8, 8]), "channels": np.int64(1)}
    given["model"]["weights"] = Path("some/where.safetensors")
    values = {"train.phases.0.lr": np.float64(0.5), "train.phases.0.epochs": Epochs.FEW}
    spec = archc.compile(given, overrides=values | {"model.weights": Path("x.safetensors")}).spec
    assert spec.train is not None
    assert (spec.train.phases[0].lr, spec.train.phases[0].epochs) == (0.5, 3)
    assert archc.compile(given).document.data["model"]["weights"] == "some/where.safetensors"
    assert archc.compile(given, overrides=None).document.data["input"] == {"size": [8, 8], "channels": 1}


@pytest.mark.parametrize("value", [object(), b"x", {1, 2}, np.datetime64("2020-01-01"), 1j])
def test_a_value_of_another_type_is_named_with_its_place(value: Any) -> None:
    said = r"`input.size.0` is of type \w+; specs hold text, numbers, booleans, lists and tables"
    with pytest.raises(TypeError, match=said):
        archc.compile({"archc": 1, "input": {"size": [value]}})
    with pytest.raises(TypeError, match=said.replace(".0", "")):
        archc.compile(SMALL, overrides={"input.size": value})


def test_what_is_no_spec_and_no_overrides_is_refused() -> None:
    with pytest.raises(TypeError, match="not bytes"):
        archc.compile(b"archc = 1")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="NoneType"):
        archc.compile(SMALL, overrides={"name": None})
    around: dict[str, Any] = {"archc": 1}
    around["input"] = around
    with pytest.raises(TypeError, match="holds itself"):
        archc.compile(around)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"top": 0}, "1 or more"),
        ({"top": -1}, "1 or more"),
        ({"batch": 0}, "1 or more"),
        ({"threshold": 2}, "from 0 to 1"),
        ({"threshold": float("nan")}, "from 0 to 1"),
        ({"size": (64, 64)}, '"model" or "keep"'),
        ({"size": "x"}, '"model" or "keep"'),
    ],
)
def test_arguments_of_predict_are_checked(exported: Path, wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        archc.Session(exported, device="cpu").predict(np.zeros((8, 8), np.uint8), **wrong)


@pytest.mark.parametrize("module", [torch.nn.Linear(2, 2), 3, False])
def test_what_build_did_not_return_is_not_exported(tmp_path: Path, module: Any) -> None:
    with pytest.raises(TypeError, match=f"the {type(module).__name__} is not a module that build"):
        archc.compile(SMALL).export(tmp_path / "x.onnx", module)


def test_the_module_of_another_model_is_not_exported(tmp_path: Path) -> None:
    other = archc.compile(SMALL, overrides={"model.body.stages.0.layers.0.out_channels": 4}).build()
    with pytest.raises(TypeError, match="is not a module that build"):
        archc.compile(SMALL).export(tmp_path / "x.onnx", other)


@pytest.mark.parametrize("weights", ["spec", None])
def test_a_device_that_is_not_there_is_named(weights: Any) -> None:
    with pytest.raises(archc.WorldError, match="no device `gpu`"):
        archc.compile(SMALL).build(device="gpu", weights=weights)


def test_overrides_from_python_are_no_command_line() -> None:
    with pytest.raises(archc.SpecError, match="--> overrides:1:"):
        archc.compile(SMALL, overrides={"train.batch_size": -1})


def test_a_taken_folder_is_told_in_words_of_python(trained: Path) -> None:
    with pytest.raises(archc.WorldError, match="name another with run=, or"):
        next(archc.compile(SMALL).fit(run=trained, device="cpu"))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (np.zeros((8, 8)), "convert it to uint8 with values 0 to 255"),
        (np.zeros((1, 8, 8), np.uint8), r"transpose\(1, 2, 0\)"),
        (np.zeros((8, 8, 2), np.uint8), r"\(H, W, C\): convert it"),
        (np.zeros(8, np.uint8), r"\(H, W\) or \(H, W, C\)"),
    ],
)
def test_an_array_of_another_kind_has_its_remedy(exported: Path, given: Any, said: str) -> None:
    with pytest.raises(archc.WorldError, match=said):
        archc.Session(exported, device="cpu").predict(given)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (torch.zeros(8, 8), r"what is given .* a Tensor: give \.numpy\(\)"),
        ([torch.zeros(8, 8)], r"image 0 is no image but a Tensor: give \.numpy\(\)"),
        (bytearray(b"x"), r"a bytearray: give bytes\(\)"),
    ],
)
def test_what_can_become_an_image_is_told_how(exported: Path, given: Any, said: str) -> None:
    with pytest.raises(TypeError, match=said):
        archc.Session(exported, device="cpu").predict(given)


def test_a_random_network_is_not_exported_in_silence(tmp_path: Path) -> None:
    model = archc.compile(SMALL)
    with pytest.warns(UserWarning, match="random") as told:
        model.export(tmp_path / "x.onnx")
    assert told[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.export(tmp_path / "x.onnx", model.build())
