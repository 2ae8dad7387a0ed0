"""Folders of data as people have them, each with a signal that a model learns at once.

A class is a brightness: images of class `i` of `n` are noise around `(i + 1/2) / n` of white.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Make = Callable[[Path], None]
SIDE = 32


def photo(path: Path, level: float, number: int = 0, mode: str = "RGB") -> None:
    """Write an image of one brightness, 0 to 1."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(number).integers(-12, 13, (SIDE, SIDE, 3))
    Image.fromarray(np.clip(level * 255 + noise, 0, 255).astype(np.uint8)).convert(mode).save(path)


def scene(image: Path, mask: Path, number: int, encode: Callable[[NDArray[Any]], Image.Image]) -> None:
    """Write an image with a bright square, and a mask of 0 and 1 as `encode` has it."""
    random = np.random.default_rng(number)
    top, left = random.integers(2, 14, 2)
    truth = np.zeros((SIDE, SIDE), dtype=np.uint8)
    truth[top : top + 16, left : left + 16] = 1
    pixels = np.where(truth[..., None] == 1, 210, 40) + random.integers(-12, 13, (SIDE, SIDE, 3))
    for path in (image, mask):
        path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels.astype(np.uint8)).save(image)
    encode(truth).save(mask)


def numbers(*values: int, dtype: Any = np.uint8) -> Callable[[NDArray[Any]], Image.Image]:
    return lambda truth: Image.fromarray(np.array(values, dtype=dtype)[truth])


def colors(*values: tuple[int, int, int], mode: str = "RGB") -> Callable[[NDArray[Any]], Image.Image]:
    return lambda truth: Image.fromarray(np.array(values, dtype=np.uint8)[truth]).convert(mode)


def palette(truth: NDArray[Any]) -> Image.Image:
    image = Image.fromarray(truth)
    image.putpalette([0, 0, 0, 128, 0, 0] + [9] * 762)
    return image


def one_bit(truth: NDArray[Any]) -> Image.Image:
    return Image.fromarray(truth * 255).convert("1")


def with_border(truth: NDArray[Any]) -> Image.Image:
    bordered = truth.copy()
    bordered[0] = 255
    return Image.fromarray(bordered)


def masks(
    encode: Callable[[NDArray[Any]], Image.Image],
    images: str = "{split}/images/{i}.png",
    truth: str = "{split}/masks/{i}.png",
    *,
    splits: Sequence[str] = ("train", "val"),
    suffixes: Sequence[str] = (),
    count: int = 24,
) -> Make:
    """Images with masks; with `suffixes` they take turns."""

    def make(top: Path) -> None:
        for split in splits:
            for i in range(count if split == splits[0] else 8):
                name = f"{split[:1]}{i:03}"
                image = top / images.format(split=split, i=name)
                image = image.with_suffix(suffixes[i % len(suffixes)]) if suffixes else image
                scene(image, top / truth.format(split=split, i=name), i, encode)

    return make


def voc(top: Path) -> None:
    for i in range(40):
        scene(top / f"JPEGImages/2007_{i:06}.png", top / f"SegmentationClass/2007_{i:06}.png", i, palette)
    for i in range(40, 52):
        photo(top / f"JPEGImages/2007_{i:06}.png", 0.5, i)
    lists = top / "ImageSets/Segmentation"
    lists.mkdir(parents=True)
    (lists / "train.txt").write_text("".join(f"2007_{i:06}\n" for i in range(30)))
    (lists / "val.txt").write_text("".join(f"2007_{i:06}\n" for i in range(30, 40)))


def bare_images(top: Path) -> None:
    masks(numbers(0, 1))(top)
    photo(top / "train/images/extra.png", 0.5)


def folders(
    classes: Sequence[str] = ("ant", "bee"),
    *,
    splits: Sequence[str] = ("",),
    suffixes: Sequence[str] = (".png",),
    count: int = 20,
    modes: Sequence[str] = ("RGB",),
    extra: Callable[[Path], object] | None = None,
) -> Make:
    """Class folders; suffixes and modes take turns."""

    def make(top: Path) -> None:
        for split in splits:
            for k, name in enumerate(classes):
                for i in range(count):
                    path = top / split / name / f"{split[:2]}{i:03}{suffixes[i % len(suffixes)]}"
                    photo(path, (k + 0.5) / len(classes), 1000 * k + i, modes[i % len(modes)])
        if extra:
            extra(top)

    return make


