"""A draft is the parser's data where the text parses, and makes out what it can where it does not."""

from __future__ import annotations

import json
import random
import re
import time
from datetime import date
from datetime import time as clock
from pathlib import Path
from typing import Any

import pytest
import tomli

from archc.lsp.draft import Draft
from archc.lsp.drafting import drafted
from archc.source.document.document import Document, SpecError, read
from archc.source.text.limits import Format

ROOT = Path(__file__).parents[2]
SPECS = sorted(
    [*ROOT.glob("specs/*.toml"), *ROOT.glob("tests/broken/*.toml"), *ROOT.glob("tests/broken/*.json")]
)


def _read(path: Path) -> Document | None:
    try:
        return read(path)
    except SpecError:
        return None


@pytest.mark.parametrize("document", [*filter(None, map(_read, SPECS))], ids=lambda it: Path(it.name).name)
def test_it_has_the_values_and_places_of_every_spec(document: Document) -> None:
    draft = drafted(document.text, document.format)
    assert draft.data == document.data
    for place, mark in document.marks.items():
        if place:
            assert draft.pieces[place].value == mark.value, place
            assert draft.pieces[place].key == mark.key, place


def _comparable(value: Any) -> Any:
    """Values without dates, which no spec holds and a draft leaves out, and with a NaN that equals itself."""
    if isinstance(value, dict):
        return {key: _comparable(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_comparable(inner) for inner in value]
    return str(value) if value != value else value


def _has_dates(value: Any) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return isinstance(value, date | clock) or any(map(_has_dates, inner))


def test_it_reads_the_valid_files_of_the_toml_corpus(shared_data: Path) -> None:
    compared = 0
    for path in sorted((shared_data / "toml-test").glob("**/valid/**/*.toml")):
        text = path.read_bytes().decode("utf-8", "replace")
        try:
            data = tomli.loads(text)
        except tomli.TOMLDecodeError:
            continue
        if not _has_dates(data):
            assert _comparable(drafted(text, "toml").data) == _comparable(data), path
            compared += 1
    assert compared > 100


def _slot(text: str, format: Format = "toml") -> tuple[str, tuple[str | int, ...], str]:
    plain = text.replace("¦", "")
    draft = drafted(plain, format)
    slot = draft.slot_at(text.index("¦"))
    assert slot is not None
    return slot.role, slot.path, draft.written(slot.token)


@pytest.mark.parametrize(
    ("text", "slot"),
    [
        ("¦", ("key", (), "")),
        ("na¦", ("key", (), "na")),
        ("[model]\nki¦", ("key", ("model",), "ki")),
        ("[model]\n¦\n[data]\n", ("key", ("model",), "")),
        ("[model]\nbody.re¦", ("key", ("model", "body"), "re")),
        ("[model]\nbody.¦", ("key", ("model", "body"), "")),
        ("[mo¦", ("table", (), "mo")),
        ("[¦]", ("table", (), "")),
        ("[model.¦\n[data]", ("table", ("model",), "")),
        ("[[model.head.¦", ("tables", ("model", "head"), "")),
        ("[[train.phases]]\n[[train.phases]]\nl¦", ("key", ("train", "phases", 1), "l")),
        ("[[a]]\n[[a]]\n[a.b.¦]", ("table", ("a", 1, "b"), "")),
        ("x = ¦", ("value", ("x",), "")),
        ("x = ¦# comment", ("value", ("x",), "")),
        ('x = "ab¦', ("value", ("x",), '"ab')),
        ('x = "a¦b"\ny = 1', ("value", ("x",), '"ab"')),
        ("x = tr¦", ("value", ("x",), "tr")),
        ("x = [¦", ("value", ("x", 0), "")),
        ("x = [1, ¦]", ("value", ("x", 1), "")),
        ("x = [\n  1, # one\n  ¦\n]", ("value", ("x", 1), "")),
        ("x = [\n { op = ¦\n]\n[y]\n", ("value", ("x", 0, "op"), "")),
        ("x = [\n { ¦\n]\n[y]\n", ("key", ("x", 0), "")),
        ('x = { a = "b", ¦ }', ("key", ("x",), "")),
        ('x = { a = "b", c¦ }', ("key", ("x",), "c")),
        ("x = { a = { b = ¦ } }", ("value", ("x", "a", "b"), "")),
        ("x = { a = 1,\n    b¦\n}", ("key", ("x",), "b")),
        ("x = [\n { a = 1, ¦\n { a = 2 },\n]", ("key", ("x", 0), "")),
        ("x = [\n { a = 1, \n { b = ¦ },\n]", ("value", ("x", 1, "b"), "")),
    ],
)
def test_slots_of_toml(text: str, slot: tuple[str, tuple[str | int, ...], str]) -> None:
    assert _slot(text) == slot


@pytest.mark.parametrize(
    ("text", "slot"),
    [
        ("{¦}", ("key", (), "")),
        ("{¦", ("key", (), "")),
        ('{"a": 1, ¦}', ("key", (), "")),
        ('{"a": 1, "b¦', ("key", (), '"b')),
        ('{"a": ¦}', ("value", ("a",), "")),
        ('{"a": ¦, "b": 1}', ("value", ("a",), "")),
        ('{"a": "x¦"}', ("value", ("a",), '"x"')),
        ('{"a": [{"op": "¦"}]}', ("value", ("a", 0, "op"), '""')),
        ('{"a": [1,\n ¦', ("value", ("a", 1), "")),
        ('{"a": {\n  ¦\n}, "b": 2}', ("key", ("a",), "")),
    ],
)
def test_slots_of_json(text: str, slot: tuple[str, tuple[str | int, ...], str]) -> None:
    assert _slot(text, "json") == slot


@pytest.mark.parametrize(
    "text",
    ["# a¦", "x = 1 # a¦", "x = [ # a¦\n]", "x = 1 ¦", 'x = "a" ¦', "[a] ¦", "x = [1 ¦]", "x = { a = 1 ¦ }"],
)
def test_nothing_is_expected_in_a_comment_or_behind_a_value(text: str) -> None:
    assert drafted(text.replace("¦", ""), "toml").slot_at(text.index("¦")) is None


BROKEN = """\
archc = 1
[model]
kind = "unet"
body = { ref = "torchvision/resnet18
[model.decoder]
skips = ["layer3",
norm = "batch"
upsample =
[[train.phases]]
epochs = [3
[[train.phases]]
epochs = 4
"""


def test_what_stands_around_a_broken_line_is_still_made_out() -> None:
    assert drafted(BROKEN, "toml").data == {
        "archc": 1,
        "model": {
            "kind": "unet",
            "body": {"ref": "torchvision/resnet18"},
            "decoder": {"skips": ["layer3"], "norm": "batch", "upsample": None},
        },
        "train": {"phases": [{"epochs": [3]}, {"epochs": 4}]},
    }


def test_three_quotes_that_were_just_typed_hide_one_line_only() -> None:
    text = 'name = """a\nkind = """\n[model]\nkind = "unet"\n'
    assert drafted(text, "toml").data == {"name": "a\nkind = ", "model": {"kind": "unet"}}
    text = 'name = """a\n[model]\nkind = "unet"\n'
    assert drafted(text, "toml").data == {"name": "a", "model": {"kind": "unet"}}


def test_every_beginning_of_a_spec_is_made_out_as_far_as_it_goes() -> None:
    text = (ROOT / "specs" / "multi_task.toml").read_text("utf-8")
    whole = tomli.loads(text)
    for end in range(0, len(text), 7):
        draft = drafted(text[:end], "toml")
        if re.search(r"^kind = .*\n", text[:end], re.MULTILINE):
            assert draft.data["model"]["kind"] == whole["model"]["kind"]


@pytest.mark.parametrize("format", ["toml", "json"])
def test_any_bytes_make_a_draft(format: Format) -> None:
    picked = random.Random(0)
    words = [
        '"',
        "'",
        "[",
        "]]",
        "{",
        "}",
        "=",
        ":",
        ",",
        ".",
        "\n",
        "\r",
        "#",
        "a",
        "op",
        "1",
        " ",
        '"""',
        "\\u",
    ]
    for _ in range(2_000):
        text = "".join(picked.choices(words, k=picked.randrange(40)))
        draft: Draft = drafted(text, format)
        for slot in draft.slots:
            assert 0 <= slot.reach.start <= slot.reach.end <= len(text)


@pytest.mark.parametrize(
    "text",
    [
        *("[" * 250_000, "{" * 250_000, "a." * 120_000, "[a" + ".a" * 120_000, '"' * 250_000, "\n" * 250_000),
        *("a=[" * 80_000, "a={" * 60_000, "[[a]]\n" * 40_000, "x=1\n" * 60_000, "a='''" * 50_000),
        *("a=[ b\n" * 30_000, 'a="\\u' * 40_000, "a=" + "1" * 240_000),
    ],
    ids=lambda text: repr(text[:6]),
)
def test_a_hostile_text_takes_no_longer_than_its_length(text: str) -> None:
    start = time.process_time()
    drafted(text, "toml")
    drafted(text, "json")
    assert time.process_time() - start < 8


def test_json_is_read_as_json() -> None:
    data = {"archc": 1, "name": 'a\u00e9\n"b"', "x": [1, -2.5, 1e3, True, {"y": []}], "\u00fc": {}}
    assert drafted(json.dumps(data, indent=1), "json").data == data
    assert drafted(json.dumps(data, ensure_ascii=False), "json").data == data
