"""The pages of the codes are complete, their examples and their index fresh."""

from __future__ import annotations

import re

import pytest

from archc.source.diagnostics.code_index import index
from archc.source.diagnostics.code_page import parsed, with_example
from archc.source.diagnostics.codes import CODES, FAMILIES, PAGES, code_of
from tests.broken.rendering import examples, pages


def text_of(code: str) -> str:
    return (PAGES / f"{code}.md").read_text("utf-8")


def test_examples_are_fresh() -> None:
    assert pages() == {code: text_of(code) for code in examples()}, "run: python -m tests.broken"


def test_the_index_is_fresh_and_links_every_page() -> None:
    assert (PAGES / "README.md").read_text("utf-8") == index(), "run: python -m tests.broken"
    links = re.findall(r"\[(ARC\d+)\]\((\S+)\)", index())
    assert links == [(code, f"{code}.md") for code in CODES]


@pytest.mark.parametrize("code", CODES)
def test_a_page_has_its_parts(code: str) -> None:
    headings = re.findall(r"^## (.*)$", text_of(code), re.MULTILINE)
    entry = CODES[code]
    assert text_of(code).startswith(f"# {code}: {entry.name}\n\n**{entry.severity}** · {entry.summary}\n")
    meant = entry.severity == "warning" and code != "ARC799"
    example = ["Example"] if entry.example else []
    assert headings == ["Why", *example, "What to do", *(["Where it is meant"] if meant else [])]
    assert (f"# archc: allow {entry.name}" in text_of(code)) == meant or code in ("ARC799", "ARC717")


def test_an_example_is_put_in_its_place_and_read_back() -> None:
    example = CODES["ARC301"].example
    assert example is not None
    for code in ("ARC001", "ARC705", "ARC003"):
        page = with_example(text_of(code), example)
        assert parsed(page).example == example
        assert parsed(page).changed(example=None) == CODES[code].changed(example=None)


@pytest.mark.parametrize("page", ["", "# ARC001: x\n\n**error** · y\n\nz\n\n## Why\n\nw\n"])
def test_a_page_that_lacks_something_is_no_page(page: str) -> None:
    with pytest.raises(ValueError, match=r"no title|lacks"):
        parsed(page)


def test_families_divide_the_codes() -> None:
    for code in CODES:
        assert [beginning for beginning, _ in FAMILIES if code.startswith(beginning)] == [code[:4]]


def test_a_code_goes_by_its_name() -> None:
    assert code_of("skip-misfit") == code_of("SKIP_MISFIT") == code_of("arc301") == "ARC301"
    assert code_of("skip") is None
    assert "ARC999" not in CODES
    with pytest.raises(KeyError):
        _ = CODES["ARC999"]
