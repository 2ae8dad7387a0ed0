"""A model file opened with onnxruntime."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from archc.files.errors import WorldError
from archc.files.extras import install_extra
from archc.runtime.description import Description, described
from archc.runtime.wire import inspect

Device = Literal["auto", "cpu", "cuda"]
Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Model:
    """An open model: what it says of itself, where it runs, and onnxruntime's session."""

    path: Path
    description: Description
    device: Literal["cpu", "cuda"]
    session: Any
    outputs: tuple[str, ...]

    def run(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Outputs by name for inputs by name.

        Raises:
            WorldError: onnxruntime refuses the inputs or fails.
        """
        try:
            answers = self.session.run(list(self.outputs), dict(inputs))
        except Exception as failure:  # onnxruntime's kinds are private
            raise WorldError(f"`{self.path}` could not be run: {_first_line(failure)}") from failure
        return {name: np.asarray(value) for name, value in zip(self.outputs, answers, strict=True)}


def open_model(path: Path | str, *, device: Device = "auto", threads: int = 0) -> Model:
    """The model in the ONNX file at `path`, on CUDA where there is one unless told otherwise.

    Raises:
        WorldError: the file cannot be read, is not archc's, points outside itself or is too large; or
            `device` is "cuda" and there is none.
    """
    path = Path(path)
    inspect(path)
    import onnxruntime

    providers = _providers(onnxruntime, device)
    settings = onnxruntime.SessionOptions()
    settings.log_severity_level = 3  # its remarks are for its own developers; errors come as exceptions
    settings.intra_op_num_threads = threads or int(os.environ.get("OMP_NUM_THREADS", "0") or 0)
    try:
        session = onnxruntime.InferenceSession(str(path), settings, providers=providers)
    except Exception as failure:  # onnxruntime's kinds are private
        raise WorldError(
            f"onnxruntime cannot open `{path}`: {_first_line(failure)}", "export it again"
        ) from failure
    on_cuda = session.get_providers()[0] == "CUDAExecutionProvider"
    if device == "cuda" and not on_cuda:
        raise WorldError(
            "CUDA was asked for, but onnxruntime fell back to the CPU: its CUDA libraries do not load",
            f'{install_extra("gpu")}, which brings them, or use device "cpu"',
        )
    description = described(str(path), session.get_modelmeta().custom_metadata_map)
    outputs = tuple(output.name for output in session.get_outputs())
    if {output.name for output in description.outputs} != set(outputs):
        raise WorldError(f"`{path}` answers with something else than it says of itself", "export it again")
    return Model(path, description, "cuda" if on_cuda else "cpu", session, outputs)


def _providers(onnxruntime: Any, device: Device) -> list[str]:
    """What to ask onnxruntime for. Asked for CUDA where there is none, it prints an error and goes on."""
    built_for_cuda = "CUDAExecutionProvider" in onnxruntime.get_available_providers()
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


def _first_line(failure: Exception) -> str:
    lines = str(failure).strip().splitlines()
    return lines[0][:300] if lines else type(failure).__name__
