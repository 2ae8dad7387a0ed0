"""The classes that files turn out to have, against those that the model answers."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from archc.data.datasets import open_data
from archc.data.fitting import require_fit
from archc.files.errors import WorldError
from archc.plan.compile import compile_document
from archc.source.document.document import read_text

DATA = '[data]\nkind = "image_folder"\nroot = "set"\nvalid = 0.5\n'
CLASSIFIER = """
archc = 1
input = {{ size = [16, 16] }}
[model]
kind = "classifier"
classes = {count}
body = {{ stages = [{{ name = "stem", layers = [{{ op = "conv2d", out_channels = 4, kernel_size = 3 }}] }}] }}
"""
GRAPH = """
archc = 1
input = {{ size = [16, 16] }}
[model]
kind = "graph"
outputs = {{ kind = "classify" }}
[[model.nodes]]
name = "classify"
from = "image"
layers = [{{ op = "global_avg_pool2d" }}, {{ op = "flatten" }}, {{ op = "linear", out_features = {count} }}]
"""
PAIRS = """
archc = 1
inputs = { left = { size = [16, 16] }, right = { size = [16, 16] } }
[model]
kind = "siamese"
embedding = 7
body = { stages = [{ name = "stem", layers = [{ op = "conv2d", out_channels = 4, kernel_size = 3 }] }] }
[data]
kind = "pairs"
of = { kind = "image_folder", root = "set", valid = 0.5 }
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("ant", "bee", "cat"):
        for number in range(4):
            path = tmp_path / "set" / name / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (16, 16)).save(path)
    return tmp_path


def fitted(text: str, folder: Path) -> None:
    result = compile_document(read_text(text, "spec.toml"))
    require_fit(result.spec, result.plan, open_data(result.spec, folder))


@pytest.mark.parametrize("text", [CLASSIFIER, GRAPH])
def test_as_many_classes_as_the_model_answers(text: str, folder: Path) -> None:
    fitted(text.format(count=3) + DATA, folder)
    with pytest.raises(WorldError, match=r"the data has 3 classes \(`ant`, `bee`, `cat`\), the model 4"):
        fitted(text.format(count=4) + DATA, folder)


def test_a_graph_says_where(folder: Path) -> None:
    with pytest.raises(WorldError, match="give the last layer of `classify` 3 outputs"):
        fitted(GRAPH.format(count=2) + DATA, folder)


def test_embeddings_have_no_classes(folder: Path) -> None:
    fitted(PAIRS, folder)