def table(
    header: Sequence[str] | None,
    row: Callable[[int, int], Sequence[object]],
    *,
    name: str = "labels.csv",
    delimiter: str = ",",
    classes: int = 2,
    images: str = "images/{i}.png",
    encoding: str = "utf-8",
    gap: str = "",
    extra: Callable[[Path], object] | None = None,
) -> Make:
    """A table of 40 images; `row` says its cells from the image's number and its class."""

    def make(top: Path) -> None:
        lines = [] if header is None else [list(header)]
        for i in range(40):
            photo(top / images.format(i=i), (i % classes + 0.5) / classes, i)
            lines.append([str(cell) for cell in row(i, i % classes)])
        with (top / name).open("w", newline="", encoding=encoding) as file:
            if gap:
                file.writelines(f"{delimiter}{gap}".join(line) + "\n" for line in lines)
            else:
                csv.writer(file, delimiter=delimiter).writerows(lines)
        if extra:
            extra(top)

    return make


def words(text: str) -> Callable[[Path], object]:
    return lambda top: (top / "classes.txt").write_text(text)


def coco(top: Path) -> None:
    for i in range(8):
        photo(top / f"images/train2017/{i}.jpg", 0.5, i)
        photo(top / f"images/val2017/{i}.jpg", 0.5, i)
    (top / "annotations").mkdir()
    told = {"info": {}, "images": [], "annotations": [], "categories": []}
    (top / "annotations/instances_train2017.json").write_text(json.dumps(told))


def beside(suffix: str, text: str) -> Make:
    def make(top: Path) -> None:
        for i in range(8):
            photo(top / f"{i}.jpg", 0.5, i)
            (top / f"{i}{suffix}").write_text(text)

    return make


def junk(top: Path) -> None:
    for name in ("__MACOSX/ant/._1.png", ".DS_Store", "ant/Thumbs.db", ".hidden/x.png"):
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"\0")


def deep(dtype: Any, high: float, suffix: str = ".png", low: float = 0.0) -> Make:
    """Class folders of one-channel images of a dtype, whose values lie between `low` and `high`."""

    def make(top: Path) -> None:
        for k, name in enumerate(("cat", "dog")):
            (top / name).mkdir(parents=True, exist_ok=True)
            for i in range(20):
                random = np.random.default_rng(100 * k + i)
                share = np.clip(0.2 + 0.6 * k + random.uniform(-0.05, 0.05, (SIDE, SIDE)), 0, 1)
                share[0, :2] = (0, 1)
                pixels = (low + share * (high - low)).astype(dtype)
                path = top / name / f"{i}{suffix}"
                _save(path, pixels)

    return make


def _save(path: Path, pixels: NDArray[Any]) -> None:
    if path.suffix == ".npy":
        np.save(path, pixels)
    elif pixels.dtype == np.int16:  # Pillow makes 32 bits of it, unless it is told what the 16 are
        Image.fromarray(pixels.view(np.uint16)).save(path, tiffinfo={339: 2})
    else:
        Image.fromarray(pixels).save(path)


def deep_scenes(top: Path) -> None:
    """16-bit images with masks of 8 bits."""
    masks(numbers(0, 1))(top)
    for path in top.glob("*/images/*.png"):
        gray = np.asarray(Image.open(path).convert("L")).astype(np.uint16)
        Image.fromarray(gray * 257).save(path)


def several_depths(top: Path) -> None:
    deep(np.uint16, 65535)(top)
    for path in (top / "dog").iterdir():
        Image.new("F", (SIDE, SIDE), 0.5).save(path.with_suffix(".tif"))
        path.unlink()


def tags(separator: str) -> Make:
    held = [("red",), ("red", "round"), ("big", "round"), ("big", "red", "round")]
    return table(("image", "labels"), lambda i, k: (f"{i}.png", separator.join(held[k])), classes=4)


def hot(*cells: tuple[int, ...]) -> Make:
    names = ("filename", "healthy", "rust", "scab")[: len(cells[0]) + 1]
    return table(names, lambda i, k: (f"{i}.png", *cells[k]), classes=len(cells))


