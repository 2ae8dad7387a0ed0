"""Offsets to positions and back, in each unit that a client may count in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archc.lsp.lines import Encoding, Position, lines_of

TEXT = 'a = "é😀b"\r\nnext\rlast\u2028same\n'


@pytest.mark.parametrize(("encoding", "column"), [("utf-32", 7), ("utf-16", 8), ("utf-8", 11)])
def test_an_astral_character_counts_as_the_encoding_has_it(encoding: Encoding, column: int) -> None:
    assert lines_of(TEXT, encoding).position(TEXT.index("b")) == (0, column)


def test_line_ends_are_those_of_the_protocol_and_no_others() -> None:
    lines = lines_of(TEXT)
    assert [TEXT[start : start + 4] for start in lines.starts] == ["a = ", "next", "last", ""]
    assert lines.position(TEXT.index("same")) == (2, 5)


def test_a_position_beyond_its_line_is_the_lines_end() -> None:
    lines = lines_of(TEXT)
    assert lines.offset(Position(0, 99)) == TEXT.index("\r")
    assert lines.offset(Position(99, 0)) == len(TEXT)


def test_a_position_within_a_character_is_before_it() -> None:
    assert lines_of("😀b", "utf-16").offset(Position(0, 1)) == 0
    assert lines_of("😀b", "utf-8").offset(Position(0, 3)) == 0


def test_a_byte_order_mark_is_the_clients_alone() -> None:
    lines = lines_of("\ufeffa = 1\nb = 2")
    assert lines.position(0) == (0, 1)
    assert lines.position(6) == (1, 0)
    assert lines.offset(Position(0, 1)) == 0
    assert lines.offset(Position(1, 0)) == 6


@given(st.text(alphabet="aé😀\n\r\u2028\x0b", max_size=30), st.sampled_from(["utf-8", "utf-16", "utf-32"]))
def test_every_offset_comes_back(text: str, encoding: Encoding) -> None:
    lines = lines_of(text, encoding)
    for offset in range(len(text) + 1):
        inside_a_line_end = text[max(0, offset - 1) : offset + 1] == "\r\n"
        assert lines.offset(lines.position(offset)) == offset - inside_a_line_end
