"""Classes as tables say them: one column a class, numbers and codes for names, numbers in their order."""

from __future__ import annotations

from pathlib import Path

import pytest

from archc.data.kinds.cells import label_cells, label_columns, tag_cells, tag_columns
from archc.data.kinds.table import Table, read_table
from archc.files.errors import WorldError
from archc.plan.targets import in_order
from archc.spec.data import LabelTarget, TagsTarget


def table(tmp_path: Path, text: str) -> Table:
    path = tmp_path / "labels.csv"
    path.write_text(text)
    return read_table(path, ",")


HOT = "image,healthy,rust,scab\n0.png,1,0,0\n1.png,0,1.0,0\n2.png,false,NO,True\n"


def test_one_column_a_class(tmp_path: Path) -> None:
    names, labels = label_columns(("healthy", "rust", "scab"), table(tmp_path, HOT))
    assert names == ("healthy", "rust", "scab")
    assert labels == [0, 1, 2]


def test_the_order_is_that_of_the_spec(tmp_path: Path) -> None:
    assert label_columns(("scab", "rust", "healthy"), table(tmp_path, HOT))[1] == [2, 1, 0]


def test_several_columns_are_several_classes(tmp_path: Path) -> None:
    names, rows = tag_columns(("rust", "scab"), table(tmp_path, HOT))
    assert names == ("rust", "scab")
    assert rows == [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("image,a,b\nx,1,1\n", "line 2: an image has one class, but the 2 columns are 1 in 2 of them"),
        ("image,a,b\nx,1,0\ny,0,0\n", "line 3: an image has one class, but the 2 columns are all 0"),
        ("image,a,b\nx,1,\n", "column `b` holds ``, which is neither 0 nor 1"),
        ("image,a,b\nx,2,0\n", "column `a` holds `2`, which is neither 0 nor 1"),
        ("image,a,c\nx,1,0\n", "has no column `b`"),
    ],
)
def test_what_is_no_one_hot(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(WorldError, match=said):
        label_columns(("a", "b"), table(tmp_path, text))


def test_numbers_stand_for_names(tmp_path: Path) -> None:
    target = LabelTarget(column="y", classes=("cat", "dog"), values={"dog": 1, "cat": 0})
    names, labels = label_cells(target, table(tmp_path, "image,y\na,1\nb,0\nc, 1\n"))
    assert (names, labels) == (("cat", "dog"), [1, 0, 1])


def test_several_codes_stand_for_one_name(tmp_path: Path) -> None:
    target = LabelTarget(column="y", classes=("cat", "dog"), values={"cat": ("n01", "n02"), "dog": "n07"})
    _, labels = label_cells(target, table(tmp_path, "image,y\na,n02\nb,n07\nc,n01\n"))
    assert labels == [0, 1, 0]


def test_a_code_of_no_class_is_named(tmp_path: Path) -> None:
    target = LabelTarget(column="y", classes=("cat", "dog"), values={"dog": 1, "cat": 0})
    with pytest.raises(WorldError, match="line 3: column `y` holds `2`"):
        label_cells(target, table(tmp_path, "image,y\na,1\nb,2\n"))


def test_codes_of_tags(tmp_path: Path) -> None:
    target = TagsTarget(column="y", separator=",", classes=("cat", "dog"), values={"dog": 1, "cat": 0})
    text = 'image,y\na,"1, 0"\nb,0\nc,\nd,1\n'
    assert tag_cells(target, table(tmp_path, text))[1] == [(1, 1), (1, 0), (0, 0), (0, 1)]


@pytest.mark.parametrize(
    ("names", "ordered"),
    [
        (["10", "2", "1"], ["1", "2", "10"]),
        (["10", "2", "x"], ["10", "2", "x"]),
        (["02", "1", "10"], ["1", "02", "10"]),
        (["b", "a"], ["a", "b"]),
        (["²", "1", "10"], ["1", "10", "²"]),
    ],
)
def test_numbers_come_by_size(names: list[str], ordered: list[str]) -> None:
    assert in_order(names) == ordered
