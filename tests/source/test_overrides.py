"""`--set PATH=VALUE`: the value counts as if it were written, and its faults stand at the flag."""

from __future__ import annotations

from typing import Any

import pytest

from archc.source.document.document import Document, SpecError, read_text
from archc.source.document.overrides import with_overrides

TEXT = """\
name = "toy"
[train]
batch_size = 64
optimizer = { kind = "adam", betas = [0.9, 0.99] }
[[train.phases]]
lr = 1
[[train.phases]]
lr = 2
"""


def document() -> Document:
    return read_text(TEXT, "x.toml")


@pytest.mark.parametrize(
    ("flag", "path", "value"),
    [
        ("train.batch_size=16", ("train", "batch_size"), 16),
        ("train.phases.0.lr=[1e-6, 1e-4]", ("train", "phases", 0, "lr"), [1e-6, 1e-4]),
        ("train.optimizer.betas.1 = 0.5", ("train", "optimizer", "betas", 1), 0.5),
        ("name=torchvision/resnet34", ("name",), "torchvision/resnet34"),
        ("name=a=b", ("name",), "a=b"),
        ("name='16'", ("name",), "16"),
        ("name=16 # not a remark", ("name",), "16 # not a remark"),
        ('"odd.key".x=1', ("odd.key", "x"), 1),
        ("data.of.kind=image_folder", ("data", "of", "kind"), "image_folder"),
        ("train.phases=[{lr=3}]", ("train", "phases", 0, "lr"), 3),
        ("train.optimizer={kind='sgd'}", ("train", "optimizer"), {"kind": "sgd"}),
        ("train.flag=true", ("train", "flag"), True),
    ],
)
def test_values_are_toml_or_bare_words(flag: str, path: tuple[str | int, ...], value: object) -> None:
    changed = with_overrides(document(), [flag])
    found: Any = changed.data
    for step in path:
        found = found[step]
    assert found == value
    assert type(found) is type(value)


def test_the_document_and_its_text_stay_as_they_were() -> None:
    before = document()
    changed = with_overrides(with_overrides(before, ["train.phases.1.lr=5"]), ["name=x"])
    assert before.data["train"]["phases"][1]["lr"] == 2
    assert changed.data["train"]["phases"][1]["lr"] == 5
    assert changed.text == TEXT
    assert changed.flags == ("train.phases.1.lr=5", "name=x")


def shown(document: Document, path: tuple[str | int, ...], aim: Any = "value") -> tuple[str, str]:
    at = document.locate(path, aim)
    return at.source.name, at.source.text[at.span.start : at.span.end]


def test_overridden_places_stand_at_the_flag() -> None:
    changed = with_overrides(document(), ["train.phases.0.lr=[1e-6, 1e-4]", "new.deep.key=word"])
    assert changed.locate(("train", "phases", 0, "lr")).source.text == "--set train.phases.0.lr=[1e-6, 1e-4]"
    assert shown(changed, ("train", "phases", 0, "lr", 1)) == ("command line", "1e-4")
    assert shown(changed, ("train", "phases", 0, "lr"), "key") == ("command line", "lr")
    assert shown(changed, ("train", "phases", 1, "lr")) == ("x.toml", "2")
    assert shown(changed, ("new", "deep", "other"), "key") == ("command line", "deep")
    assert shown(changed, ("train", "other"), "key") == ("x.toml", "[train]")


def test_marks_of_a_replaced_table_are_gone() -> None:
    changed = with_overrides(document(), ["train.optimizer={kind='sgd'}"])
    assert shown(changed, ("train", "optimizer", "betas"), "key") == ("command line", "{kind='sgd'}")
    assert ("train", "optimizer", "betas", 0) not in changed.marks


def test_the_last_of_two_flags_wins() -> None:
    changed = with_overrides(document(), ["name=a", "name=b"])
    assert changed.data["name"] == "b"
    assert shown(changed, ("name",)) == ("command line", "b")


@pytest.mark.parametrize(
    ("flag", "code", "marked"),
    [
        ("train.batch_size", "ARC010", "train.batch_size"),
        ("=16", "ARC010", "=16"),
        ("", "ARC010", ""),
        ("train..x=1", "ARC010", "train..x=1"),
        ("train.batch_size=", "ARC010", ""),
        ("train.phases.0.lr=[1e-6,", "ARC010", "[1e-6,"),
        ("name='a", "ARC010", "'a"),
        ("name=1\nother = 2", "ARC010", "1\nother = 2"),
        ("a=" + "[" * 40 + "]" * 40, "ARC010", "[" * 40 + "]" * 40),
        ("train.phases.2.lr=1", "ARC011", "2"),
        ("train.phases.last.lr=1", "ARC011", "last"),
        ("train.phases.99999999999999999999=1", "ARC011", "99999999999999999999"),
        ("train.batch_size.x=1", "ARC011", "x"),
        ("data.parts.0=1", "ARC011", "0"),
    ],
)
def test_a_flag_that_cannot_be_followed_is_shown(flag: str, code: str, marked: str) -> None:
    with pytest.raises(SpecError) as caught:
        with_overrides(document(), [flag])
    (fault,) = caught.value.diagnostics
    at = fault.labels[0].at
    assert fault.code == code
    assert at is not None
    assert at.source.text == f"--set {flag}"
    assert at.source.text[at.span.start : at.span.end] == marked


def test_all_flags_at_fault_are_collected() -> None:
    with pytest.raises(SpecError) as caught:
        with_overrides(document(), ["a", "name=x", "b"])
    assert len(caught.value.diagnostics) == 2


def test_an_override_is_bounded_like_the_file() -> None:
    with pytest.raises(SpecError) as caught:
        with_overrides(document(), [f"name={2**63}"])
    assert caught.value.diagnostics[0].code == "ARC006"
    assert caught.value.diagnostics[0].labels[0].at is not None
    assert caught.value.diagnostics[0].labels[0].at.source.name == "command line"


def test_overrides_of_json() -> None:
    changed = with_overrides(read_text('{"a": {"b": [1]}}', "x.json", "json"), ["a.b.0=2", "a.c=x"])
    assert changed.data == {"a": {"b": [2], "c": "x"}}
