"""Weights that a spec names by a path, and whether it can be one. No file is looked at."""

from __future__ import annotations

from archc.ops.node import SpecPath
from archc.plan.lower.fault import diagnostic
from archc.source.diagnostics.diagnostic import Diagnostic
from archc.spec.model import WeightsFile

FILES = ".safetensors, .pth, .pt, .ckpt, .bin"
_SUFFIXES = (".safetensors", ".pth", ".pt", ".ckpt", ".bin", ".tar")
_OTHERS = (
    *(".onnx", ".h5", ".hdf5", ".keras", ".npz", ".npy", ".msgpack", ".pb", ".tflite", ".pkl", ".pickle"),
    ".gguf",
)


def name_of(weights: str | WeightsFile) -> str:
    """Return  "none", the published name, or the path."""
    return weights if isinstance(weights, str) else weights.file


def start_of(weights: str | WeightsFile | None) -> WeightsFile | None:
    """Return "none", the published name, or the path."""
    if weights is None or weights == "none":
        return None
    return WeightsFile(file=weights) if isinstance(weights, str) else weights


def looks_like_a_path(text: str) -> bool:
    """Return whether a value of `weights` is meant as a path: by its suffix, or because it has folders."""
    return text.lower().endswith(_SUFFIXES + _OTHERS) or "/" in text or "\\" in text


def place_fault(text: str, at: SpecPath, names: tuple[str, ...] = ()) -> Diagnostic | None:
    """Return what is wrong with a path to weights; `names` are words that `weights` alone may be."""
    if "://" in text:
        return diagnostic(
            "ARC212",
            f"weights are not fetched from an address in a spec: `{text}`",
            at,
            help="download the file and write its path; published weights go by the library's name for them",
        )
    if text.lower().endswith(_OTHERS):
        return diagnostic(
            "ARC212",
            f"archc reads no weights from `{text}`",
            at,
            help=f"name a file of torch's or safetensors' ({FILES}), or the folder of a run",
        )
    if looks_like_a_path(text):
        return None
    alone = f'write weights = "{text}", without a table' if text in names else ""
    return diagnostic(
        "ARC212",
        f"`{text}` is no path to weights",
        at,
        help=alone or f"name a file ({FILES}), or a run's folder with a slash in it, such as `./{text}`",
    )
