"""`archc schema`."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from archc.cli import main
from archc.spec.json_schema import KEPT


def test_it_prints_the_schema_that_the_clone_keeps(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert capsys.readouterr().out == KEPT.read_text("utf-8")


def test_it_writes_a_file_with_its_address(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "archc.schema.json"
    assert main(["schema", "--output", str(path), "--id", "https://example.org/archc.json"]) == 0
    assert capsys.readouterr().out == ""
    written = json.loads(path.read_text("utf-8"))
    assert list(written)[:2] == ["$schema", "$id"]
    assert written["$id"] == "https://example.org/archc.json"
    jsonschema.Draft202012Validator.check_schema(written)


def test_a_folder_that_is_not_there_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "--output", str(tmp_path / "gone/x.json")]) == 2
    assert "its folder does not exist" in capsys.readouterr().err


def test_the_catalog_entry_in_the_docs_is_json(root: Path) -> None:
    page = (root / "docs/editors.md").read_text("utf-8")
    entry = json.loads(page.split("```json\n")[1].split("```")[0])
    assert entry["fileMatch"] == ["*.arch.toml", "*.arch.json"]
    assert set(entry) == {"name", "description", "fileMatch", "url"}
