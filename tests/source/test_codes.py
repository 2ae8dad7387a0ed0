"""The table of codes is complete and well formed."""

from __future__ import annotations

import re
from pathlib import Path

import archc.source
from archc.source.codes import CODES


def test_every_code_that_this_floor_raises_is_explained() -> None:
    folder = Path(archc.source.__file__).parent
    sources = [file.read_text() for file in folder.glob("*.py") if file.name != "codes.py"]
    raised = set(re.findall(r'"(ARC\d{3})"', "".join(sources)))
    assert raised <= set(CODES)
    assert {code for code in CODES if code < "ARC200"} == raised


def test_codes_are_named_once_and_written_in_full() -> None:
    assert len({code.name for code in CODES.values()}) == len(CODES)
    for key, code in CODES.items():
        assert re.fullmatch(r"ARC\d{3}", key)
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+){0,4}", code.name)
        assert (code.severity == "warning") == key.startswith("ARC7")
        for paragraph in (code.what, code.why, code.remedy):
            assert paragraph.endswith(".")
        assert not code.summary.endswith(".")
