"""Image files as folders have them: cut, flipped, misnamed, of odd modes; each made from a seed."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tests.images.zoo import claims, noise, png16

SIDES = (9, 11)
FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF")
Random = np.random.Generator
Make = Callable[[Path, Random], object]


def rough_image(random: Random, mask: bool = False) -> Image.Image:
    """Return a small image in color, or a mask of 0 and 1."""
    if mask:
        return Image.fromarray(random.integers(0, 2, SIDES, np.uint8))
    return Image.fromarray(random.integers(0, 256, (*SIDES, 3), np.uint8))


def stored(image: Image.Image, format: str, **options: Any) -> bytes:
    """Return the image as a file of a format, without loss where that can be."""
    file = io.BytesIO()
    image.save(file, format, **({"lossless": True} if format == "WEBP" else {}), **options)
    return file.getvalue()


def _any(random: Random) -> bytes:
    return stored(rough_image(random), FORMATS[random.integers(len(FORMATS))])


def cut(path: Path, random: Random) -> None:
    whole = _any(random)
    path.write_bytes(whole[: random.integers(0, len(whole))])


def flipped(path: Path, random: Random) -> None:
    data = bytearray(_any(random))
    for at in random.integers(0, len(data), 4):
        data[at] ^= 1 << int(random.integers(8))
    path.write_bytes(bytes(data))


def misnamed(path: Path, random: Random) -> None:
    path.write_bytes(_any(random))


def zeros(path: Path, random: Random) -> None:
    path.write_bytes(bytes(int(random.integers(0, 300))))


def odd_mode(path: Path, random: Random) -> None:
    mode = ("1", "L", "LA", "P", "RGBA", "CMYK", "YCbCr", "LAB", "F", "I")[random.integers(10)]
    format = "TIFF" if mode in ("CMYK", "YCbCr", "LAB", "F", "I") else "PNG"
    image = rough_image(random)
    image = image.convert("L").convert(mode) if mode in ("F", "I") else _converted(image, mode)
    path.write_bytes(stored(image, format))


def _converted(image: Image.Image, mode: str) -> Image.Image:
    if mode == "LAB":
        return Image.frombytes("LAB", image.size, image.tobytes())
    return image.convert(mode)


def huge(path: Path, random: Random) -> None:
    path.write_bytes(claims(*(int(side) for side in random.integers(20_000, 1 << 30, 2))))


def one_pixel(path: Path, random: Random) -> None:
    path.write_bytes(stored(rough_image(random).crop((0, 0, 1, 1)), "PNG"))


def turned(path: Path, random: Random) -> None:
    exif = Image.Exif()
    exif[0x0112] = int(random.integers(1, 9))
    path.write_bytes(stored(rough_image(random), ("JPEG", "PNG", "TIFF")[random.integers(3)], exif=exif))


def animated(path: Path, random: Random) -> None:
    frames = [rough_image(random) for _ in range(3)]
    format = ("GIF", "WEBP", "TIFF", "PNG")[random.integers(4)]
    path.write_bytes(stored(frames[0], format, save_all=True, append_images=frames[1:]))


def transparent(path: Path, random: Random) -> None:
    palette = rough_image(random).quantize(20)
    path.write_bytes(stored(palette, "PNG", transparency=int(random.integers(20))))


def deep(path: Path, random: Random) -> None:
    count = int(random.integers(1, 5))
    path.write_bytes(png16(noise(*SIDES, count, dtype=np.uint16, seed=int(random.integers(99)))))


def pipe(path: Path, random: Random) -> None:
    os.mkfifo(path)


KINDS: tuple[Make, ...] = (
    cut,
    flipped,
    misnamed,
    zeros,
    odd_mode,
    huge,
    one_pixel,
    turned,
    animated,
    transparent,
    deep,
    pipe,
)
SUFFIXES = (".png", ".jpg", ".tif", ".webp", ".gif", ".bmp", ".JPEG")


def rough_file(folder: Path, number: int) -> Path:
    """Write the rough image of this number into the folder; return its path."""
    random = np.random.default_rng(number)
    suffix = SUFFIXES[random.integers(len(SUFFIXES))]
    path = folder / f"rough{number}{suffix}"
    KINDS[number % len(KINDS)](path, random)
    return path


def _mask_png(image: Image.Image) -> bytes:
    return stored(image, "PNG")


def rough_mask(path: Path, number: int) -> Image.Image | None:
    """Write the rough mask of this number; return what it says, where that is sound for certain."""
    random = np.random.default_rng(number)
    mask = rough_image(random, mask=True)
    said = mask.copy()
    whole = _mask_png(mask)
    match number % 10:
        case 0:
            whole = whole[: random.integers(0, len(whole))]
        case 1:
            data = bytearray(whole)
            data[random.integers(0, len(data))] ^= 1 << int(random.integers(8))
            whole = bytes(data)
        case 2:
            whole = bytes(int(random.integers(0, 300)))
        case 3:
            whole = _mask_png(Image.fromarray(np.asarray(mask).astype(np.uint16)))
        case 4:
            whole = _mask_png(Image.fromarray(np.asarray(mask) * 255).convert("1"))
        case 5:
            mask.putpalette([0, 0, 0, 200, 9, 9])
            whole = stored(mask, "PNG", transparency=0)
        case 6:
            whole = _mask_png(Image.fromarray(np.asarray(mask) * 255))
        case 7:
            whole = _mask_png(mask.crop((0, 0, 1, 1)))
        case 8:
            whole = claims(30_000, 30_000)
        case 9:
            whole = stored(mask, "GIF") if number % 20 == 9 else stored(mask, "TIFF")
    path.write_bytes(whole)
    return said if number % 10 in (3, 4, 5, 9) else None
