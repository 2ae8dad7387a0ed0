"""Batch norms disappear into their neighbors, exactly, and shared layers stay shared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from torch import nn

from archc.export.onnx.graph import to_onnx
from archc.export.onnx.write import export_onnx
from archc.plan.plan import Plan
from archc.spec import layers as ops
from archc.spec.document import Export

Make = Callable[..., Plan]
Started = Callable[[Plan], nn.Module]


def ops_of(path: Path) -> list[str]:
    return [n.op_type for n in onnx.load(path).graph.node]


def weights_of(path: Path) -> dict[str, list[int]]:
    return {w.name: list(w.dims) for w in onnx.load(path).graph.initializer}


def conv(out: int, kernel: int = 3, **more: object) -> ops.Conv2d:
    return ops.Conv2d(out_channels=out, kernel_size=kernel, bias=False, **more)  # type: ignore[arg-type]


def test_conv_norm_relu_is_two_nodes(chain: Make, started: Started, target: Path) -> None:
    plan = chain((3, 16, 16), conv(8), ops.BatchNorm2d(), ops.Relu())
    assert export_onnx(plan, started(plan), target).worst < 1e-6
    assert ops_of(target) == ["Conv", "Relu"]
    assert weights_of(target) == {"l0.weight": [8, 3, 3, 3], "l0.bias": [8]}


@pytest.mark.parametrize("groups", [1, 2, 4])
def test_a_transposed_convolution_takes_its_norm(
    groups: int, chain: Make, started: Started, target: Path
) -> None:
    layer = ops.ConvTranspose2d(out_channels=8, kernel_size=2, stride=2, groups=groups)
    plan = chain((4, 7, 9), layer, ops.BatchNorm2d())
    assert export_onnx(plan, started(plan), target).worst < 1e-6
    assert ops_of(target) == ["ConvTranspose"]


def test_the_head_of_two_linears_has_no_norm_left(chain: Make, started: Started, target: Path) -> None:
    plan = chain(
        (16, 6, 6),
        ops.AdaptiveConcatPool2d(),
        ops.Flatten(),
        ops.BatchNorm1d(),
        ops.Dropout(p=0.25),
        ops.Linear(out_features=12, bias=False),
        ops.Relu(),
        ops.BatchNorm1d(),
        ops.Dropout(p=0.5),
        ops.Linear(out_features=5, bias=False),
    )
    assert export_onnx(plan, started(plan), target).worst < 1e-6
    assert ops_of(target) == [
        "GlobalMaxPool",
        "GlobalAveragePool",
        "Concat",
        "Flatten",
        "Gemm",
        "Relu",
        "Gemm",
    ]
    assert set(weights_of(target)) == {"l4.weight", "l4.bias", "l8.weight", "l8.bias"}


def test_a_norm_before_an_unpadded_convolution_goes_into_it(
    chain: Make, started: Started, target: Path
) -> None:
    plan = chain((3, 9, 9), ops.Relu(), ops.BatchNorm2d(), conv(4, padding=0))
    assert export_onnx(plan, started(plan), target).worst < 1e-6
    assert ops_of(target) == ["Relu", "Conv"]


def test_a_norm_before_a_padded_convolution_stays(chain: Make, started: Started, target: Path) -> None:
    plan = chain((3, 9, 9), ops.Relu(), ops.BatchNorm2d(), conv(4))
    assert export_onnx(plan, started(plan), target).worst < 1e-6
    assert ops_of(target) == ["Relu", "Mul", "Add", "Conv"]


def test_a_norm_stays_where_the_convolution_has_another_reader(
    graph: Make, started: Started, target: Path
) -> None:
    layers = [
        ("c", conv(4), ("a",)),
        ("b", ops.BatchNorm2d(), ("c",)),
        ("y", ops.Add(), ("b", "c")),
    ]
    plan = graph({"a": (3, 8, 8)}, layers)
    assert export_onnx(plan, started(plan), target).worst < 1e-6
    assert ops_of(target) == ["Conv", "Mul", "Add", "Add"]


def test_a_norm_stays_where_the_convolution_is_an_output(graph: Make, started: Started, target: Path) -> None:
    layers = [("c", conv(4), ("a",)), ("b", ops.BatchNorm2d(), ("c",))]
    plan = graph({"a": (3, 8, 8)}, layers, "c", "b")
    assert export_onnx(plan, started(plan), target).worst < 1e-6
    assert ops_of(target) == ["Conv", "Mul", "Add"]
    assert [o.name for o in onnx.load(target).graph.output] == ["scores", "more"]


def twins(
    second_norm: str,
) -> tuple[dict[str, tuple[int, ...]], list[tuple[str, ops.Op, tuple[str, ...]]], dict[str, str]]:
    layers: list[tuple[str, ops.Op, tuple[str, ...]]] = [
        ("c1", conv(4), ("left",)),
        ("b1", ops.BatchNorm2d(), ("c1",)),
        ("c2", conv(4), ("right",)),
        ("b2", ops.BatchNorm2d(), ("c2",)),
        ("y", ops.Concat(), ("b1", "b2")),
    ]
    paths = {"c1": "enc.conv", "c2": "enc.conv", "b1": "enc.norm", "b2": second_norm}
    return {"left": (3, 8, 8), "right": (3, 8, 8)}, layers, paths


def test_twins_fold_alike_and_keep_one_set_of_weights(graph: Make, started: Started, target: Path) -> None:
    inputs, layers, paths = twins("enc.norm")
    plan = graph(inputs, layers, **paths)
    assert export_onnx(plan, started(plan), target).worst < 1e-6
    assert ops_of(target) == ["Conv", "Conv", "Concat"]
    assert weights_of(target) == {"enc.conv.weight": [4, 3, 3, 3], "enc.conv.bias": [4]}


def test_twins_with_different_norms_do_not_fold(graph: Make, started: Started, target: Path) -> None:
    inputs, layers, paths = twins("enc.other")
    plan = graph(inputs, layers, **paths)
    assert export_onnx(plan, started(plan), target).worst < 1e-6
    assert Counter(ops_of(target)) == {"Conv": 2, "Mul": 2, "Add": 2, "Concat": 1}
    assert weights_of(target)["enc.conv.weight"] == [4, 3, 3, 3]


def test_a_layer_used_once_without_its_norm_does_not_fold(
    graph: Make, started: Started, target: Path
) -> None:
    inputs, layers, paths = twins("enc.norm")
    layers = [layer for layer in layers if layer[0] not in ("b2", "y")]
    plan = graph(inputs, [*layers, ("y", ops.Concat(), ("b1", "c2"))], **paths)
    assert export_onnx(plan, started(plan), target).worst < 1e-6
    assert Counter(ops_of(target)) == {"Conv": 2, "Mul": 1, "Add": 1, "Concat": 1}


def test_a_norm_over_tokens_is_not_the_linears(chain: Make, started: Started, target: Path) -> None:
    plan = chain((5, 8), ops.Linear(out_features=6), ops.BatchNorm1d())
    assert export_onnx(plan, started(plan), target).worst < 1e-6
    assert ops_of(target) == ["MatMul", "Add", "Mul", "Add"]


def test_what_no_output_needs_is_not_written(graph: Make, started: Started) -> None:
    plan = graph({"a": (3, 8, 8)}, [("c", conv(4), ("a",)), ("d", conv(5), ("a",))], "d")
    state = {k: v.numpy() for k, v in started(plan).state_dict().items()}
    model = to_onnx(plan, state)
    assert [w.name for w in model.graph.initializer] == ["d.weight"]


def test_the_state_is_left_as_it_was(chain: Make, started: Started) -> None:
    plan = chain((3, 16, 16), conv(8), ops.BatchNorm2d(), ops.AdaptiveAvgPool2d(), ops.Flatten(),
                 ops.BatchNorm1d(), ops.Linear(out_features=3))  # fmt: skip
    state = {k: v.numpy() for k, v in started(plan).state_dict().items()}
    before = {k: v.copy() for k, v in state.items()}
    to_onnx(plan, state)
    assert state.keys() == before.keys()
    assert all(np.array_equal(state[k], before[k]) for k in before)


def test_sizes_are_open_only_where_asked(chain: Make, started: Started) -> None:
    plan = chain((3, 16, 20), conv(8, stride=2))
    state = {k: v.numpy() for k, v in started(plan).state_dict().items()}
    for dynamic, shape in {
        ("batch", "height", "width"): ["N", 3, "H", "W"],
        ("batch",): ["N", 3, 16, 20],
        ("height",): [1, 3, "H", 20],
        (): [1, 3, 16, 20],
    }.items():
        model = to_onnx(plan, state, Export(dynamic=dynamic))
        dims = model.graph.input[0].type.tensor_type.shape.dim
        assert [d.dim_param or d.dim_value for d in dims] == shape
        assert (model.ir_version, model.opset_import[0].version) == (9, 20)
