"""Predictions from Python."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import archc

UNET = """
archc = 1
name = "maps"
[input]
size = [16, 16]
[model]
kind = "unet"
classes = 2
[model.body]
[[model.body.stages]]
name = "one"
layers = [{ op = "conv2d", out_channels = 4, kernel_size = 3, stride = 2 }, { op = "relu" }]
[[model.body.stages]]
name = "two"
layers = [{ op = "conv2d", out_channels = 8, kernel_size = 3, stride = 2 }, { op = "relu" }]
"""


@pytest.fixture(scope="session")
def session(exported: Path) -> archc.Session:
    opened = archc.open(exported)
    assert isinstance(opened, archc.Session)
    return opened


@pytest.fixture(scope="session")
def digit() -> Any:
    return np.random.default_rng(1).integers(0, 256, (8, 8), dtype=np.uint8)


def probabilities(found: archc.Prediction) -> list[float]:
    return [round(one.score, 6) for one in found.classes]


def test_every_form_of_an_image_gives_the_same(session: archc.Session, digit: Any, tmp_path: Path) -> None:
    image = Image.fromarray(digit)
    image.save(tmp_path / "digit.png")
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    forms = [tmp_path / "digit.png", str(tmp_path / "digit.png"), buffer.getvalue(), image, digit,
             digit[:, :, None], image.convert("RGB")]  # fmt: skip
    one_by_one = [session.predict(form) for form in forms]
    together = session.predict(forms)
    assert len({tuple(probabilities(found)) for found in (*one_by_one, *together)}) == 1
    assert one_by_one[0].class_name == session.classes[int(one_by_one[0].outputs["scores"].best[0].index)]
    assert 0 < one_by_one[0].probability <= 1
    assert repr(one_by_one[0]).startswith(f"Prediction({one_by_one[0].class_name!r} 0.")


def test_a_batch_is_an_array_of_four_dimensions(session: archc.Session, digit: Any) -> None:
    found = session.predict(np.stack([digit[:, :, None]] * 3))
    assert [probabilities(one) for one in found] == [probabilities(session.predict(digit))] * 3
    assert session.predict([]) == []


def test_numbers_are_those_of_the_run_itself(session: archc.Session, digit: Any) -> None:
    raw = session.run({"image": ((digit / 255 - 0.5) / 0.5).astype(np.float32)[None, None]})
    assert np.allclose(session.predict(digit).arrays["scores"], raw["scores"][0], atol=1e-5)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (np.zeros((8, 8), np.float64), "64-bit floating-point"),
        (np.zeros((8, 8, 3), np.uint8), "3 channels; the model takes 1"),
        (np.zeros(8, np.uint8), "1 dimensions"),
        (b"no image", "is not an image"),
        (Image.new("I", (8, 8)), "neither gray nor RGB"),
        ("nowhere.png", "nowhere.png"),
    ],
)
def test_what_the_model_does_not_take_is_refused(session: archc.Session, given: Any, said: str) -> None:
    with pytest.raises(archc.WorldError, match=said):
        session.predict(given)


@pytest.mark.parametrize("given", [3, [object()]])
def test_what_is_no_image_is_a_type_error(session: archc.Session, given: Any) -> None:
    with pytest.raises(TypeError, match="no image"):
        session.predict(given)


def test_a_property_of_another_task_says_what_there_is(session: archc.Session, digit: Any) -> None:
    with pytest.raises(AttributeError, match="`scores` \\(classification\\)"):
        _ = session.predict(digit).mask


def test_a_mask_has_the_size_of_its_image(tmp_path: Path) -> None:
    model = archc.compile(UNET)
    model.export(tmp_path / "maps.onnx", model.build())
    session = archc.Session(tmp_path / "maps.onnx", device="cpu")
    found = session.predict(Image.new("RGB", (40, 30), "red"))
    assert found.mask.shape == (30, 40)
    assert found.mask.dtype == np.uint8
    assert sum(found.shares.values()) == pytest.approx(1)
    assert found.overlay().width >= 40
    assert (found._repr_png_() or b"").startswith(b"\x89PNG")


def test_a_model_of_two_inputs_takes_tuples(tmp_path: Path) -> None:
    spec = UNET.replace('kind = "unet"\nclasses = 2', 'kind = "siamese"\nembedding = 4').replace(
        "[input]\nsize = [16, 16]", "[inputs.a]\nsize = [16, 16]\n[inputs.b]\nsize = [16, 16]"
    )
    model = archc.compile(spec)
    model.export(tmp_path / "twins.onnx", model.build())
    session = archc.Session(tmp_path / "twins.onnx", device="cpu")
    red, blue = Image.new("RGB", (16, 16), "red"), Image.new("RGB", (16, 16), "blue")
    pair, same = session.predict([(red, blue), (red, red)])
    assert set(pair.arrays) == set(session.outputs)
    assert len(pair.arrays) == 2
    assert session.predict((red, blue)).outputs.keys() == same.outputs.keys()
    with pytest.raises(TypeError, match="2 images"):
        session.predict([red])
