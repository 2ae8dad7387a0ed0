"""Files and texts that cannot be read: a fault of the world, or of the text, within bounded work."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from archc.files.errors import WorldError
from archc.source.document.document import SpecError, read, read_bytes, read_text
from archc.source.text import limits
from archc.source.text.tree import tree_of


def refused(text: str, format: limits.Format = "toml") -> tuple[str, str, int, int]:
    """Code, message, line and column of the one fault of a text."""
    with pytest.raises(SpecError) as caught:
        read_text(text, "x", format)
    (fault,) = caught.value.diagnostics
    at = fault.labels[0].at
    assert at is not None
    return (fault.code, fault.message, *at.source.position(at.span.start))


def test_the_suffix_decides_the_format(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"a": 1}')
    (tmp_path / "a.arch.toml").write_text("a = 1")
    assert read(tmp_path / "a.json").data == read(tmp_path / "a.arch.toml").data == {"a": 1}


@pytest.mark.parametrize("name", ["missing.toml", "", "a\0b"])
def test_a_file_that_cannot_be_read_is_a_fault_of_the_world(tmp_path: Path, name: str) -> None:
    with pytest.raises(WorldError) as caught:
        read(f"{tmp_path}/{name}")
    assert caught.value.message.isprintable()


def test_a_directory_is_named_as_one(tmp_path: Path) -> None:
    with pytest.raises(WorldError, match="is a directory"):
        read(tmp_path)


def test_byte_order_mark_and_line_ends(tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    file.write_bytes(b'\xef\xbb\xbfa = 1\r\nb = """x\r\ny"""\r\n')
    document = read(file)
    assert document.data == {"a": 1, "b": "x\ny"}
    start, end = document.locate(("b",)).span
    assert document.text[start:end] == '"""x\r\ny"""'
    assert document.source.position(start) == (2, 5)


def test_positions_in_a_text_with_crlf() -> None:
    assert refused("a = 1\r\nb = 2\r\nc = x\r\n") == ("ARC001", "expected a value", 3, 5)


@pytest.mark.parametrize("raw", [b"a = 1\nb = '\xff'\n", b"a = 1\nb = '\xc3'"])
def test_bytes_that_are_not_utf8_are_placed(raw: bytes) -> None:
    with pytest.raises(SpecError) as caught:
        read_bytes(raw, "x.toml")
    at = caught.value.diagnostics[0].labels[0].at
    assert caught.value.diagnostics[0].code == "ARC002"
    assert at is not None
    assert at.source.position(at.span.start) == (2, 6)


def test_utf16_is_recognized() -> None:
    with pytest.raises(SpecError) as caught:
        read_bytes("a = 1".encode("utf-16"), "x.toml")
    assert "UTF-16" in caught.value.diagnostics[0].help[0]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a = [1\nb = 2", ("ARC001", "expected `,` or `]`", 2, 1)),
        ("a = 1 2", ("ARC001", "unexpected text after the value", 1, 7)),
        ("a: 1", ("ARC001", "expected `=` after the key", 1, 2)),
        ('a = "x', ("ARC001", "the string has no closing quote", 1, 7)),
        ('a = "x\nb = 1', ("ARC001", "the string is not closed on its line", 1, 7)),
        ('a = "\\d"', ("ARC001", "the backslash begins no escape", 1, 8)),
        ("a = 1\na = 2", ("ARC007", "`a` is written twice", 2, 1)),
        ("[a]\nb = 1\n[a]\nb = 2", ("ARC007", "`a` is written twice", 3, 2)),
        ("a = {b = 1, b = 2}", ("ARC007", "`b` is written twice", 1, 13)),
        ("a = 1\n[a.b]", ("ARC001", "the key already has a value", 2, 5)),
        ("a = 9223372036854775808", ("ARC006", "the integer does not fit in 64 bits", 1, 5)),
        ("a = 0x" + "f" * 900, ("ARC006", "the integer does not fit in 64 bits", 1, 5)),
        ("a = " + "1" * 5000, ("ARC006", "a number is longer than 1,000 digits", 1, 5)),
    ],
)
def test_syntax_faults_in_our_words(text: str, fault: tuple[str, str, int, int]) -> None:
    assert refused(text) == fault


def test_a_bare_word_is_answered_with_its_quoted_form() -> None:
    with pytest.raises(SpecError) as caught:
        read_text("kind = unet", "x")
    assert caught.value.diagnostics[0].help == ('text stands in quotes: `"unet"`',)


def test_an_unclosed_list_shows_where_it_opens() -> None:
    with pytest.raises(SpecError) as caught:
        read_text('a = "["\nb = [ # [\n 1, [2]\nc = 3', "x")
    opening = caught.value.diagnostics[0].labels[1].at
    assert opening is not None
    assert opening.source.position(opening.span.start) == (2, 5)


def nested(levels: int) -> str:
    return "a = " + "[" * levels + "]" * levels


def test_depth_is_bounded_exactly() -> None:
    read_text(nested(limits.DEPTH), "x")
    read_text('{"a": ' + "[" * limits.DEPTH + "]" * limits.DEPTH + "}", "x", "json")
    read_text("[" + ".".join("a" * limits.DEPTH) + "]", "x")
    assert refused(nested(limits.DEPTH + 1))[0] == "ARC004"
    assert refused('{"a": ' + "[" * 33 + "]" * 33 + "}", "json")[0] == "ARC004"
    assert refused("[" + ".".join("a" * (limits.DEPTH + 1)) + "]")[0] == "ARC004"
    assert refused("[" + ".".join("a" * 30) + "]\n" + ".".join("b" * 30) + "={}")[0] == "ARC004"


@pytest.mark.parametrize("text", ["[{}]", "{} = 1", "x = {{ {} = 1 }}"])
def test_dotted_keys_are_bounded_before_the_parser_runs(text: str) -> None:
    keys = ['"a b"'] + ["a"] * (limits.DEPTH - 1)
    assert limits.excess(tree_of(text.format(" . ".join(keys)), "toml"), "toml") is None
    deep = text.format(" . ".join([*keys, "a"]))
    assert limits.excess(tree_of(deep, "toml"), "toml") == limits.Excess(
        "ARC004", f"values are nested more than {limits.DEPTH} levels deep", deep.index('"')
    )


def test_digits_behind_the_point_are_not_counted() -> None:
    assert read_text("a = 0." + "3" * 2_000, "x").data == {"a": 1 / 3}


def test_dots_and_brackets_inside_strings_and_comments_are_not_counted() -> None:
    dots, brackets = ".".join("a" * 200), "[" * 200
    text = f'# {dots} {brackets}\na = \'{dots}{brackets}\'\nb = """\n{dots}\n{brackets}"""\n'
    assert read_text(text, "x").data == {"a": dots + brackets, "b": f"{dots}\n{brackets}"}


def test_values_and_bytes_are_bounded() -> None:
    assert refused("a = [" + "1," * limits.VALUES + "]")[0] == "ARC005"
    assert refused("#" * (limits.BYTES + 1))[0] == "ARC003"
    assert refused("#" + "漢" * (limits.BYTES // 3 + 1))[0] == "ARC003"
    assert len(read_text("a = [" + "1," * (limits.VALUES - 2) + "]", "x").marks) == limits.VALUES


@pytest.mark.parametrize(
    "text",
    [
        "[" * 250_000,
        "a." * 120_000,
        'a="""\\"' * 30_000,
        '"' * 250_000,
        '\\"' * 120_000,
        (".".join("b" * 30) + "=1\n") * 4_000,
        "".join("[" + ".".join("a" * 30) + f".b{i}]\n" for i in range(3_000)),
        'a = "' + "\\n" * 120_000 + '"',
        " " * 250_000 + "x",
        "a" * 250_000,
    ],
)
def test_hostile_texts_cost_little(text: str) -> None:
    start = time.process_time()
    for format in ("toml", "json"):
        try:
            read_text(text, "x", format)
        except SpecError:
            continue
    assert time.process_time() - start < 8
