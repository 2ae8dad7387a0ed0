"""Image files of all sorts, sound and broken, each made here: none is downloaded."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

SIZE = (19, 23)
_COLOR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}


def noise(*shape: int, dtype: Any = np.uint8, seed: int = 0) -> np.ndarray[Any, Any]:
    """Return random samples of a dtype; floating-point ones lie between 0 and 1."""
    random = np.random.default_rng(seed)
    if np.dtype(dtype).kind == "f":
        return random.random(shape).astype(dtype)
    bounds = np.iinfo(dtype)
    return random.integers(bounds.min, bounds.max + 1, shape, dtype=dtype)


def smooth(*shape: int) -> np.ndarray[Any, Any]:
    """Return bytes that change slowly, as JPEG likes them."""
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    planes = [(rows * (5 + i) + columns * (9 - i)) % 256 for i in range(shape[2] if len(shape) > 2 else 1)]
    return np.stack(planes, axis=-1).astype(np.uint8).reshape(shape)


def png16(array: np.ndarray[Any, Any], *, filters: bool = True, extra: bytes = b"") -> bytes:
    """Return uint16 `(H, W, C)` as a PNG of 16 bits whose rows use all five filters in turn."""
    height, width, count = array.shape
    step, before, rows = 2 * count, np.zeros(width * 2 * count, np.int64), b""
    for y in range(height):
        row = np.frombuffer(array[y].astype(">u2").tobytes(), np.uint8).astype(np.int64)
        left, corner = (np.concatenate([np.zeros(step, np.int64), r[:-step]]) for r in (row, before))
        kind = y % 5 if filters else 0
        rows += (
            bytes([kind]) + ((row - _predicted(kind, left, before, corner)) % 256).astype(np.uint8).tobytes()
        )
        before = row
    header = struct.pack(">IIBBBBB", width, height, 16, _COLOR_TYPES[count], 0, 0, 0)
    chunks = chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def _predicted(kind: int, left: Any, up: Any, corner: Any) -> Any:
    if kind == 4:  # Paeth
        guess = left + up - corner
        a, b, c = (abs(guess - each) for each in (left, up, corner))
        return np.where((a <= b) & (a <= c), left, np.where(b <= c, up, corner))
    return (0 * left, left, up, (left + up) // 2)[kind]


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def claims(width: int, height: int, bits: int = 8, color: int = 2) -> bytes:
    """Return a PNG that claims a size and holds next to nothing."""
    header = struct.pack(">IIBBBBB", width, height, bits, color, 0, 0, 0)
    data = chunk(b"IDAT", zlib.compress(bytes(100)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + data + chunk(b"IEND", b"")


def npy_claiming(descr: str, shape: str, data: bytes = b"") -> bytes:
    """Return an `.npy` file whose header claims a dtype and a shape."""
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}".encode()
    text += b" " * (-(10 + len(text) + 1) % 64) + b"\n"
    return b"\x93NUMPY\x01\0" + struct.pack("<H", len(text)) + text + data


def _saved(image: Image.Image, format: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def _npy(array: np.ndarray[Any, Any]) -> bytes:
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


def _sound() -> Iterator[tuple[str, bytes]]:
    rgb, gray = Image.fromarray(noise(*SIZE, 3)), Image.fromarray(noise(*SIZE))
    rgba = Image.fromarray(noise(*SIZE, 4))
    palette = rgb.quantize(30)
    for name, image in (
        ("rgb", rgb),
        ("gray", gray),
        ("rgba", rgba),
        ("la", rgba.convert("LA")),
        ("p", palette),
    ):
        yield f"{name}.png", _saved(image, "PNG")
    yield "bilevel.png", _saved(gray.convert("1"), "PNG")
    yield "p_transparent.png", _saved(palette, "PNG", transparency=3)
    yield "rgb_transparent.png", _saved(rgb, "PNG", transparency=(1, 2, 3))
    yield "p_alpha.png", _saved(rgba.quantize(20), "PNG")
    yield "cmyk.jpg", _saved(Image.fromarray(smooth(*SIZE, 4), "CMYK"), "JPEG", quality=95)
    yield "ycbcr.tif", _saved(rgb.convert("YCbCr"), "TIFF")
    yield "lab.tif", _saved(Image.fromarray(noise(*SIZE, 3), "LAB"), "TIFF")
    yield "progressive.jpg", _saved(Image.fromarray(smooth(*SIZE, 3)), "JPEG", progressive=True)
    yield "gray.jpg", _saved(Image.fromarray(smooth(*SIZE)), "JPEG")
    yield "cmyk.tif", _saved(Image.fromarray(noise(*SIZE, 4), "CMYK"), "TIFF")
    for name, image in (("rgb", rgb), ("gray", gray), ("p", palette), ("bilevel", gray.convert("1"))):
        yield f"{name}.bmp", _saved(image, "BMP")
        yield f"{name}.tif", _saved(image, "TIFF")
    yield "rgba.bmp", _saved(rgba, "BMP")
    for compression in ("tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg", "group4"):
        image = gray.convert("1") if compression == "group4" else rgb
        yield f"{compression}.tif", _saved(image, "TIFF", compression=compression)
    yield "one.gif", _saved(palette, "GIF")
    yield "frames.gif", _saved(palette, "GIF", save_all=True, append_images=[gray, rgb])
    yield (
        "frames.webp",
        _saved(rgb, "WEBP", save_all=True, append_images=[rgba.convert("RGB")], lossless=True),
    )
    yield "pages.tif", _saved(rgb, "TIFF", save_all=True, append_images=[gray])
    yield "rgba.webp", _saved(rgba, "WEBP", lossless=True)
    yield "rgb.webp", _saved(rgb, "WEBP", quality=90)
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        yield f"exif{orientation}.jpg", _saved(Image.fromarray(smooth(*SIZE, 3)), "JPEG", exif=exif)
        yield f"exif{orientation}.tif", _saved(rgb, "TIFF", exif=exif)
    yield "one_pixel.png", _saved(rgb.crop((0, 0, 1, 1)), "PNG")
    yield "line.png", _saved(rgb.crop((0, 0, 1, 19)), "PNG")
    yield "png_named.jpg", _saved(rgb, "PNG")
    yield "jpeg_named.png", _saved(Image.fromarray(smooth(*SIZE, 3)), "JPEG")
    yield "rgb.npy", _npy(noise(*SIZE, 3))
    yield "gray.npy", _npy(noise(*SIZE))
    yield "fortran.npy", _npy(np.asfortranarray(noise(*SIZE, 3)))
    yield "four.npy", _npy(noise(*SIZE, 4))
    yield "six.npy", _npy(noise(*SIZE, 6))


def _deep() -> Iterator[tuple[str, bytes]]:
    words = noise(*SIZE, dtype=np.uint16)
    yield "u16.png", _saved(Image.fromarray(words), "PNG")
    yield "u16.tif", _saved(Image.fromarray(words), "TIFF")
    yield "u16_big.tif", _saved(Image.fromarray(words.astype(">u2")), "TIFF")
    yield "u16_lzw.tif", _saved(Image.fromarray(words), "TIFF", compression="tiff_lzw")
    yield "i32.tif", _saved(Image.fromarray(noise(*SIZE, dtype=np.int32)), "TIFF")
    yield "f32.tif", _saved(Image.fromarray(noise(*SIZE, dtype=np.float32)), "TIFF")
    for count in (2, 3, 4):
        yield f"u16x{count}.png", png16(noise(*SIZE, count, dtype=np.uint16))
    for dtype in (np.uint16, np.int16, np.float16, np.float32, np.float64, np.int32, np.int8, np.bool_):
        array = noise(*SIZE, dtype=np.uint8) > 9 if dtype is np.bool_ else noise(*SIZE, dtype=dtype)
        yield f"{np.dtype(dtype).name}.npy", _npy(array)
    yield "big_endian.npy", _npy(noise(*SIZE, 3).astype(">u2"))
    yield "six_u16.npy", _npy(noise(*SIZE, 6, dtype=np.uint16))
    holes = noise(*SIZE, dtype=np.float32)
    holes[3, 4] = np.nan
    yield "nan.npy", _npy(holes)
    yield "nan.tif", _saved(Image.fromarray(holes), "TIFF")
    yield "overflow.npy", _npy(np.full(SIZE, 1e300))


def _broken() -> Iterator[tuple[str, bytes]]:
    rgb = Image.fromarray(noise(64, 48, 3))
    whole = {
        "png": _saved(rgb, "PNG"),
        "jpg": _saved(rgb, "JPEG"),
        "tif": _saved(rgb, "TIFF", compression="tiff_adobe_deflate"),
        "webp": _saved(rgb, "WEBP"),
        "gif": _saved(rgb.quantize(9), "GIF"),
        "bmp": _saved(rgb, "BMP"),
        "npy": _npy(noise(64, 48, 3)),
    }
    random = np.random.default_rng(1)
    for suffix, data in whole.items():
        for share in (0.02, 0.3, 0.9):
            yield f"cut{share}.{suffix}", data[: int(len(data) * share)]
        for n in range(6):
            flipped = bytearray(data)
            for at in random.integers(0, min(len(data), 600 if n % 2 else len(data)), 3):
                flipped[at] ^= 1 << int(random.integers(8))
            yield f"flipped{n}.{suffix}", bytes(flipped)
        yield f"empty.{suffix}", b""
        yield f"zeros.{suffix}", bytes(500)
    yield "huge.png", claims(100_000, 100_000)
    yield "long.png", claims(1, 70_000_000)
    yield "nothing.png", claims(0, 5)
    yield "huge.npy", npy_claiming("'|u1'", "(1000000, 1000000)")
    yield "long.npy", npy_claiming("'|u1'", "(1, 70000000)")
    yield "deep.npy", npy_claiming("'|u1'", "(1000, 1000, 1000000)")
    yield "lying.npy", npy_claiming("'|u1'", "(5000, 5000, 3)", b"short")
    yield "structured.npy", npy_claiming("[('a', '<u1')]", "(2, 2)", bytes(4))
    yield "object.npy", _npy(np.array([[{}, []]], dtype=object))
    yield "flat.npy", npy_claiming("'|u1'", "(400,)", bytes(400))
    yield "negative.npy", npy_claiming("'|u1'", "(-1, 4)", bytes(400))
    yield "code.npy", npy_claiming("__import__('os').getpid()", "(2, 2)", bytes(4))
    yield "text.png", b"this is no image\n"
    yield "script.jpg", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"


def write_zoo(folder: Path) -> list[Path]:
    """Write every file into the folder; return their paths."""
    paths = []
    for name, data in (*_sound(), *_deep(), *_broken()):
        paths.append(folder / name)
        paths[-1].write_bytes(data)
    return paths
