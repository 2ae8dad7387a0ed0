"""Images listed in a table: classes, several classes, numbers, masks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from archc.data.batches import Loading, open_batches
from archc.data.datasets import Datasets, open_data
from archc.data.examples import VOID
from archc.files.errors import WorldError
from archc.spec.grammar import validator

Open = Callable[..., Datasets]
ROWS = """image,breed,tags,x,y,split,owner,mask
0.png,pug,small brown,0.5,1,train,ann,m0.png
1.png,corgi,brown,1.5,2,train,ann,m1.png
2.png,pug,,2.5,3,train,bob,m2.png
3.png,corgi,small,3.5,4,Valid,cem,m3.png
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """`set` with four images, a mask each, and labels.csv."""
    root = tmp_path / "set"
    root.mkdir()
    for number in range(4):
        Image.fromarray(np.full((6, 8, 3), number, dtype=np.uint8)).save(root / f"{number}.png")
        mask = np.full((6, 8), number % 2, dtype=np.uint8)
        mask[0] = 9
        Image.fromarray(mask).save(root / f"m{number}.png")
    (root / "labels.csv").write_text(ROWS)
    return root


@pytest.fixture
def opened(folder: Path) -> Open:
    """A function that opens the table with some `[data]`; held out is what the column `split` says."""

    def open_it(**data: Any) -> Datasets:
        model = {"kind": "classifier", "classes": 2, "body": {"ref": "torchvision/resnet18"}}
        source = {
            "kind": "image_csv",
            "root": "set",
            "target": {"kind": "label", "column": "breed"},
            "valid": {"by": "column", "column": "split"},
            **data,
        }
        spec = validator().validate_python(
            {"archc": 1, "input": {"size": [6, 8]}, "model": model, "data": source}
        )
        return open_data(spec, folder.parent)

    return open_it


def batch(data: Datasets) -> Any:
    return next(open_batches(data.train, Loading(size=(6, 8), batch_size=3, workers=0)).epoch())


def test_a_class_a_row(opened: Open) -> None:
    data = opened()
    assert data.classes == ("corgi", "pug")
    assert data.class_counts == (1, 2)
    assert batch(data).target.tolist() == [1, 0, 1]
    assert data.valid.load(0).label == 0


def test_several_classes_a_row(opened: Open) -> None:
    data = opened(target={"kind": "tags", "column": "tags"})
    assert data.task == "multi_label"
    assert data.classes == ("brown", "small")
    assert batch(data).target.tolist() == [[1, 1], [1, 0], [0, 0]]
    assert data.class_counts == (2, 1)


def test_numbers(opened: Open) -> None:
    data = opened(target={"kind": "values", "columns": ["y", "x"]})
    assert data.task == "regression"
    assert data.classes == ("y", "x")
    target = batch(data).target
    assert target.dtype == torch.float32
    assert target.tolist() == [[1, 0.5], [2, 1.5], [3, 2.5]]


def test_several_targets_by_name(opened: Open) -> None:
    data = opened(
        targets={
            "breed": {"kind": "label", "column": "breed"},
            "mask": {"kind": "mask", "classes": ["a", "b"], "ignore": 9},
        },
        target={"kind": "label"},
    )
    assert set(data.targets) == {"breed", "mask"}
    assert data.targets["mask"].ignore == VOID
    assert data.targets["mask"].class_counts == (2 * 40, 40)
    targets = batch(data).targets
    assert targets["breed"].tolist() == [1, 0, 1]
    assert targets["mask"].shape == (3, 6, 8)
    assert targets["mask"][:, 0].eq(VOID).all()
    assert targets["mask"][:, 1:].float().mean((1, 2)).tolist() == [0, 1, 0]


def test_groups_of_a_column_stay_together(opened: Open) -> None:
    data = opened(group="owner", valid=0.4)
    owner = {"0": "ann", "1": "ann", "2": "bob", "3": "cem"}
    sides = [{owner[Path(side.name(i)).stem] for i in range(len(side))} for side in (data.train, data.valid)]
    assert sides[0].isdisjoint(sides[1])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"image": "file"}, "has no column `file`"),
        ({"table": "nope.csv"}, "cannot read"),
        ({"path": "{image}.jpg"}, r"line 2: column `image` names `0.png.jpg`"),
        ({"target": {"kind": "values", "columns": ["breed"]}}, "line 2: column `breed` holds `pug`"),
        ({"target": {"kind": "label", "column": "tags"}}, "line 4: column `tags` is empty"),
        ({"target": {"kind": "label", "column": "breed", "classes": ["cat", "pug"]}}, "missing: `cat`"),
        ({"valid": {"by": "column", "column": "split", "values": ["test"]}}, "holds out none"),
        ({"path": "../{image}"}, "line 2: column `image`: path .* leaves its root"),
    ],
)
def test_faults_name_their_line(opened: Open, change: dict[str, Any], said: str) -> None:
    with pytest.raises(WorldError, match=said):
        opened(**change)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("image,breed\n", "has no rows"),
        ("image,breed\n0.png\n", "line 2 has not the 2 cells"),
        ("image,image\n0.png,1\n", "two columns of one name"),
        ('image,breed\n"0.png,1\n', "is no table"),
    ],
)
def test_broken_tables(folder: Path, opened: Open, text: str, said: str) -> None:
    (folder / "labels.csv").write_text(text)
    with pytest.raises(WorldError, match=said):
        opened()


def test_a_byte_order_mark_and_other_separators(folder: Path, opened: Open) -> None:
    text = ROWS.replace(",", ";")
    (folder / "labels.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert opened(delimiter=";").class_counts == (1, 2)


def test_rows_of_one_image_stay_on_one_side(folder: Path, opened: Open) -> None:
    """Measured on an image that was trained on, a model would seem better than it is."""
    rows = [f"{number % 4}.png,{('pug', 'corgi')[number % 2]}" for number in range(40)]
    (folder / "labels.csv").write_text("\n".join(["image,breed", *rows]))
    data = opened(valid=0.5)
    sides = [{side.name(row) for row in range(len(side))} for side in (data.train, data.valid)]
    assert not sides[0] & sides[1]
    assert len(sides[0] | sides[1]) == 4
