"""Every op of the language through both backends, at several sizes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import onnx
import pytest
from torch import nn

from archc.export.faults import ExportFault
from archc.export.write import export_onnx
from archc.plan.plan import Plan
from archc.spec import layers as ops
from archc.spec.document import Export
from archc.spec.layers import OPS

Chain = Callable[..., Plan]
Started = Callable[[Plan], nn.Module]

FIXED = Export(dynamic=("batch",))
OPEN = Export(dynamic=("batch", "height", "width"))
MAP = (8, 13, 18)

# name: (shape that goes in, layers, nodes expected, options)
CHAINS: dict[str, tuple[tuple[int, ...], list[ops.Op], str, Export]] = {
    "conv2d": (MAP, [ops.Conv2d(out_channels=6, kernel_size=3)], "Conv", OPEN),
    "conv2d rich": (
        MAP,
        [
            ops.Conv2d(
                out_channels=12,
                kernel_size=(3, 5),
                stride=(2, 1),
                padding=(2, 0),
                dilation=2,
                groups=4,
                bias=False,
            )
        ],
        "Conv",
        OPEN,
    ),
    "conv_transpose2d": (
        MAP,
        [ops.ConvTranspose2d(out_channels=6, kernel_size=3, stride=2, padding=1, output_padding=1, groups=2)],
        "ConvTranspose",
        OPEN,
    ),
    "linear": ((8,), [ops.Linear(out_features=5)], "Gemm", OPEN),
    "linear on tokens": ((7, 8), [ops.Linear(out_features=5)], "MatMul Add", OPEN),
    "linear on tokens, no bias": ((7, 8), [ops.Linear(out_features=5, bias=False)], "MatMul", OPEN),
    "batch_norm1d": ((8,), [ops.BatchNorm1d()], "Mul Add", OPEN),
    "batch_norm1d on (N, C, L)": ((8, 5), [ops.BatchNorm1d(affine=False)], "Mul Add", OPEN),
    "batch_norm2d": (MAP, [ops.BatchNorm2d()], "Mul Add", OPEN),
    "layer_norm": ((7, 8), [ops.LayerNorm()], "LayerNormalization", OPEN),
    "layer_norm2d": (MAP, [ops.LayerNorm2d()], "Transpose LayerNormalization Transpose", OPEN),
    "group_norm": (
        MAP,
        [ops.GroupNorm(num_groups=4)],
        "Reshape InstanceNormalization Shape Reshape Mul Add",
        OPEN,
    ),
    "group_norm fixed": (
        MAP,
        [ops.GroupNorm(num_groups=4)],
        "Reshape InstanceNormalization Reshape Mul Add",
        FIXED,
    ),
    "relu": (MAP, [ops.Relu()], "Relu", OPEN),
    "relu6": (MAP, [ops.Relu6()], "Clip", OPEN),
    "leaky_relu": (MAP, [ops.LeakyRelu(negative_slope=0.2)], "LeakyRelu", OPEN),
    "gelu": (MAP, [ops.Gelu()], "Gelu", OPEN),
    "gelu tanh": (MAP, [ops.Gelu(approximate="tanh")], "Gelu", OPEN),
    "gelu before opset 20": (MAP, [ops.Gelu()], "Mul Erf Mul Add Mul", Export(opset=18)),
    "gelu tanh before opset 20": (
        MAP,
        [ops.Gelu(approximate="tanh")],
        "Mul Mul Mul Add Mul Tanh Mul Add Mul",
        Export(opset=19),
    ),
    "silu": (MAP, [ops.Silu()], "Sigmoid Mul", OPEN),
    "sigmoid": (MAP, [ops.Sigmoid()], "Sigmoid", OPEN),
    "tanh": (MAP, [ops.Tanh()], "Tanh", OPEN),
    "hardswish": (MAP, [ops.Hardswish()], "HardSwish", OPEN),
    "hardsigmoid": (MAP, [ops.Hardsigmoid()], "HardSigmoid", OPEN),
    "softmax": (MAP, [ops.Softmax()], "Softmax", OPEN),
    "output_range": ((8,), [ops.OutputRange(low=-1, high=4)], "Sigmoid Mul Add", OPEN),
    "output_range 0 to 1": ((8,), [ops.OutputRange(low=0, high=1)], "Sigmoid", OPEN),
    "max_pool2d": (MAP, [ops.MaxPool2d(kernel_size=3, stride=2, padding=1)], "MaxPool", OPEN),
    "max_pool2d dilated": (MAP, [ops.MaxPool2d(kernel_size=2, stride=1, dilation=2)], "MaxPool", OPEN),
    "max_pool2d ceil": (MAP, [ops.MaxPool2d(kernel_size=3, stride=2, ceil_mode=True)], "MaxPool", OPEN),
    "max_pool2d ceil fixed": (
        MAP,
        [ops.MaxPool2d(kernel_size=3, stride=2, ceil_mode=True)],
        "MaxPool",
        FIXED,
    ),
    "max_pool2d ceil padded": (
        MAP,
        [ops.MaxPool2d(kernel_size=2, padding=1, ceil_mode=True)],
        "MaxPool",
        FIXED,
    ),
    "avg_pool2d": (MAP, [ops.AvgPool2d(kernel_size=3, stride=2, padding=1)], "AveragePool", OPEN),
    "avg_pool2d without padding": (
        MAP,
        [ops.AvgPool2d(kernel_size=3, stride=2, padding=1, count_include_pad=False)],
        "AveragePool",
        OPEN,
    ),
    "avg_pool2d ceil": (MAP, [ops.AvgPool2d(kernel_size=2, ceil_mode=True)], "AveragePool", OPEN),
    "avg_pool2d ceil padded": (
        MAP,
        [ops.AvgPool2d(kernel_size=3, stride=2, padding=1, ceil_mode=True)],
        "AveragePool",
        OPEN,
    ),
    "global_avg_pool2d": (MAP, [ops.GlobalAvgPool2d()], "GlobalAveragePool", OPEN),
    "adaptive_avg_pool2d": (MAP, [ops.AdaptiveAvgPool2d()], "GlobalAveragePool", OPEN),
    "adaptive_max_pool2d": (MAP, [ops.AdaptiveMaxPool2d()], "GlobalMaxPool", OPEN),
    "adaptive_concat_pool2d": (
        MAP,
        [ops.AdaptiveConcatPool2d()],
        "GlobalMaxPool GlobalAveragePool Concat",
        OPEN,
    ),
    "adaptive_avg_pool2d to 4x6": (
        (8, 12, 18),
        [ops.AdaptiveAvgPool2d(output_size=(4, 6))],
        "AveragePool",
        FIXED,
    ),
    "adaptive_max_pool2d to 4x6": (
        (8, 12, 18),
        [ops.AdaptiveMaxPool2d(output_size=(4, 6))],
        "MaxPool",
        FIXED,
    ),
    "adaptive_avg_pool2d uneven": (MAP, [ops.AdaptiveAvgPool2d(output_size=(5, 7))], "MatMul MatMul", FIXED),
    "adaptive_avg_pool2d enlarging": (
        (4, 3, 5),
        [ops.AdaptiveAvgPool2d(output_size=7)],
        "MatMul MatMul",
        FIXED,
    ),
    "adaptive_avg_pool2d at its size": (
        (4, 7, 7),
        [ops.Relu(), ops.AdaptiveAvgPool2d(output_size=7)],
        "Relu",
        FIXED,
    ),
    "blur": (MAP, [ops.BlurPool2d()], "Pad AveragePool", OPEN),
    "flatten": (MAP, [ops.Flatten()], "Flatten", OPEN),
    "flatten the map": (MAP, [ops.Flatten(start_dim=2)], "Reshape", OPEN),
    "flatten in between": (MAP, [ops.Flatten(start_dim=1, end_dim=2)], "Shape Concat Reshape", OPEN),
    "flatten in between fixed": (MAP, [ops.Flatten(start_dim=1, end_dim=2)], "Reshape", FIXED),
    "permute": (MAP, [ops.Permute(dims=(0, 2, -1, 1))], "Transpose", OPEN),
    "channel_shuffle": (MAP, [ops.ChannelShuffle(groups=4)], "Gather", OPEN),
    "identity": (MAP, [ops.Relu(), ops.Identity()], "Relu", OPEN),
    "dropout": (MAP, [ops.Dropout(), ops.Relu()], "Relu", OPEN),
    "stochastic_depth": (MAP, [ops.Relu(), ops.StochasticDepth(p=0.3)], "Relu", OPEN),
    "narrow": (MAP, [ops.Narrow(dim=1, start=2, length=3)], "Slice", OPEN),
    "narrow the last": (MAP, [ops.Narrow(dim=-1, start=0, length=3)], "Slice", OPEN),
    "select": (MAP, [ops.Select(dim=1, index=-2)], "Gather", OPEN),
    "mean": (MAP, [ops.Mean(dims=(2, 3))], "ReduceMean", OPEN),
    "mean kept": (MAP, [ops.Mean(dims=(-1,), keepdim=True)], "ReduceMean", OPEN),
    "normalize": ((3, 6, 7), [ops.Normalize(mean=(0.4, 0.5, 0.6), std=(0.2, 0.3, 0.4))], "Mul Add", OPEN),
    "argmax": (MAP, [ops.Argmax()], "ArgMax", OPEN),
    "upsample": (MAP, [ops.Upsample(scale_factor=3)], "Resize", OPEN),
    "upsample bilinear": (MAP, [ops.Upsample(mode="bilinear")], "Resize", OPEN),
    "pixel_shuffle": (MAP, [ops.PixelShuffle(upscale_factor=2)], "DepthToSpace", OPEN),
    "multihead_attention": (
        (9, 12),
        [ops.MultiheadAttention(num_heads=3)],
        "MatMul Add Reshape Transpose Split Transpose MatMul Softmax MatMul Transpose Reshape MatMul Add",
        OPEN,
    ),
    "multihead_attention over a map": (
        MAP,
        [ops.Flatten(start_dim=2), ops.Permute(dims=(0, 2, 1)), ops.MultiheadAttention(num_heads=2)],
        "Reshape Transpose MatMul Add Reshape Transpose Split Transpose MatMul Softmax MatMul Transpose "
        "Reshape MatMul Add",
        OPEN,
    ),
    "self_attention2d": (
        (16, 6, 7),
        [ops.SelfAttention2d()],
        "Reshape MatMul Split Transpose MatMul Softmax MatMul Shape Reshape Add",
        OPEN,
    ),
    "self_attention2d fixed": (
        (16, 6, 7),
        [ops.SelfAttention2d()],
        "Reshape MatMul Split Transpose MatMul Softmax MatMul Reshape Add",
        FIXED,
    ),
}

Reads = tuple[str, ...]
A, B = {"a": (4, 6, 9)}, {"a": (4, 6, 9), "b": (4, 6, 9)}
GRAPHS: dict[str, tuple[dict[str, tuple[int, ...]], list[tuple[str, ops.Op, Reads]], str, Export]] = {
    "add": (B, [("y", ops.Add(), ("a", "b"))], "Add", OPEN),
    "add three": (B, [("y", ops.Add(), ("a", "b", "a"))], "Add Add", OPEN),
    "add one": (A, [("r", ops.Relu(), ("a",)), ("y", ops.Add(), ("r",))], "Relu", OPEN),
    "multiply": (B, [("y", ops.Multiply(), ("a", "b"))], "Mul", OPEN),
    "abs_difference": (B, [("y", ops.AbsDifference(), ("a", "b"))], "Sub Abs", OPEN),
    "squared_difference": (B, [("y", ops.SquaredDifference(), ("a", "b"))], "Sub Mul", OPEN),
    "cosine_similarity": (
        B,
        [("y", ops.CosineSimilarity(), ("a", "b"))],
        "Mul ReduceSum ReduceL2 Max ReduceL2 Max Mul Div",
        OPEN,
    ),
    "concat": (B, [("y", ops.Concat(), ("a", "b"))], "Concat", OPEN),
    "resize_like up": (
        A,
        [
            ("p", ops.Conv2d(out_channels=2, kernel_size=3, stride=2), ("a",)),
            ("y", ops.ResizeLike(), ("p", "a")),
        ],
        "Conv Shape Resize",
        OPEN,
    ),
    "resize_like bilinear": (
        A,
        [
            ("p", ops.MaxPool2d(kernel_size=3), ("a",)),
            ("y", ops.ResizeLike(mode="bilinear"), ("p", "a")),
            ("z", ops.ResizeLike(mode="bilinear"), ("p", "a")),
            ("o", ops.Add(), ("y", "z")),
        ],
        "MaxPool Shape Resize Resize Add",
        OPEN,
    ),
    "resize_like of equal sizes": (
        A,
        [("p", ops.Conv2d(out_channels=2, kernel_size=3), ("a",)), ("y", ops.ResizeLike(), ("p", "a"))],
        "Conv",
        OPEN,
    ),
    "resize_like fixed": (
        A,
        [("p", ops.MaxPool2d(kernel_size=2), ("a",)), ("y", ops.ResizeLike(), ("p", "a"))],
        "MaxPool Resize",
        FIXED,
    ),
    "parameter": (
        {"a": (5, 8)},
        [("t", ops.Parameter(shape=(1, 5, 8)), ()), ("y", ops.Add(), ("a", "t"))],
        "Add",
        OPEN,
    ),
    "expand_batch": (
        {"a": (5, 8)},
        [
            ("t", ops.Parameter(shape=(1, 1, 8)), ()),
            ("e", ops.ExpandBatch(), ("t", "a")),
            ("y", ops.Concat(), ("e", "a")),
        ],
        "Shape Concat Expand Concat",
        OPEN,
    ),
    "expand_batch of one": (
        {"a": (5, 8)},
        [
            ("t", ops.Parameter(shape=(1, 1, 8)), ()),
            ("e", ops.ExpandBatch(), ("t", "a")),
            ("y", ops.Concat(), ("e", "a")),
        ],
        "Concat",
        Export(dynamic=()),
    ),
}


def nodes_of(path: Path) -> str:
    return " ".join(n.op_type for n in onnx.load(path).graph.node)


@pytest.mark.parametrize("case", CHAINS)
def test_a_layer_is_exact_and_lean(case: str, chain: Chain, started: Started, target: Path) -> None:
    shape, layers, expected, options = CHAINS[case]
    plan = chain(shape, *layers)
    report = export_onnx(plan, started(plan), target, options=options)
    assert nodes_of(target) == expected
    assert report.worst < 2e-6
    onnx.checker.check_model(target, full_check=True)


@pytest.mark.parametrize("case", GRAPHS)
def test_a_join_is_exact_and_lean(case: str, graph: Chain, started: Started, target: Path) -> None:
    inputs, layers, expected, options = GRAPHS[case]
    plan = graph(inputs, layers)
    report = export_onnx(plan, started(plan), target, options=options)
    assert nodes_of(target) == expected
    assert report.worst < 2e-6
    onnx.checker.check_model(target, full_check=True)


@pytest.mark.parametrize("opset", [18, 19, 21])
def test_every_op_is_exact_at_every_opset(
    opset: int, chain: Chain, graph: Chain, started: Started, target: Path
) -> None:
    cases = [(chain(shape, *layers), options) for shape, layers, _, options in CHAINS.values()]
    cases += [(graph(inputs, layers), options) for inputs, layers, _, options in GRAPHS.values()]
    for plan, options in cases:
        report = export_onnx(plan, started(plan), target, options=replace(options, opset=opset))
        assert report.worst < 2e-6
        assert onnx.load(target).opset_import[0].version == opset


def test_every_op_is_tried() -> None:
    tried = Counter(op.op for _, layers, *_ in CHAINS.values() for op in layers)
    tried += Counter(op.op for _, layers, *_ in GRAPHS.values() for _, op, _ in layers)
    elsewhere = {"image_to_float", "opaque_body"}  # test_processing, test_opaque
    assert set(OPS) - set(tried) == elsewhere


def test_an_open_size_cannot_be_pooled_to_a_grid(chain: Chain, started: Started, target: Path) -> None:
    plan = chain((4, 14, 14), ops.AdaptiveAvgPool2d(output_size=7))
    with pytest.raises(ExportFault, match=r"`l0` \(adaptive_avg_pool2d\) pools to 7x7.*export.dynamic"):
        export_onnx(plan, started(plan), target, options=OPEN)
    assert not target.exists()
    assert export_onnx(plan, started(plan), target).worst < 1e-6


def test_features_that_follow_the_size_need_a_fixed_one(chain: Chain, started: Started, target: Path) -> None:
    plan = chain((4, 6, 6), ops.Flatten(), ops.Linear(out_features=2))
    with pytest.raises(ExportFault, match=r"fixed size only: `l1` \(linear\).*set `export.dynamic"):
        export_onnx(plan, started(plan), target, options=OPEN)
    assert export_onnx(plan, started(plan), target, options=FIXED).worst < 2e-6


def test_a_maximum_over_uneven_cells_is_refused(chain: Chain, started: Started, target: Path) -> None:
    plan = chain((4, 13, 13), ops.AdaptiveMaxPool2d(output_size=5))
    with pytest.raises(ExportFault, match="13x13 to 5x5, which does not divide"):
        export_onnx(plan, started(plan), target, options=FIXED)
