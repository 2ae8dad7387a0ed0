"""Training and serving see the same pixels, or say the same sentence, of any file and for any model."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from archc.data.batches import tensors
from archc.data.inputs.image import ImageInputs
from archc.data.kinds.labeled import ImageExamples
from archc.files.errors import WorldError
from archc.images.pixels import PixelFormat, as_array
from archc.images.reading import image_size, read_image, require_image
from archc.runtime.description import Description, Output
from archc.runtime.inputs.image import ImageInput
from archc.runtime.predict import Failure, _read
from tests.images.zoo import SIZE, claims, noise, npy_claiming, png16, write_zoo

FORMATS = (
    *(PixelFormat(count) for count in (1, 2, 3, 4, 6)),
    *(PixelFormat(count, "uint16", (0, 4095)) for count in (1, 2, 3, 4, 6)),
    PixelFormat(1, "float32"),
    PixelFormat(1, "int16"),
)
Told = tuple[str, Any]


@pytest.fixture(scope="module")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return write_zoo(tmp_path_factory.mktemp("zoo"))


def told(read: Callable[[], Any]) -> Told:
    """The array, or the sentence."""
    try:
        return "array", read()
    except WorldError as error:
        return "refused", str(error)


def trained(path: Path, pixels: PixelFormat) -> Any:
    raw = ImageExamples((path,), (0,), ImageInputs(("image",), pixels, (8, 8))).load(0)
    inputs, _, _ = tensors(raw, 0)
    return inputs["image"].numpy().transpose(1, 2, 0)


def served(path: Path, pixels: PixelFormat) -> Any:
    half = (0.5,) * pixels.channels
    given = ImageInput("image", 8, 8, pixels.channels, half, half, pixels.dtype, pixels.span)
    output = Output("scores", "tensor", "none", ())
    sizes = frozenset({"batch", "height", "width"})
    item = _read(Description((given,), (output,), True, sizes, None, "", "", ""), (path,), "keep")
    if isinstance(item, Failure):
        raise item.fault
    return item.arrays[0]


@pytest.mark.parametrize("pixels", FORMATS, ids=lambda p: f"{p.channels}x{p.dtype}")
def test_both_see_the_same(zoo: list[Path], pixels: PixelFormat) -> None:
    assert len(zoo) >= 150
    read = 0
    for path in zoo:
        one, other = told(lambda p=path: trained(p, pixels)), told(lambda p=path: served(p, pixels))
        assert one[0] == other[0], (path.name, one, other)
        if one[0] == "refused":
            assert one[1] == other[1]
            assert str(path) in one[1]
            assert one[1].isprintable()
            continue
        read += 1
        assert one[1].dtype == other[1].dtype == pixels.dtype
        assert one[1].shape[2] == pixels.channels
        assert np.array_equal(one[1], other[1]), path.name
        assert require_image(path, pixels) == one[1].shape[1::-1] == image_size(path)
    assert read


def test_what_a_header_tells_is_said_without_decoding(zoo: list[Path]) -> None:
    for pixels in (PixelFormat(3), PixelFormat(1, "uint16"), PixelFormat(1, "float32")):
        for path in zoo:
            ahead, then = (
                told(lambda p=path, f=pixels: require_image(p, f)),
                told(lambda p=path, f=pixels: trained(p, f)),
            )
            if ahead[0] == "refused":
                assert then == ahead, path.name
            elif then[0] == "refused":
                assert re.search("is damaged|not finite", then[1]), then


def test_sound_colors_of_8_bits_are_read_exactly(tmp_path: Path) -> None:
    pixels = noise(*SIZE, 3)
    for suffix in ("png", "bmp", "tif", "webp"):
        path = tmp_path / f"a.{suffix}"
        Image.fromarray(pixels).save(path, **({"lossless": True} if suffix == "webp" else {}))
        assert np.array_equal(as_array(read_image(path, PixelFormat(3))), pixels)
    np.save(tmp_path / "a.npy", np.asfortranarray(pixels))
    assert np.array_equal(as_array(read_image(tmp_path / "a.npy", PixelFormat(3))), pixels)


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_png_of_16_bits_is_read_exactly(tmp_path: Path, count: int) -> None:
    pixels = noise(*SIZE, count, dtype=np.uint16)
    (tmp_path / "a.png").write_bytes(png16(pixels))
    found = as_array(read_image(tmp_path / "a.png", PixelFormat(count, "uint16")))
    assert found.dtype == np.uint16
    assert np.array_equal(found, pixels)


@pytest.mark.parametrize("dtype", ["uint16", "int16", "float32"])
@pytest.mark.parametrize("count", [1, 3, 13])
def test_npy_is_read_exactly(tmp_path: Path, dtype: str, count: int) -> None:
    pixels = noise(*SIZE, count, dtype=dtype)
    for name, stored in (("a", pixels), ("b", pixels.astype(np.dtype(dtype).newbyteorder(">")))):
        np.save(tmp_path / f"{name}.npy", stored)
        found = as_array(read_image(tmp_path / f"{name}.npy", PixelFormat(count, dtype)))
        assert np.array_equal(found, pixels)


@pytest.mark.parametrize(
    ("name", "dtype"),
    [("u16.tif", "uint16"), ("u16_big.tif", "uint16"), ("f32.tif", "float32"), ("i16.tif", "int16")],
)
def test_tiff_of_one_channel_is_read_exactly(tmp_path: Path, name: str, dtype: str) -> None:
    pixels = noise(*SIZE, dtype=dtype)
    if dtype == "int16":
        pytest.importorskip("tifffile").imwrite(tmp_path / name, pixels)
    else:
        Image.fromarray(pixels.astype(">u2") if "big" in name else pixels).save(tmp_path / name)
    assert np.array_equal(as_array(read_image(tmp_path / name, PixelFormat(1, dtype)))[:, :, 0], pixels)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("f32.tif", "floating-point (float32)"),
        ("i32.tif", "signed 32-bit (int32)"),
        ("u16.png", "16-bit (uint16)"),
    ],
)
def test_other_depths_are_never_seen_as_black(zoo: list[Path], name: str, found: str) -> None:
    path = next(path for path in zoo if path.name == name)
    for channels in (1, 3, 4):
        with pytest.raises(WorldError, match=re.escape(f"has {found} pixels; the model takes 8-bit (uint8)")):
            read_image(path, PixelFormat(channels))


def test_8_bits_are_not_stretched_to_16(zoo: list[Path]) -> None:
    path = next(path for path in zoo if path.name == "gray.png")
    with pytest.raises(WorldError, match=r"8-bit \(uint8\) pixels; the model takes 16-bit \(uint16\)"):
        read_image(path, PixelFormat(1, "uint16"))


def test_a_file_that_is_none_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    for path in (tmp_path / "pipe.png", tmp_path, Path("/dev/zero")):
        with pytest.raises(WorldError, match="not a file but"):
            read_image(path, PixelFormat(3))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (claims(1, 70_000_000), "a side of more than 65,535"),
        (claims(100_000, 100_000), "more than 80,000,000 pixels"),
        (npy_claiming("'|u1'", "(1000000, 1000000)"), "more than 80,000,000 pixels"),
        (npy_claiming("'|u1'", "(1000, 1000, 4000)"), "4000 channels"),
        (npy_claiming("'|u1'", "(5000, 5000, 3)"), "holds 0 of 75,000,000 bytes"),
        (npy_claiming("'|O'", "(2, 2)"), "pixels; the model takes"),
        (npy_claiming("[('a', '<u1')]", "(2, 2)"), "object or structured"),
    ],
)
def test_lying_headers_are_refused_before_memory_is_taken(tmp_path: Path, data: bytes, said: str) -> None:
    (tmp_path / "a").write_bytes(data)
    with pytest.raises(WorldError, match=re.escape(said)):
        read_image(tmp_path / "a", PixelFormat(3))


def test_many_channels_are_bounded_in_bytes(tmp_path: Path) -> None:
    (tmp_path / "a.npy").write_bytes(npy_claiming("'<f4'", "(8000, 8000, 13)"))
    with pytest.raises(WorldError, match="more than 1,073,741,824 bytes"):
        read_image(tmp_path / "a.npy", replace(PixelFormat(13), dtype="float32"))
