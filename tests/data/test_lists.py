"""Images that text files list, a path and a class a line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from archc.cli.main import main
from archc.data.datasets import Datasets, open_data
from archc.files.errors import WorldError
from archc.plan.compile import compile_document
from archc.source.document.document import SpecError, read_text
from archc.spec.grammar import validator

Open = Callable[..., Datasets]
SHADES = {"cat": 40, "dog": 120, "sea lion": 200}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """`set/images` with `cat0.png` to `cat4.png`, and as many dogs and sea lions."""
    folder = tmp_path / "set" / "images"
    folder.mkdir(parents=True)
    for name, shade in SHADES.items():
        for number in range(5):
            array = np.full((8, 10, 3), shade + number, dtype=np.uint8)
            Image.fromarray(array).save(folder / f"{name.replace(' ', '_')}{number}.png")
    return tmp_path / "set"


def write(root: Path, file: str, *lines: str, end: str = "\n") -> None:
    (root / file).write_bytes(end.join((*lines, "")).encode())


def usual(root: Path, said: Callable[[str], str] = str) -> None:
    """`train.txt` with four of each class, `val.txt` with the fifth."""
    lines = {n: [f"images/{c.replace(' ', '_')}{n}.png {said(c)}" for c in SHADES] for n in range(5)}
    write(root, "train.txt", *(line for number in range(4) for line in lines[number]))
    write(root, "val.txt", *lines[4])


@pytest.fixture
def opened(root: Path) -> Open:
    """A function that opens `set` by its lists."""

    def open_it(**data: Any) -> Datasets:
        source = {"kind": "image_lists", "root": "set", "train": "train.txt", "valid": "val.txt", **data}
        model = {"kind": "classifier", "classes": 3, "body": {"ref": "torchvision/resnet18"}}
        given = {"archc": 1, "input": {"size": [8, 10]}, "model": model, "data": source}
        return open_data(validator().validate_python(given), root.parent)

    return open_it


def said(opened: Open, **data: Any) -> str:
    with pytest.raises(WorldError) as caught:
        opened(**data)
    return f"{caught.value.message} ({caught.value.help})"


def test_lists_name_images_and_classes(root: Path, opened: Open) -> None:
    usual(root)
    data = opened()
    assert data.classes == ("cat", "dog", "sea lion")
    assert data.class_counts == (4, 4, 4)
    assert [data.valid.load(i).label for i in range(3)] == [0, 1, 2]
    assert np.array(data.valid.load(2).inputs["image"])[0, 0, 0] == 204
    assert data.train.files(0).images == (root / "images" / "cat0.png",)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\n\n"])
def test_numbers_stand_for_the_named_classes(root: Path, opened: Open, end: str) -> None:
    numbers = {"cat": "2", "dog": "0", "sea lion": "1"}
    usual(root, numbers.__getitem__)
    for file in ("train.txt", "val.txt"):
        (root / file).write_bytes((root / file).read_bytes().replace(b"\n", end.encode()))
    data = opened(classes=["dog", "sea lion", "cat"])
    assert data.classes == ("dog", "sea lion", "cat")
    assert [data.valid.load(i).label for i in range(3)] == [2, 0, 1]
    assert opened().classes == ("0", "1", "2")


def test_names_that_are_numbers_are_names(root: Path, opened: Open) -> None:
    numbers = {"cat": "2", "dog": "0", "sea lion": "1"}
    usual(root, numbers.__getitem__)
    data = opened(classes=["2", "1", "0"])
    assert [data.valid.load(i).label for i in range(3)] == [0, 2, 1]


def test_a_share_is_drawn_evenly_and_groups_stay_together(root: Path, opened: Open) -> None:
    usual(root)
    data = opened(valid=0.25)
    assert data.class_counts == (3, 3, 3)
    apart = opened(valid=0.5, group=r"(?P<group>\d)\.png", stratified=False)
    numbers = [{Path(side.name(i)).stem[-1] for i in range(len(side))} for side in (apart.train, apart.valid)]
    assert not numbers[0] & numbers[1]


def test_paths_by_a_template_and_with_spaces(root: Path, opened: Open) -> None:
    (root / "images" / "cat0.png").rename(root / "images" / "my cat.png")
    write(root, "train.txt", "my cat\tcat", "dog1 \t dog", "sea_lion1 sea lion")
    write(root, "val.txt", "cat1 cat", "dog2 dog", "sea_lion2 sea lion")
    data = opened(path="images/{image}.png")
    assert [data.train.load(i).label for i in range(3)] == [0, 1, 2]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("images/cat0.png", "line 2 has no class: `images/cat0.png`"),
        ("images/cow.png dog", "line 2 names `images/cow.png`, there is no file"),
        ("../cat.png dog", "line 2: "),
        ("/etc/passwd dog", "line 2: "),
        ("images dog", "line 2 names `images`, there is no file"),
        ("images/dog1.png cat", "line 2 names `images/dog1.png` again, after line 1"),
        ("images/cat1.png cow", "validation has classes that training has not: `cow`"),
        ("images/cat0.png cat", "is listed for training and for validation"),
    ],
)
def test_lines_that_are_at_fault_are_named(root: Path, opened: Open, line: str, fault: str) -> None:
    write(root, "train.txt", "images/cat0.png cat", "images/dog0.png dog", "images/sea_lion0.png sea lion")
    write(root, "val.txt", "images/dog1.png dog", line)
    assert fault in said(opened)


def test_lists_that_are_none(root: Path, opened: Open) -> None:
    usual(root)
    write(root, "empty.txt", "", "  ")
    (root / "latin.txt").write_bytes(b"images/cat0.png k\xe4tzchen\n")
    assert "lists no image" in said(opened, valid="empty.txt")
    assert "not a text file in UTF-8" in said(opened, valid="latin.txt")
    assert "nope.txt" in said(opened, train="nope.txt")
    assert "missing: `cow`" in said(opened, classes=["cat", "cow", "dog"])


def test_pairs_may_be_of_classes_that_training_has_not(root: Path) -> None:
    write(root, "train.txt", *(f"images/{c}{n}.png {c}" for c in ("cat", "dog") for n in range(5)))
    write(root, "val.txt", *(f"images/sea_lion{n}.png {n % 2}" for n in range(4)))
    lists = {"kind": "image_lists", "root": "set", "train": "train.txt", "valid": "val.txt"}
    given = {
        "archc": 1,
        "input": {"size": [8, 10]},
        "model": {"kind": "siamese", "body": {"ref": "torchvision/resnet18"}},
        "data": {"kind": "pairs", "of": lists},
    }
    data = open_data(validator().validate_python(given), root.parent)
    assert set(data.valid.load(0).inputs) == {"left", "right"}


SPEC = """\
archc = 1
[input]
size = [32, 32]
[model]
kind = "classifier"
[model.body]
ref = "torchvision/resnet18"
[data]
kind = "image_lists"
root = "set"
train = "{train}"
valid = "{valid}"
classes = ["cat", "dog", "sea lion"]
[train]
batch_size = 4
workers = 0
phases = [{{ epochs = 1 }}]
"""


@pytest.mark.parametrize(
    ("train", "valid", "code"),
    [
        ("train.txt", "val.txt", None),
        ("/train.txt", "val.txt", "ARC510"),
        ("train.txt", "../val.txt", "ARC510"),
        ("train.txt", "train.txt", "ARC703"),
    ],
)
def test_the_spec_is_checked(
    root: Path, train: str, valid: str, code: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    usual(root)
    spec = root.parent / "lists.arch.toml"
    spec.write_text(SPEC.format(train=train, valid=valid))
    status = main(["validate", str(spec)])
    found = "".join(capsys.readouterr())
    assert status == (1 if code == "ARC510" else 0)
    assert code is None or code in found


def test_it_is_looked_at_and_trained_on(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    usual(root)
    spec = root.parent / "lists.arch.toml"
    spec.write_text(SPEC.format(train="train.txt", valid="val.txt"))
    assert main(["data", str(spec)]) == 0
    found = capsys.readouterr().out
    assert "12 to train on, 3 to measure on" in found
    assert "sea lion" in found
    assert main(["train", str(spec), "--out", str(root.parent / "run"), "--device", "cpu"]) == 0
    assert (root.parent / "run" / "manifest.json").exists()


@pytest.mark.parametrize("first", [1, 7])
def test_a_number_without_a_class_is_told_to_count_from_0(root: Path, opened: Open, first: int) -> None:
    usual(root, lambda name: str([*SHADES].index(name) + first))
    told = said(opened, classes=[*SHADES])
    assert f"has the class number {max(3, first)}" in told
    assert "here 0 to 2" in told


@pytest.mark.parametrize("kind", ["image_lists", "image_csv"])
def test_a_path_that_names_one_image_for_all_is_a_fault(kind: str) -> None:
    given = {"image_lists": 'train = "a"', "image_csv": 'target = { kind = "label", column = "y" }'}[kind]
    text = f"""
archc = 1
input = {{ size = [8, 10] }}
model = {{ kind = "classifier", classes = 3, body = {{ ref = "torchvision/resnet18" }} }}
[data]
kind = "{kind}"
root = "set"
path = "images/one.jpg"
valid = 0.2
{given}
"""
    with pytest.raises(SpecError) as caught:
        compile_document(read_text(text, "spec.toml"))
    assert [fault.code for fault in caught.value.diagnostics if fault.code[:4] == "ARC5"] == ["ARC509"]
