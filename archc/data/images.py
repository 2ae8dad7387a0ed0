"""Reading pictures with Pillow: bounded, in the format that the suffix says, every fault names the file.

The runtime reads and resizes the same way (`convert`, then bilinear); what a model learnt from is what it is
asked about.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from archc.files import WorldError, from_os_error

FORMATS = {
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".png": "PNG",
    ".bmp": "BMP",
    ".gif": "GIF",
    ".webp": "WEBP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
}
"""The one format that is tried for a suffix: Pillow would else try fifty, some through other programs."""

LARGEST = 80_000_000
"""Pixels of the largest picture that is decoded; a bit under the size at which Pillow warns."""

MODES = {1: "L", 3: "RGB", 4: "RGBA"}

_ON_THEIR_SIDE = (5, 6, 7, 8)
"""EXIF's orientations that exchange height and width."""


def read_image(path: Path, channels: int) -> Image.Image:
    """The picture with `channels` channels of 8 bits, whole in memory. `WorldError` names `path`."""
    with _opened(path) as image:
        if image.mode.startswith(("I", "F")):
            raise WorldError(
                f"image `{path}` has {image.mode} pixels, not 8 bits a channel", "convert it to 8 bits first"
            )
        image.load()
        ImageOps.exif_transpose(image, in_place=True)  # upright, as the runtime has it
        # A copy even where the mode is right: the file is closed when this block ends.
        return image.convert(MODES[channels])


def read_mask(path: Path) -> Image.Image:
    """The mask's class numbers as a picture of mode L. `WorldError` names `path`."""
    with _opened(path) as image:
        if image.mode == "P":  # a palette only colours the numbers
            return _indices(image)
        if image.mode != "L":
            raise WorldError(
                f"mask `{path}` has {image.mode} pixels, not one channel of 8 bits",
                "a mask's pixel values are class numbers: save it as an 8-bit grey or palette PNG",
            )
        image.load()
        return image.copy()


def image_size(path: Path) -> tuple[int, int]:
    """Width and height of the upright picture, from the file's header alone. `WorldError` names `path`."""
    with _opened(path) as image:
        if image.format == "PNG" and "exif" not in image.info:
            return image.size  # to look for EXIF behind the pixels, Pillow would decode them all
        lies = image.getexif().get(ExifTags.Base.Orientation, 1) in _ON_THEIR_SIDE
        return (image.height, image.width) if lies else image.size


def image_mode(path: Path) -> str:
    """Pillow's word for the pixels in the file: `L`, `RGB`, `CMYK`, ... `WorldError` names `path`."""
    with _opened(path) as image:
        mode: str = image.mode
        return mode


def supported_channels(channels: int) -> None:
    """Nothing. `WorldError` where picture files cannot have that many channels."""
    if channels not in MODES:
        raise WorldError(
            f"the input has {channels} channels; picture files give 1 (grey), 3 (RGB) or 4 (RGBA)"
        )


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    try:
        with Image.open(path, formats=[_format(path)]) as image:
            if image.width * image.height > LARGEST:
                raise _too_large(path, f"{image.width}x{image.height}")
            yield image
    except Image.DecompressionBombError as error:
        raise _too_large(path, "far more than that") from error
    except UnidentifiedImageError as error:
        raise WorldError(f"`{path}` is not a {_format(path)} picture", "is its suffix right?") from error
    except OSError as error:
        if error.errno is not None:
            raise from_os_error("read", path, error) from error
        raise _damaged(path, error) from error
    except (
        ValueError,
        SyntaxError,
        EOFError,
        IndexError,
        TypeError,
    ) as error:  # what decoders make of damage
        raise _damaged(path, error) from error


def _format(path: Path) -> str:
    known = FORMATS.get(path.suffix.lower())
    if known is None:
        raise WorldError(f"`{path}` is not a picture that archc reads", f"it reads {', '.join(FORMATS)}")
    return known


def _indices(image: Image.Image) -> Image.Image:
    image.load()
    return Image.frombytes("L", image.size, image.tobytes())


def _too_large(path: Path, size: str) -> WorldError:
    return WorldError(f"image `{path}` has more than {LARGEST:,} pixels ({size})", "scale it down first")


def _damaged(path: Path, error: Exception) -> WorldError:
    return WorldError(f"image `{path}` is damaged: {error}", "copy it again, or take it out of the data")
