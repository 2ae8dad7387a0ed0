"""What a terminal shows: markers under their tokens whatever stands before them, and lines that fit."""

from __future__ import annotations

import re

import pytest

from archc.source.diagnostics.diagnostic import Diagnostic, Label
from archc.source.document.document import read_text
from archc.source.render.text import render
from archc.source.text.cells import columns
from tests.broken.rendering import FOLDER, SPECS, diagnostics

PAINT = re.compile(r"\x1b\[[0-9;]*m")


def shown(
    text: str, path: tuple[str, ...], width: int = 80, label: str = "", color: bool = False
) -> list[str]:
    """The lines of a rendering that points at the value of a path."""
    fault = Diagnostic("ARC301", "no", (Label(path, "value", label),))
    return render([fault], read_text(text, "x.toml"), width=width, color=color).splitlines()


def cut(line: str, start: int, end: int) -> str:
    """What stands in the columns from `start` to `end` of a line."""
    found, at = "", 0
    for char in line:
        if start <= at < end:
            found += char
        at += columns(char)
    return found


@pytest.mark.parametrize(
    "before",
    [
        "",
        "plain",
        "漢字かな",
        "전각 한글",
        "e\u0301 o\u0308",  # letters with combining marks
        "🙂🚀",
        "ж я",
        "full－width",
        "zero\u200bwidth",
        "right\u202eto left",
        "\u00a0",
    ],
)
@pytest.mark.parametrize("tabs", ["", "\t", "\t\t "])
def test_markers_stand_under_their_token(before: str, tabs: str) -> None:
    lines = shown(f'{tabs}a = {{ "{before}" = 1, value = "漢字x" }}\n', ("a", "value"))
    text, marks = lines[3], lines[4]
    start = marks.index("^")
    assert cut(text, start, start + marks.count("^")) == '"漢字x"'
    assert marks.count("^") == columns('"漢字x"')


@pytest.mark.parametrize("width", [40, 60, 80])
@pytest.mark.parametrize("place", [0, 1, 50, 99])
def test_a_long_line_is_cut_around_the_fault(width: int, place: int) -> None:
    values = ", ".join("9999999" if i == place else f"{i:07}"[-7:].replace("0", "1") for i in range(100))
    document = read_text(f"a = [{values}]\n", "x.toml")
    fault = Diagnostic("ARC301", "no", (Label(("a", place), "value", "too large"),))  # type: ignore[arg-type]
    lines = render([fault], document, width=width).splitlines()
    text, marks = lines[3], lines[4]
    start = marks.index("^")
    assert cut(text, start, start + 7) == "9999999"
    assert all(columns(line) <= width for line in lines)
    assert text.endswith("...") or place == 99
    assert text.startswith("1 | ...") == (place > (1 if width > 40 else 0))


def test_a_token_longer_than_the_line_is_marked_as_far_as_it_shows() -> None:
    lines = shown(f'a = "{"漢" * 100}"\n', ("a",), width=40)
    assert all(columns(line) <= 40 for line in lines)
    assert columns(lines[3]) >= columns(lines[4]) > 30


def test_a_label_goes_below_where_there_is_no_room_beside() -> None:
    lines = shown(f'a = "{"x" * 50}"\n', ("a",), width=60, label="what is to be said of it in so many words")
    assert lines[4].endswith("^")
    assert " ".join(line.split("|")[1].strip() for line in lines[5:]) == (
        "what is to be said of it in so many words"
    )


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("name", SPECS)
def test_every_message_fits(name: str, width: int) -> None:
    found, document = diagnostics(name)
    text = render(found, document, width=width).replace(f"{FOLDER}/", "")
    for line in text.splitlines():
        alone = len(re.split(r"help: |\]: ", line)[-1].split()) <= 1 or "-->" in line  # a long name
        assert columns(line) <= width or alone, line
    painted = render(found, document, width=width, color=True).replace(f"{FOLDER}/", "")
    assert PAINT.sub("", painted) == text
    assert all(line.count("\x1b[0m") * 2 == line.count("\x1b[") for line in painted.splitlines())
