"""Demands of ops on their inputs, and the faults where these are not met."""

from __future__ import annotations

from typing import Any, TypeVar

from archc.ops.dims import Dim
from archc.ops.faults import ShapeFault
from archc.ops.tensors import Shape, TensorType
from archc.spec.layers import Op

T = TypeVar("T", bound=Op)

_LAYOUTS = {2: "(N, C)", 3: "(N, C, L)", 4: "(N, C, H, W)", 5: "(N, C, D, H, W)"}


def floating(name: str, given: TensorType) -> None:
    if given.dtype != "float32":
        raise ShapeFault(f"`{name}` works on float32, its input is {given.dtype}")


def ranked(name: str, given: TensorType, *ranks: int) -> Shape:
    """Return the shape of `given`, whose rank must be one of `ranks`."""
    floating(name, given)
    if len(given.shape) in ranks:
        return given.shape
    wanted = "(N, L, C)" if name == "multihead_attention" else _LAYOUTS[ranks[0]]
    flat = ranks[0] == 2
    raise ShapeFault(
        f"`{name}` needs {wanted}, its input is {given}",
        help="put `flatten` before it" if flat else "it has to come before the map is pooled and flattened",
    )


def filled(op: T, field: str, found: Dim) -> T:
    """Return `op` with `field` set to what its input has; what was written there must agree."""
    if getattr(op, field) == found:
        return op
    agrees(op, field, found)
    made: Any = op.changed(**{field: found})
    return made  # type: ignore[no-any-return]  # mypy joins the kinds that `changed` may give


def agrees(op: Op, field: str, found: Dim) -> None:
    """Raise `ShapeFault` where `field` may not be set to what the input has."""
    written = getattr(op, field)
    if written is not None and written != found:
        raise ShapeFault(
            f"{field} is {written}, but {found} channels come in",
            field=field,
            help=f"leave {field} out: it is inferred",
        )
    if not isinstance(found, int):
        raise ShapeFault(
            f"`{op.op}` needs a fixed number of features, its input has {found}",
            field=field,
            help="pool to a fixed size before it",
        )


def spatial(op: T, shape: Shape) -> T:
    """Return `op`, which needs more than one value of each channel and example to have a deviation."""
    if all(dim == 1 for dim in shape[2:]):
        raise ShapeFault(f"`{op.op}` needs more than one value a channel, its input has one")
    return op


def divides(name: str, field: str, divisor: int, channels: Dim) -> None:
    if isinstance(channels, int) and channels % divisor:
        raise ShapeFault(f"`{name}` cannot deal {channels} channels out by {divisor}", field=field)


def axis_of(name: str, dim: int, shape: Shape, field: str = "dim") -> int:
    if not -len(shape) <= dim < len(shape):
        raise ShapeFault(f"`{name}`: {field} {dim} is not one of {len(shape)} dimensions", field=field)
    return dim % len(shape)
