"""Every key and value of an accepted JSON text has the span that reads as itself."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from archc.source.document.document import Document, SpecError, read_bytes, read_text


def check(document: Document, value: Any, path: tuple[str | int, ...] = ()) -> int:
    """The number of marks under `path`, each of which parses to its value and its key."""
    mark = document.marks[path]
    assert json.loads(document.text[mark.value.start : mark.value.end]) == value
    if path and isinstance(path[-1], str):
        assert json.loads(document.text[mark.key.start : mark.key.end]) == path[-1]
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return 1 + sum(check(document, inner, (*path, step)) for step, inner in items)


def random_json(rng: random.Random, depth: int = 0) -> Any:
    if depth == 0 or (depth < 5 and rng.random() < 0.5):
        inner = [random_json(rng, depth + 1) for _ in range(rng.randrange(4))]
        as_list = depth and rng.random() < 0.5
        return inner if as_list else {random_text(rng) + str(i): value for i, value in enumerate(inner)}
    return rng.choice([None, True, 0, -1.5e-7, 2**40, random_text(rng)])


def random_text(rng: random.Random) -> str:
    return "".join(rng.choice('ab"\\{}[],:\n\t\x01漢🙂é/ ') for _ in range(rng.randrange(6)))


@pytest.mark.parametrize("indent", [None, 1, "\t"])
@pytest.mark.parametrize("ascii", [True, False])
def test_random_documents(indent: int | str | None, ascii: bool) -> None:
    rng = random.Random(3)
    for _ in range(150):
        data = random_json(rng)
        text = json.dumps(data, indent=indent, ensure_ascii=ascii)
        for written in (text, text.replace("\n", "\r\n"), f"\ufeff \n{text} "):
            document = read_text(written, "x.json", "json")
            assert document.data == data
            assert check(document, data) == len(document.marks)


@pytest.mark.parametrize("lead", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_spans_of_the_corpus(toml_corpus: Path, lead: bytes, end: bytes) -> None:
    """What the corpus says its valid TOML stands for is JSON, with keys and strings of every script."""
    marks = 0
    for file in sorted((toml_corpus / "valid").rglob("*.json")):
        document = read_bytes(lead + file.read_bytes().replace(b"\n", end), file.name, "json")
        marks += check(document, json.loads(file.read_bytes()))
    assert marks > 2_000


def test_header_of_an_object_is_its_key_or_its_brace() -> None:
    document = read_text('{"a": {"b": 1}, "c": [{"d": 2}]}', "x.json", "json")
    spans = [document.locate(path, "key").span for path in [("a", "x"), ("c", 0, "x"), ("x",)]]
    assert [document.text[start:end] for start, end in spans] == ['"a"', "{", "{"]


@pytest.mark.parametrize(
    ("text", "code", "marked"),
    [
        ('{"a": 1, "a": 2}', "ARC007", '"a"'),
        ('{"a": {"b": 1, "\\u0062": 2}}', "ARC007", '"\\u0062"'),
        ('{"a": NaN}', "ARC006", "NaN"),
        ('{"a": [-Infinity]}', "ARC006", "-Infinity"),
        ('{"a": 1e999}', "ARC006", "1e999"),
        ('{"a": 9223372036854775808}', "ARC006", "9223372036854775808"),
        ('{"a": "\\ud800"}', "ARC002", '"\\ud800"'),
        ('{"a": 1,}', "ARC001", "}"),
        ('{"a" 1}', "ARC001", "1"),
        ("[1]", "ARC008", "["),
        ("", "ARC001", ""),
    ],
)
def test_what_json_may_not_say(text: str, code: str, marked: str) -> None:
    with pytest.raises(SpecError) as caught:
        read_text(text, "x.json", "json")
    fault = caught.value.diagnostics[0]
    assert fault.code == code
    assert fault.labels[0].at is not None
    start, end = fault.labels[0].at.span
    assert text[start:end] == marked


def test_each_key_written_again_is_told_once_with_the_one_before() -> None:
    with pytest.raises(SpecError) as caught:
        read_text('{"a": {"b": 1}, "a": {"b": 2}, "a": {"b": 3}}', "x.json", "json")
    spans = [[label.at.span.start for label in each.labels if label.at] for each in caught.value.diagnostics]
    assert spans == [[16, 1], [31, 16]]


def test_the_first_of_two_keys_is_shown_as_well() -> None:
    with pytest.raises(SpecError) as caught:
        read_text('{"a": 1,\n "a": 2}', "x.json", "json")
    second, first = (label.at for label in caught.value.diagnostics[0].labels)
    assert first is not None
    assert second is not None
    assert (first.span.start, second.span.start) == (1, 10)
