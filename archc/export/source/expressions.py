"""One op to the torch expression that does its work: a layer to construct, or a formula over its inputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from archc.export.faults import ExportFault
from archc.export.source import windows
from archc.export.source.layout import Bracket, Text, call, listed
from archc.export.source.pieces import Inline, Layer, default, each, first, keyword, size
from archc.spec import layers as ops
from archc.spec.layers import Op


def expression(op: Op) -> Layer | Inline:
    """What does the work of a resolved op, in torch's words or those of `parts.py`.

    Raises:
        ExportFault: a library's own module.
    """
    match op:
        case ops.Conv1d() | ops.Conv2d() | ops.Conv3d():
            return windows.convolution(op)
        case ops.ConvTranspose1d() | ops.ConvTranspose2d() | ops.ConvTranspose3d():
            return windows.transposed(op)
        case ops.Linear():
            wide = (first("in_features", op.in_features), first("out_features", op.out_features))
            return Layer("nn.Linear", (*wide, default("bias", op.bias, True)))
        case ops.BatchNorm1d():
            return _batch_norm("nn.BatchNorm1d", op)
        case ops.BatchNorm2d():
            return _batch_norm("nn.BatchNorm2d", op)
        case ops.BatchNorm3d():
            return _batch_norm("nn.BatchNorm3d", op)
        case ops.InstanceNorm1d() | ops.InstanceNorm2d():
            axes = 1 if isinstance(op, ops.InstanceNorm1d) else 2
            given = (first("num_features", op.num_features), default("eps", op.eps, 1e-5))
            return Layer(f"nn.InstanceNorm{axes}d", (*given, default("affine", op.affine, False)))
        case ops.RmsNorm():
            eps = () if op.eps is None else (keyword("eps", op.eps),)
            affine = default("elementwise_affine", op.elementwise_affine, True)
            return Layer("nn.RMSNorm", (first("normalized_shape", op.normalized_shape), *eps, affine))
        case ops.LocalResponseNorm():
            numbers = (("alpha", op.alpha, 1e-4), ("beta", op.beta, 0.75), ("k", op.k, 1.0))
            return Layer("nn.LocalResponseNorm", (first("size", op.size), *(default(*n) for n in numbers)))
        case ops.Embedding():
            wide = (first("num_embeddings", op.num_embeddings), first("embedding_dim", op.embedding_dim))
            return Layer("nn.Embedding", wide)
        case ops.LayerNorm():
            shape = first("normalized_shape", op.normalized_shape)
            return Layer("nn.LayerNorm", (shape, default("eps", op.eps, 1e-5)))
        case ops.LayerNorm2d():
            shape = first("channels", op.normalized_shape)
            return Layer("LayerNorm2d", (shape, default("eps", op.eps, 1e-6)))
        case ops.GroupNorm():
            groups = (first("num_groups", op.num_groups), first("num_channels", op.num_channels))
            return Layer("nn.GroupNorm", (*groups, default("eps", op.eps, 1e-5)))
        case ops.SelfAttention2d():
            return Layer("SelfAttention2d", (first("channels", op.channels),))
        case ops.MultiheadAttention():
            wide = (first("embed_dim", op.embed_dim), first("num_heads", op.num_heads))
            return Layer("MultiheadAttention", (*wide, default("dropout", op.dropout, 0.0)))
        case ops.Normalize():
            return Layer("Normalize", (first("mean", op.mean), first("std", op.std)))
        case ops.Dropout():
            return Layer("nn.Dropout", (first("p", op.p),))
        case ops.Dropout1d():
            return Layer("nn.Dropout1d", (first("p", op.p),))
        case ops.Dropout2d():
            return Layer("nn.Dropout2d", (first("p", op.p),))
        case ops.Dropout3d():
            return Layer("nn.Dropout3d", (first("p", op.p),))
        case ops.AlphaDropout():
            return Layer("nn.AlphaDropout", (first("p", op.p),))
        case ops.StochasticDepth():
            return Layer("StochasticDepth", (first("p", op.p), default("mode", op.mode, "row")))
        case ops.Relu():
            return Layer("nn.ReLU")
        case ops.Relu6():
            return Layer("nn.ReLU6")
        case ops.LeakyRelu():
            return Layer("nn.LeakyReLU", (first("negative_slope", op.negative_slope),))
        case ops.Gelu():
            return Layer("nn.GELU", (default("approximate", op.approximate, "none"),))
        case ops.Silu():
            return Layer("nn.SiLU")
        case ops.Sigmoid():
            return Layer("nn.Sigmoid")
        case ops.Tanh():
            return Layer("nn.Tanh")
        case ops.Hardswish():
            return Layer("nn.Hardswish")
        case ops.Hardsigmoid():
            return Layer("nn.Hardsigmoid")
        case ops.Prelu():
            count = default("num_parameters", op.num_parameters, 1)
            return Layer("nn.PReLU", (count, default("init", op.init, 0.25)))
        case ops.Elu():
            return Layer("nn.ELU", (default("alpha", op.alpha, 1.0),))
        case ops.Selu():
            return Layer("nn.SELU")
        case ops.Celu():
            return Layer("nn.CELU", (default("alpha", op.alpha, 1.0),))
        case ops.Mish():
            return Layer("nn.Mish")
        case ops.Softplus():
            shape = default("beta", op.beta, 1.0)
            return Layer("nn.Softplus", (shape, default("threshold", op.threshold, 20.0)))
        case ops.Softsign():
            return Layer("nn.Softsign")
        case ops.LogSigmoid():
            return Layer("nn.LogSigmoid")
        case ops.Hardtanh():
            return Layer("nn.Hardtanh", (first("min_val", op.min_val), first("max_val", op.max_val)))
        case ops.Hardshrink():
            return Layer("nn.Hardshrink", (default("lambd", op.lambd, 0.5),))
        case ops.Softshrink():
            return Layer("nn.Softshrink", (default("lambd", op.lambd, 0.5),))
        case ops.Tanhshrink():
            return Layer("nn.Tanhshrink")
        case ops.Glu():
            return Layer("nn.GLU", (keyword("dim", op.dim),))
        case ops.LogSoftmax():
            return Layer("nn.LogSoftmax", (keyword("dim", op.dim),))
        case ops.Softmax():
            return Layer("nn.Softmax", (keyword("dim", op.dim),))
        case ops.MaxPool1d() | ops.MaxPool2d() | ops.MaxPool3d():
            return windows.max_pool(op)
        case ops.AvgPool1d() | ops.AvgPool2d() | ops.AvgPool3d():
            return windows.avg_pool(op)
        case ops.AdaptiveAvgPool1d() | ops.AdaptiveMaxPool1d():
            kind = "Avg" if isinstance(op, ops.AdaptiveAvgPool1d) else "Max"
            return Layer(f"nn.Adaptive{kind}Pool1d", (first("output_size", size(op.output_size)),))
        case ops.AdaptiveAvgPool2d() | ops.AdaptiveMaxPool2d():
            kind = "Avg" if isinstance(op, ops.AdaptiveAvgPool2d) else "Max"
            return Layer(f"nn.Adaptive{kind}Pool2d", (first("output_size", size(op.output_size)),))
        case ops.AdaptiveAvgPool3d() | ops.AdaptiveMaxPool3d():
            kind = "Avg" if isinstance(op, ops.AdaptiveAvgPool3d) else "Max"
            return Layer(f"nn.Adaptive{kind}Pool3d", (first("output_size", size(op.output_size)),))
        case ops.GlobalMaxPool2d():
            return Layer("nn.AdaptiveMaxPool2d", (first("output_size", 1),))
        case ops.AdaptiveConcatPool2d():
            return Layer("AdaptiveConcatPool2d", (first("output_size", size(op.output_size)),))
        case ops.GlobalAvgPool2d():
            return Layer("nn.AdaptiveAvgPool2d", (first("output_size", 1),))
        case ops.BlurPool2d():
            return Layer("BlurPool2d")
        case ops.Upsample():
            return _upsample(op)
        case ops.PixelUnshuffle():
            return Layer("nn.PixelUnshuffle", (first("downscale_factor", op.downscale_factor),))
        case ops.PixelShuffle():
            return Layer("nn.PixelShuffle", (first("upscale_factor", op.upscale_factor),))
        case ops.Identity():
            return Inline("identity", lambda x, _: x[0], layer=Layer("nn.Identity"))
        case ops.Flatten():
            ends = (first("start_dim", op.start_dim), first("end_dim", op.end_dim))
            shown = ends[:1] if op.end_dim == -1 else ends
            layer = Layer("nn.Flatten", () if shown == (first("start_dim", 1),) else shown)
            return Inline("flatten", lambda x, a: call("torch.flatten", x[0], *a), shown, layer)
        case ops.Permute():
            dims = each("dim", op.dims)
            return Inline("permute", lambda x, a: call(f"{x[0]}.permute", *a), dims, Layer("Permute", dims))
        case ops.Reshape():
            sizes = each("size", op.shape)
            return Inline("reshape", _reshape, sizes, Layer("Reshape", sizes))
        case ops.Unflatten():
            parts = (first("dim", op.dim), first("unflattened_size", op.unflattened_size))
            return Inline(
                "unflatten",
                lambda x, a: call("torch.unflatten", x[0], *a),
                parts,
                Layer("nn.Unflatten", parts),
            )
        case ops.Squeeze():
            dim = (first("dim", op.dim),)
            return Inline("squeeze", lambda x, a: f"{x[0]}.squeeze({a[0]})", dim, Layer("Squeeze", dim))
        case ops.Unsqueeze():
            dim = (first("dim", op.dim),)
            return Inline("unsqueeze", lambda x, a: f"{x[0]}.unsqueeze({a[0]})", dim, Layer("Unsqueeze", dim))
        case ops.PackedAttention():
            return Layer("PackedAttention", (first("num_heads", op.num_heads),))
        case ops.ChannelShuffle():
            groups1 = (first("groups", op.groups),)
            return Inline("channel_shuffle", _shuffle, groups1, Layer("ChannelShuffle", groups1))
        case ops.OutputRange():
            span = (first("low", op.low), first("high", op.high))
            return Inline("output_range", _range, span, Layer("OutputRange", span))
        case ops.Add():
            return Inline("add", lambda x, _: " + ".join(x))
        case ops.Multiply():
            return Inline("multiply", lambda x, _: " * ".join(x))
        case ops.AbsDifference():
            return Inline("abs_difference", lambda x, _: f"({x[0]} - {x[1]}).abs()")
        case ops.SquaredDifference():
            return Inline("squared_difference", lambda x, _: f"({x[0]} - {x[1]}).square()")
        case ops.CosineSimilarity():
            return Inline("cosine_similarity", _cosine, (first("dim", op.dim),))
        case ops.Concat():
            return Inline("concat", _concat, (first("dim", op.dim),))
        case ops.ResizeLike():
            return Inline(f"resize_like {op.mode}", _resize_bilinear if op.mode == "bilinear" else _resize)
        case ops.ExpandBatch():
            return Inline("expand_batch", _expand)
        case ops.Narrow():
            places = (first("dim", op.dim), first("start", op.start), first("length", op.length))
            return Inline("narrow", lambda x, a: call(f"{x[0]}.narrow", *a), places)
        case ops.Select():
            place = (first("dim", op.dim), first("index", op.index))
            return Inline("select", lambda x, a: call(f"{x[0]}.select", *a), place)
        case ops.Mean():
            over = (first("dim", op.dims), first("keepdim", op.keepdim))
            return Inline("mean", _mean, over)
        case ops.ImageToFloat():
            return Inline("image_to_float", _image_to_float, (first("low", op.low), first("high", op.high)))
        case ops.Argmax():
            return Inline("argmax", lambda x, a: f"{x[0]}.argmax(dim={a[0]})", (first("dim", op.dim),))
        case ops.Parameter():
            return Layer("torch.zeros", each("size", op.shape), wrap="nn.Parameter({})")
        case ops.LibraryPart():
            raise ExportFault(
                f"`{op.path or op.ref}` is a library's own module, of which archc has no source",
                "eject a spec whose body is linked whole; `archc bodies` marks the others",
            )
        case ops.ExtensionOp():
            raise ExportFault(
                f"`{op.name}` comes from an installed extension, whose source archc does not copy",
                "build the model with archc, or write the layer's parts in the spec",
            )
        case _:
            assert_never(op)


def _batch_norm(callee: str, op: ops.BatchNorm1d | ops.BatchNorm2d | ops.BatchNorm3d) -> Layer:
    return Layer(
        callee,
        (
            first("num_features", op.num_features),
            default("eps", op.eps, 1e-5),
            default("momentum", op.momentum, 0.1),
            default("affine", op.affine, True),
        ),
    )


def _upsample(op: ops.Upsample) -> Layer:
    grown = keyword("scale_factor", op.scale_factor) if op.size is None else keyword("size", size(op.size))
    corners = () if op.mode == "nearest" else (keyword("align_corners", op.align_corners),)
    return Layer("nn.Upsample", (grown, default("mode", op.mode, "nearest"), *corners))


def _reshape(x: Sequence[str], a: Sequence[str]) -> Text:
    return f"torch.unflatten({x[0]}.flatten(1), 1, ({', '.join(a)},))"


def _shuffle(x: Sequence[str], a: Sequence[str]) -> Text:
    return f"torch.unflatten({x[0]}, 1, ({a[0]}, -1)).transpose(1, 2).flatten(1, 2)"


def _range(x: Sequence[str], a: Sequence[str]) -> Text:
    return f"torch.sigmoid({x[0]}) * ({a[1]} - {a[0]}) + {a[0]}"


def _cosine(x: Sequence[str], a: Sequence[str]) -> Text:
    return f"F.cosine_similarity({x[0]}, {x[1]}, dim={a[0]}).unsqueeze({a[0]})"


def _concat(x: Sequence[str], a: Sequence[str]) -> Text:
    """`*features` are a tuple already."""
    values = x[0].removeprefix("*") if x[0].startswith("*") else listed(*x)
    return call("torch.cat", values, f"dim={a[0]}")


def _resize(x: Sequence[str], _: Sequence[str]) -> Text:
    return call("F.interpolate", x[0], f"size={x[1]}.shape[-2:]")


def _resize_bilinear(x: Sequence[str], _: Sequence[str]) -> Text:
    return Bracket(
        "F.interpolate(", (x[0], f"size={x[1]}.shape[-2:]", 'mode="bilinear"', "align_corners=False"), ")"
    )


def _image_to_float(x: Sequence[str], a: Sequence[str]) -> Text:
    return f"({x[0]}.permute(0, 3, 1, 2).to(torch.float32) - {a[0]}) / ({a[1]} - {a[0]})"


def _expand(x: Sequence[str], _: Sequence[str]) -> Text:
    return f"{x[0]}.expand({x[1]}.shape[0], *{x[0]}.shape[1:])"


def _mean(x: Sequence[str], a: Sequence[str]) -> Text:
    return call(f"{x[0]}.mean", f"dim={a[0]}", *([f"keepdim={a[1]}"] if a[1] != "False" else []))
