"""Pictures in and answers out, inside the file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torch import nn

from archc.export.onnx.processing import with_processing
from archc.export.onnx.write import export_onnx
from archc.plan.plan import Plan
from archc.spec import layers as ops
from archc.spec.document import Export

Make = Callable[..., Plan]
Started = Callable[[Plan], nn.Module]


@pytest.fixture
def maps(chain: Make) -> Plan:
    return chain((3, 20, 24), ops.Conv2d(out_channels=5, kernel_size=3), ops.Relu())


@pytest.fixture
def scores(chain: Make) -> Plan:
    return chain((3, 20, 24), ops.GlobalAvgPool2d(), ops.Flatten(), ops.Linear(out_features=4))


def ops_of(path: Path) -> list[str]:
    return [n.op_type for n in onnx.load(path).graph.node]


def test_pictures_go_in_as_they_are(scores: Plan, started: Started, target: Path) -> None:
    report = export_onnx(scores, started(scores), target, options=Export(preprocess=True))
    assert report.worst < 2e-6
    assert ops_of(target) == ["Transpose", "Cast", "Mul", "Add", "GlobalAveragePool", "Flatten", "Gemm"]
    session = onnxruntime.InferenceSession(str(target))
    assert (session.get_inputs()[0].type, session.get_inputs()[0].shape) == (
        "tensor(uint8)",
        ["N", "H", "W", 3],
    )


def test_preprocessing_is_the_plans_normalization(chain: Make, started: Started, target: Path) -> None:
    plan = chain((3, 8, 8), ops.Relu())
    export_onnx(plan, started(plan), target, options=Export(preprocess=True))
    picture = np.random.default_rng(0).integers(0, 256, (1, 5, 7, 3), np.uint8)
    answer = onnxruntime.InferenceSession(str(target)).run(None, {"image": picture})[0]
    expected = np.maximum((picture / 255 - 0.4) / 0.25, 0).transpose(0, 3, 1, 2)
    assert np.allclose(answer, expected, atol=1e-6)


def test_a_picture_without_a_norm_behind_is_scaled(graph: Make, started: Started) -> None:
    plan = graph({"a": (3, 8, 8)}, [("y", ops.Relu(), ("a",))])
    processed = with_processing(plan, True, "none")
    assert [n.name for n in processed.nodes] == ["a.to_float", "a.normalize", "y"]
    assert processed.nodes[-1].inputs == ("a.normalize",)
    assert str(processed.inputs[0].type) == "nx8x8x3"


@pytest.mark.parametrize("preprocess", [True, False])
def test_probabilities(preprocess: bool, scores: Plan, started: Started, target: Path) -> None:
    options = Export(preprocess=preprocess, postprocess="softmax")
    assert export_onnx(scores, started(scores), target, options=options).worst < 2e-6
    assert ops_of(target)[-2:] == ["Gemm", "Softmax"]
    assert [o.name for o in onnx.load(target).graph.output] == ["scores"]


def test_class_numbers(scores: Plan, started: Started, target: Path) -> None:
    export_onnx(scores, started(scores), target, options=Export(postprocess="argmax"))
    session = onnxruntime.InferenceSession(str(target))
    assert session.run(None, {"image": np.zeros((3, 3, 9, 9), np.float32)})[0].shape == (3,)


@pytest.mark.parametrize("preprocess", [True, False])
def test_class_maps_have_the_pictures_size(
    preprocess: bool, chain: Make, started: Started, target: Path
) -> None:
    plan = chain((3, 20, 24), ops.Conv2d(out_channels=5, kernel_size=3, stride=2))
    options = Export(preprocess=preprocess, postprocess="argmax")
    assert export_onnx(plan, started(plan), target, options=options).worst < 2e-6
    shape = (2, 13, 17, 3) if preprocess else (2, 3, 13, 17)
    picture = np.ones(shape, np.uint8 if preprocess else np.float32)
    answer = onnxruntime.InferenceSession(str(target)).run(None, {"image": picture})[0]
    assert (answer.shape, answer.dtype) == ((2, 13, 17), np.int64)


def test_a_map_of_the_pictures_size_is_not_resized(maps: Plan, started: Started, target: Path) -> None:
    export_onnx(maps, started(maps), target, options=Export(postprocess="argmax"))
    assert ops_of(target) == ["Conv", "Relu", "ArgMax"]


def test_an_input_that_is_an_output_is_copied(graph: Make, started: Started, target: Path) -> None:
    plan = graph({"a": (3, 8, 8)}, [("d", ops.Dropout(), ("a",)), ("y", ops.Relu(), ("a",))], "d", "y")
    export_onnx(plan, started(plan), target)
    assert ops_of(target) == ["Relu", "Identity"]


def test_one_value_under_two_names(graph: Make, started: Started, target: Path) -> None:
    plan = graph({"a": (3, 8, 8)}, [("y", ops.Relu(), ("a",)), ("d", ops.Identity(), ("y",))], "y", "d")
    export_onnx(plan, started(plan), target)
    assert ops_of(target) == ["Relu", "Identity"]


def test_an_output_called_like_another_node(graph: Make, started: Started, target: Path) -> None:
    layers = [("scores", ops.Relu(), ("a",)), ("y", ops.Tanh(), ("scores",))]
    plan = graph({"a": (3, 8, 8)}, layers)
    export_onnx(plan, started(plan), target)
    onnx.checker.check_model(target, full_check=True)
    assert [(n.op_type, list(n.output)) for n in onnx.load(target).graph.node] == [
        ("Relu", ["scores.value"]),
        ("Tanh", ["scores"]),
    ]


def test_the_module_comes_back_as_it_was(scores: Plan, started: Started, target: Path) -> None:
    module = started(scores)
    module.train()
    export_onnx(scores, module, target, options=Export(preprocess=True))
    assert module.training
    assert all(p.requires_grad and type(p) is nn.Parameter for p in module.parameters())
    assert torch.is_grad_enabled()
