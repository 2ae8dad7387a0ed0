"""Pictures through a model, without torch."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from archc.files.errors import WorldError
from archc.runtime.outputs import Classes, ClassMap, Labels, Numbers, Values, at_size
from archc.runtime.overlays import class_map_image, overlaid, write_class_map, write_overlay
from archc.runtime.palette import colors
from archc.runtime.predict import Prediction, predict
from archc.runtime.session import Model, open_model

Written = Callable[..., Path]


def maps(model: Model, *paths: Path, **how: object) -> list[ClassMap]:
    found = [p.first for p in predict(model, paths, **how)]  # type: ignore[arg-type]
    assert all(isinstance(p, ClassMap) for p in found)
    return found  # type: ignore[return-value]


def classes(prediction: Prediction) -> Classes:
    assert isinstance(prediction.first, Classes)
    return prediction.first


@pytest.mark.parametrize("preprocess", [True, False])
@pytest.mark.parametrize("kind", ["maps", "argmax"])
def test_a_class_map_has_the_pictures_own_size(
    kind: str, preprocess: bool, write_model: Written, write_picture: Written
) -> None:
    model = open_model(write_model(kind, preprocess=preprocess), device="cpu")
    (found,) = maps(model, write_picture(size=(32, 48)))
    assert found.classes.shape == (32, 48)
    assert found.classes.dtype == np.uint8
    assert [found.classes[16, x] for x in (3, 24, 44)] == [0, 1, 2]


def test_pictures_may_keep_their_size(write_model: Written, write_picture: Written) -> None:
    model = open_model(write_model(), device="cpu")
    (found,) = maps(model, write_picture(size=(5, 9)), size="keep")
    assert found.classes.tolist() == [[0] * 3 + [1] * 3 + [2] * 3] * 5


def test_a_model_of_one_size_cannot_keep_theirs(write_model: Written, write_picture: Written) -> None:
    model = open_model(write_model(dynamic=["batch"]), device="cpu")
    with pytest.raises(WorldError, match="one size only"):
        list(predict(model, [write_picture()], size="keep"))


@pytest.mark.parametrize("dynamic", [["batch", "height", "width"], []])
def test_batches_change_nothing(dynamic: list[str], write_model: Written, write_picture: Written) -> None:
    model = open_model(write_model(dynamic=dynamic), device="cpu")
    paths = [write_picture(f"{i}.png", size=(8 + 4 * (i % 2), 12)) for i in range(7)]
    assert [p.paths[0] for p in predict(model, paths, batch=3)] == paths
    together = maps(model, *paths, batch=3)
    alone = [maps(model, path)[0] for path in paths]
    assert all(np.array_equal(a.classes, b.classes) for a, b in zip(together, alone, strict=True))


def test_batches_hold_pictures_of_one_size(
    write_model: Written, write_picture: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = open_model(write_model(), device="cpu")
    seen = []
    run = Model.run
    monkeypatch.setattr(
        Model, "run", lambda self, inputs: seen.append(inputs["image"].shape) or run(self, inputs)
    )
    paths = [write_picture(f"{i}.png", size=s) for i, s in enumerate([(6, 9), (6, 9), (9, 6), (6, 9)])]
    list(predict(model, paths, size="keep"))
    assert seen == [(2, 3, 6, 9), (1, 3, 9, 6), (1, 3, 6, 9)]


def test_classes_are_ranked_and_named(write_model: Written, tmp_path: Path) -> None:
    model = open_model(write_model("scores"), device="cpu")
    Image.new("RGB", (24, 16), (0, 255, 128)).save(tmp_path / "g.png")
    (predicted,) = predict(model, [tmp_path / "g.png"], top=2)
    found = classes(predicted)
    assert [(r.index, r.name) for r in found.best] == [(1, "green"), (2, "blue")]
    scores = np.array([-1, 1, 128 / 255 * 2 - 1])
    assert np.allclose(found.scores, np.exp(scores) / np.exp(scores).sum(), atol=1e-6)
    assert found.best[0].score == pytest.approx(found.scores[1])


def test_numbers_come_with_their_names(write_model: Written, tmp_path: Path) -> None:
    model = open_model(write_model("scores", task="regression"), device="cpu")
    Image.new("RGB", (24, 16), (0, 255, 255)).save(tmp_path / "c.png")
    (found,) = predict(model, [tmp_path / "c.png"])
    assert isinstance(found.first, Values)
    assert [name for name, _ in found.first.values] == ["red", "green", "blue"]
    assert np.allclose([value for _, value in found.first.values], [-1, 1, 1], atol=1e-5)


@pytest.mark.parametrize(
    ("threshold", "held"), [(0.5, ["green", "blue"]), (0.1, ["green", "blue", "red"]), (0.9, [])]
)
def test_labels_hold_from_a_threshold(
    threshold: float, held: list[str], write_model: Written, tmp_path: Path
) -> None:
    model = open_model(write_model("scores", task="multi_label"), device="cpu")
    Image.new("RGB", (24, 16), (0, 255, 255)).save(tmp_path / "c.png")
    (found,) = predict(model, [tmp_path / "c.png"], threshold=threshold)
    assert isinstance(found.first, Labels)
    assert [ranked.name for ranked in found.first.held] == held
    assert found.first.surest.name == "green"
    assert np.allclose(found.first.scores, [0.268941, 0.731059, 0.731059], atol=1e-5)


@pytest.mark.parametrize(
    ("kind", "described"),
    [
        ("scores", {"task": "segmentation"}),
        ("maps", {"task": "classification"}),
        ("maps", {"task": "embedding"}),
        ("argmax", {"task": "regression"}),
        ("scores", {"task": "tensor"}),
    ],
)
def test_answers_of_another_form_than_said_are_shown_as_numbers(
    kind: str, described: dict[str, str], write_model: Written, write_picture: Written
) -> None:
    model = open_model(write_model(kind, **described), device="cpu")
    (found,) = predict(model, [write_picture()])
    assert isinstance(found.first, Numbers)


def test_one_output_cannot_be_compared(write_model: Written, write_picture: Written) -> None:
    how = {"normalise": False, "same_below": 0.5}
    model = open_model(write_model("scores", comparison=how), device="cpu")
    with pytest.raises(WorldError, match="compares what cannot be compared"):
        list(predict(model, [write_picture()]))


def test_gray_and_transparent_and_turned_pictures(write_model: Written, tmp_path: Path) -> None:
    model = open_model(write_model(), device="cpu")
    Image.new("L", (24, 16), 200).save(tmp_path / "gray.png")
    Image.new("RGBA", (24, 16), (0, 0, 255, 9)).save(tmp_path / "clear.png")
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (24, 16), (255, 0, 0)).save(tmp_path / "turned.jpg", exif=exif)
    found = maps(model, tmp_path / "gray.png", tmp_path / "clear.png", tmp_path / "turned.jpg")
    assert [p.classes.shape for p in found] == [(16, 24), (16, 24), (24, 16)]
    assert [int(p.classes[5, 5]) for p in found] == [0, 2, 0]


@pytest.mark.parametrize("dtype", [np.uint16, np.int32, np.float32])
def test_images_of_other_depths_are_refused(write_model: Written, tmp_path: Path, dtype: type) -> None:
    model = open_model(write_model("scores", task="regression"), device="cpu")
    Image.fromarray(np.full((8, 12), 1, dtype)).save(tmp_path / "deep.tif")
    with pytest.raises(WorldError, match=rf"\({np.dtype(dtype).name}\) pixels; the model takes 8-bit"):
        list(predict(model, [tmp_path / "deep.tif"]))


def test_a_truncated_picture_is_named(write_model: Written, write_picture: Written) -> None:
    model = open_model(write_model(), device="cpu")
    path = write_picture("cut.jpg", size=(200, 300))
    path.write_bytes(path.read_bytes()[:1500])
    with pytest.raises(WorldError, match=r"cut\.jpg` is damaged"):
        list(predict(model, [path]))


def test_what_is_no_picture_is_named(write_model: Written, write: Callable[[str, bytes], Path]) -> None:
    model = open_model(write_model(), device="cpu")
    with pytest.raises(WorldError, match=r"a\.png` is not an image"):
        list(predict(model, [write("a.png", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")]))
    with pytest.raises(WorldError, match=r"b\.png"):
        list(predict(model, [Path("b.png")]))


def test_a_bomb_is_refused(write_model: Written, tmp_path: Path) -> None:
    model = open_model(write_model(), device="cpu")
    Image.new("1", (12_000, 9_000)).save(tmp_path / "bomb.png")
    with pytest.raises(WorldError, match=r"bomb\.png` has more than 80,000,000 pixels"):
        list(predict(model, [tmp_path / "bomb.png"]))


def test_every_flipped_byte_gives_a_map_or_one_line(write_model: Written, write_picture: Written) -> None:
    model = open_model(write_model(), device="cpu")
    path = write_picture(size=(6, 9))
    whole = path.read_bytes()
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
        with contextlib.suppress(WorldError):
            list(predict(model, [path]))


def test_nearest_takes_middles() -> None:
    assert at_size(np.array([[0, 1, 2]]), (2, 6)).tolist() == [[0, 0, 1, 1, 2, 2]] * 2
    assert at_size(np.arange(6)[None], (1, 3)).tolist() == [[1, 3, 5]]
    assert at_size(np.array([[300]]), (1, 1)).dtype == np.uint16


def test_a_class_map_is_written_with_its_numbers(tmp_path: Path) -> None:
    classes = np.random.default_rng(0).integers(0, 11, (20, 30)).astype(np.uint8)
    write_class_map(tmp_path / "m.png", classes, 11)
    with Image.open(tmp_path / "m.png") as image:
        assert image.mode == "P"
        assert np.array_equal(np.asarray(image), classes)
        assert image.getpalette()[:33] == [v for c in colors(11) for v in c]  # type: ignore[index]
    many = classes.astype(np.uint16) + 300
    write_class_map(tmp_path / "many.png", many, 400)
    with Image.open(tmp_path / "many.png") as image:
        assert np.array_equal(np.asarray(image), many)
    assert class_map_image(classes, 11).size == (30, 20)


def test_an_overlay_shows_colors_and_a_legend(tmp_path: Path) -> None:
    classes = np.zeros((120, 200), np.uint8)
    classes[:, 100:] = 2
    image = Image.new("RGB", (200, 120), (100, 100, 100))
    shown = np.asarray(overlaid(image, classes, ["sky", "road", "car"]))
    assert shown.shape[1] == 200
    assert shown.shape[0] > 120
    blue, other = (np.array(c) for c in colors(3)[0::2])
    assert np.abs(shown[60, 50] - (0.45 * 100 + 0.55 * blue)).max() <= 1.5
    assert np.abs(shown[60, 150] - (0.45 * 100 + 0.55 * other)).max() <= 1.5
    legend = {tuple(p) for p in shown[120:].reshape(-1, 3).tolist()}
    assert tuple(blue) in legend
    assert tuple(other) in legend
    assert colors(3)[1] not in legend
    write_overlay(tmp_path / "o.png", image, classes, [])
    assert (tmp_path / "o.png").exists()
    assert overlaid(image.resize((8, 6)), classes[:6, :8], ["x" * 30]).width > 8


def test_only_what_prediction_needs_is_imported(
    write_model: Written,
    write_picture: Written,
    fresh_python: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    script = """
