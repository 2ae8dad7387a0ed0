"""Images with a class each: in folders, and by a pattern in their paths."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from archc.data.batches import Loading, open_batches
from archc.data.datasets import Datasets, open_data
from archc.data.split import Splitting, held_out
from archc.files.errors import WorldError
from archc.spec.document import Spec
from archc.spec.grammar import validator

Open = Callable[..., Datasets]


def picture(path: Path, value: int, size: tuple[int, int] = (8, 10)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((*size, 3), value, dtype=np.uint8)).save(path)


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """`set/train` and `set/val`, each with `cat` and `dog`; 6 and 2 images of each class."""
    for split, count in (("train", 6), ("val", 2)):
        for shade, name in ((40, "cat"), (200, "dog")):
            for number in range(count):
                picture(tmp_path / "set" / split / name / f"{number}.png", shade + number)
    return tmp_path / "set"


@pytest.fixture
def opened(tmp_path: Path) -> Open:
    """A function that opens `set` as data of a kind, with 2 classes unless told else."""

    def open_it(kind: str, model_classes: int | None = 2, **data: Any) -> Datasets:
        model = {"kind": "classifier", "classes": model_classes, "body": {"ref": "torchvision/resnet18"}}
        source = {"kind": kind, "root": "set", **data}
        given = {"archc": 1, "input": {"size": [8, 10]}, "model": model, "data": source}
        spec: Spec = validator().validate_python(given)
        return open_data(spec, tmp_path)

    return open_it


def labels(data: Datasets, side: str = "train") -> list[int]:
    examples = getattr(data, side)
    return [examples.load(i).label for i in range(len(examples))]


def names(examples: Any) -> set[str]:
    return {examples.name(i) for i in range(len(examples))}


def test_folders_name_the_classes(folders: Path, opened: Open) -> None:
    data = opened("image_folder", train="train", valid="val")
    assert data.classes == ("cat", "dog")
    assert data.task == "classification"
    assert data.class_counts == (6, 6)
    assert labels(data) == [0] * 6 + [1] * 6
    assert labels(data, "valid") == [0, 0, 1, 1]
    batch = next(open_batches(data.valid, Loading(size=(8, 10), batch_size=4, workers=0)).epoch())
    assert batch.inputs["image"][:, 0, 0, 0].tolist() == [40, 41, 200, 201]
    assert batch.target.tolist() == [0, 0, 1, 1]


def test_classes_keep_the_order_they_are_given_in(folders: Path, opened: Open) -> None:
    data = opened("image_folder", None, train="train", valid="val", classes=["dog", "cat"])
    assert data.classes == ("dog", "cat")
    assert labels(data, "valid") == [1, 1, 0, 0]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["cat", "cow"], "missing: `cow`; not in data.classes: `dog`"),
        (["cat", "cow", "dog"], "missing: `cow`"),
    ],
)
def test_classes_that_are_not_the_folders_are_named(
    folders: Path, opened: Open, given: list[str], said: str, tmp_path: Path
) -> None:
    model = {"kind": "classifier", "body": {"ref": "torchvision/resnet18"}}
    source = {"kind": "image_folder", "root": "set", "train": "train", "valid": "val", "classes": given}
    spec = validator().validate_python(
        {"archc": 1, "input": {"size": [8, 10]}, "model": model, "data": source}
    )
    with pytest.raises(WorldError, match=r"are not data\.classes") as caught:
        open_data(spec, tmp_path)
    assert said in caught.value.message


def test_a_class_only_in_validation_is_an_error(folders: Path, opened: Open) -> None:
    picture(folders / "val" / "cow" / "0.png", 90)
    with pytest.raises(WorldError, match="classes that training has not: `cow`"):
        opened("image_folder", train="train", valid="val")


def test_a_share_is_drawn_evenly_and_repeats(folders: Path, opened: Open) -> None:
    data = opened("image_folder", train="train", valid=0.34)
    assert labels(data, "valid") == [0, 0, 1, 1]
    assert names(data.train).isdisjoint(names(data.valid))
    assert names(opened("image_folder", train="train", valid=0.34).valid) == names(data.valid)
    other = opened("image_folder", train="train", valid=0.34, split_seed=7)
    assert names(other.valid) != names(data.valid)


def test_two_levels_of_folders_name_a_class(tmp_path: Path, opened: Open) -> None:
    for alphabet in ("greek", "latin"):
        for letter in ("a", "b"):
            for number in range(4):
                picture(tmp_path / "set" / alphabet / letter / f"{number}.png", number)
    data = opened("image_folder", 4, levels=2, valid=0.25)
    assert data.classes == ("greek/a", "greek/b", "latin/a", "latin/b")
    with pytest.raises(WorldError, match="lies in no class folder"):
        opened("image_folder", 4, levels=3, valid=0.25)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"train": "nope"}, "there is no folder `nope`"),
        ({"train": "train", "valid": "empty"}, "no image in the folders"),
    ],
)
def test_folders_that_are_not_there(folders: Path, opened: Open, change: dict[str, str], said: str) -> None:
    (folders / "empty" / "cat").mkdir(parents=True)
    with pytest.raises(WorldError, match=said):
        opened("image_folder", **change)


def test_an_empty_class_folder_is_named(folders: Path, opened: Open) -> None:
    (folders / "train" / "cow").mkdir()
    with pytest.raises(WorldError, match=r"class folder .*cow` has no image"):
        opened("image_folder", train="train", valid="val")


def test_links_must_not_lead_out(folders: Path, opened: Open, tmp_path: Path) -> None:
    picture(tmp_path / "secret" / "x.png", 1)
    (folders / "train" / "cow").symlink_to(tmp_path / "secret")
    with pytest.raises(WorldError, match="leads outside"):
        opened("image_folder", train="train", valid="val")


@pytest.fixture
def flat(tmp_path: Path) -> Path:
    """`set` with files `pug_0_of_ann.png` and the like: 2 breeds, 3 owners, 12 images."""
    for number in range(12):
        breed, owner = ("pug", "corgi")[number % 2], ("ann", "bob", "cem")[number // 2 % 3]
        picture(tmp_path / "set" / f"{breed}_{number}_of_{owner}.png", number)
    return tmp_path / "set"


LABEL = r"(?P<label>[a-z]+)_\d+_of_[a-z]+\.png$"


def test_a_pattern_finds_the_class(flat: Path, opened: Open) -> None:
    data = opened("image_regex", label=LABEL, valid=0.25)
    assert data.classes == ("corgi", "pug")
    assert len(data.train) + len(data.valid) == 12
    for examples in (data.train, data.valid):
        for i in range(len(examples)):
            assert data.classes[examples.load(i).label or 0] in examples.name(i)


def test_paths_without_a_class_are_named(flat: Path, opened: Open) -> None:
    picture(flat / "PUG.png", 3)
    with pytest.raises(WorldError, match=r"no class in the paths of 1 of 13 images: `PUG.png`"):
        opened("image_regex", label=LABEL)


def test_patterns_that_would_hang_a_backtracking_engine_do_not(tmp_path: Path, opened: Open) -> None:
    for name in ("a" * 60 + "!", "b" * 60 + "!"):
        for number in range(2):
            picture(tmp_path / "set" / str(number) / f"{name}.png", 0)
    data = opened("image_regex", label=r"/(?P<label>(a+)+|(b+)+)!", valid=0.5)
    assert len(data.classes) == 2


def test_no_group_lies_on_both_sides(flat: Path, opened: Open) -> None:
    group = r"of_(?P<group>[a-z]+)\.png"
    data = opened("image_regex", label=LABEL, group=group, valid=0.3)
    owners = [{n.rpartition("_")[2] for n in names(side)} for side in (data.train, data.valid)]
    assert owners[0].isdisjoint(owners[1])
    assert owners[1]


@pytest.mark.parametrize("seed", range(5))
def test_groups_are_held_out_evenly_over_their_classes(seed: int) -> None:
    # 40 groups of 3; each is named by the class of most of its members, and one class has 4 groups only.
    classes = [0] * 4 + [1] * 36
    labels = [label for label in classes for label in (label, label, 1 - label)]
    groups = [f"g{number}" for number in range(40) for _ in range(3)]
    given = Splitting(root=Path(), names=groups, labels=labels, groups=groups, seed=seed)
    chosen = held_out(0.25, given).reshape(40, 3)
    assert (chosen.all(1) == chosen.any(1)).all()
    assert (chosen[:4, 0].sum(), chosen[4:, 0].sum()) == (1, 9)


def test_a_list_or_a_folder_says_what_is_held_out(flat: Path, opened: Open) -> None:
    (flat / "valid.txt").write_text("pug_0_of_ann.png\n\ncorgi_1_of_ann.png\n")
    data = opened("image_regex", label=LABEL, valid={"by": "file", "file": "valid.txt"})
    assert {Path(n).name for n in names(data.valid)} == {"pug_0_of_ann.png", "corgi_1_of_ann.png"}
    picture(flat / "held" / "pug_99_of_ann.png", 0)
    data = opened("image_regex", label=LABEL, valid={"by": "folder", "folder": "held"})
    assert len(data.valid) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nope.png\n", "lists images that are not in the data: `nope.png`"),
        ("", "holds out none of 12 images"),
    ],
)
def test_lists_that_do_not_fit(flat: Path, opened: Open, text: str, said: str) -> None:
    (flat / "valid.txt").write_text(text)
    with pytest.raises(WorldError, match=said):
        opened("image_regex", label=LABEL, valid={"by": "file", "file": "valid.txt"})


def test_a_list_that_cuts_a_group_is_an_error(flat: Path, opened: Open) -> None:
    (flat / "valid.txt").write_text("pug_0_of_ann.png\n")
    with pytest.raises(WorldError, match="1 groups lie on both sides of the split: `ann`"):
        opened(
            "image_regex",
            label=LABEL,
            group=r"of_(?P<group>[a-z]+)\.png",
            valid={"by": "file", "file": "valid.txt"},
        )


def test_images_are_turned_upright(tmp_path: Path) -> None:
    from archc.images.pixels import PixelFormat, as_array
    from archc.images.reading import image_size, read_image

    pixels = np.zeros((20, 30, 3), dtype=np.uint8)
    pixels[:, :15] = 250
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    path = tmp_path / "side.jpg"
    Image.fromarray(pixels).save(path, exif=exif, quality=95)
    image = read_image(path, PixelFormat(3))
    assert image.size == (20, 30) == image_size(path)
    assert as_array(image)[2, 10, 0] > 200 > as_array(image)[-3, 10, 0]


def test_ants_and_bees(shared_data: Path, tmp_path: Path) -> None:
    model = {"kind": "classifier", "body": {"ref": "torchvision/resnet18"}}
    source = {
        "kind": "image_folder",
        "root": str(shared_data / "hymenoptera"),
        "train": "train",
        "valid": "val",
        "classes": ["ants", "bees"],
    }
    spec = validator().validate_python(
        {"archc": 1, "input": {"size": [32, 32]}, "model": model, "data": source}
    )
    data = open_data(spec, tmp_path)
    assert (len(data.train), len(data.valid)) == (245, 153)
    assert sum(data.class_counts) == 245
    batch = next(open_batches(data.valid, Loading(size=(32, 32), batch_size=4, workers=0)).epoch())
    assert batch.inputs["image"].shape == (4, 3, 32, 32)
