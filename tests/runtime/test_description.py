"""What a file says of itself is a stranger's word: every field of it is checked before it is believed."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import onnx
import pytest

from archc.cli.main import main
from archc.files.errors import WorldError
from archc.runtime.description import Description, described
from archc.runtime.inputs import TensorInput
from archc.runtime.inputs.image import ImageInput
from archc.runtime.session import open_model
from tests.runtime.conftest import sealed_again

Written = Callable[..., Path]
TOLD: dict[str, Any] = {
    "inputs": [
        {
            "name": "left",
            "size": [16, 24],
            "channels": 3,
            "mean": [0.5, 0.4, 0.3],
            "std": [0.2, 0.3, 0.1],
            "dtype": "uint16",
            "range": [0.0, 4095],
        },
        {"name": "row", "size": [], "channels": 7, "mean": [], "std": []},
    ],
    "outputs": [
        {"name": "mask", "task": "segmentation", "postprocess": "argmax", "classes": ["a", "b"]},
        {"name": "far", "task": "embedding", "postprocess": "none", "classes": []},
    ],
    "preprocess": True,
    "dynamic": ["batch", "height"],
    "comparison": {"normalise": True, "same_below": 0.5},
}
WRONG: list[Any] = [
    None, True, False, 0, 1, -1, 2, 16385, 2**31, 2**63, 10**400, 0.0, -0.0, 1.5, 1e308, float("nan"),
    float("inf"), float("-inf"), "", "x", "\x1b[31m", "\ud800", "16", "é" * 5_000, [], [1], [[]], [None],
    ["a", "a"], [1e999], {}, {"name": "x"}, {"size": [1, 1]}, [{}], [3, 3, 3], [True, True], "none",
]  # fmt: skip


def said(told: Any, **more: str) -> dict[str, str]:
    return {"archc.input": json.dumps(told), **more}


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to each value in nested tables and lists."""
    yield at
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield from places(each, (*at, key))


def with_value(told: Any, at: tuple[Any, ...], value: Any) -> Any:
    if not at:
        return value
    changed = copy.deepcopy(told)
    holder = changed
    for key in at[:-1]:
        holder = holder[key]
    holder[at[-1]] = value
    return changed


def without(told: Any, at: tuple[Any, ...]) -> Any:
    changed = copy.deepcopy(told)
    holder = changed
    for key in at[:-1]:
        holder = holder[key]
    del holder[at[-1]]
    return changed


def require_sense(found: Description) -> None:
    """Whatever is believed is of the types that its users rely on."""
    assert found.inputs
    assert found.outputs
    for given in found.inputs:
        assert type(given.name) is str
        if isinstance(given, ImageInput):
            assert all(1 <= side <= 16_384 for side in (given.height, given.width))
            assert 1 <= given.channels < 2**31
            assert all(abs(value) < float("inf") for value in (*given.mean, *given.std))
    for output in found.outputs:
        assert all(type(name) is str for name in output.classes)


def test_what_archc_writes_is_believed() -> None:
    found = described("m.onnx", said(TOLD))
    require_sense(found)
    assert [given.name for given in found.inputs] == ["left", "row"]
    assert found.inputs[1] == TensorInput("row")
    named = with_value(TOLD, ("inputs", 1), {"name": "row", "kind": "tensor"})
    assert described("m.onnx", said(named)).inputs == found.inputs
    explicit = with_value(TOLD, ("inputs", 0, "kind"), "image")
    assert described("m.onnx", said(explicit)).inputs == found.inputs
    assert found.comparison is not None
    assert found.comparison.same_below == 0.5


@pytest.mark.parametrize("at", list(places(TOLD)), ids=str)
def test_no_field_may_be_anything(at: tuple[Any, ...]) -> None:
    changed = [with_value(TOLD, at, value) for value in WRONG] + ([without(TOLD, at)] if at else [])
    for told in changed:
        try:
            require_sense(described("m.onnx", said(told)))
        except WorldError as error:
            assert "describes itself in a way that makes no sense" in error.message  # noqa: PT017


@pytest.mark.parametrize(
    ("at", "value"),
    [
        (("inputs", 0, "size"), [float("inf"), 16]),
        (("inputs", 0, "size"), [16.5, 16]),
        (("inputs", 0, "size"), "ab"),
        (("inputs", 0, "size"), [16, 16, 16]),
        (("inputs", 0, "channels"), float("inf")),
        (("inputs", 0, "channels"), True),
        (("inputs", 0, "mean"), [float("nan")] * 3),
        (("inputs", 0, "std"), [0, 1, 1]),
        (("inputs", 0, "dtype"), "int7"),
        (("inputs", 0, "range"), [0.0, float("inf")]),
        (("inputs", 0, "range"), [1, 1]),
        (("inputs", 0, "range"), [0, 1, 2]),
        (("inputs", 1, "name"), "left"),
        (("inputs", 1, "kind"), "sound"),
        (("inputs", 0, "name"), 3),
        (("outputs", 1, "name"), "mask"),
        (("outputs", 0, "task"), []),
        (("outputs", 0, "classes"), "ab"),
        (("outputs", 0, "classes"), {"a": 1}),
        (("preprocess",), "no"),
        (("dynamic",), "batch"),
        (("comparison",), []),
        (("comparison", "same_below"), 10**400),
    ],
)
def test_what_makes_no_sense_is_refused(at: tuple[Any, ...], value: Any) -> None:
    with pytest.raises(WorldError, match="makes no sense"):
        described("m.onnx", said(with_value(TOLD, at, value)))