import sys, json
from archc.runtime.overlays import write_class_map, write_overlay
from archc.images.pixels import PixelFormat, viewed
from archc.images.reading import read_image
from archc.runtime.predict import predict
from archc.runtime.session import open_model
model = open_model(sys.argv[1])
found, = predict(model, [sys.argv[2]])
write_class_map("map.png", found.first.classes, 3)
image = viewed(read_image(sys.argv[2], PixelFormat(3)))
write_overlay("overlay.png", image, found.first.classes, model.description.classes)
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""
    done = fresh_python("-c", script, str(write_model()), str(write_picture()))
    assert done.returncode == 0, done.stderr
    loaded = set(json.loads(done.stdout.splitlines()[-1]))
    assert loaded.isdisjoint({"torch", "torchvision", "onnx", "pydantic", "safetensors"})
    assert "PIL" in loaded
    assert ("onnxruntime" in loaded) is (sys.platform != "linux")  # there a child process has it


def test_the_command_needs_no_more_than_that(
    write_model: Written,
    write_picture: Written,
    fresh_python: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    script = """
import sys, json
from archc.cli import main
status = main(["predict", *sys.argv[1:], "--out", "seen"])
print(json.dumps([status, sorted({name.partition(".")[0] for name in sys.modules})]))
"""
    done = fresh_python("-c", script, str(write_model()), str(write_picture()))
    assert done.returncode == 0, done.stderr
    line, last = done.stdout.splitlines()
    assert "seen/a_overlay.png  " in line.replace("\\", "/")
    status, loaded = json.loads(last)
    assert status == 0
    assert set(loaded).isdisjoint({"torch", "torchvision", "onnx", "pydantic", "safetensors"})
