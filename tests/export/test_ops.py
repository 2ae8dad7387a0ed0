"""Every op of the language through both backends, at several sizes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from torch import nn

from archc.export.faults import ExportFault
from archc.export.onnx.write import export_onnx
from archc.plan.plan import Plan
from archc.spec import layers as ops
from archc.spec.document import Export
from archc.spec.layers import OPS

Chain = Callable[..., Plan]
Started = Callable[[Plan], nn.Module]

FIXED = Export(dynamic=("batch",))
OPEN = Export(dynamic=("batch", "height", "width"))
MAP = (8, 13, 18)
LINE = (8, 19)
BLOCK = (4, 5, 7, 9)

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
    "global_response_norm": (
        MAP,
        [ops.GlobalResponseNorm()],
        "ReduceL2 ReduceMean Add Div Mul Mul Add Add",
        OPEN,
    ),
    "global_response_norm before opset 18": (
        MAP,
        [ops.GlobalResponseNorm(eps=0.1)],
        "ReduceL2 ReduceMean Add Div Mul Mul Add Add",
        Export(opset=17),
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
    "hardsigmoid": (MAP, [ops.Hardsigmoid()], "Add Clip Mul", OPEN),
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
    "adaptive_avg_pool2d uneven, there and back": (
        (8, 3, 2),
        [ops.AdaptiveAvgPool2d(output_size=(2, 3)), ops.AdaptiveAvgPool2d(output_size=(3, 2))],
        "MatMul MatMul MatMul MatMul",
        FIXED,
    ),
    "adaptive_max_pool2d uneven": (
        MAP,
        [ops.AdaptiveMaxPool2d(output_size=(2, 5))],
        5 * "Slice ReduceMax " + "Concat " + 2 * "Slice ReduceMax " + "Concat",
        FIXED,
    ),
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
    "conv1d": (LINE, [ops.Conv1d(out_channels=6, kernel_size=3, stride=2)], "Conv", OPEN),
    "conv1d rich": (
        LINE,
        [ops.Conv1d(out_channels=12, kernel_size=4, padding=3, dilation=2, groups=4, bias=False)],
        "Conv",
        OPEN,
    ),
    "conv1d over a map's places": (
        MAP,
        [ops.Flatten(start_dim=2), ops.Conv1d(out_channels=6, kernel_size=3)],
        "Reshape Conv",
        OPEN,
    ),
    "conv3d": (BLOCK, [ops.Conv3d(out_channels=6, kernel_size=3)], "Conv", OPEN),
    "conv3d rich": (
        BLOCK,
        [ops.Conv3d(out_channels=8, kernel_size=(1, 2, 3), stride=(2, 1, 3), padding=(0, 1, 2), groups=2)],
        "Conv",
        OPEN,
    ),
    "conv_transpose1d": (
        LINE,
        [ops.ConvTranspose1d(out_channels=6, kernel_size=4, stride=3, padding=1, output_padding=2)],
        "ConvTranspose",
        OPEN,
    ),
    "conv_transpose3d": (
        BLOCK,
        [ops.ConvTranspose3d(out_channels=4, kernel_size=3, stride=(1, 2, 3), output_padding=(0, 1, 2))],
        "ConvTranspose",
        OPEN,
    ),
    "conv1d and its norm": (
        LINE,
        [ops.Conv1d(out_channels=6, kernel_size=3), ops.BatchNorm1d()],
        "Conv",
        OPEN,
    ),
    "conv3d and its norm": (
        BLOCK,
        [ops.Conv3d(out_channels=6, kernel_size=3, bias=False), ops.BatchNorm3d()],
        "Conv",
        OPEN,
    ),
    "conv_transpose3d and its norm": (
        BLOCK,
        [ops.ConvTranspose3d(out_channels=6, kernel_size=2, groups=2), ops.BatchNorm3d()],
        "ConvTranspose",
        OPEN,
    ),
    "conv1d behind a norm": (
        LINE,
        [ops.Relu(), ops.BatchNorm1d(), ops.Conv1d(out_channels=6, kernel_size=3, padding=0)],
        "Relu Conv",
        OPEN,
    ),
    "conv3d behind a norm, padded": (
        BLOCK,
        [ops.Relu(), ops.BatchNorm3d(), ops.Conv3d(out_channels=6, kernel_size=3, padding=(0, 1, 0))],
        "Relu Mul Add Conv",
        OPEN,
    ),
    "embedding": (
        MAP,
        [ops.Argmax(), ops.Embedding(num_embeddings=8, embedding_dim=5)],
        "ArgMax Gather",
        OPEN,
    ),
    "batch_norm3d": (BLOCK, [ops.BatchNorm3d()], "Mul Add", OPEN),
    "instance_norm1d": (LINE, [ops.InstanceNorm1d()], "InstanceNormalization", OPEN),
    "instance_norm2d": (MAP, [ops.InstanceNorm2d(affine=True)], "InstanceNormalization", OPEN),
    "rms_norm": ((7, 8), [ops.RmsNorm()], "Mul ReduceMean Add Sqrt Div Mul", OPEN),
    "rms_norm plain": (
        (7, 8),
        [ops.RmsNorm(eps=1e-3, elementwise_affine=False)],
        "Mul ReduceMean Add Sqrt Div",
        OPEN,
    ),
    "local_response_norm": (
        MAP,
        [ops.LocalResponseNorm(size=5, alpha=0.1, beta=0.5, k=2.0)],
        "LRN",
        OPEN,
    ),
    "prelu": (MAP, [ops.Prelu()], "PRelu", OPEN),
    "prelu by channel": (MAP, [ops.Prelu(num_parameters=8)], "PRelu", OPEN),
    "prelu of vectors": ((8,), [ops.Prelu(num_parameters=8)], "PRelu", OPEN),
    "elu": (MAP, [ops.Elu(alpha=0.7)], "Elu", OPEN),
    "selu": (MAP, [ops.Selu()], "Selu", OPEN),
    "celu": (MAP, [ops.Celu(alpha=1.5)], "Celu", OPEN),
    "mish": (MAP, [ops.Mish()], "Softplus Tanh Mul", OPEN),
    "softplus": (MAP, [ops.Softplus()], "Softplus", OPEN),
    "softplus beta": (MAP, [ops.Softplus(beta=3.0)], "Mul Softplus Div", OPEN),
    "softplus threshold": (
        MAP,
        [ops.Softplus(beta=3.0, threshold=1.0)],
        "Mul Softplus Div Greater Where",
        OPEN,
    ),
    "softsign": (MAP, [ops.Softsign()], "Softsign", OPEN),
    "log_sigmoid": (MAP, [ops.LogSigmoid()], "Neg Softplus Neg", OPEN),
    "hardtanh": (MAP, [ops.Hardtanh(min_val=-0.3, max_val=0.8)], "Clip", OPEN),
    "hardshrink": (MAP, [ops.Hardshrink(lambd=0.4)], "Shrink", OPEN),
    "softshrink": (MAP, [ops.Softshrink(lambd=0.4)], "Shrink", OPEN),
    "tanhshrink": (
        MAP,
        [ops.Tanhshrink()],
        "Mul" + 6 * " Mul Add" + " Mul Mul Tanh Sub Less Where",
        OPEN,
    ),
    "glu": (MAP, [ops.Glu(dim=1)], "Split Sigmoid Mul", OPEN),
    "log_softmax": (MAP, [ops.LogSoftmax()], "LogSoftmax", OPEN),
    "dropout1d": (LINE, [ops.Relu(), ops.Dropout1d()], "Relu", OPEN),
    "dropout2d": (MAP, [ops.Dropout2d(), ops.Relu()], "Relu", OPEN),
    "dropout3d": (BLOCK, [ops.Dropout3d(), ops.Relu()], "Relu", OPEN),
    "alpha_dropout": (MAP, [ops.Selu(), ops.AlphaDropout()], "Selu", OPEN),
    "max_pool1d": (LINE, [ops.MaxPool1d(kernel_size=3, stride=2, padding=1)], "MaxPool", OPEN),
    "max_pool1d ceil": (LINE, [ops.MaxPool1d(kernel_size=2, padding=1, ceil_mode=True)], "MaxPool", OPEN),
    "max_pool3d": (BLOCK, [ops.MaxPool3d(kernel_size=(1, 2, 3), stride=2)], "MaxPool", OPEN),
    "avg_pool1d": (LINE, [ops.AvgPool1d(kernel_size=3, stride=2, padding=1)], "AveragePool", OPEN),
    "avg_pool3d": (
        BLOCK,
        [ops.AvgPool3d(kernel_size=3, stride=2, padding=1, count_include_pad=False)],
        "AveragePool",
        OPEN,
    ),
    "avg_pool3d ceil": (BLOCK, [ops.AvgPool3d(kernel_size=2, ceil_mode=True)], "AveragePool", OPEN),
    "global_max_pool2d": (MAP, [ops.GlobalMaxPool2d()], "GlobalMaxPool", OPEN),
    "adaptive_avg_pool1d": (LINE, [ops.AdaptiveAvgPool1d()], "GlobalAveragePool", OPEN),
    "adaptive_avg_pool1d uneven": (LINE, [ops.AdaptiveAvgPool1d(output_size=5)], "MatMul", OPEN),
    "adaptive_max_pool1d": (LINE, [ops.AdaptiveMaxPool1d()], "GlobalMaxPool", OPEN),
    "adaptive_max_pool1d enlarging": (
        (8, 2),
        [ops.AdaptiveMaxPool1d(output_size=3)],
        "Slice Slice ReduceMax Slice Concat",
        OPEN,
    ),
    "adaptive_avg_pool3d": (BLOCK, [ops.AdaptiveAvgPool3d()], "GlobalAveragePool", OPEN),
    "adaptive_avg_pool3d to cells": (
        (4, 6, 4, 8),
        [ops.AdaptiveAvgPool3d(output_size=(3, 2, 4))],
        "AveragePool",
        OPEN,
    ),
    "adaptive_avg_pool3d uneven": (
        BLOCK,
        [ops.AdaptiveAvgPool3d(output_size=(2, 3, 4))],
        "MatMul MatMul Reshape MatMul Reshape",
        OPEN,
    ),
    "adaptive_max_pool3d one axis uneven": (
        BLOCK,
        [ops.AdaptiveMaxPool3d(output_size=(5, 2, 9))],
        "Slice ReduceMax Slice ReduceMax Concat",
        OPEN,
    ),
    "adaptive_max_pool3d to cells": (
        (4, 6, 4, 8),
        [ops.AdaptiveMaxPool3d(output_size=2)],
        "MaxPool",
        OPEN,
    ),
    "reshape": ((8, 6), [ops.Reshape(shape=(4, 3, -1))], "Reshape", OPEN),
    "reshape of a map": (MAP, [ops.Reshape(shape=(4, -1))], "Reshape", OPEN),
    "unflatten": (MAP, [ops.Unflatten(dim=1, unflattened_size=(2, -1))], "Shape Concat Reshape", OPEN),
    "unflatten fixed": (MAP, [ops.Unflatten(dim=1, unflattened_size=(2, 4))], "Reshape", FIXED),
    "unflatten the last": (
        (5, 12),
        [ops.Unflatten(dim=-1, unflattened_size=(3, -1))],
        "Reshape",
        OPEN,
    ),
    "squeeze": ((1, 9), [ops.Squeeze(dim=1)], "Squeeze", OPEN),
    "unsqueeze": (MAP, [ops.Unsqueeze(dim=-2)], "Unsqueeze", OPEN),
    "upsample to a size": (MAP, [ops.Upsample(size=(20, 21))], "Shape Concat Resize", FIXED),
    "upsample to a multiple": (MAP, [ops.Upsample(size=(26, 54))], "Resize", FIXED),
    "upsample to a size, one batch": (
        MAP,
        [ops.Upsample(size=(20, 21), mode="bilinear")],
        "Resize",
        Export(dynamic=()),
    ),
    "upsample to a size, nearest by hand": ((3, 26, 13), [ops.Upsample(size=28)], "Gather Gather", FIXED),
    "upsample any size to one": (
        MAP,
        [ops.Upsample(size=(20, 21), mode="bilinear")],
        "Shape Concat Resize",
        OPEN,
    ),
    "upsample with corners": (MAP, [ops.Upsample(mode="bilinear", align_corners=True)], "Resize", OPEN),
    "upsample bicubic": (MAP, [ops.Upsample(scale_factor=3, mode="bicubic")], "Resize", OPEN),
    "upsample bicubic to a size": (
        MAP,
        [ops.Upsample(size=(9, 30), mode="bicubic")],
        "Shape Concat Resize",
        OPEN,
    ),
    "upsample bicubic with corners": (
        MAP,
        [ops.Upsample(mode="bicubic", align_corners=True)],
        "Resize",
        OPEN,
    ),
    "pixel_unshuffle": (
        (3, 12, 9),
        [ops.PixelUnshuffle(downscale_factor=3)],
        "SpaceToDepth Gather",
        FIXED,
    ),
    "pixel_unshuffle at any size": (
        (3, 12, 9),
        [ops.Upsample(), ops.PixelUnshuffle(downscale_factor=2)],
        "Resize SpaceToDepth Gather",
        OPEN,
    ),
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
    "packed_attention": (
        (5, 36),
        [ops.PackedAttention(num_heads=3)],
        "Reshape Transpose Split Mul Transpose MatMul Softmax MatMul Transpose Reshape",
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

WORST = {"upsample bicubic": 5e-6}
"""Scaled errors above the usual: onnxruntime keeps the weights of a cubic in fewer bits."""

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
        "Conv Shape Shape Concat Resize",
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
        "MaxPool Shape Shape Concat Resize Concat Resize Add",
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
        "MaxPool Shape Concat Resize",
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
    assert report.worst < WORST.get(case, 2e-6)
    onnx.checker.check_model(target, full_check=True)


@pytest.mark.parametrize("case", GRAPHS)
def test_a_join_is_exact_and_lean(case: str, graph: Chain, started: Started, target: Path) -> None:
    inputs, layers, expected, options = GRAPHS[case]
    plan = graph(inputs, layers)
    report = export_onnx(plan, started(plan), target, options=options)
    assert nodes_of(target) == expected
    assert report.worst < 2e-6
    onnx.checker.check_model(target, full_check=True)


@pytest.mark.parametrize("opset", range(17, 27))
def test_every_op_is_exact_at_every_opset(
    opset: int, chain: Chain, graph: Chain, started: Started, target: Path
) -> None:
    cases = [(chain(shape, *layers), options) for shape, layers, _, options in CHAINS.values()]
    cases += [(graph(inputs, layers), options) for inputs, layers, _, options in GRAPHS.values()]
    for plan, options in cases:
        report = export_onnx(plan, started(plan), target, options=replace(options, opset=opset))
        assert report.worst < 5e-6
        onnx.checker.check_model(target, full_check=True)
        assert onnx.load(target).opset_import[0].version == opset


@pytest.mark.parametrize(
    ("opset", "version"),
    [(17, 8), (18, 8), (19, 9), (20, 9), (21, 10), (22, 10), (23, 11), (24, 12), (26, 13)],
)
def test_the_ir_version_is_the_opsets(
    opset: int, version: int, chain: Chain, started: Started, target: Path
) -> None:
    plan = chain(MAP, ops.Relu())
    export_onnx(plan, started(plan), target, options=Export(opset=opset))
    assert onnx.load(target).ir_version == version


def test_every_op_is_tried() -> None:
    tried = Counter(op.op for _, layers, *_ in CHAINS.values() for op in layers)
    tried += Counter(op.op for _, layers, *_ in GRAPHS.values() for _, op, _ in layers)
    elsewhere = {"image_to_float", "library_part", "extension"}  # each has its own tests
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


def test_tanhshrink_of_small_numbers_is_not_rounding(chain: Chain, started: Started, target: Path) -> None:
    plan = chain((100,), ops.Tanhshrink())
    export_onnx(plan, started(plan), target)
    x = np.float32(0.9) ** np.arange(100, dtype=np.float32)[None]
    exact = x.astype(np.float64) - np.tanh(x.astype(np.float64))
    found = onnxruntime.InferenceSession(target).run(None, {"image": x})[0]
    assert np.allclose(found, exact, rtol=2e-6, atol=0)
