"""The one op that stands for those of other packages."""

from __future__ import annotations

from typing import Annotated, Literal

from archc.spec.fields import Doc, Name, Table, Text
from archc.spec.frozen import named

__all__ = [
    "ExtensionOp",
]

Argument = bool | int | float | Text | tuple[int, ...] | tuple[float, ...]


@named
class ExtensionOp(Table):
    """An op of an installed package, which says what it does to shapes, in torch and in ONNX.

    Whoever installs the package makes the op known, by an entry point of the group `archc.ops`; a spec only
    names it.
    """

    op: Literal["extension"] = "extension"
    name: Annotated[Name, Doc("The entry point's name.")]
    arguments: Annotated[dict[Name, Argument] | None, Doc("The op's own arguments, by name.")] = None


Extension = ExtensionOp
