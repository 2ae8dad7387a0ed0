"""Ops that only lowerings and recorded bodies write."""

from __future__ import annotations

from typing import assert_never

from archc.ops.call import Call, Foreign, Function, Layer, each, first
from archc.ops.demands import axis_of, divides, floating, ranked
from archc.ops.dims import Dim, product
from archc.ops.faults import ShapeFault
from archc.ops.initializers import ZEROS, Init
from archc.ops.shape_ops import averaged, narrowed, part_sizes
from archc.ops.tensors import Named, TensorType
from archc.ops.traits import Traits
from archc.spec import layers as ops
from archc.spec.layers import Op
from archc.spec.layers.internal import Internal


def infer(op: Internal, inputs: tuple[TensorType, ...]) -> tuple[Op, TensorType]:
    """Return the op and the type of its output. `ShapeFault` where it does not fit."""
    match op:
        case ops.Parameter():
            return op, TensorType(op.shape)
        case ops.ExpandBatch():
            return op, TensorType((inputs[1].shape[0], *inputs[0].shape[1:]))
        case ops.Narrow():
            return op, TensorType(narrowed(op, inputs[0].shape))
        case ops.Select():
            axis = axis_of(op.op, op.dim, inputs[0].shape)
            return op, TensorType((*inputs[0].shape[:axis], *inputs[0].shape[axis + 1 :]), inputs[0].dtype)
        case ops.Mean():
            return op, TensorType(averaged(op, inputs[0].shape))
        case ops.Normalize():
            shape = ranked(op.op, inputs[0], 4)
            if len(op.mean) != shape[1] or len(op.std) != shape[1]:
                raise ShapeFault(
                    f"`normalize` has {len(op.mean)} means for {shape[1]} channels", field="mean"
                )
            return op, inputs[0]
        case ops.ImageToFloat():
            n, h, w, c = inputs[0].shape
            return op, TensorType((n, c, h, w))
        case ops.Argmax():
            axis = axis_of(op.op, op.dim, inputs[0].shape)
            return op, TensorType((*inputs[0].shape[:axis], *inputs[0].shape[axis + 1 :]), "int64")
        case ops.LibraryPart():
            floating(op.op, inputs[0])
            return op, TensorType(part_sizes(op, inputs[0].shape))
        case ops.PackedAttention():
            n, length, packed = ranked(op.op, inputs[0], 3)
            divides(op.op, "num_heads", 3 * op.num_heads, packed)
            return op, TensorType((n, length, packed // 3))
        case _:
            assert_never(op)


def parameters(op: Internal) -> Named:
    """Return the op's parameters, in torch's order."""
    match op:
        case ops.Parameter():
            return (("", op.shape),)
        case ops.LibraryPart():
            return _held(op, learned=True)
        case ops.ExpandBatch() | ops.Narrow() | ops.Select() | ops.Mean() | ops.Normalize():
            return ()
        case ops.ImageToFloat() | ops.Argmax() | ops.PackedAttention():
            return ()
        case _:
            assert_never(op)


def buffers(op: Internal) -> Named:
    """Return the op's buffers that are saved."""
    match op:
        case ops.LibraryPart():
            return _held(op, learned=False)
        case ops.Parameter() | ops.ExpandBatch() | ops.Narrow() | ops.Select() | ops.Mean():
            return ()
        case ops.Normalize() | ops.ImageToFloat() | ops.Argmax() | ops.PackedAttention():
            return ()
        case _:
            assert_never(op)


def _held(op: ops.LibraryPart, *, learned: bool) -> Named:
    """Return what a library's part saves, the first kernel for the image's channels."""
    kernel = next((name for name, shape, _ in op.state if len(shape) == 4), None)
    return tuple(
        (name, (shape[0], op.in_channels, *shape[2:]) if name == kernel and op.in_channels != 3 else shape)
        for name, shape, is_learned in op.state
        if is_learned is learned
    )


def multiply_adds(op: Internal, out: TensorType) -> Dim:
    """Return the multiplications each followed by an addition, for a batch of one."""
    match op:
        case ops.LibraryPart():
            return product(out.shape[1:]) * op.work
        case ops.PackedAttention():
            length, c = out.shape[1:]
            return length * length * (2 * c)
        case ops.Parameter() | ops.ExpandBatch() | ops.Narrow() | ops.Select() | ops.Mean():
            return 0
        case ops.Normalize() | ops.ImageToFloat() | ops.Argmax():
            return 0
        case _:
            assert_never(op)


def start(op: Internal) -> Init:
    """Return how a parameter of the op starts. `TypeError` where it has none that archc starts."""
    match op:
        case ops.Parameter():
            return ZEROS
        case ops.LibraryPart():
            raise TypeError("a library starts its parts itself")
        case ops.ExpandBatch() | ops.Narrow() | ops.Select() | ops.Mean() | ops.Normalize():
            raise TypeError(f"`{op.op}` has no parameters")
        case ops.ImageToFloat() | ops.Argmax() | ops.PackedAttention():
            raise TypeError(f"`{op.op}` has no parameters")
        case _:
            assert_never(op)


def call(op: Internal) -> Call:
    """Return torch's function or module for the op."""
    match op:
        case ops.Parameter():
            return Layer("torch.zeros", each("size", op.shape), wrap="nn.Parameter({})")
        case ops.ExpandBatch():
            return Function("expand_batch")
        case ops.Narrow():
            places = (first("dim", op.dim), first("start", op.start), first("length", op.length))
            return Function("narrow", places)
        case ops.Select():
            return Function("select", (first("dim", op.dim), first("index", op.index)))
        case ops.Mean():
            over = first("dims", op.dims)
            return Function("mean_kept" if op.keepdim else "mean", (over,))
        case ops.Normalize():
            return Layer("Normalize", (first("mean", op.mean), first("std", op.std)))
        case ops.ImageToFloat():
            return Function("image_to_float", (first("low", op.low), first("high", op.high)))
        case ops.Argmax():
            return Function("argmax", (first("dim", op.dim),))
        case ops.PackedAttention():
            return Layer("PackedAttention", (first("num_heads", op.num_heads),), placed=False)
        case ops.LibraryPart():
            return Foreign(
                f"`{op.path or op.ref}` is a library's own module, of which archc has no source",
                "eject a spec whose body is linked whole; `archc bodies` marks the others",
            )
        case _:
            assert_never(op)


def traits(op: Internal) -> Traits:
    """Return what holds of the op whatever it reads."""
    match op:
        case ops.Select() | ops.Mean() | ops.Argmax():
            return Traits(flattens=True)
        case ops.ExpandBatch() | ops.Narrow():
            return Traits(idle="same")
        case ops.Parameter() | ops.Normalize():
            return Traits()
        case ops.ImageToFloat() | ops.LibraryPart() | ops.PackedAttention():
            return Traits()
        case _:
            assert_never(op)