@pytest.mark.parametrize("text", ["", "null", "[", "[" * 100_000, '"x"', "1" * 5_000, "{}", "\x00", "[]"])
def test_text_that_is_no_description(text: str) -> None:
    with pytest.raises(WorldError, match="makes no sense"):
        described("m.onnx", {"archc.input": text})


@pytest.mark.parametrize("key", [b"archc.spec", b"archc.input", b"archc.sha256"])
def test_metadata_that_is_not_utf8(write_model: Written, key: bytes) -> None:
    path = write_model("scores")
    raw = path.read_bytes()
    if key == b"archc.sha256":
        model = onnx.load(path)
        model.metadata_props.add(key=key.decode(), value="0123")
        raw = sealed_again(model, path).read_bytes()
    at = raw.index(key) + len(key) + 4
    path.write_bytes(raw[:at] + b"\xff" + raw[at + 1 :])
    for modified in (False, True):
        with pytest.raises(WorldError, match="makes no sense"):
            open_model(path, device="cpu", modified=modified)


def test_metadata_of_other_tools_may_be_in_any_encoding(write_model: Written) -> None:
    path = write_model("scores")
    model = onnx.load(path)
    model.metadata_props.add(key="author", value="Muller")
    raw = sealed_again(model, path).read_bytes().replace(b"Muller", b"M\xfcller")
    path.write_bytes(raw)
    assert open_model(path, device="cpu", modified=True).description.task == "classification"


def test_the_command_says_it_in_one_line(
    write_model: Written, write_picture: Written, capsys: pytest.CaptureFixture[str]
) -> None:
    path, picture = write_model("scores"), write_picture()
    model = onnx.load(path)
    for entry in model.metadata_props:
        if entry.key == "archc.input":
            entry.value = entry.value.replace('"size": [', '"size": [1e999, ', 1)
    onnx.save(model, path)
    for more in ([], ["--modified"]):
        assert main(["predict", str(path), str(picture), *more]) == 2
        said = capsys.readouterr().err
        assert "describes itself in a way that makes no sense" in said
        assert said.count("\n") == 2


def mutated(told: Any, random: random.Random) -> Any:
    """The description with one to four of its values exchanged, moved, doubled or left out."""
    for _ in range(random.randint(1, 4)):
        at = random.choice(list(places(told)))
        match random.randrange(4):
            case 0:
                told = with_value(told, at, random.choice(WRONG))
            case 1 if at:
                told = without(told, at)
            case 2:
                told = with_value(told, at, [copy.deepcopy(told)] * random.randint(0, 3))
            case _:
                other: Any = told
                for key in random.choice(list(places(told))):
                    other = other[key]
                told = with_value(told, at, copy.deepcopy(other))
    return told


@pytest.mark.parametrize(
    ("first", "trials"), [(0, 500), pytest.param(10_000, 20_000, marks=pytest.mark.nightly)]
)
def test_mutations_end_in_sense_or_one_line(first: int, trials: int) -> None:
    for seed in range(first, first + trials):
        try:
            require_sense(described("m.onnx", said(mutated(TOLD, random.Random(seed)))))
        except WorldError as error:
            assert "makes no sense" in error.message  # noqa: PT017


@pytest.mark.parametrize(
    ("first", "trials"), [(0, 60), pytest.param(10_000, 3_000, marks=pytest.mark.nightly)]
)
def test_mutated_bytes_of_the_file_end_in_a_model_or_one_line(
    write_model: Written, first: int, trials: int
) -> None:
    """Flips, cuts, doubled and exchanged stretches, with `--modified`, so that the digest hides nothing."""
    path = write_model("scores")
    whole = path.read_bytes()
    for seed in range(first, first + trials):
        path.write_bytes(battered(whole, random.Random(seed)))
        try:
            require_sense(open_model(path, device="cpu", modified=True).description)
        except WorldError as error:
            assert error.message.isprintable()  # noqa: PT017


def battered(content: bytes, random: random.Random) -> bytes:
    at, size = random.randrange(len(content)), random.choice((1, 2, 5, 50))
    match random.randrange(4):
        case 0:
            changed = bytearray(content)
            changed[at] ^= 1 << random.randrange(8)
            return bytes(changed)
        case 1:
            return content[:at] + content[at + size :]
        case 2:
            return content[:at] + content[at : at + size] * 2 + content[at + size :]
        case _:
            return content[:at] + random.randbytes(size) + content[at + size :]
