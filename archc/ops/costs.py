"""What an op holds and what it costs: parameters, buffers, multiply-adds; for resolved ops only."""

from __future__ import annotations

from math import prod

from archc.ops.dims import Dim, product
from archc.ops.extensions import made
from archc.ops.geometry import spread
from archc.ops.kept import kept
from archc.ops.tensors import TensorType
from archc.ops.windows import axes_of
from archc.spec import layers as ops
from archc.spec.layers import Op

Named = tuple[tuple[str, tuple[int, ...]], ...]
"""Names under the op's module path, with shapes."""


def _known(size: int | None) -> int:
    if size is None:
        raise TypeError("the op is not resolved: call infer first")
    return size


@kept
def parameters(op: Op) -> Named:
    """The op's learnt tensors by the names torch gives them, in torch's order."""
    match op:
        case ops.Conv1d() | ops.Conv2d() | ops.Conv3d():
            kernel = spread(op.kernel_size, axes_of(op))
            shape = (op.out_channels, _known(op.in_channels) // op.groups, *kernel)
            return _weight_and_bias(shape, op.out_channels, op.bias)
        case ops.ConvTranspose1d() | ops.ConvTranspose2d() | ops.ConvTranspose3d():
            kernel = spread(op.kernel_size, axes_of(op))
            shape = (_known(op.in_channels), op.out_channels // op.groups, *kernel)
            return _weight_and_bias(shape, op.out_channels, op.bias)
        case ops.Linear():
            return _weight_and_bias((op.out_features, _known(op.in_features)), op.out_features, op.bias)
        case (
            ops.BatchNorm1d()
            | ops.BatchNorm2d()
            | ops.BatchNorm3d()
            | ops.InstanceNorm1d()
            | ops.InstanceNorm2d()
        ):
            size = _known(op.num_features)
            return (("weight", (size,)), ("bias", (size,))) if op.affine else ()
        case ops.RmsNorm():
            return (("weight", (_known(op.normalized_shape),)),) if op.elementwise_affine else ()
        case ops.Prelu():
            return (("weight", (op.num_parameters,)),)
        case ops.Embedding():
            return (("weight", (op.num_embeddings, op.embedding_dim)),)
        case ops.LayerNorm() | ops.LayerNorm2d():
            size = _known(op.normalized_shape)
            return (("weight", (size,)), ("bias", (size,)))
        case ops.GroupNorm():
            size = _known(op.num_channels)
            return (("weight", (size,)), ("bias", (size,)))
        case ops.MultiheadAttention():
            c = _known(op.embed_dim)
            packed = (("in_proj_weight", (3 * c, c)), ("in_proj_bias", (3 * c,)))
            return (*packed, ("out_proj.weight", (c, c)), ("out_proj.bias", (c,)))
        case ops.SelfAttention2d():
            c = _known(op.channels)
            small = c // 8
            projections = (("query", small), ("key", small), ("value", c))
            return (("gamma", (1,)), *((f"{name}.weight_orig", (wide, c, 1)) for name, wide in projections))
        case ops.Parameter():
            return (("", op.shape),)
        case ops.LibraryPart():
            return _held(op, learnt=True)
        case ops.ExtensionOp():
            return made(op).parameters()
        case _:
            return ()


@kept
def learnt(op: Op) -> int:
    """How many numbers the op learns."""
    return sum(prod(shape) for _, shape in parameters(op))


def buffers(op: Op) -> Named:
    """The op's saved tensors that are not learnt, by the names torch gives them."""
    match op:
        case ops.BatchNorm1d() | ops.BatchNorm2d() | ops.BatchNorm3d():
            size = _known(op.num_features)
            return (("running_mean", (size,)), ("running_var", (size,)), ("num_batches_tracked", ()))
        case ops.SelfAttention2d():
            c = _known(op.channels)
            projections = (("query", c // 8), ("key", c // 8), ("value", c))
            return tuple(
                (f"{name}.{side}", (size,))
                for name, wide in projections
                for side, size in (("weight_u", wide), ("weight_v", c))
            )
        case ops.LibraryPart():
            return _held(op, learnt=False)
        case ops.ExtensionOp():
            return made(op).buffers()
        case _:
            return ()


def multiply_adds(op: Op, inputs: tuple[TensorType, ...], out: TensorType) -> Dim:
    """Multiplications that are each followed by an addition, for a batch of one.

    Counted where they are the work: convolutions, linear layers and attention. Norms, activations, pooling
    and joins count 0, as in the papers' tables.
    """
    per_image = out.shape[1:]
    match op:
        case ops.Conv1d() | ops.Conv2d() | ops.Conv3d():
            taps = _known(op.in_channels) // op.groups * prod(spread(op.kernel_size, axes_of(op)))
            return product(per_image) * taps
        case ops.ConvTranspose1d() | ops.ConvTranspose2d() | ops.ConvTranspose3d():
            taps = op.out_channels // op.groups * prod(spread(op.kernel_size, axes_of(op)))
            return product(inputs[0].shape[1:]) * taps
        case ops.Linear():
            return product(per_image) * _known(op.in_features)
        case ops.LibraryPart():
            return product(per_image) * op.work
        case ops.PackedAttention():
            length, c = per_image
            return length * length * (2 * c)
        case ops.MultiheadAttention():
            length, c = per_image
            return length * (4 * c) * c + length * length * (2 * c)
        case ops.SelfAttention2d():
            c, h, w = per_image
            places, small = h * w, _known(op.channels) // 8
            return places * (c * (2 * small + _known(op.channels))) + places * places * (small + c)
        case ops.ExtensionOp():
            return made(op).multiply_adds(inputs, out)
        case _:
            return 0


def _weight_and_bias(shape: tuple[int, ...], out: int, bias: bool) -> Named:
    return (("weight", shape), ("bias", (out,))) if bias else (("weight", shape),)


def _held(op: ops.LibraryPart, *, learnt: bool) -> Named:
    """What a library's part saves, the first kernel for the image's channels."""
    first = next((name for name, shape, _ in op.state if len(shape) == 4), None)
    return tuple(
        (name, (shape[0], op.in_channels, *shape[2:]) if name == first and op.in_channels != 3 else shape)
        for name, shape, is_learnt in op.state
        if is_learnt is learnt
    )
