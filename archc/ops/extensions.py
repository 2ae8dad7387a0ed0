"""Ops of installed packages, looked up only when a spec names one: looking costs tens of milliseconds.

A package declares a frozen dataclass with the methods of `Extension`, and in its metadata

    [project.entry-points."archc.ops"]
    soft_clip = "its_module:SoftClip"
"""

from __future__ import annotations

from functools import cache
from typing import Any, Protocol

from archc.files.errors import WorldError
from archc.ops.dims import Dim
from archc.ops.faults import Mismatch, ShapeFault
from archc.ops.initializers import Init
from archc.ops.tensors import TensorType
from archc.source.diagnostics.suggest import nearest
from archc.spec.layers import ExtensionOp

GROUP = "archc.ops"


class Extension(Protocol):
    """The description of a package's op; its fields are the arguments that a spec may write.

    torch and onnx are imported inside `module` and `to_onnx`, so that validation needs neither. An op without
    `to_onnx` builds and trains, and cannot be exported.
    """

    def infer(self, inputs: tuple[TensorType, ...]) -> tuple[Extension, TensorType]:
        """Return it with what shapes decide filled in, and its output's type; `ShapeFault` for a misfit."""

    def parameters(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        """Return names and shapes of what is learned, in the module's order."""

    def buffers(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        """Return names and shapes of what is saved and not learned."""

    def start(self, name: str) -> Init:
        """Return how a parameter starts; any kind but `torch_default`."""

    def multiply_adds(self, inputs: tuple[TensorType, ...], out: TensorType) -> Dim:
        """Return the multiplications each followed by an addition, for a batch of one."""

    def module(self) -> Any:
        """Return the torch module, or a function without state that can be pickled."""

    def to_onnx(self, build: Any, module: str, inputs: list[str]) -> str:
        """Return the value's name, its nodes added to `build`, an `archc.export.onnx.builder.Builder`."""


def made(op: ExtensionOp) -> Extension:
    """Return the package's op with the arguments of the spec.

    Raises:
        ShapeFault: no package has it, or it has no such arguments.
        WorldError: the package cannot be imported.
    """
    from archc.ops.field_check import checked

    declared = _declared(op.name)
    written = {k: list(v) if isinstance(v, tuple) else v for k, v in (op.arguments or {}).items()}
    try:
        extension: Extension = declared(**checked(declared, written))
    except Mismatch as mismatch:
        said = str(mismatch).replace(declared.__name__, op.name)
        raise ShapeFault(said, field="arguments") from None
    return extension


def infer(op: ExtensionOp, inputs: tuple[TensorType, ...]) -> tuple[ExtensionOp, TensorType]:
    """Return the op with what shapes decide filled in, and its output's type. `ShapeFault` for a misfit."""
    from dataclasses import fields

    extension, out = made(op).infer(inputs)
    declared: Any = extension
    values = ((field, getattr(extension, field.name)) for field in fields(declared))
    return op.changed(arguments={f.name: value for f, value in values if value != f.default}), out


@cache
def _declared(name: str) -> Any:
    from dataclasses import is_dataclass
    from importlib.metadata import entry_points  # costs more than all that validation imports

    found = {point.name: point for point in entry_points(group=GROUP)}
    if name not in found:
        meant = nearest(name, found)
        help = f"did you mean `{meant}`?" if meant else "install the package that has it"
        raise ShapeFault(f"no installed package has the op `{name}`", field="name", help=help)
    try:
        declared = found[name].load()
    except Exception as failure:  # whatever a stranger's module does at import
        where = found[name].value
        said = f"the op `{name}` cannot be imported from `{where}`: {failure}"
        raise WorldError(said, "repair or remove the package") from failure
    if not (isinstance(declared, type) and is_dataclass(declared)):
        raise WorldError(f"the op `{name}` is no dataclass: `{found[name].value}`", "ask its author")
    return declared
