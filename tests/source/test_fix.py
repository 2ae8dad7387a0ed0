"""A repair changes what it names and not a byte beside it; a doubtful one is not made."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Literal

import pytest
import tomli
from hypothesis import given, settings
from hypothesis import strategies as st

from archc.plan.compile import compile_document
from archc.plan.repair import Repaired, repaired
from archc.source.diagnostics.diagnostic import Diagnostic, Fix, Label
from archc.source.diagnostics.suggest import certain
from archc.source.document.document import Document, SpecError, read, read_bytes, read_text
from archc.source.document.fix import fixed
from archc.source.document.overrides import with_overrides

GOOD = """\
# A digit's class.
archc = 1
name = "digits"

[input]
size = [32, 32]
channels = 1

[model]
kind = "classifier"
classes = 10

[model.body]
ref = "torchvision/resnet18"
weights = "IMAGENET1K_V1"     # what ImageNet taught
cut = "layer3"

[model.head]
preset = "concat_pool_mlp"
hidden = [128]

[data]
kind = "digits"

[loss]
kind = "cross_entropy"
label_smoothing = 0.05

[train]
batch_size = 64
groups = "body_head"

[[train.phases]]
epochs = 5
train = ["head"]
lr = 3e-3

[[train.phases]]
epochs = 5
lr = 3e-3
"""


def repair(text: str, format: Literal["toml", "json"] = "toml", *flags: str) -> Repaired:
    """What becomes of a text with faults."""
    with pytest.raises(SpecError) as caught:
        compile_document(with_overrides(read_text(text, "digits.toml", format), flags))
    return repaired(caught.value)


MUTATIONS = {
    "key": ("batch_size", "batchsize"),
    "quoted key": ("\nbatch_size", '\n"batch-size"'),
    "table": ("[model", "[modle"),
    "array of tables": ("[[train.phases]]", "[[train.phase]]"),
    "another library's key": ("batch_size", "bs"),
    "another library's tag": ('kind = "digits"', 'type = "digits"'),
    "kind": ('kind = "classifier"', 'kind = "clasifier"'),
    "body": ("torchvision/resnet18", "torchvision/resnet_18"),
    "library left out": ("torchvision/resnet18", "resnet18"),
    "weights": ("IMAGENET1K_V1", "imagenet1k_v1"),
    "cut": ("layer3", "layre3"),
    "preset": ("concat_pool_mlp", "concat-pool-mlp"),
    "group": ('["head"]', '["heda"]'),
    "list left out": ('["head"]', '"head"'),
    "fraction": ("classes = 10", "classes = 10.0"),
    "quoted integer": ("classes = 10", "classes = '10'"),
    "quoted number": ("0.05", '"0.05"'),
    "bare word": ('ref = "torchvision/resnet18"', "ref = torchvision/resnet18"),
    "number as a name": ('name = "digits"', "name = 7"),
    "version": ("archc = 1\n", ""),
    "version in quotes": ("archc = 1\n", 'archc = "1"\n'),
}


@pytest.mark.parametrize("kind", MUTATIONS)
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_each_kind_of_slip_is_taken_back(kind: str, ends: str) -> None:
    new, old = MUTATIONS[kind]
    assert new in GOOD
    good, bad = GOOD.replace("\n", ends), GOOD.replace(new, old).replace("\n", ends)
    result = repair(bad)
    assert result.left == ()
    if kind == "number as a name":
        good = good.replace('"digits"', '"7"', 1)
    assert result.document.text == good


def test_many_slips_at_once_and_the_rest_to_the_byte() -> None:
    bad = GOOD
    for kind in (
        "key",
        "array of tables",
        "kind",
        "body",
        "cut",
        "group",
        "fraction",
        "bare word",
        "version",
    ):
        bad = bad.replace(*MUTATIONS[kind])
    result = repair(bad)
    assert result.left == ()
    assert result.document.text == GOOD
    assert len(result.repairs) >= 8


@pytest.mark.parametrize(
    ("new", "old"),
    [
        ("resnet18", "resnet17"),  # any of its neighbors
        ('kind = "cross_entropy"', 'kind = "entropy"'),
        ("\nhidden", "\nhiden = [4]\nhidden"),  # the key is there already
        ("\ngroups", "\ngruops = 1\ngropus"),  # which of the two is meant?
        ("size = [32, 32]", "size = 32"),
        ("lr = 3e-3", "learning = 3e-3"),
    ],
)
def test_what_is_in_doubt_is_left(new: str, old: str) -> None:
    bad = GOOD.replace(new, old)
    result = repair(bad)
    assert result.repairs == ()
    assert result.document.text == bad
    assert result.left


def test_a_repair_that_does_not_help_is_not_made() -> None:
    bad = GOOD.replace("layer3", "layre3").replace("[32, 32]", "[1, 1]")
    result = repair(bad)
    places = [each.labels[0].path for each in result.left]
    assert places
    assert ("model", "body", "cut") not in places or result.document.text == bad


def test_what_a_flag_set_is_not_repaired_in_the_text() -> None:
    result = repair(GOOD, "toml", "model.body.cut=layre3")
    assert result.repairs == ()
    assert result.document.text == GOOD
    assert [each.code for each in result.left] == ["ARC202"]


def test_json_keeps_its_escapes_and_layout() -> None:
    bad = (
        '{"name": "\\u00e9t\\u00e9",\r\n\t"input": {"size": [32, 32.0]},\r\n "model": {"knid": "classifier",'
        ' "classes": "5", "body": {"ref" : "resnet18"}}}'
    )
    result = repair(bad, "json")
    assert '"model": {"kind": "classifier", "classes": 5, "body": {"ref" : "torchvision/resnet18"}}' in (
        result.document.text
    )
    assert result.document.text.startswith(
        '{"archc": 1, "name": "\\u00e9t\\u00e9",\r\n\t"input": {"size": [32, 32]}'
    )


def test_a_key_in_json_is_inserted_on_a_line_of_its_own() -> None:
    text = '{\n  "input": {}\n}'
    document = read_text(text, "a.json", "json")
    fault = Diagnostic("ARC105", "", (Label(),), fix=Fix("insert", ("archc",), 1))
    assert fixed(document, [fault]).text == '{\n  "archc": 1,\n  "input": {}\n}'
    empty = read_text("{}", "a.json", "json")
    assert fixed(empty, [fault]).text == '{"archc": 1}'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[input]\n", "archc = 1\n\n[input]\n"),
        ("#:schema x\n# About\n[input]\n", "#:schema x\n# About\narchc = 1\n\n[input]\n"),
        ("# About\n\n# of the input\n[input]\n", "# About\narchc = 1\n\n# of the input\n[input]\n"),
        ("name = 'x'", "archc = 1\nname = 'x'"),
        ("# only this", "# only this\narchc = 1\n"),
        ("", "archc = 1\n"),
        ("# a\r\nname = 'x'\r\n", "# a\r\narchc = 1\r\nname = 'x'\r\n"),
    ],
)
def test_the_version_goes_below_the_files_own_comment(text: str, expected: str) -> None:
    fault = Diagnostic("ARC105", "", (Label(),), fix=Fix("insert", ("archc",), 1))
    assert fixed(read_text(text, "a.toml"), [fault]).text == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[a.b]\n[[a.c]]\n[a]\n'a b'.x = 1", "[z.b]\n[[z.c]]\n[z]\n'a b'.x = 1"),
        ('a.x = 1\n"a".y = 2\nb = { a = 1 }', "z.x = 1\nz.y = 2\nb = { a = 1 }"),
        ("[[a]]\nx = 1\n[a.y]\n[[a]]\nx = [{ a = 1 }]", "[[z]]\nx = 1\n[z.y]\n[[z]]\nx = [{ a = 1 }]"),
        ("a = [1, 2]", "z = [1, 2]"),
    ],
)
def test_a_key_is_renamed_wherever_it_is_written(text: str, expected: str) -> None:
    fault = Diagnostic("ARC101", "", (Label(("a",)),), fix=Fix("rename", ("a",), "z"))
    assert fixed(read_text(text, "a.toml"), [fault]).text == expected


def test_a_new_name_is_quoted_where_it_must_be() -> None:
    fault = Diagnostic("ARC101", "", (Label(("a",)),), fix=Fix("rename", ("a",), "b c"))
    assert fixed(read_text("a = 1", "a.toml"), [fault]).text == '"b c" = 1'


@pytest.mark.parametrize(
    ("word", "names", "expected"),
    [
        ("sigmiod", ["sigmoid", "silu"], "sigmoid"),
        ("rellu", ["relu", "gelu"], None),
        ("eelu", ["relu", "gelu"], None),
        ("resnet36", ["resnet34"], None),
        ("BatchNorm2d", ["batch_norm1d", "batch_norm2d"], "batch_norm2d"),
        ("batch_norm", ["batch_norm1d", "batch_norm2d"], None),
        ("lt", ["lr", "p"], None),
        ("optim", ["optimizer"], None),
        ("", ["a"], None),
        ("x" * 5000, ["x" * 4999], None),
    ],
)
def test_certain(word: str, names: list[str], expected: str | None) -> None:
    assert certain(word, names) == expected


def test_a_byte_order_mark_does_not_shift_places() -> None:
    raw = b"\xef\xbb\xbf" + GOOD.replace("layer3", "layre3").encode()
    with pytest.raises(SpecError) as caught:
        compile_document(read_bytes(raw, "digits.toml"))
    assert repaired(caught.value).document.text == GOOD


def test_a_repair_that_shows_faults_behind_it_is_kept() -> None:
    optimizer = 'optimizer = { type = "adma", weightdecay = "0.1" }'
    result = repair(GOOD.replace("batch_size = 64", f"batch_size = 64\n{optimizer}"))
    assert result.left == ()
    assert 'optimizer = { kind = "adam", weight_decay = 0.1 }' in result.document.text


def test_a_table_whose_name_was_mistyped_shows_what_is_in_it() -> None:
    bad = GOOD.replace("[model", "[modle").replace('"classifier"', '"clasifier"').replace("classes", "clases")
    bad = bad.replace("hidden", "hiden").replace("ref =", "reff =")
    result = repair(bad)
    assert result.left == ()
    assert result.document.text == GOOD


def test_thousands_of_faults_end_soon() -> None:
    layer = '[[model.head.layers]]\nopp = "linaer"\nout_feature = "3"\n'
    text = GOOD.replace("[data]", layer * 400 + "[data]").replace(
        'preset = "concat_pool_mlp"\nhidden = [128]\n', ""
    )
    result = repair(text)
    assert len(result.repairs) > 400


SPECS = [read(path) for path in sorted((Path(__file__).parents[2] / "specs").glob("*.toml"))]


def slipped(document: Document, chance: random.Random) -> str:
    """The text with a slip in a word: a letter left out, doubled, mistaken, swapped with its neighbor."""
    tokens = [span for path, mark in document.marks.items() if path for span in (mark.key, mark.value)]
    words = [span for span in tokens if document.text[span.start] not in "[{0123456789\n"]
    start, end = chance.choice(words)
    word = document.text[start:end]
    at = chance.randrange(1, max(2, len(word) - 1))
    letter = chance.choice("aeilnorstx_")
    head, char, tail = word[:at], word[at : at + 1], word[at + 1 :]
    changed = chance.choice(
        [head + tail, head + char + char + tail, head + letter + tail, head[:-1] + char + head[-1:] + tail]
    )
    return document.text[:start] + changed + document.text[end:]


@settings(max_examples=300)
@given(st.sampled_from(SPECS), st.integers(0, 2**32))
def test_a_slip_is_taken_back_or_left_but_never_taken_for_something_else(
    document: Document, seed: int
) -> None:
    text = slipped(document, random.Random(seed))
    try:
        compile_document(read_text(text, document.name))
        return
    except SpecError as error:
        result = repaired(error)
    if all(each.severity == "warning" for each in result.left):
        assert tomli.loads(result.document.text) == tomli.loads(document.text)
    elif not result.repairs:
        assert result.document.text == text
