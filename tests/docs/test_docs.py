"""Code blocks of the documentation are valid, and its links lead somewhere."""

from __future__ import annotations

import ast
import json
import re
import shlex
from pathlib import Path

import pytest
import tomli

import archc
from archc.cli.commands import COMMANDS
from archc.plan.compile import compile_document
from archc.source.document.document import read_text
from tests.docs.blocks import FILES, ROOT, Block, blocks, prose

BLOCKS = [block for file in FILES for block in blocks(file) if "diagnostics" not in file.parts]
LANGUAGES = {
    "toml",
    "json",
    "sh",
    "python",
    "text",
    "yaml",
    "diff",
    "lua",
    "vim",
    "jsonc",
    "elisp",
    "markdown",
    "scheme",
    "xml",
}


def of(*languages: str) -> list[Block]:
    return [block for block in BLOCKS if block.language in languages]


def ids(block: Block) -> str:
    return block.name


def test_every_block_names_its_language() -> None:
    assert [block.name for block in BLOCKS if block.language not in LANGUAGES] == []
    assert len(BLOCKS) > 40


@pytest.mark.parametrize("block", of("toml"), ids=ids)
def test_toml_is_toml_and_a_whole_spec_compiles(block: Block) -> None:
    """Lines that each give the same key another value are alternatives, each valid by itself."""
    lines = block.text.splitlines()
    if len({line.partition(" =")[0] for line in lines}) == 1 < len(lines):
        for line in lines:
            tomli.loads(line)
        return
    found = tomli.loads(block.text)
    if "archc" in found and len(found) > 1:
        compile_document(read_text(block.text, "spec.toml"))


@pytest.mark.parametrize("block", of("json"), ids=ids)
def test_json_is_json(block: Block) -> None:
    json.loads(block.text)


@pytest.mark.parametrize("block", of("python"), ids=ids)
def test_python_is_python(block: Block) -> None:
    ast.parse(block.text)


@pytest.mark.parametrize("block", of("sh"), ids=ids)
def test_commands_are_those_of_archc(block: Block) -> None:
    for line in block.text.splitlines():
        words = shlex.split(line, comments=True)
        at = next((i for i, word in enumerate(words) if word.rpartition("/")[2] == "archc"), None)
        if at is not None and at + 1 < len(words) and not words[at + 1].startswith("-"):
            assert words[at + 1] in COMMANDS, line


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_links_lead_somewhere(file: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)|src=\"([^\"]+)\"", prose(file)):
        link = target[0] or target[1]
        if re.match(r"https?:|mailto:", link):
            continue
        path, _, anchor = link.partition("#")
        found = (file.parent / path) if path else file
        assert found.exists(), link
        if anchor and found.suffix == ".md":
            assert anchor in anchors(found), link


def anchors(file: Path) -> set[str]:
    """Return what a link into a file may name: its headings as GitHub spells them, and ids of HTML."""
    text = file.read_text("utf-8")
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    return slugs | set(re.findall(r'<a id="([^"]+)"', text))


def test_the_drawing_and_the_table_of_the_readme_are_fresh() -> None:
    """`archc build specs/unet_camvid.toml --emit svg -o docs/images/unet.svg` makes the drawing anew."""
    model = archc.compile(ROOT / "specs" / "unet_camvid.toml")
    assert (ROOT / "docs" / "images" / "unet.svg").read_text("utf-8") == model.svg()
    assert model.table().rstrip() in (ROOT / "README.md").read_text("utf-8")


def test_images_are_small() -> None:
    assert all(file.stat().st_size < 100_000 for file in (ROOT / "docs" / "images").iterdir())
