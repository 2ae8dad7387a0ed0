"""Renderings, to the character. `broken/` holds pairs: a document of the small language and what it gives."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from archc.source.diagnostics.diagnostic import Diagnostic, Label
from archc.source.document.document import Document, SpecError, read, read_text
from archc.source.document.overrides import with_overrides
from archc.source.render.text import render
from archc.source.text.cells import escaped

BROKEN = Path(__file__).with_name("broken")
PAIRS = sorted(file.name for file in BROKEN.iterdir() if file.suffix != ".txt")


def report(name: str, loaded: Callable[[Document], Any], **options: Any) -> str:
    try:
        loaded(read(BROKEN / name))
    except SpecError as error:
        return render(error.diagnostics, error.document, **options).replace(f"{BROKEN}/", "")
    return "no fault\n"


@pytest.mark.parametrize("name", PAIRS)
def test_broken_documents(name: str, loaded: Callable[[Document], Any]) -> None:
    full = report(name, loaded, width=80)
    assert (
        full + "\n" + report(name, loaded, format="concise")
        == (BROKEN / name).with_suffix(".txt").read_text()
    )
    assert all(line.isprintable() for line in full.split("\n"))


@pytest.mark.parametrize("name", PAIRS)
def test_color_changes_nothing_but_color(name: str, loaded: Callable[[Document], Any]) -> None:
    plain, painted = report(name, loaded), report(name, loaded, color=True)
    for style in ("1;31", "1;33", "1;34", "1;36", "1", "0"):
        painted = painted.replace(f"\x1b[{style}m", "")
    assert painted == plain


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("width", [40, 60, 100])
def test_lines_keep_to_the_width(name: str, width: int, loaded: Callable[[Document], Any]) -> None:
    for line in report(name, loaded, width=width).split("\n"):
        if " | " in line:
            assert len(line) <= width


@pytest.mark.parametrize("name", PAIRS)
def test_json_holds_the_same_places(name: str, loaded: Callable[[Document], Any]) -> None:
    found = json.loads(report(name, loaded, format="json"))
    concise = report(name, loaded, format="concise").splitlines()
    assert found["more"] == 0
    assert len(found["diagnostics"]) == len(concise)
    for each, line in zip(found["diagnostics"], concise, strict=True):
        primary = each["labels"][0]
        assert line.startswith(f"{name}:{primary['line']}:{primary['column']}: error[{each['code']}]")
        assert each["name"]


DOCUMENT = read_text('[a]\nfirst = "x"\n\nlast = 1\n', "x.toml")


def test_labels_on_other_lines_and_in_other_sources() -> None:
    document = with_overrides(DOCUMENT, ["a.set=3"])
    labels = (
        Label(("a", "last"), "value", "this one"),
        Label(("a", "first"), "key", "that one"),
        Label(("a", "set"), "value", "and the flag"),
    )
    fault = Diagnostic("ARC301", "they disagree", labels, ("choose one", "or none"), "warning")
    assert (
        render([fault], document)
        == """\
warning[ARC301]: they disagree
 --> x.toml:4:8
  |
2 | first = "x"
  | ----- that one
...
4 | last = 1
  |        ^ this one
 ::: command line:1:13
  |
1 | --set a.set=3
  |             - and the flag
  = help: choose one
  = help: or none
"""
    )


def test_two_labels_on_one_line_the_primary_first() -> None:
    labels = (Label(("a", "first"), "value", "is"), Label(("a", "first"), "key", "should not be"))
    assert render([Diagnostic("ARC301", "no", labels)], DOCUMENT).splitlines()[3:] == [
        '2 | first = "x"',
        "  |         ^^^ is",
        "  | ----- should not be",
    ]


def test_faults_are_sorted_and_counted() -> None:
    document = read_text("\n".join(f"k{i:02} = {i}" for i in range(30)), "x.toml")
    faults = [Diagnostic("ARC301", f"number {i}", (Label((f"k{i:02}",)),)) for i in reversed(range(30))]
    lines = render(faults, document, format="concise").splitlines()
    assert [line.split(" ")[-1] for line in lines[:20]] == [str(i) for i in range(20)]
    assert lines[20:] == ["and 10 more"]
    assert json.loads(render(faults, document, format="json"))["more"] == 10


@pytest.mark.parametrize("format", ["full", "concise"])
def test_reports_stay_small(format: Any) -> None:
    document = read_text("\n".join(f"k{i} = '{'漢' * 500}'" for i in range(60)), "漢" * 500)
    faults = [Diagnostic("ARC301", "漢" * 9_000, (Label((f"k{i}",), text="x" * 9_000),)) for i in range(60)]
    text = render(faults, document, format=format, width=10_000)
    assert len(text.encode()) <= 8_000
    assert text.endswith(" more\n")


def test_no_faults_render_as_nothing() -> None:
    assert render([], DOCUMENT) == ""
    assert json.loads(render([], DOCUMENT, format="json"))["diagnostics"] == []


def test_a_fault_without_any_place_stands_at_the_top() -> None:
    assert "--> x.toml:1:1" in render([Diagnostic("ARC301", "no", ())], DOCUMENT)


def test_the_end_of_an_empty_document_can_be_shown() -> None:
    assert render([Diagnostic("ARC301", "no")], read_text("", "x.toml")).splitlines()[1:] == [
        " --> x.toml:1:1",
        "  |",
        "1 |",
        "  | ^",
    ]


def test_every_unprintable_character_is_escaped() -> None:
    everything = "".join(map(chr, range(0x110000)))
    assert escaped(everything).isprintable()
    assert escaped("a\x1b\n\u202e\U000e0001\ud800") == "a\\x1b\\n\\u202e\\U000e0001\\ud800"
