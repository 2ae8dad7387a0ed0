"""Faults of image files that cannot be read, the same in training and serving."""

from __future__ import annotations

from pathlib import Path

from archc.files.errors import WorldError
from archc.files.extras import install_extra
from archc.spec.pixels import RANGES

FORMATS = ("JPEG", "PNG", "BMP", "GIF", "WebP", "TIFF", "NumPy's .npy")

_WORDS = {
    "uint8": "8-bit",
    "uint16": "16-bit",
    "uint32": "32-bit",
    "int8": "signed 8-bit",
    "int16": "signed 16-bit",
    "int32": "signed 32-bit",
    "float16": "16-bit floating-point",
    "float32": "floating-point",
    "float64": "64-bit floating-point",
}


def unknown(path: Path) -> WorldError:
    return WorldError(f"`{path}` is not an image that archc reads", f"it reads {', '.join(FORMATS)}")


def damaged(path: Path, why: object) -> WorldError:
    return WorldError(f"image `{path}` is damaged: {why}", "copy it again, or take it out of the data")


def too_large(path: Path, what: str) -> WorldError:
    return WorldError(f"image `{path}` has {what}", "scale it down, or cut it into tiles")


def other_dtype(path: Path, found: str, wanted: str) -> WorldError:
    """Return what is said of samples of another dtype: nothing is rescaled in silence."""
    help = f"convert it to {wanted}"
    if found in RANGES:
        help += f', or train a model with dtype = "{found}" in its input'
    return WorldError(f"image `{path}` has {_said(found)} pixels; the model takes {_said(wanted)} ones", help)


def other_channels(path: Path, found: int, wanted: int, format: str) -> WorldError:
    """Return what is said of another number of channels, where no color can be converted."""
    help = "convert it, or train a model with as many channels in its input"
    if format == "NPY":
        help = "an .npy file is (height, width, channels)"
    if format == "TIFF":
        help += "; of several pages only the first is read, so save the bands as one page"
    return WorldError(
        f"image `{path}` has {found} channel{'s' * (found != 1)}; the model takes {wanted}", help
    )


def other_mode(path: Path, mode: str) -> WorldError:
    return WorldError(f"image `{path}` has {mode} pixels, neither gray nor RGB", "convert it to RGB")


def white_is_zero(path: Path) -> WorldError:
    return WorldError(
        f"image `{path}` stores white as 0 in more than 8 bits", "save it with black as 0 (MinIsBlack)"
    )


def no_image_shape(path: Path, shape: tuple[int, ...]) -> WorldError:
    return WorldError(
        f"image `{path}` is an array of {len(shape)} dimensions",
        "an .npy file is (height, width) or (height, width, channels)",
    )


def not_finite(path: Path) -> WorldError:
    return WorldError(
        f"image `{path}` has pixels that are not finite numbers", "replace NaN and infinity, or leave it out"
    )


def stored_otherwise(path: Path, how: str, known: str) -> WorldError:
    return WorldError(f"image `{path}` is stored with {how}", f"save it with one of: {known}")


def needs(path: Path, package: str, why: str) -> WorldError:
    return WorldError(f"reading `{path}` needs {package}: {why}", install_extra("tiff"))


def _said(dtype: str) -> str:
    return f"{_WORDS[dtype]} ({dtype})" if dtype in _WORDS else dtype
