"""Opening model files: archc's own open, and a stranger's cannot reach beyond itself."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from archc.files.errors import WorldError
from archc.runtime import wire
from archc.runtime.inputs.image import ImageInput
from archc.runtime.session import open_model

Written = Callable[..., Path]


def edited(path: Path, edit: Callable[[onnx.ModelProto], object]) -> Path:
    model = onnx.load(path)
    edit(model)
    path.write_bytes(model.SerializeToString())
    return path


def outside(weight: TensorProto) -> None:
    weight.ClearField("raw_data")
    weight.data_location = TensorProto.EXTERNAL
    weight.external_data.add(key="location", value="secret.bin")


def test_a_model_says_what_it_is(write_model: Written) -> None:
    model = open_model(write_model("scores", classes=["a", "b", "ß"]), device="cpu")
    described = model.description
    assert (described.task, described.classes, described.spec) == (
        "classification",
        ("a", "b", "ß"),
        "archc = 1\n",
    )
    (given,) = described.inputs
    assert isinstance(given, ImageInput)
    assert (given.name, given.height, given.width) == ("image", 8, 12)
    assert described.any_size
    assert described.outputs[0].class_name(2) == "ß"
    assert described.outputs[0].class_name(7) == "7"
    assert model.device == "cpu"
    assert model.outputs == ("scores",)


def test_weights_outside_the_file_are_refused(write_model: Written) -> None:
    path = edited(write_model(), lambda m: outside(m.graph.initializer[0]))
    with pytest.raises(WorldError, match=r"model\.onnx` keeps weights in other files"):
        open_model(path)


def test_weights_outside_are_found_in_attributes(write_model: Written) -> None:
    def hide(model: onnx.ModelProto) -> None:
        weight = numpy_helper.from_array(np.ones(4, np.float32), "w")
        constant = helper.make_node("Constant", [], ["c"], value=weight)
        outside(constant.attribute[0].t)
        model.graph.node.append(constant)

    with pytest.raises(WorldError, match="keeps weights in other files"):
        open_model(edited(write_model(), hide))


def test_too_many_nodes_are_refused_quickly(write_model: Written) -> None:
    def grow(model: onnx.ModelProto) -> None:
        model.graph.node.extend([model.graph.node[0]] * (wire.MOST_NODES + 1))

    with pytest.raises(WorldError, match="more than 20000 nodes"):
        open_model(edited(write_model(), grow))


@pytest.mark.parametrize("kind", ["Loop", "If", "Scan", "SequenceMap"])
def test_control_flow_is_refused(kind: str, write_model: Written) -> None:
    def nest(model: onnx.ModelProto) -> None:
        inner = helper.make_graph([], "g", [], [])
        model.graph.node.append(helper.make_node(kind, ["c"], ["d"], body=inner))

    with pytest.raises(WorldError, match=rf"graphs within nodes|operator `{kind}`"):
        open_model(edited(write_model(), nest))


@pytest.mark.parametrize(
    "content", [b"", b"not a model", b"\x08\x0a", b"\x3a\xff\xff\xff\xff\x7f", b"\xff" * 200]
)
def test_what_is_no_model_is_one_line(content: bytes, write: Callable[[str, bytes], Path]) -> None:
    with pytest.raises(WorldError, match=r"m\.onnx` is (empty|not an ONNX file)"):
        open_model(write("m.onnx", content))


def test_every_cut_file_is_one_line(write_model: Written) -> None:
    path = write_model()
    whole = path.read_bytes()
    for end in range(1, len(whole), 23):
        path.write_bytes(whole[:end])
        with pytest.raises(WorldError):
            open_model(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(WorldError, match=r"nowhere\.onnx"):
        open_model(tmp_path / "nowhere.onnx")


def test_a_folder_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(WorldError):
        open_model(tmp_path)


def test_a_model_without_a_description_is_refused(write_model: Written) -> None:
    path = edited(write_model(), lambda m: m.ClearField("metadata_props"))
    with pytest.raises(WorldError, match="was not written by `archc export`"):
        open_model(path)


@pytest.mark.parametrize(
    "more",
    [
        {"inputs": [{"name": "image"}]},
        {"inputs": [{"name": "i", "size": [8, 10**9], "channels": 3, "mean": [0] * 3, "std": [1] * 3}]},
        {"inputs": [{"name": "i", "size": [8, 8], "channels": 3, "mean": [0] * 3, "std": [0] * 3}]},
        {"inputs": [{"name": "i", "size": [8, 8], "channels": 3, "mean": [0] * 2, "std": [1] * 3}]},
        {"inputs": 3},
        {"inputs": []},
    ],
)
def test_a_description_that_makes_no_sense_is_refused(more: dict[str, object], write_model: Written) -> None:
    with pytest.raises(WorldError, match="makes no sense"):
        open_model(write_model(**more), device="cpu")


@pytest.mark.parametrize(
    "more", [{"task": "fortune"}, {"name": "other"}, {"classes": 3}, {"postprocess": ""}]
)
def test_outputs_that_make_no_sense_are_refused(more: dict[str, object], write_model: Written) -> None:
    output = {"name": "scores", "task": "segmentation", "postprocess": "none", "classes": []} | more
    with pytest.raises(WorldError, match=r"makes no sense|something else than it says"):
        open_model(write_model(outputs=[output]), device="cpu")


def test_cuda_where_there_is_none_is_one_line(write_model: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> object:
        raise OSError(name)

    monkeypatch.setattr(ctypes, "CDLL", absent)
    path = write_model()
    with pytest.raises(WorldError, match="CUDA was asked for, but"):
        open_model(path, device="cuda")
    assert open_model(path).device == "cpu"


@pytest.mark.gpu
def test_cuda_where_there_is_one(write_model: Written) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    if "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
        pytest.skip("this onnxruntime is built for the CPU")
    model = open_model(write_model(), device="cuda")
    assert model.device == "cuda"
    picture = np.ones((1, 3, 4, 5), np.float32)
    assert np.array_equal(model.run({"image": picture})["scores"], picture)


def test_inputs_that_do_not_fit_are_one_line(write_model: Written) -> None:
    model = open_model(write_model(), device="cpu")
    with pytest.raises(WorldError, match=r"model\.onnx` could not be run"):
        model.run({"image": np.zeros((1, 7, 4, 4), np.float32)})


@pytest.mark.parametrize(
    "more",
    [
        {"size": [8, 13]},
        {"size": [4000, 4000]},
        {"channels": 1, "mean": [0.5], "std": [0.5]},
        {"name": "other"},
    ],
)
def test_an_input_of_another_size_than_said_is_refused(more: dict[str, object], write_model: Written) -> None:
    said = {"name": "image", "size": [8, 12], "channels": 3, "mean": [0.5] * 3, "std": [0.5] * 3}
    assert open_model(write_model(dynamic=[], inputs=[said]), device="cpu")
    with pytest.raises(WorldError, match="takes something else than it says of itself"):
        open_model(write_model(dynamic=[], inputs=[said | more]), device="cpu")


def test_a_size_beyond_all_images_is_refused(write_model: Written) -> None:
    said = {"name": "image", "size": [16_384, 16_384], "channels": 3, "mean": [0.5] * 3, "std": [0.5] * 3}
    with pytest.raises(WorldError, match="makes no sense"):
        open_model(write_model(inputs=[said]), device="cpu")
