"""What a folder of data is taken for, by names and first bytes of files alone."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from archc.files.errors import WorldError
from archc.files.image_header import Header, image_header
from archc.init.found import Folders, Listed, Masks, Names
from archc.init.look import look

Make = Callable[..., Path]


def png(height: int, width: int, color: int = 2, value: int = 0) -> bytes:
    """A PNG of one value; `color` 0 is gray, 2 is RGB, 3 has a palette."""
    row = b"\0" + bytes([value]) * width * (3 if color == 2 else 1)
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, color, 0, 0, 0))]
    chunks += [(b"PLTE", bytes(768))] if color == 3 else []
    chunks += [(b"IDAT", zlib.compress(row * height)), (b"IEND", b"")]
    parts = (struct.pack(">I", len(d)) + t + d + struct.pack(">I", zlib.crc32(t + d)) for t, d in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


COLOR, GRAY = png(48, 64), png(48, 64, 0)


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """A function that fills a folder with files, images by default, and returns it."""

    def fill(names: Iterable[str], content: bytes = COLOR) -> Path:
        for name in names:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return tmp_path

    return fill


def test_class_folders(make: Make) -> None:
    found = look(make(f"{name}/{i}.png" for name in ("cat", "dog") for i in range(3)))
    assert found.data == Folders(("cat", "dog"), 6)
    assert (found.size, found.channels) == ((48, 64), 3)


@pytest.mark.parametrize(("train", "valid"), [("train", "val"), ("Training", "Testing"), ("train", "valid")])
def test_class_folders_in_both_splits(make: Make, train: str, valid: str) -> None:
    folder = make(f"{split}/{name}/1.png" for split in (train, valid) for name in ("ants", "bees"))
    assert look(folder).data == Folders(("ants", "bees"), 2, train, valid)


def test_validation_of_other_classes_is_not_taken(make: Make) -> None:
    folder = make(["train/ants/1.png", "train/bees/1.png", "test/1.png"])
    assert look(folder).data == Folders(("ants", "bees"), 2, "train")


def test_alphabets(make: Make) -> None:
    names = [f"{a}/{c}/{i}.png" for a in ("Greek", "Latin") for c in ("c1", "c2") for i in range(4)]
    found = look(make(names, GRAY))
    classes = ("Greek/c1", "Greek/c2", "Latin/c1", "Latin/c2")
    assert found.data == Folders(classes, 16, levels=2, group="^(?P<group>[^/]+)/")
    assert found.channels == 1


def test_masks_in_both_splits(make: Make) -> None:
    make(f"{split}/{i}.png" for split in ("train", "val") for i in range(4))
    for value in (0, 1):
        names = (f"{split}annot/{2 * i + value}.png" for split in ("train", "val") for i in range(2))
        folder = make(names, png(48, 64, 0, value))
    data = look(folder).data
    assert isinstance(data, Masks)
    assert (data.train, data.valid) == (
        ("train/*.png", "trainannot/{stem}.png"),
        ("val/*.png", "valannot/{stem}.png"),
    )
    assert (data.classes, data.values, data.images) == (("class0", "class1"), (), 4)


def test_masks_without_a_split_are_parted_by_a_share(make: Make) -> None:
    make(f"images/{i:03}.jpg" for i in range(50))
    make((f"labels/{i:03}_P.png" for i in range(25)), png(48, 64, 3, 2))
    make((f"labels/{i:03}_P.png" for i in range(25, 50)), png(48, 64, 3, 1))
    (folder := make([])).joinpath("codes.txt").write_text("sky\nroad\ntree\n")
    data = look(folder).data
    assert isinstance(data, Masks)
    assert data.classes == ("sky", "road", "tree")
    assert (data.train, data.valid) == (("images/*.jpg", "labels/{stem}_P.png"), None)


def test_images_before_and_after_are_no_masks(make: Make) -> None:
    folder = make(f"{split}/{i}.png" for split in ("before", "after") for i in range(4))
    assert isinstance(look(folder).data, Folders)


@pytest.mark.parametrize(
    ("head", "row", "path"),
    [
        ("file,species,split", "p{i}.png,{label},{split}", "images/{image}"),
        ("id;label;is_valid", "p{i};{label};{flag}", "images/{image}.png"),
        ("path,class", "images/p{i}.png,{label}", "{image}"),
    ],
)
def test_a_table(make: Make, head: str, row: str, path: str) -> None:
    folder = make(f"images/p{i}.png" for i in range(10))
    rows = [
        row.format(i=i, label="cd"[i % 2], split="valid" if i > 7 else "train", flag=str(i > 7))
        for i in range(10)
    ]
    (folder / "labels.csv").write_text("\n".join([head, *rows]))
    data = look(folder).data
    assert isinstance(data, Listed)
    columns = head.replace(";", ",").split(",")
    assert (data.image, *data.target.columns, data.path) == (*columns[:2], path)
    assert data.target.classes == ("c", "d")
    assert data.valid == (columns[2] if len(columns) > 2 else None)
    assert data.target.separator is None


def test_a_table_with_several_labels_an_image(make: Make) -> None:
    folder = make(f"p{i}.png" for i in range(6))
    words = ["sky", "sky road", "road", "road tree", "tree sky", ""]
    (folder / "t.csv").write_text("image,tags\n" + "".join(f"p{i}.png,{w}\n" for i, w in enumerate(words)))
    data = look(folder).data
    assert isinstance(data, Listed)
    assert (data.target.separator, data.target.classes) == (" ", ("road", "sky", "tree"))


def test_names_that_begin_with_the_class(make: Make) -> None:
    folder = make(f"{name}_{i}.jpg" for name in ("great_dane", "beagle") for i in range(1, 5))
    found = look(folder).data
    assert isinstance(found, Names)
    assert (found.pattern, found.classes, found.images) == ("*.jpg", ("beagle", "great_dane"), 8)


@pytest.mark.parametrize("names", [[], ["a.png", "b.png"], ["x/a.png"], ["1_1.png", "2_1.png"]])
def test_what_says_no_class_is_refused_with_a_remedy(make: Make, names: list[str]) -> None:
    with pytest.raises(WorldError) as caught:
        look(make(names))
    assert caught.value.help
    with pytest.raises(WorldError):
        look(Path("/nowhere"))


def test_links_to_folders_and_hidden_ones_are_not_followed(make: Make, tmp_path: Path) -> None:
    folder = make(["a/1.png", "b/1.png", ".hidden/c/1.png"])
    (folder / "circle").symlink_to(folder)
    assert look(folder).data == Folders(("a", "b"), 2)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (COLOR, Header(48, 64, 3)),
        (GRAY, Header(48, 64, 1)),
        (png(5, 6, 3), Header(5, 6, 3, True)),
        (b"GIF89a\x40\0\x30\0" + bytes(20), Header(48, 64, 3, True)),
        (b"\xff\xd8\xff\xe0\0\4xx\xff\xc0\0\x11\x08\0\x30\0\x40\3" + bytes(20), Header(48, 64, 3)),
        (b"\xff\xd8\xff\xc2\0\x0b\x08\0\x30\0\x40\1" + bytes(20), Header(48, 64, 1)),
        (b"BM" + bytes(16) + struct.pack("<iiHH", 64, -48, 1, 24) + bytes(9), Header(48, 64, 3)),
        (b"\xff\xd8\xff\xe0\0\1", None),
        (b"\xff\xd8" + b"\xff\xe0\0\2" * 5000, None),
        (COLOR[:20], None),
        (b"", None),
        (b"no image at all, but long enough to be one", None),
    ],
)
def test_headers(tmp_path: Path, raw: bytes, expected: Header | None) -> None:
    path = tmp_path / "x"
    path.write_bytes(raw)
    found = image_header(path)
    assert (found and found[:4]) == (expected and expected[:4])


def test_real_data(shared_data: Path) -> None:
    street = look(shared_data / "camvid")
    assert isinstance(street.data, Masks)
    assert street.size == (360, 480)
    assert len(street.data.classes) == 12
    assert street.data.values == ()
    insects = look(shared_data / "hymenoptera").data
    assert isinstance(insects, Folders)
    assert (insects.classes, insects.images, insects.valid) == (("ants", "bees"), 245, "val")
    letters = look(shared_data / "omniglot" / "small1").data
    assert isinstance(letters, Folders)
    assert (len(letters.classes), letters.images, letters.levels) == (136, 2720, 2)


def test_a_link_to_itself_is_left_out_and_told(make: Make) -> None:
    folder = make([f"{kind}/{i}.png" for kind in ("ants", "bees") for i in range(4)])
    (folder / "ants" / "loop.png").symlink_to("loop.png")
    (folder / "bees" / "a\nb.png").write_bytes(COLOR)
    found = look(folder)
    assert isinstance(found.data, Folders)
    assert any("2 names are not used" in note for note in found.notes)
