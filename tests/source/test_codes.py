"""The table of codes is complete: what is raised is explained, and what is explained is raised."""

from __future__ import annotations

import re
from pathlib import Path

import archc
from archc.source.diagnostics.codes import CODES

FOLDER = Path(archc.__file__).parent
SOURCES = {
    file.relative_to(FOLDER).as_posix(): file.read_text("utf-8")
    for file in FOLDER.rglob("*.py")
    if not file.name.startswith("codes")
}
RAISED = {code for text in SOURCES.values() for code in re.findall(r'"(ARC\d{3})"', text)}


def test_every_code_that_is_raised_is_explained() -> None:
    assert RAISED - set(CODES) == set()


def test_every_code_that_is_explained_is_raised() -> None:
    assert set(CODES) - RAISED == set()


def test_a_code_is_a_warning_where_it_is_raised_as_one() -> None:
    """A call that says `severity="warning"` speaks of the last code before it."""
    warned = set()
    for text in SOURCES.values():
        for place in re.finditer(r'severity="warning"', text):
            warned.update(re.findall(r'"(ARC\d{3})"', text[: place.start()])[-1:])
    assert warned == {code for code, entry in CODES.items() if entry.severity == "warning"}


def test_codes_are_named_once_and_written_in_full() -> None:
    assert len({code.name for code in CODES.values()}) == len(CODES)
    for key, code in CODES.items():
        assert re.fullmatch(r"ARC\d{3}", key)
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+){0,4}", code.name)
        assert (code.severity == "warning") == key.startswith("ARC7")
        for paragraph in (code.what, code.why, code.remedy):
            assert paragraph.endswith(".")
            assert paragraph.isprintable()
        assert not code.summary.endswith(".")
        assert code.summary[0].islower() or code.summary.startswith("ONNX")


def test_codes_stand_in_their_order() -> None:
    assert list(CODES) == sorted(CODES)
