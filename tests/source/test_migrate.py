"""Older specs are rewritten step by step, comments and layout kept."""

from __future__ import annotations

import pytest

from archc.source.document import version
from archc.source.document.document import Document, SpecError, read_text
from archc.source.document.edit import Edit, rename, replace
from archc.source.document.load import load
from archc.source.document.migrate import migrated


def to_two(document: Document) -> tuple[Edit, ...]:
    """A made-up version 2: `train.batch` is called `train.batch_size`."""
    return rename(document, ("train", "batch"), "batch_size")


def to_three(document: Document) -> tuple[Edit, ...]:
    """A made-up version 3: the kind "u-net" is written "unet"."""
    kind = document.data.get("model", {}).get("kind")
    return replace(document, ("model", "kind"), "unet") if kind == "u-net" else ()


STEPS = {1: to_two, 2: to_three}
OLD = """\
# A spec.
archc = 1   # the version
model = { kind = 'u-net' }  # an encoder and a decoder

[train]
"batch"=8 # images
"""


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_all_steps_are_taken_and_comments_kept(ends: str) -> None:
    result = migrated(read_text(OLD.replace("\n", ends), "a.toml"), steps=STEPS, to=3)
    expected = OLD.replace("archc = 1", "archc = 3").replace("u-net", "unet").replace('"batch"', "batch_size")
    assert result == (expected.replace("\n", ends), 1)


def test_only_the_steps_that_are_left_are_taken() -> None:
    result = migrated(read_text(OLD.replace("archc = 1", "archc = 2"), "a.toml"), steps=STEPS, to=3)
    assert '"batch"=8' in result.text
    assert "archc = 3" in result.text
    assert result.version == 2


def test_json() -> None:
    text = '{"archc": 1,\n "model": {"kind": "u-net"}, "train": {"b\\u0061tch": 8}}'
    expected = '{"archc": 3,\n "model": {"kind": "unet"}, "train": {"batch_size": 8}}'
    assert migrated(read_text(text, "a.json", "json"), steps=STEPS, to=3).text == expected


def test_this_version_is_left_as_it_is() -> None:
    assert migrated(read_text(OLD, "a.toml")) == (OLD, 1)


@pytest.mark.parametrize(
    ("text", "code", "help"),
    [
        ("", "ARC105", "the first version is 1"),
        ("archc = 0", "ARC106", "the first version is 1"),
        ("archc = -9223372036854775808", "ARC106", "the first version is 1"),
        ("archc = 7", "ARC106", "install a newer archc"),
        ("archc = true", "ARC103", "write: archc = 1"),
        ('archc = "1"', "ARC103", "write: archc = 1"),
    ],
)
def test_other_versions_are_refused(text: str, code: str, help: str) -> None:
    with pytest.raises(SpecError) as caught:
        migrated(read_text(f"{text}\n[train]\n", "a.toml"))
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == code
    assert help in diagnostic.help[0]


def test_loading_an_older_version_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(version, "STEPS", {0: to_two})
    with pytest.raises(SpecError) as caught:
        load(read_text("archc = 0", "a.toml"))
    assert caught.value.diagnostics[0].help == ("`archc migrate` rewrites it, comments kept",)
