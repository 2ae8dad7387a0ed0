"""Every key and value of an accepted TOML text has the span that reads as itself."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import tomli

from archc.source.document.document import Document, SpecError, read, read_bytes, read_text
from archc.source.text.spans import Mark


def places(value: Any, path: tuple[str | int, ...] = ()) -> dict[tuple[str | int, ...], Any]:
    found = {path: value}
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in items:
        found |= places(inner, (*path, step))
    return found


def check(document: Document) -> int:
    """The number of scalars whose text under the span parses to the value; fails on any other."""
    values = places(document.data)
    assert set(document.marks) == set(values)
    scalars = 0
    for path, value in values.items():
        mark, text = document.marks[path], document.text
        if path and isinstance(path[-1], str):
            written = text[mark.key.start : mark.key.end]
            assert list(tomli.loads(f"{written} = 0")) == [path[-1]]
        if path and (not isinstance(value, (dict, list)) or _is_inline(text, mark)):
            parsed = tomli.loads("v = " + text[mark.value.start : mark.value.end])
            assert repr(parsed["v"]) == repr(value)
            scalars += 1
    return scalars


def _is_inline(text: str, mark: Mark) -> bool:
    """Whether a table or list is written as a value: in a header the key stands inside what is the value."""
    return text[mark.value.start] in "[{" and mark.value.start >= mark.key.start


@pytest.mark.parametrize("listed", ["files-toml-1.0.0", "files-toml-1.1.0"])
def test_spans_of_the_corpus_read_as_their_values(toml_corpus: Path, listed: str) -> None:
    names = (toml_corpus / listed).read_text().split()
    valid = [name for name in names if name.startswith("valid") and name.endswith(".toml")]
    assert len(valid) > 200
    assert sum(check(read(toml_corpus / name)) for name in valid) > 500


def test_spans_of_the_corpus_with_a_byte_order_mark_and_windows_line_ends(toml_corpus: Path) -> None:
    names = (toml_corpus / "files-toml-1.1.0").read_text().split()
    scalars = 0
    for name in (name for name in names if name.startswith("valid") and name.endswith(".toml")):
        raw = (toml_corpus / name).read_bytes().removeprefix(b"\xef\xbb\xbf")
        windows = b"\xef\xbb\xbf" + raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        scalars += check(read_bytes(windows, name))
    assert scalars > 500


def test_what_the_corpus_calls_invalid_is_refused_at_a_line(toml_corpus: Path) -> None:
    names = (toml_corpus / "files-toml-1.1.0").read_text().split()
    invalid = [name for name in names if name.startswith("invalid") and name.endswith(".toml")]
    assert len(invalid) > 400
    for name in invalid:
        with pytest.raises(SpecError) as caught:
            read(toml_corpus / name)
        at = caught.value.diagnostics[0].labels[0].at
        assert at is not None, name
        lines = at.source.text.count("\n") + 1
        assert 1 <= at.source.position(at.span.start).line <= lines, name


CASES = [
    'a.b."c.d" = 1\n[x.y]\nz = [1, [2, "]"], {k = "}"}]\n',
    "[[a]]\nb = 1\n[[a.c]]\n[[a]]\n[[a.c]]\nd = 2\n[a.c.e]\nf = 3\n",
    "m = \"\"\"\nno \" end \"\" here\\\n   \\\"\"\"\"\nn = '''\n'two'' ''''\n",
    "t = { a.b = 1, # remark ]\n  c = [\n  1, # one\n  ],\n}\n",
    "d = [1979-05-27 07:32:00Z, 1979-05-27, 07:32, +inf, 0x1f, 1_000.5e-3]\n",
    "[a.b]\nc = 1\n[a]\nd = 2\n",
    'k = "漢字" # 漢字\n"\\u6f22" = \'x\'\n',
    "'' = 1\n\"a\" . b = 2\n",
]


@pytest.mark.parametrize("text", CASES)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_spans_of_awkward_texts(text: str, end: str) -> None:
    assert check(read_text(text.replace("\n", end), "case.toml")) > 0


def test_spans_of_random_documents() -> None:
    rng = random.Random(7)
    for _ in range(200):
        assert check(read_text(random_toml(rng), "random.toml")) >= 0


def random_toml(rng: random.Random) -> str:
    lines = [
        f"k{i}{rng.choice(['', ' '])}= {random_value(rng, 0)}{rng.choice(['', ' # x = 1'])}" for i in range(3)
    ]
    for table in range(rng.randrange(4)):
        header = rng.choice([f"[t{table}]", f"[ t{table} . 'u v' ]", f"[[a]]\n[a.b{table}]", "[[l]]"])
        lines += [header, f"x.y{table} = {random_value(rng, 0)}"]
    return rng.choice(["\n", "\r\n"]).join(lines)


def random_value(rng: random.Random, depth: int) -> str:
    if depth < 3 and rng.random() < 0.4:
        inner = [random_value(rng, depth + 1) for _ in range(rng.randrange(4))]
        if rng.random() < 0.5:
            return "[" + rng.choice([", ", ",\n", " , # c ]\n"]).join(inner) + "]"
        return "{" + ", ".join(f'"q{i}".p = {value}' for i, value in enumerate(inner)) + "}"
    scalars = [
        "1",
        "-2.5e3",
        "true",
        '"a\\"b"',
        "'c\\'",
        '"""x"y\n"""',
        "1979-05-27",
        "'''\n''''",
        "nan",
        '"#"',
    ]
    return rng.choice(scalars)


def test_a_table_is_located_at_its_own_header_not_at_the_one_that_implied_it() -> None:
    document = read_text("[a.b]\nc = 1\n[a]\nd = 2\n", "x.toml")
    at = document.locate(("a",), "header")
    assert document.text[at.span.start : at.span.end] == "[a]"


@pytest.mark.parametrize(
    ("path", "aim", "text"),
    [
        (("train", "phases", 1, "lr"), "value", "2"),
        (("train", "phases", 1, "lr"), "key", "lr"),
        (("train", "phases", 1), "header", "[[train.phases]]"),
        (("train", "phases", 1, "epochs"), "key", "[[train.phases]]"),
        (("train", "phases", 7, "lr"), "value", "[[train.phases]]"),
        (("train", "optimizer", "kind"), "value", "{ eps = 1 }"),
        (("train",), "header", "[train]"),
        (("model", "body", "ref"), "value", ""),
    ],
)
def test_what_is_not_written_stands_at_the_table_that_should_hold_it(
    path: tuple[str | int, ...], aim: Any, text: str
) -> None:
    source = "[train]\noptimizer = { eps = 1 }\n[[train.phases]]\nlr = 1\n[[train.phases]]\nlr = 2\n"
    at = read_text(source, "x.toml").locate(path, aim)
    assert source[at.span.start : at.span.end] == text