def photos(*names: str) -> Make:
    """Images at these paths, those whose names begin with `a` dark and the others bright."""

    def make(top: Path) -> None:
        for i, name in enumerate(names):
            photo(top / name, 0.2 if name.startswith("a") else 0.8, i)

    return make


def damaged(top: Path) -> None:
    for name in ("ant", "bee"):
        (top / name).mkdir()
        (top / name / "a.png").write_bytes(b"no image")


def named_masks(top: Path) -> None:
    masks(numbers(0, 1))(top)
    words("sky\nroad\n")(top)


LEARNED: dict[str, Make] = {
    "masks 0 1": masks(numbers(0, 1)),
    "masks 0 255": masks(numbers(0, 255)),
    "masks 0 128": masks(numbers(0, 128)),
    "masks from 1": masks(numbers(1, 2)),
    "masks 16 bit": masks(numbers(0, 1, dtype=np.uint16)),
    "masks 16 bit, large": masks(numbers(0, 40_000, dtype=np.uint16)),
    "masks 1 bit": masks(one_bit),
    "masks palette": masks(palette),
    "masks colors": masks(colors((0, 0, 0), (255, 0, 0))),
    "masks colors with alpha": masks(colors((0, 64, 0), (255, 0, 9), mode="RGBA")),
    "masks gray as RGB": masks(colors((0, 0, 0), (255, 255, 255))),
    "masks gray with alpha": masks(colors((0, 0, 0), (1, 1, 1), mode="LA")),
    "masks with a border": masks(with_border),
    "masks jpg images": masks(numbers(0, 255), images="{split}/img/{i}.jpg", truth="{split}/mask/{i}.png"),
    "masks three suffixes": masks(numbers(0, 1), suffixes=(".jpg", ".JPG", ".jpeg")),
    "masks in one folder": masks(numbers(0, 1), "{i}.jpg", "{i}_mask.png", splits=("a",)),
    "masks in one folder, all png": masks(numbers(0, 255), "{i}.png", "{i}_mask.png", splits=("a",)),
    "masks of the same stem": masks(numbers(0, 1), "{i}.jpg", "{i}.png", splits=("a",)),
    "masks without a split": masks(numbers(0, 1), "images/{i}.png", "masks/{i}.png", splits=("a",)),
    "masks in SegNet's folders": masks(numbers(0, 1), "{split}/{i}.png", "{split}annot/{i}.png"),
    "masks ADE": masks(
        numbers(0, 1),
        "images/{split}/{i}.jpg",
        "annotations/{split}/{i}.png",
        splits=("training", "validation"),
    ),
    "masks VOC": voc,
    "masks named": named_masks,
    "folders": folders(),
    "folders in splits": folders(splits=("train", "val")),
    "folders Training Testing": folders(splits=("Training", "Testing")),
    "folders train test": folders(splits=("train", "test")),
    "folders train validation": folders(splits=("train", "validation")),
    "folders numbers": folders(("1", "2", "10")),
    "folders in a folder": folders(splits=("archive/pets",)),
    "folders three suffixes": folders(suffixes=(".jpg", ".JPG", ".jpeg", ".png")),
    "folders gray and color": folders(modes=("RGB", "L")),
    "folders with junk": folders(extra=junk),
    "folders of folders": folders(("dog/poodle", "dog/pug", "cat/manx", "cat/siam")),
    "folders of uneven depth": folders(("dog/poodle", "cat")),
    "folders with one folder each": folders(("dog/images", "cat/images")),
    "folders below train": folders(("dog/poodle", "dog/pug", "cat/manx"), splits=("data/train",)),
    "names": photos(*(f"{name}_{i}.jpg" for name in ("ant", "bee") for i in range(20))),
    "table": table(("image", "label"), lambda i, k: (f"{i}.png", "xy"[k])),
    "table semicolons": table(("image", "label"), lambda i, k: (f"{i}.png", "xy"[k]), delimiter=";"),
    "table tabs": table(("image", "label"), lambda i, k: (f"{i}.png", "xy"[k]), delimiter="\t", name="t.tsv"),
    "table mark": table(("image", "label"), lambda i, k: (f"{i}.png", "xy"[k]), encoding="utf-8-sig"),
    "table gap": table(("image", "label"), lambda i, k: (f"{i}.png", "xy"[k]), gap=" "),
    "table no suffix": table(("id", "breed"), lambda i, k: (i, "xy"[k])),
    "table paths": table(("path", "label"), lambda i, k: (f"images/{i}.png", "xy"[k])),
    "table id column": table(("id", "image", "label"), lambda i, k: (i, f"{i}.png", "xy"[k])),
    "table split column": table(
        ("image", "label", "split"), lambda i, k: (f"{i}.png", "xy"[k], "test" if i > 31 else "train")
    ),
    "table numbers": table(("image", "label"), lambda i, k: (f"{i}.png", (1, 2, 10)[k]), classes=3),
    "table numbers with names": table(
        ("image", "label"), lambda i, k: (f"{i}.png", k), extra=words("cat\ndog\n")
    ),
    "table one-hot": hot((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "table two columns": hot((1, 0), (0, 1)),
    "table several ones": hot((1, 0, 1), (0, 1, 1)),
    "table regression": table(("image", "ripeness"), lambda i, k: (f"{i}.png", k + i / 1000)),
    "images of 16 bits": deep(np.uint16, 65535),
    "images of 12 bits": deep(np.uint16, 4095),
    "images of 16 bits as TIFF": deep(np.uint16, 65535, ".tif"),
    "images of 16 bits and masks": deep_scenes,
    "images of floating point": deep(np.float32, 1, ".tif"),
    "images of floating point, large": deep(np.float32, 3000, ".tif", low=-1000),
    "images of floating point as npy": deep(np.float64, 1, ".npy"),
    "images of 16 bits, signed": deep(np.int16, 3000, ".tif", low=-1000),
    "tags ', '": tags(", "),
    "tags ','": tags(","),
    "tags ';'": tags(";"),
    "tags '|'": tags("|"),
    "tags ' '": tags(" "),
}

REFUSED: dict[str, tuple[Make, str]] = {
    "several depths": (several_depths, "pixels of several depths: 20 of uint16, 20 of float32"),
    "32-bit numbers": (deep(np.int32, 70_000, ".tif"), "the images have int32 pixels, such as"),
    "COCO": (coco, "annotations of objects as COCO has them"),
    "labelme": (beside(".json", '{"shapes": []}'), "as labelme has them"),
    "YOLO": (beside(".txt", "0 0.5 0.5 0.1 0.2\n"), "as YOLO has them"),
    "Pascal VOC boxes": (beside(".xml", "<annotation></annotation>"), "as Pascal VOC has them"),
    "no header": (table(None, lambda i, k: (f"{i}.png", "xy"[k])), "has no line of column names"),
    "missing files": (
        table(("image", "label"), lambda i, k: (f"{i + 3}.png", "xy"[k])),
        "3 images of 40 that are not at",
    ),
    "absolute paths": (
        table(("image", "label"), lambda i, k: (f"/home/me/{i}.png", "xy"[k])),
        "by paths of another place",
    ),
    "only an id": (table(("image", "id"), lambda i, k: (f"{i}.png", i)), "no column says a class"),
    "empty labels": (
        table(("image", "label"), lambda i, k: (f"{i}.png", "xy"[k] if i > 1 else "")),
        "says no class of 2 of 40",
    ),
    "lossy masks": (masks(numbers(0, 255), truth="{split}/masks/{i}.jpg"), "blurs the values"),
    "one value": (masks(numbers(0, 0)), "nothing but the value 0"),
    "images without masks": (bare_images, "24 of 25 images in `train/images` have a mask"),
    "masks of no images": (
        photos(*(f"{folder}/{folder[0]}{i}.png" for folder in ("img", "mask") for i in range(9))),
        "is called like a folder of masks",
    ),
    "one class": (folders(("ant",)), "one class folder only"),
    "an empty class": (
        folders(extra=lambda top: (top / "wasp").mkdir()),
        "the folder `wasp` in `set` has no image",
    ),
    "images beside classes": (
        folders(extra=lambda top: photo(top / "x.png", 1)),
        "beside the folders of classes",
    ),
    "classes above splits": (
        folders(("ant/train", "ant/val", "bee/train", "bee/val")),
        "the folders of the split lie below",
    ),
    "damaged": (damaged, "can be read"),
    "no classes": (photos(*(f"{i}.png" for i in range(5))), "no classes"),
    "nothing": (lambda top: None, "no images"),
}
