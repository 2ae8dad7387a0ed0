"""An exported file that changed since it was written is refused, whatever changed it."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import onnx
import pytest

from archc.cli.main import main
from archc.files.errors import WorldError
from archc.files.hashing import sha256_file
from archc.runtime.intact import EXTERNAL, require_intact
from archc.runtime.session import open_model
from tests.runtime.conftest import sealed_again

Written = Callable[..., Path]


def flip(path: Path, bit: int) -> None:
    content = bytearray(path.read_bytes())
    content[bit // 8] ^= 1 << bit % 8
    path.write_bytes(content)


@pytest.mark.parametrize("seed", range(3))
def test_flipped_bits_are_refused(write_model: Written, seed: int) -> None:
    path = write_model("scores")
    require_intact(path)
    bits = random.Random(seed).sample(range(path.stat().st_size * 8), 60)
    for bit in bits:
        flip(path, bit)
        with pytest.raises(WorldError):
            open_model(path, device="cpu")
        flip(path, bit)
    assert open_model(path, device="cpu").description.task == "classification"


@pytest.mark.parametrize("bit", [0, 7])
def test_a_flip_in_the_weights_says_what_to_do(
    write_model: Written, write_picture: Written, capsys: pytest.CaptureFixture[str], bit: int
) -> None:
    path, picture = write_model("scores"), write_picture()
    gain = path.read_bytes().rindex(b"\x00\x00\x80\x3f")
    flip(path, gain * 8 + bit)
    assert main(["predict", str(path), str(picture), "--device", "cpu"]) == 2
    said = capsys.readouterr().err
    assert "is not as `archc export` wrote it: it is damaged, or another tool changed it" in said
    assert "--modified takes it as it is" in said
    assert main(["predict", str(path), str(picture), "--device", "cpu", "--modified"]) == 0


def test_what_another_tool_changed_is_taken_when_told(write_model: Written) -> None:
    path = write_model("scores")
    model = onnx.load(path)
    model.producer_name = "a quantizer"
    onnx.save(model, path)
    with pytest.raises(WorldError, match="another tool changed it"):
        open_model(path, device="cpu")
    assert open_model(path, device="cpu", modified=True).description.classes == ("red", "green", "blue")


@pytest.mark.parametrize("how", ["none", "two", "short", "elsewhere"])
def test_a_file_without_one_proper_digest_is_refused(write_model: Written, how: str) -> None:
    path = write_model("scores")
    model = onnx.load(path)
    (entry,) = [entry for entry in model.metadata_props if entry.key == "archc.digest"]
    match how:
        case "none":
            model.metadata_props.remove(entry)
        case "two":
            model.metadata_props.add(key=entry.key, value=entry.value)
        case "short":
            entry.value = entry.value[:-1]
        case _:
            entry.key = "other.digest"
    onnx.save(model, path)
    with pytest.raises(WorldError, match="is not as `archc export` wrote it"):
        open_model(path, device="cpu")


def test_a_text_that_looks_like_the_digest_is_not_taken_for_it(write_model: Written) -> None:
    path = write_model("scores")
    model = onnx.load(path)
    model.functions.add(name="f", doc_string="\n\x0carchc.digest\x12@" + "0" * 64)
    onnx.save(model, path)
    with pytest.raises(WorldError, match="is not as `archc export` wrote it"):
        require_intact(path)


def with_external(path: Path, listed: object) -> Path:
    model = onnx.load(path)
    model.metadata_props.add(key=EXTERNAL, value=json.dumps(listed))
    return sealed_again(model, path)


def test_external_data_is_under_the_same_seal(write_model: Written) -> None:
    path = write_model("scores")
    data = path.with_name("model.onnx.data")
    data.write_bytes(bytes(1000))
    with_external(path, {data.name: {"bytes": 1000, "sha256": sha256_file(data)}})
    require_intact(path)
    flip(data, 4321)
    with pytest.raises(WorldError, match=r"model\.onnx\.data` is not as"):
        require_intact(path)
    data.unlink()
    with pytest.raises(WorldError, match=r"model\.onnx\.data` is not as"):
        require_intact(path)


@pytest.mark.parametrize("listed", [3, {"../x": {"bytes": 1, "sha256": ""}}, {"x": 1}, {"x": {}}, {"": {}}])
def test_external_data_that_makes_no_sense(write_model: Written, listed: object) -> None:
    with pytest.raises(WorldError, match="makes no sense"):
        require_intact(with_external(write_model("scores"), listed))
