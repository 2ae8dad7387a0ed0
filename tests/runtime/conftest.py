"""Models written by hand with onnx, so that the runtime is tested without torch."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from archc.files.seal import UNSEALED
from archc.runtime.intact import seal_model

Written = Callable[..., Path]


def picture_input(name: str = "image", size: tuple[int, int] = (8, 12), channels: int = 3) -> dict[str, Any]:
    return {
        "name": name,
        "size": list(size),
        "channels": channels,
        "mean": [0.5] * channels,
        "std": [0.5] * channels,
    }


@pytest.fixture
def write_model(tmp_path: Path) -> Written:
    """A function that writes a model whose scores for its three classes are the normalized channels.

    `kind` "maps" answers with a map, "scores" with the mean over it.
    """

    def make(
        kind: str = "maps",
        *,
        preprocess: bool = False,
        dynamic: Sequence[str] = ("batch", "height", "width"),
        classes: Sequence[str] = ("red", "green", "blue"),
        size: tuple[int, int] = (8, 12),
        task: str | None = None,
        **more: Any,
    ) -> Path:
        height, width = (["H", "W"] if "height" in dynamic else list(size))[:2]
        batch = "N" if "batch" in dynamic else 1
        nodes = [helper.make_node("Mul", ["x", "gain"], ["map"])]
        if preprocess:
            nodes = [
                helper.make_node("Transpose", ["image"], ["t"], perm=[0, 3, 1, 2]),
                helper.make_node("Cast", ["t"], ["x"], to=TensorProto.FLOAT),
                *nodes,
            ]
        if kind == "scores":
            nodes += [
                helper.make_node("GlobalAveragePool", ["map"], ["p"]),
                helper.make_node("Flatten", ["p"], ["scores"]),
            ]
        if kind == "argmax":
            nodes.append(helper.make_node("ArgMax", ["map"], ["scores"], axis=1, keepdims=0))
        if kind == "maps":
            nodes[-1].output[0] = "scores"
        if not preprocess:
            nodes[0].input[0] = "image"
        shape = [batch, height, width, 3] if preprocess else [batch, 3, height, width]
        element = TensorProto.UINT8 if preprocess else TensorProto.FLOAT
        graph = helper.make_graph(
            nodes,
            "model",
            [helper.make_tensor_value_info("image", element, shape)],
            [helper.make_tensor_value_info("scores", 7 if kind == "argmax" else 1, None)],
            [numpy_helper.from_array(np.array(1, np.float32), "gain")],
        )
        model = helper.make_model(graph, ir_version=10, opset_imports=[helper.make_opsetid("", 20)])
        answer = {
            "name": "scores",
            "task": task or ("classification" if kind == "scores" else "segmentation"),
            "postprocess": "argmax" if kind == "argmax" else "none",
            "classes": list(classes),
        }
        told = {
            "inputs": [picture_input(size=size)],
            "outputs": [answer],
            "preprocess": preprocess,
            "dynamic": list(dynamic),
        }
        entries = {"archc.input": json.dumps(told | more), "archc.classes": json.dumps(list(classes))}
        entries |= {"archc.spec": "archc = 1\n", "archc.version": "0.1.0", "archc.digest": UNSEALED}
        helper.set_model_props(model, entries)
        path = tmp_path / "model.onnx"
        onnx.save(model, path)
        seal_model(path)
        return path

    return make


def sealed_again(model: onnx.ModelProto, path: Path) -> Path:
    """Save a model that was changed, with the digest of what it is now."""
    for entry in model.metadata_props:
        if entry.key == "archc.digest":
            entry.value = UNSEALED
    path.write_bytes(model.SerializeToString())
    if any(entry.key == "archc.digest" for entry in model.metadata_props):
        seal_model(path)
    return path


@pytest.fixture
def write_picture(tmp_path: Path) -> Written:
    """A function that writes a picture whose left part is red, whose middle is green, whose right is blue."""

    def make(name: str = "a.png", size: tuple[int, int] = (16, 24), **more: Any) -> Path:
        pixels = np.zeros((*size, 3), np.uint8)
        for channel, part in enumerate(np.array_split(np.arange(size[1]), 3)):
            pixels[:, part, channel] = 255
        path = tmp_path / name
        Image.fromarray(pixels).save(path, **more)
        return path

    return make
