"""Each mistake in a document is one diagnostic, at its place, in the language's words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from archc.source.diagnostics.diagnostic import Diagnostic
from archc.source.document.document import Document, SpecError, read_text
from archc.source.document.overrides import with_overrides

TEXT = """\
archc = 1
name = "toy"
[input]
size = [32, 48]
[[layers]]
op = "linear"
out_features = 10
[train]
batch_size = 64
[[train.phases]]
epochs = 4
lr = [1e-6, 1e-4]
schedule = "one_cycle"
"""

One = Callable[..., Diagnostic]
Faults = Callable[..., SpecError]


def changed(old: str, new: str) -> str:
    assert old in TEXT
    return TEXT.replace(old, new)


def marked(fault: Diagnostic, text: str) -> str:
    start, end = read_text(text, "x").locate(fault.labels[0].path, fault.labels[0].aim).span
    return text[start:end]


def test_a_sound_document_becomes_its_value(loaded: Callable[[Document], Any]) -> None:
    spec = loaded(with_overrides(read_text(TEXT, "x"), ["train.batch_size=16"]))
    assert spec.input.size == (32, 48)
    assert spec.train.batch_size == 16
    assert spec.train.phases[0].lr == (1e-6, 1e-4)


@pytest.mark.parametrize(
    ("old", "new", "code", "message", "place", "help"),
    [
        (
            "batch_size = 64",
            'batch_size = "64"',
            "ARC103",
            '`train.batch_size`: expected an integer, found the string "64"',
            '"64"',
            "remove the quotes: 64",
        ),
        (
            "batch_size = 64",
            "batch_size = 64.0",
            "ARC103",
            "`train.batch_size`: expected an integer, found the number 64.0",
            "64.0",
            "write it without a fraction: 64",
        ),
        (
            "batch_size = 64",
            "batch_size = true",
            "ARC103",
            "`train.batch_size`: expected an integer, found `true`",
            "true",
            None,
        ),
        (
            '"toy"',
            "64",
            "ARC103",
            "`name`: expected a string, found the integer 64",
            "64",
            'put it in quotes: "64"',
        ),
        (
            "= 10",
            '= 10\nbias = "yes"',
            "ARC103",
            '`layers.0.bias`: expected true or false, found the string "yes"',
            '"yes"',
            "write `true`",
        ),
        (
            "batch_size",
            "batchsize",
            "ARC101",
            "unknown key `batchsize` in `train`",
            "batchsize",
            "did you mean `batch_size`?",
        ),
        (
            "[32, 48]",
            "[32, 48]\nepochs = 3",
            "ARC101",
            "unknown key `epochs` in `input`",
            "epochs",
            "keys in `input`: size, channels, mean",
        ),
        (
            "[32, 48]",
            "[32, 48]\nbatch_size = 3",
            "ARC101",
            "unknown key `batch_size` in `input`",
            "batch_size",
            "`batch_size` belongs in `train`",
        ),
        (
            "epochs = 4",
            "epoch = 4",
            "ARC101",
            "unknown key `epoch` in `train.phases.0`",
            "epoch",
            "did you mean `epochs`?",
        ),
        ("epochs = 4\n", "", "ARC102", "missing key `epochs` in `train.phases.0`", "[[train.phases]]", None),
        ("size = [32, 48]\n", "", "ARC102", "missing key `size` in `input`", "[input]", None),
        (
            'op = "linear"\n',
            "",
            "ARC102",
            "missing key `op` in `layers.0`",
            "[[layers]]",
            "one of: linear, dropout",
        ),
        ("archc = 1\n", "", "ARC105", "missing version key `archc`", "", "add as the first line: archc = 1"),
        (
            '"linear"',
            '"liner"',
            "ARC104",
            'unknown op "liner" in `layers.0`',
            '"liner"',
            "did you mean `linear`?",
        ),
        (
            '"linear"',
            "3",
            "ARC104",
            '`layers.0.op`: expected "linear" or "dropout", found the integer 3',
            "3",
            None,
        ),
        ("= 10", "= 0", "ARC107", "`layers.0.out_features`: expected at least 1, found 0", "0", None),
        ("[1e-6, 1e-4]", "-1", "ARC107", "`train.phases.0.lr`: expected more than 0, found -1", "-1", None),
        (
            "[1e-6, 1e-4]",
            "[1e-6, 0]",
            "ARC107",
            "`train.phases.0.lr.1`: expected more than 0, found 0",
            "0",
            None,
        ),
        (
            "[1e-6, 1e-4]",
            "inf",
            "ARC107",
            "`train.phases.0.lr`: expected a finite number, found inf",
            "inf",
            None,
        ),
        (
            "[1e-6, 1e-4]",
            '[1e-6, "1e-4"]',
            "ARC103",
            '`train.phases.0.lr.1`: expected a number, found the string "1e-4"',
            '"1e-4"',
            "remove the quotes: 1e-4",
        ),
        (
            "[1e-6, 1e-4]",
            '"fast"',
            "ARC103",
            '`train.phases.0.lr`: expected a number or a list, found the string "fast"',
            '"fast"',
            None,
        ),
        (
            '"one_cycle"',
            '"one_cycel"',
            "ARC104",
            'unknown schedule "one_cycel" in `train.phases.0`',
            '"one_cycel"',
            "did you mean `one_cycle`?",
        ),
        (
            '"one_cycle"',
            '{ kind = "one_cycle", warmpu = 1 }',
            "ARC101",
            "unknown key `warmpu` in `train.phases.0.schedule`",
            "warmpu",
            "did you mean `warmup`?",
        ),
        ("[32, 48]", "[32]", "ARC108", "`input.size`: expected 2 values, found 1", "[32]", None),
        ("[32, 48]", "[]", "ARC108", "`input.size`: expected 2 values, found 0", "[]", None),
        (
            "[32, 48]",
            "[1, 2, 3]",
            "ARC108",
            "`input.size`: expected at most 2 values, found 3",
            "[1, 2, 3]",
            None,
        ),
        ("[32, 48]", "32", "ARC103", "`input.size`: expected a list, found the integer 32", "32", None),
        (
            "[32, 48]",
            "1979-05-27",
            "ARC103",
            "`input.size`: expected a list, found a date or time",
            "1979-05-27",
            None,
        ),
        ('"toy"', '""', "ARC108", "`name`: expected at least 1 character, found 0", '""', None),
        ('"toy"', '"TOY"', "ARC109", "`name`: does not match the pattern ^[a-z_]+$", '"TOY"', None),
        ("archc = 1", "archc = 2", "ARC106", None, "2", "install a newer archc"),
        (
            "archc = 1",
            'archc = "1"',
            "ARC103",
            '`archc`: expected an integer, found the string "1"',
            '"1"',
            "write: archc = 1",
        ),
        (
            "archc = 1",
            "archc = true",
            "ARC103",
            "`archc`: expected an integer, found `true`",
            "true",
            "write: archc = 1",
        ),
    ],
)
def test_one_mistake_is_one_diagnostic(
    only: One, old: str, new: str, code: str, message: str | None, place: str, help: str | None
) -> None:
    text = changed(old, new)
    fault = only(text)
    assert fault.code == code
    assert message is None or fault.message == message
    assert marked(fault, text) == place
    assert help is None or help in fault.help


def test_a_table_where_a_value_is_expected_lists_its_keys(only: One) -> None:
    fault = only('archc = 1\ninput = "32x48"\n')
    assert fault.message == '`input`: expected a table, found the string "32x48"'
    assert fault.help == ("a table with the keys size, channels, mean",)


def test_faults_far_apart_are_all_reported(faults: Faults) -> None:
    text = (
        changed("= 10", "= -10").replace("epochs = 4", "epochs = 4\nlearning = 3").replace("[32, 48]", "[32]")
    )
    assert sorted(fault.code for fault in faults(text).diagnostics) == ["ARC101", "ARC107", "ARC108"]


def test_another_version_silences_everything_else(only: One) -> None:
    assert only("archc = 7\nnonsense = 1\n").code == "ARC106"


def test_two_unknown_keys_do_not_claim_the_same_missing_one(faults: Faults) -> None:
    found = faults("archc = 1\n[input]\nsizes = 1\nsizee = 2\n").diagnostics
    assert [fault.code for fault in found] == ["ARC101", "ARC101"]


def test_a_key_named_like_a_step_of_the_validator_is_no_step(only: One) -> None:
    fault = only(
        'archc = 1\ninput = { size = [1, 2] }\nlayers = [{ op = "linear", linear = 1, out_features = 1 }]'
    )
    assert fault.labels[0].path == ("layers", 0, "linear")


def test_faults_of_json_ask_for_json(faults: Faults) -> None:
    found = faults('{"input": {"size": [1, 2], "\\u001b[31m": null}}', format="json").diagnostics
    assert {fault.code for fault in found} == {"ARC101", "ARC105"}
    assert [fault.help for fault in found if fault.code == "ARC105"] == [('add the key: "archc": 1',)]
    assert all(fault.message.isprintable() for fault in found)


def test_an_override_is_checked_like_the_file_and_shown_at_its_flag(faults: Faults) -> None:
    error = faults(TEXT, "train.batch_size=many", "train.phases.0.lr=[1, true]")
    places = [error.document.locate(fault.labels[0].path, fault.labels[0].aim) for fault in error.diagnostics]
    assert [at.source.text for at in places] == [
        "--set train.batch_size=many",
        "--set train.phases.0.lr=[1, true]",
    ]
    assert [at.source.text[at.span.start : at.span.end] for at in places] == ["many", "true"]


def test_thousands_of_faults_are_found_in_bounded_time(faults: Faults) -> None:
    many = "".join(f"input{i} = 1\n" for i in range(15_000))
    assert len(faults(many + "[input]\nsize = [1, 2]\narchc = 1\n").diagnostics) == 15_002
