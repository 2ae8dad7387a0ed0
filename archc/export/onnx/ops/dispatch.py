"""Each op of a plan as ONNX nodes."""

from __future__ import annotations

from typing import assert_never

from archc.export.faults import ExportFault
from archc.export.onnx.builder import Builder
from archc.export.onnx.forms import reduced
from archc.export.onnx.ops import activation as activations
from archc.export.onnx.ops import attention, pooling
from archc.export.onnx.ops import convolution as layers
from archc.export.onnx.ops import normalization as norms
from archc.export.onnx.ops import shape as shapes
from archc.export.onnx.ops import upsampling as images
from archc.ops.node import Node
from archc.spec import layers as ops


def write_node(build: Builder, node: Node) -> str:
    """The ONNX name of the value that `node` makes, after writing what makes it.

    Raises:
        ExportFault: the op has no exact form at this opset or with these open sizes.
    """
    op = node.op
    inputs = [build.values[name] for name in node.inputs]
    given = [build.types[name] for name in node.inputs]
    x = inputs[0] if inputs else ""
    match op:
        case (
            ops.Conv1d()
            | ops.Conv2d()
            | ops.Conv3d()
            | ops.ConvTranspose1d()
            | ops.ConvTranspose2d()
            | ops.ConvTranspose3d()
        ):
            return layers.convolution(build, op, node.module, x)
        case ops.Linear():
            return layers.linear(build, op, node.module, x, len(given[0].shape))
        case ops.Embedding():
            return build.one("Gather", build.weight(f"{node.module}.weight"), x)
        case ops.BatchNorm1d() | ops.BatchNorm2d() | ops.BatchNorm3d():
            return norms.batch_norm(build, node, x, len(given[0].shape))
        case ops.LayerNorm():
            return norms.layer_norm(build, op.eps, node.module, x)
        case ops.LayerNorm2d():
            return norms.layer_norm2d(build, op.eps, node.module, x)
        case ops.GroupNorm():
            return norms.group_norm(build, op, node.module, x, given[0].shape)
        case ops.InstanceNorm1d() | ops.InstanceNorm2d():
            return norms.instance_norm(build, op, node.module, x)
        case ops.RmsNorm():
            return norms.rms_norm(build, op, node.module, x)
        case ops.LocalResponseNorm():
            return norms.local_response_norm(build, op, node, x)
        case (
            ops.Identity()
            | ops.Dropout()
            | ops.Dropout1d()
            | ops.Dropout2d()
            | ops.Dropout3d()
            | ops.AlphaDropout()
            | ops.StochasticDepth()
        ):
            return x  # passes drop them; what nobody dropped is still the value it reads
        case ops.Relu():
            return build.one("Relu", x)
        case ops.Relu6():
            return build.one("Clip", x, build.scalar(0.0), build.scalar(6.0))
        case ops.LeakyRelu():
            return build.one("LeakyRelu", x, alpha=float(op.negative_slope))
        case ops.Gelu():
            return activations.gelu(build, op.approximate, x)
        case ops.Silu():
            return build.one("Mul", x, build.one("Sigmoid", x))
        case ops.Sigmoid():
            return build.one("Sigmoid", x)
        case ops.Tanh():
            return build.one("Tanh", x)
        case ops.Hardswish():
            return build.one("HardSwish", x)
        case ops.Hardsigmoid():
            return activations.hardsigmoid(build, x)
        case ops.Softmax():
            return build.one("Softmax", x, axis=op.dim)
        case ops.LogSoftmax():
            return build.one("LogSoftmax", x, axis=op.dim)
        case ops.Prelu():
            return activations.prelu(build, node.module, x, len(given[0].shape))
        case ops.Elu():
            return build.one("Elu", x, alpha=float(op.alpha))
        case ops.Selu():
            return build.one("Selu", x)
        case ops.Celu():
            return build.one("Celu", x, alpha=float(op.alpha))
        case ops.Mish():
            return build.one("Mul", x, build.one("Tanh", build.one("Softplus", x)))
        case ops.Softplus():
            return activations.softplus(build, op, x)
        case ops.Softsign():
            return build.one("Softsign", x)
        case ops.LogSigmoid():
            return build.one("Neg", build.one("Softplus", build.one("Neg", x)))
        case ops.Hardtanh():
            return build.one("Clip", x, build.scalar(float(op.min_val)), build.scalar(float(op.max_val)))
        case ops.Hardshrink():
            return build.one("Shrink", x, lambd=float(op.lambd))
        case ops.Softshrink():
            return build.one("Shrink", x, lambd=float(op.lambd), bias=float(op.lambd))
        case ops.Tanhshrink():
            return activations.tanhshrink(build, x)
        case ops.Glu():
            return activations.glu(build, op.dim, x)
        case ops.OutputRange():
            return activations.output_range(build, op.low, op.high, x)
        case (
            ops.MaxPool1d()
            | ops.MaxPool2d()
            | ops.MaxPool3d()
            | ops.AvgPool1d()
            | ops.AvgPool2d()
            | ops.AvgPool3d()
        ):
            return pooling.pool(build, op, x, given[0].shape, node.out.shape)
        case ops.GlobalAvgPool2d():
            return build.one("GlobalAveragePool", x)
        case ops.GlobalMaxPool2d():
            return build.one("GlobalMaxPool", x)
        case (
            ops.AdaptiveAvgPool1d()
            | ops.AdaptiveAvgPool2d()
            | ops.AdaptiveAvgPool3d()
            | ops.AdaptiveMaxPool1d()
            | ops.AdaptiveMaxPool2d()
            | ops.AdaptiveMaxPool3d()
            | ops.AdaptiveConcatPool2d()
        ):
            return pooling.adaptive(build, node, op, x, given[0].shape)
        case ops.BlurPool2d():
            return pooling.blur(build, x)
        case ops.Flatten():
            return shapes.flatten(build, op, x, given[0].shape, node.out.shape)
        case ops.Permute():
            return build.one("Transpose", x, perm=[d % len(op.dims) for d in op.dims])
        case ops.Reshape():
            return shapes.reshape(build, op, x)
        case ops.Unflatten():
            return shapes.unflatten(build, op, x, given[0].shape)
        case ops.Squeeze():
            return build.one("Squeeze", x, build.ints(op.dim))
        case ops.Unsqueeze():
            return build.one("Unsqueeze", x, build.ints(op.dim))
        case ops.ChannelShuffle():
            return shapes.channel_shuffle(build, op.groups, x, given[0].shape)
        case ops.Narrow():
            ends = (build.ints(op.start), build.ints(op.start + op.length), build.ints(op.dim))
            return build.one("Slice", x, *ends)
        case ops.Select():
            return build.one("Gather", x, build.index(op.index), axis=op.dim)
        case ops.Mean():
            return reduced(build, "ReduceMean", x, op.dims, keepdims=op.keepdim)
        case ops.Concat():
            return build.one("Concat", *inputs, axis=op.dim)
        case ops.Add():
            return build.chain("Add", inputs)
        case ops.Multiply():
            return build.chain("Mul", inputs)
        case ops.AbsDifference():
            return build.one("Abs", build.one("Sub", *inputs))
        case ops.SquaredDifference():
            difference = build.one("Sub", *inputs)
            return build.one("Mul", difference, difference)
        case ops.CosineSimilarity():
            return layers.cosine_similarity(build, op.dim, *inputs)
        case ops.ResizeLike():
            return images.resize_like(build, op.mode, inputs, given[0].shape, node.out.shape)
        case ops.Upsample():
            return images.upsample(build, op, x, given[0].shape, node.out.shape)
        case ops.PixelShuffle():
            return build.one("DepthToSpace", x, blocksize=op.upscale_factor, mode="CRD")
        case ops.PixelUnshuffle():
            return images.pixel_unshuffle(build, op.downscale_factor, x, given[0].shape)
        case ops.ExtensionOp():
            return layers.extension(build, op, node, inputs)
        case ops.ImageToFloat():
            return images.image_to_float(build, op, node.name, x)
        case ops.Normalize():
            return images.normalize(build, op, node, x)
        case ops.MultiheadAttention():
            return attention.multihead_attention(build, op, node.module, x)
        case ops.SelfAttention2d():
            return attention.self_attention2d(build, op, node.module, x, given[0].shape)
        case ops.Parameter():
            return build.weight(node.module)
        case ops.ExpandBatch():
            return shapes.expand_batch(build, inputs, node.out.shape)
        case ops.Argmax():
            return build.one("ArgMax", x, axis=op.dim, keepdims=0)
        case ops.PackedAttention():
            return attention.packed_attention(build, op.num_heads, x, given[0].shape)
        case ops.LibraryPart():
            raise ExportFault(
                f"`{node.name}` is a module of `{op.ref}`'s own library, and its graph was not handed over",
                "export from a built model: only torch's exporter sees into it",
                node.origin,
            )
        case _:
            assert_never(op)
