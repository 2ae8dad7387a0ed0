"""A model file opened with onnxruntime."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from archc.files.errors import WorldError
from archc.files.extras import install_extra
from archc.runtime.confined import AVAILABLE, Confined, Open, Opened
from archc.runtime.description import Description, described
from archc.runtime.inputs import Input, shape_of
from archc.runtime.intact import read_metadata, require_intact
from archc.runtime.library import new_session, onnxruntime, said
from archc.runtime.limits import Limits
from archc.runtime.wire import inspect

Device = Literal["auto", "cpu", "cuda"]
Array = npt.NDArray[Any]

NOT_FINITE = (
    "its weights have diverged, or its input is beyond them: train it with a lower rate and export it again"
)
_BY_SIZE = Limits()


@dataclass(frozen=True, slots=True)
class Model:
    """An open model: its own description, where it runs, and onnxruntime's session on it."""

    path: Path
    description: Description
    device: Literal["cpu", "cuda"]
    outputs: tuple[str, ...]
    session: Confined | InThisProcess

    def run(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Return outputs by name for inputs by name, arrays `(N, ...)` with the batch first.

        Raises:
            WorldError: onnxruntime refuses the inputs, fails, or takes more than its limits.
        """
        return self.session.run(inputs)


@dataclass(frozen=True, slots=True)
class InThisProcess:
    """A session that nothing bounds."""

    path: Path
    opened: Opened
    session: Any

    def run(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Return outputs by name for inputs by name, arrays `(N, ...)` with the batch first.

        Raises:
            WorldError: onnxruntime fails.
        """
        try:
            values = self.session.run(list(self.opened.outputs), dict(inputs))
        except Exception as failure:  # onnxruntime's kinds are private
            raise WorldError(f"`{self.path}` could not be run: {said(failure)}") from failure
        return {name: np.asarray(value) for name, value in zip(self.opened.outputs, values, strict=True)}


def open_model(
    path: Path | str,
    *,
    device: Device = "auto",
    threads: int = 0,
    limits: Limits | None = _BY_SIZE,
    modified: bool = False,
) -> Model:
    """Return the model in the ONNX file at `path`, on CUDA where there is one unless told otherwise.

    On Linux it runs in a child process within `limits`; with None, and on other systems, in this one without.
    `modified` takes a file that another tool, such as a quantizer, changed since archc wrote it.

    Raises:
        WorldError: the file cannot be read, is not archc's, is not as archc wrote it, points outside itself,
            is too large or holds other operators than archc writes; opening it takes more than the limits;
            or `device` is "cuda" and there is none.
    """
    path = Path(path)
    nodes = inspect(path)
    description = described(str(path), read_metadata(path))
    if not modified:
        require_intact(path)
    make = partial(_made, path, device, threads or _threads(), nodes)
    session = (
        _in_this_process(path, make) if limits is None or not AVAILABLE else Confined(path, make, limits)
    )
    opened = session.opened
    if device == "cuda" and not opened.on_cuda:
        raise WorldError(
            "CUDA was asked for, but onnxruntime fell back to the CPU: its CUDA libraries do not load",
            f'{install_extra("gpu")}, which brings them, or use device "cpu"',
        )
    if not all(_takes(opened, description, given) for given in description.inputs):
        raise WorldError(f"`{path}` takes something else than it says of itself", "export it again")
    if {output.name for output in description.outputs} != set(opened.outputs):
        raise WorldError(f"`{path}` answers with something else than it says of itself", "export it again")
    return Model(path, description, "cuda" if opened.on_cuda else "cpu", opened.outputs, session)


def require_finite(model: Model, outputs: Mapping[str, Array]) -> None:
    """Raise `WorldError`, which names the output, where one, of any shape, holds NaN or infinity."""
    for name, values in outputs.items():
        if not np.isfinite(values).all():
            raise WorldError(f"the output `{name}` of `{model.path}` is not finite", NOT_FINITE)


def _takes(opened: Opened, description: Description, given: Input) -> bool:
    """Return whether an input has the shape that the file says of it, before anything is brought to it."""
    found, shape = opened.inputs.get(given.name), shape_of(given, description.preprocess)
    if found is None or shape is None:
        return found is not None
    return len(found) == 1 + len(shape) and all(
        not isinstance(own, int) or own == other for own, other in zip(found[1:], shape, strict=True)
    )


def _threads() -> int:
    """Return the first number of OMP_NUM_THREADS, which has one for each level; 0 if there is none."""
    first = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0].strip()
    return int(first) if first.isdecimal() else 0


def _in_this_process(path: Path, make: Open) -> InThisProcess:
    try:
        session, opened = make()
    except WorldError:
        raise
    except Exception as failure:  # onnxruntime's kinds are private
        raise WorldError(f"onnxruntime cannot open `{path}`: {said(failure)}", "export it again") from failure
    return InThisProcess(path, opened, session)


def _made(path: Path, device: Device, threads: int, nodes: int) -> tuple[Any, Opened]:
    session = new_session(path, _providers(device), threads=threads, nodes=nodes)
    outputs = tuple(output.name for output in session.get_outputs())
    on_cuda = session.get_providers()[0] == "CUDAExecutionProvider"
    inputs = {given.name: list(given.shape) for given in session.get_inputs()}
    return session, Opened(outputs, on_cuda, inputs)


def _providers(device: Device) -> list[str]:
    """Return what to ask onnxruntime for; asked in vain for CUDA, it prints an error and goes on."""
    built_for_cuda = "CUDAExecutionProvider" in onnxruntime().get_available_providers()
    if device != "cpu" and built_for_cuda and _driver_loads():
        return ["CUDAExecutionProvider", "CPUExecutionProvider"]
    if device == "cuda":
        lacking = (
            "no NVIDIA driver is installed" if built_for_cuda else "this onnxruntime is built for the CPU"
        )
        help = 'use device "cpu"' if built_for_cuda else f"{install_extra('gpu')}, without the extra `cpu`"
        raise WorldError(f"CUDA was asked for, but {lacking}", help)
    return ["CPUExecutionProvider"]


def _driver_loads() -> bool:
    name = "nvcuda.dll" if os.name == "nt" else "libcuda.so.1"
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True
