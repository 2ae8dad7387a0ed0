"""`archc predict` over files of which some cannot be read: those are named, the others predicted, exit 2."""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper
from PIL import Image

from archc.cli import main
from archc.files.errors import WorldError
from archc.runtime.limits import Limits
from archc.runtime.predict import Failure, How, Prediction, predict_each
from archc.runtime.session import open_model, require_finite

Written = Callable[..., Path]
Outcome = tuple[int, list[str], list[str]]


@pytest.fixture
def ask(capfd: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """A function that runs `archc predict` and returns status and the lines of both streams."""

    def run(*arguments: object) -> Outcome:
        status = main(["predict", "--device", "cpu", "--modified", *map(str, arguments)])
        out, err = capfd.readouterr()
        assert "Traceback" not in err
        assert all(line.isprintable() for line in (out + err).splitlines())
        return status, out.splitlines(), err.splitlines()

    return run


def image(path: Path, color: tuple[int, int, int] = (255, 0, 0)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (24, 16), color).save(path)
    return path


ROUGH: dict[str, Callable[[Path], object]] = {
    "missing": lambda p: None,
    "empty": lambda p: p.touch(),
    "text": lambda p: p.write_text("%!PS"),
    "cut": lambda p: p.write_bytes(image(p.with_name("whole.png")).read_bytes()[:50]),
    "folder": lambda p: p.mkdir(),
    "self-link": lambda p: p.symlink_to(p.name),
    "broken link": lambda p: p.symlink_to("nowhere"),
    "pipe": lambda p: os.mkfifo(p),
    "device": lambda p: p.symlink_to("/dev/zero"),
    "long bomb": lambda p: (
        Image.new("1", (1, 70_000_000)).save(p.with_name("b.png")) or p.with_name("b.png").rename(p)
    ),
}


@pytest.mark.skipif(sys.platform == "win32", reason="needs pipes and links")
@pytest.mark.parametrize("kind", ROUGH)
def test_a_bad_file_leaves_its_neighbors_alone(
    kind: str, ask: Callable[..., Outcome], write_model: Written, tmp_path: Path
) -> None:
    good = [image(tmp_path / f"{name}.png") for name in "ac"]
    bad = tmp_path / "b.png"
    ROUGH[kind](bad)
    status, out, err = ask(write_model("scores"), good[0], bad, good[1], good[0])
    assert status == 2
    assert [line.split(":")[0] for line in out] == [str(p) for p in (good[0], good[1], good[0])]
    assert len(err) == 2
    assert err[0].startswith("error: ")
    assert str(bad) in err[0]
    assert err[1] == "error: 1 of 4 have no prediction"


@pytest.mark.skipif(sys.platform == "win32", reason="needs pipes and links")
def test_a_folder_of_rough_files(
    ask: Callable[..., Outcome], write_model: Written, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "images"
    for name in ("0.png", "9.png", "5\n::error::\x1b[31m.png"):
        image(folder / name)
    monkeypatch.chdir(folder)
    for name in ("1.png", "2\n::warning::x.png"):
        os.mkfifo(name)
    Path("3.png").symlink_to("3.png")
    Path("4.png").mkdir()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("6.png")
        status, out, err = ask(write_model("scores"), ".")
    assert status == 2
    assert [line.split(":")[0] for line in out] == ["0.png", "5\\n", "9.png"]
    assert [next(n for n in "12346" if f"{n}" in line) for line in err[:-1]] == list("12346")
    assert err[-1] == "error: 5 of 8 have no prediction"


@pytest.mark.parametrize("name", ["x" * 5000 + ".png", "a/" * 3000 + "b.png", "\n\x1b]0;t\x07.png"])
def test_names_that_cannot_be(
    name: str, ask: Callable[..., Outcome], write_model: Written, tmp_path: Path
) -> None:
    good = image(tmp_path / "a.png")
    status, out, err = ask(write_model("scores"), name, good)
    assert (status, len(out), len(err)) == (2, 1, 2)
    assert len(err[0]) < 600


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root reads everything")
def test_what_may_not_be_read(ask: Callable[..., Outcome], write_model: Written, tmp_path: Path) -> None:
    good, bad = image(tmp_path / "a.png"), image(tmp_path / "b.png")
    bad.chmod(0)
    status, out, err = ask(write_model("scores"), bad, good)
    assert (status, len(out)) == (2, 1)
    assert "Permission denied" in err[0]


def test_records_say_which_failed(ask: Callable[..., Outcome], write_model: Written, tmp_path: Path) -> None:
    good, bad = image(tmp_path / "a.png"), tmp_path / "b\n.png"
    status, out, err = ask(write_model("scores"), "--json", bad, good, bad)
    records = [json.loads(line) for line in out]
    assert status == 2
    assert [record["image"] for record in records] == [str(bad), str(good), str(bad)]
    assert ["error" in record for record in records] == [True, False, True]
    assert records[0]["error"].isprintable()
    assert len(err) == 3


def test_class_maps_of_the_others_are_written(
    ask: Callable[..., Outcome], write_model: Written, tmp_path: Path
) -> None:
    good, bad, long = (image(tmp_path / f"{n}.png") for n in ("a", "b", "x" * 250))
    bad.write_bytes(b"\x89PNG\r\n\x1a\n")
    status, out, err = ask(write_model(), good, bad, long, "--out", tmp_path / "seen")
    assert (status, len(out), len(err)) == (2, 1, 3)
    assert "would be too long" in err[0] + err[1]
    assert sorted(p.name for p in (tmp_path / "seen").iterdir()) == ["a_classes.png", "a_overlay.png"]


def test_rows_of_the_others_are_written(
    ask: Callable[..., Outcome], write_model: Written, tmp_path: Path
) -> None:
    good, bad = image(tmp_path / "a.png"), tmp_path / "b.png"
    table = tmp_path / "t.npy"
    status, out, _ = ask(write_model("scores"), good, bad, good, "--out", table)
    assert (status, out) == (2, [f"{table}: scores 2x3, without 1 of 3"])
    assert np.load(table).shape == (2, 3)
    table.unlink()
    assert ask(write_model("scores"), bad, "--out", table)[0] == 2
    assert not table.exists()


def test_an_empty_folder_among_others(
    ask: Callable[..., Outcome], write_model: Written, tmp_path: Path
) -> None:
    good = image(tmp_path / "a.png")
    (tmp_path / "empty").mkdir()
    status, out, err = ask(write_model("scores"), tmp_path / "empty", good)
    assert (status, len(out)) == (2, 1)
    assert "no image in" in err[0]


def two_inputs(path: Path) -> Path:
    model = onnx.load(path)
    model.graph.input.append(model.graph.input[0])
    model.graph.input[1].name = "other"
    model.graph.node[0].input[1] = "other"
    entry = next(e for e in model.metadata_props if e.key == "archc.input")
    told = json.loads(entry.value)
    told["inputs"].append(told["inputs"][0] | {"name": "other"})
    entry.value = json.dumps(told)
    onnx.save(model, path)
    return path


def test_pairs_of_which_one_cannot_be_read(
    ask: Callable[..., Outcome], write_model: Written, tmp_path: Path
) -> None:
    model = two_inputs(write_model("scores"))
    for name in ("l/1.png", "l/2.png", "l/3.png", "r/1.png", "r/2.png", "r/4.png", "r/4.jpg"):
        image(tmp_path / name)
    (tmp_path / "r" / "2.png").write_bytes(b"")
    status, out, err = ask(model, "--json", tmp_path / "l", tmp_path / "r")
    records = [json.loads(line) for line in out]
    assert status == 2
    assert ["error" in record for record in records] == [False, True, True, True]
    assert "r/2.png` is" in records[1]["error"].replace("\\", "/")
    assert "`3` is not in" in records[2]["error"]
    assert "`4` is not in" in records[3]["error"]
    assert len(err) == 4
    status, out, err = ask(
        model, tmp_path / "l/1.png", tmp_path / "none.png", tmp_path / "l/1.png", tmp_path / "r/1.png"
    )
    assert (status, len(out), len(err)) == (2, 1, 2)


def dividing(path: Path) -> Path:
    """A model whose scores are not finite for an image that is black throughout."""
    model = onnx.load(path)
    last = model.graph.node[-1]
    last.output[0] = "sums"
    model.graph.node.append(helper.make_node("Add", ["sums", "one"], ["more"]))
    model.graph.node.append(helper.make_node("Div", ["one", "more"], ["scores"]))
    model.graph.initializer.append(numpy_helper.from_array(np.array(1, np.float32), "one"))
    onnx.save(model, path)
    return path


def test_numbers_that_are_not_finite_are_no_prediction(
    ask: Callable[..., Outcome], write_model: Written, tmp_path: Path
) -> None:
    white, black = image(tmp_path / "w.png", (255, 255, 255)), image(tmp_path / "b.png", (0, 0, 0))
    model = dividing(write_model("scores"))
    status, out, err = ask(model, white, black, white)
    assert (status, len(out), len(err)) == (2, 2, 2)
    assert f"`{black}`: the output `scores` of `{model}` is not finite" in err[0]


def test_measuring_takes_finite_numbers_alone(write_model: Written) -> None:
    model = open_model(write_model("scores"), device="cpu")
    require_finite(model, {"scores": np.ones(3)})
    for value in (np.nan, np.inf, -np.inf):
        with pytest.raises(WorldError, match=r"output `scores` of .*model\.onnx` is not finite"):
            require_finite(model, {"scores": np.array([1, value])})


def test_at_their_own_sizes_one_may_be_too_large(write_model: Written, tmp_path: Path) -> None:
    """With room for the small images alone, the large one is named."""
    small, large = image(tmp_path / "s.png"), tmp_path / "l.png"
    Image.new("RGB", (5000, 4000)).save(large)
    model = open_model(write_model(), device="cpu", limits=Limits(memory=100_000_000))
    found = list(predict_each(model, [(small,), (large,), (small,)], How(size="keep")))
    assert [type(one) for one in found] == [Prediction, Failure, Prediction]
    assert isinstance(found[1], Failure)
    assert "needs more than 0.1 GB of memory" in str(found[1].fault)


def test_failures_come_in_their_places_and_do_not_wait(write_model: Written, tmp_path: Path) -> None:
    model = open_model(write_model("scores"), device="cpu")
    good = image(tmp_path / "g.png")
    order = "bbgggbggggggggggb"
    groups = [((good if kind == "g" else tmp_path / "none.png"),) for kind in order]
    found = list(predict_each(model, groups, How(batch=4)))
    assert "".join("g" if isinstance(one, Prediction) else "b" for one in found) == order

    def endless() -> object:
        while True:
            yield (tmp_path / "none.png",)

    first = predict_each(model, endless(), How())  # type: ignore[arg-type]
    assert isinstance(next(iter(first)), Failure)


@pytest.mark.parametrize("wrong", ["0", "-1", "nan", "inf", "much", "1e12"])
@pytest.mark.parametrize("flag", ["--max-seconds", "--max-memory"])
def test_limits_are_numbers_above_0(flag: str, wrong: str, write_model: Written, tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["predict", str(write_model("scores")), str(tmp_path / "a.png"), f"{flag}={wrong}"])
    assert ended.value.code == 2


def test_limits_hold(ask: Callable[..., Outcome], write_model: Written, tmp_path: Path) -> None:
    model, good = write_model("scores"), image(tmp_path / "a.png")
    assert ask(model, good, "--max-memory", "3", "--max-seconds", "50.5")[0] == 0
    status, _, err = ask(model, good, "--max-seconds", "0.001")
    assert (status, "was not opened within 0" in err[0]) == (2, True)
