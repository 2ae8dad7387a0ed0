"""Each spec in `broken/` has one mistake, and what the compiler says of it is right to the character."""

from __future__ import annotations

import pytest

from archc.source.diagnostics.codes import CODES
from tests.broken.rendering import FOLDER, SPECS, diagnostics, rendering

ONE_MISTAKE = tuple(name for name in SPECS if name.startswith("ARC"))
NEVER_ALONE = {"ARC109"}
"""What stands in where many faults of one kind would be costly to explain."""


@pytest.mark.parametrize("name", SPECS)
def test_rendering(name: str) -> None:
    expected = (FOLDER / name).with_suffix(".txt")
    assert rendering(name) == expected.read_text("utf-8"), "if this is meant: python -m tests.broken"


@pytest.mark.parametrize("name", ONE_MISTAKE)
def test_one_mistake_is_one_diagnostic_that_says_what_to_do(name: str) -> None:
    found, _ = diagnostics(name)
    assert [each.code for each in found] == [name[:6]]
    assert found[0].severity == CODES[name[:6]].severity
    assert found[0].help
    label = found[0].labels[0]
    assert label.path or label.at or name.startswith("ARC209")  # what is nowhere has no place


@pytest.mark.parametrize("name", SPECS)
def test_lines_are_plain_and_fit(name: str) -> None:
    for line in rendering(name).splitlines():
        assert line.isprintable()
        if " | " in line:
            assert len(line) <= 80


def test_every_code_has_a_spec() -> None:
    assert {name[:6] for name in ONE_MISTAKE} | NEVER_ALONE == set(CODES)


def test_no_text_without_its_spec() -> None:
    texts = {file.stem for file in FOLDER.glob("*.txt")}
    assert texts == {name.rsplit(".", 1)[0] for name in SPECS}
