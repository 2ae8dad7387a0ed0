"""A hundred of timm's bodies, one or two of each family, recorded and proven: `-m nightly`.

docs/timm.md has the table; what is written there is what is asserted here.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import torch

from archc.bodies.reading import read_record
from archc.record.library import source
from archc.record.proof import CLOSE, prove
from archc.record.text import text_of
from archc.record.write import record_source

TABLE = Path(__file__).resolve().parents[2] / "docs" / "timm.md"
ROW = re.compile(r"\| `(?P<name>[a-z0-9_]+)` \| (?P<how>linked|in parts|one piece) \|")


def rows() -> list[Any]:
    return [pytest.param(m["name"], m["how"], id=m["name"]) for m in ROW.finditer(TABLE.read_text("utf-8"))]


def test_the_table_holds_more_than_sixty_bodies() -> None:
    how = [row.values[1] for row in rows()]
    assert len(how) == len({row.values[0] for row in rows()}) >= 60
    assert how.count("linked") >= 50


@pytest.mark.nightly
@pytest.mark.parametrize(("name", "how"), rows())
def test_it_is_recorded_as_the_table_says_and_equals_the_library(name: str, how: str) -> None:
    pytest.importorskip("timm", reason="timm is not installed: it is in the extra `timm`")
    torch.manual_seed(0)
    ref = f"timm/{name}"
    given = source(ref)
    text = text_of(record_source(ref, given))
    record = read_record(text, ref, trusted=False)
    found = "one piece" if len(record.nodes) == 1 else "in parts" if record.parts else "linked"
    assert found == how
    assert prove(record, given.make) <= CLOSE
    assert json.loads(text)["recorded_with"]["timm"]
