"""TIFF beyond what Pillow reads: many bands, 16 bits and floats in several channels."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from archc.files.errors import WorldError
from archc.files.image_header import image_header
from archc.images.pixels import PixelFormat, as_array
from archc.images.reading import read_image, require_image
from tests.images.zoo import SIZE, noise

tifffile = pytest.importorskip("tifffile")


def written(path: Path, pixels: np.ndarray[Any, Any], **options: Any) -> np.ndarray[Any, Any]:
    """Write samples `(H, W, C)` as one page; return what is read back."""
    planar = options.pop("planarconfig", "contig")
    stored = pixels if planar == "contig" else pixels.transpose(2, 0, 1)
    tifffile.imwrite(path, stored, photometric="minisblack", planarconfig=planar, **options)
    return as_array(read_image(path, PixelFormat(pixels.shape[2], pixels.dtype.name)))


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "float32"])
@pytest.mark.parametrize("count", [2, 3, 4, 6, 13])
def test_bands_are_read_exactly(tmp_path: Path, dtype: str, count: int) -> None:
    pixels = noise(*SIZE, count, dtype=dtype)
    assert np.array_equal(written(tmp_path / "a.tif", pixels), pixels)


@pytest.mark.parametrize(
    "options",
    [
        {"compression": "zlib"},
        {"compression": "zlib", "predictor": True},
        {"compression": "lzw"},
        {"planarconfig": "separate"},
        {"tile": (16, 16), "compression": "zlib"},
        {"byteorder": ">"},
        {"bigtiff": True},
        {"rowsperstrip": 5},
    ],
    ids=str,
)
def test_ways_of_storing(tmp_path: Path, options: dict[str, Any]) -> None:
    if options.get("compression") == "lzw" or options.get("predictor"):
        pytest.importorskip("imagecodecs")
    for dtype in ("uint16", "float32"):
        pixels = noise(*SIZE, 6, dtype=dtype)
        path = tmp_path / f"{dtype}.tif"
        assert np.array_equal(written(path, pixels, **options), pixels)
        told = image_header(path)
        assert told is not None
        assert (told.height, told.width, told.samples, told.dtype) == (*SIZE, 6, dtype)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation(tmp_path: Path, orientation: int) -> None:
    pixels = noise(*SIZE, 6, dtype="uint16")
    found = written(tmp_path / "a.tif", pixels, extratags=[(274, 3, 1, orientation, True)])
    sideways = orientation > 4
    assert found.shape[:2] == (SIZE[::-1] if sideways else SIZE)
    assert require_image(tmp_path / "a.tif", PixelFormat(6, "uint16")) == found.shape[1::-1]
    corner = {1: (0, 0), 2: (0, -1), 3: (-1, -1), 4: (-1, 0), 5: (0, 0), 6: (0, -1), 7: (-1, -1), 8: (-1, 0)}
    assert np.array_equal(found[corner[orientation]], pixels[0, 0])


def test_what_is_not_read_is_named(tmp_path: Path) -> None:
    path, wanted = tmp_path / "a.tif", PixelFormat(6, "uint16")
    written(path, noise(*SIZE, 6, dtype="uint16"))
    for channels, dtype, said in (
        (3, "uint16", "6 channels; the model takes 3"),
        (6, "uint8", r"16-bit \(uint16\)"),
    ):
        with pytest.raises(WorldError, match=said):
            read_image(path, PixelFormat(channels, dtype))
    whole = path.read_bytes()
    for length in (len(whole) // 2, len(whole) - 10):
        path.write_bytes(whole[:length])
        with pytest.raises(WorldError, match=r"a\.tif` is damaged"):
            read_image(path, wanted)


def test_a_bomb_is_bounded(tmp_path: Path) -> None:
    """A strip that unpacks to a hundred times what the header claims."""
    import zlib

    path = tmp_path / "a.tif"
    written(path, noise(64, 64, 6, dtype="uint16"), compression="zlib", rowsperstrip=64)
    with tifffile.TiffFile(path) as opened:
        (at,), (count,) = opened.pages[0].dataoffsets, opened.pages[0].databytecounts
    bomb = zlib.compress(bytes(64 * 64 * 12 * 400))
    assert len(bomb) <= count
    raw = bytearray(path.read_bytes())
    raw[at : at + len(bomb)] = bomb
    path.write_bytes(raw)
    with pytest.raises(WorldError, match="damaged"):
        read_image(path, PixelFormat(6, "uint16"))


def test_without_tifffile_it_says_what_to_install(tmp_path: Path) -> None:
    written(tmp_path / "a.tif", noise(*SIZE, 6, dtype="uint16"))
    code = (
        "import sys; sys.modules['tifffile'] = None\n"
        "from archc.images.reading import read_image; from archc.images.pixels import PixelFormat\n"
        "try: read_image(sys.argv[1], PixelFormat(6, 'uint16'))\n"
        "except Exception as error: print(error)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "a.tif")], capture_output=True, text=True, check=True
    )
    assert "needs tifffile" in run.stdout
    assert "pip install '.[tiff]' in a clone" in run.stdout
