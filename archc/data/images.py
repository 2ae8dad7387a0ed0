"""Reading masks. Images are read by `archc.images`, as the runtime reads them."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from archc.files import WorldError
from archc.images.reading import Source, opened


def read_mask(path: Path) -> Image.Image:
    """The mask's class numbers as a picture of mode L. `WorldError` names `path`."""
    with opened(path) as source:
        image = source.image
        if image is None or source.dtype != "uint8" or image.mode not in ("L", "P"):
            raise _no_mask(source)
        image.load()
        if image.mode == "P":  # a palette only colours the numbers
            return Image.frombytes("L", image.size, image.tobytes())
        return image.copy()


def _no_mask(source: Source) -> WorldError:
    return WorldError(
        f"mask `{source.path}` has {source.mode} pixels, not one channel of 8 bits",
        "a mask's pixel values are class numbers: save it as an 8-bit grey or palette PNG",
    )
