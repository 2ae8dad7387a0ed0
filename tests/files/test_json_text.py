"""JSON that every reader takes."""

from __future__ import annotations

import json
import math

from archc.files.json_text import as_json


def test_numbers_that_json_has_not_are_null() -> None:
    assert json.loads(as_json({"a": [math.nan, {"b": -math.inf}], 3: (1.5,)})) == {
        "a": [None, {"b": None}],
        "3": [1.5],
    }


def test_names_that_are_no_text_can_be_written() -> None:
    assert as_json({"ß": "\udcff"}, ascii=True).encode() == b'{"\\u00df": "\\udcff"}'
    assert as_json("ß") == '"ß"'
