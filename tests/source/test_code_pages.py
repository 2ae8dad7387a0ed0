"""The pages of the codes, and the examples that they and `archc explain` show, are fresh and complete."""

from __future__ import annotations

import re

from archc.source.diagnostics import code_pages
from archc.source.diagnostics.code_examples import FILE, examples
from archc.source.diagnostics.codes import CODES, FAMILIES, code_of
from tests.broken.rendering import examples as made


def test_examples_are_fresh() -> None:
    assert FILE.read_text("utf-8") == made(), "run: python -m tests.broken"


def test_pages_are_fresh() -> None:
    kept = {file.name: file.read_text("utf-8") for file in code_pages.FOLDER.glob("*.md")}
    assert kept == code_pages.pages(), "run: python -m archc.source.diagnostics.code_pages"


def test_every_code_has_its_parts() -> None:
    for code, entry in CODES.items():
        page = code_pages.pages()[f"{code}.md"]
        for text in (entry.name, entry.summary, entry.what, entry.why, entry.remedy):
            assert text in page
        assert ("```text\n" in page) == (code in examples())
        assert ("## Where it is meant" in page) == (entry.severity == "warning" and code != "ARC799")


def test_the_index_links_every_page() -> None:
    links = re.findall(r"\[(ARC\d+)\]\((\S+)\)", code_pages.index())
    assert [code for code, _ in links] == list(CODES)
    assert all(target == f"{code}.md" for code, target in links)


def test_families_divide_the_codes() -> None:
    for code in CODES:
        assert [beginning for beginning, _ in FAMILIES if code.startswith(beginning)] == [code[:4]]


def test_a_code_goes_by_its_name() -> None:
    assert code_of("skip-misfit") == code_of("SKIP_MISFIT") == code_of("arc301") == "ARC301"
    assert code_of("skip") is None
