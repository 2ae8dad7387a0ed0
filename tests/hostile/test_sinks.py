"""Strings of a spec where they end up: in paths, Python source, drawings and comments, as text alone."""

from __future__ import annotations

import ast
import io
import json
import keyword
import tokenize
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from archc.cli import main
from archc.export.source import literals
from archc.export.source.write import eject
from archc.plan.compile import Compiled, compile_document
from archc.source.document.document import read_text
from archc.views.drawing.mermaid import mermaid
from archc.views.drawing.svg import svg
from archc.views.markup import markdown_code, markdown_text, mermaid_label, xml_attribute, xml_text
from archc.views.tables import aligned
from archc.views.written_text import written_text

NAMES = (
    '"""; import os; os.system("touch PWNED"); """',
    'x\\"""+open("PWNED","w")+"""',
    "ends in a backslash \\",
    'ends in a quote "',
    '""',
    "'''",
    "\\N{BULLET} \\x41 {0} %s ${HOME} `id`",
    "</title><script>alert(1)</script>",
    '" onload="alert(1)',
    "]]><!-- & &amp; &#x3c;",
    '"]:::evil --> x["',
    "| a | [b](javascript:x) @someone #1 <img src=x>",
    "../../evil",
    "/tmp/evil",
    "C:\\evil",
    "CON",
    "None",
    "class",
    "Ordered dict",
    "\u6f22\u5b57 \u00e9 \U0001f600",
    "x" * 200,
    "-" * 200,
    "word " * 40,
)
hostile = st.text(max_size=200) | st.text(
    alphabet="\"'\\`<>&|#[](){}:;-./ \nab\u202e\u200b\0\x1b\ud800\u2028", max_size=60
)
visible = hostile.filter(lambda text: text.isprintable() and text != "")


def compiled(name: str, inputs: tuple[str, ...] = ("image",)) -> Compiled:
    """A small graph of this name."""
    nodes: list[dict[str, Any]] = [
        {"name": f"n{i}", "from": each, "op": {"op": "conv2d", "out_channels": 2, "kernel_size": 1}}
        for i, each in enumerate(inputs)
    ]
    nodes.append(
        {
            "name": "class.lambda",
            "from": "n0",
            "layers": [{"op": "conv2d", "out_channels": 2, "kernel_size": 1}],
        }
    )
    nodes.append(
        {"name": "sum", "from": ["class.lambda", *(n["name"] for n in nodes[:-1])], "op": {"op": "add"}}
    )
    given = {each: {"size": [8, 8]} for each in inputs}
    model = {"kind": "graph", "nodes": nodes, "outputs": {"scores": "sum"}}
    spec = {"archc": 1, "name": name, "inputs": given, "model": model}
    return compile_document(read_text(json.dumps(spec), "spec.json", "json"))


def statements(source: str) -> list[type[ast.stmt]]:
    """The kinds of statements at the top of a module."""
    return [type(each) for each in ast.parse(source).body]


PLAIN = statements(eject(compiled("plain").plan))


def check_source(name: str) -> None:
    source = eject(compiled(name).plan)
    assert statements(source) == PLAIN
    documented = ast.get_docstring(ast.parse(source), clean=False)
    assert documented is not None
    if len(name) < 30 and "  " not in name:
        assert documented.startswith(f"{name}: a PyTorch model")


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_a_docstring_in_ejected_source(name: str) -> None:
    check_source(name)


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(visible)
def test_any_name_is_a_docstring_in_ejected_source(name: str) -> None:
    check_source(name)


@given(hostile)
@example('"')
@example("\\")
def test_a_literal_is_one_string(text: str) -> None:
    source = literals.text_literal(text)
    value = ast.literal_eval(source)
    assert isinstance(value, str)
    assert not text.isprintable() or value == text
    assert source.isprintable()
    inside = ast.parse(f'def f():\n    """{literals.docstring_text(text)}."""').body
    assert [type(each) for each in inside] == [ast.FunctionDef]
    kinds = [token.type for token in tokenize.generate_tokens(io.StringIO(source).readline)]
    assert kinds.count(tokenize.STRING) == 1


@given(st.lists(hostile, max_size=6))
def test_variables_are_distinct_names(texts: list[str]) -> None:
    made = literals.variables(texts)
    assert len(set(made)) == len(texts)
    assert all(name.isidentifier() and not keyword.iskeyword(name) for name in made)


@given(hostile)
def test_a_constant_has_a_name(text: str) -> None:
    assert literals.constant_name(text).isidentifier()


TAKEN = sorted(
    {*keyword.kwlist, "self", "torch", "nn", "F", "Tensor", "part_of", "tuple", "dict", "x", "out"}
)


@pytest.mark.parametrize("word", TAKEN)
def test_an_input_may_be_called_by_a_word_of_pythons(word: str) -> None:
    torch = pytest.importorskip("torch")
    from archc.modules.build import build
    from tests.export.test_eject import imported, model_of

    plan = compiled("words", (word, f"{word}_")).plan
    built, ejected = build(plan, seed=0).eval(), model_of(imported(eject(plan))).eval()
    ejected.load_state_dict(built.state_dict())
    images = [torch.rand(1, 3, 8, 8) for _ in plan.inputs]
    with torch.no_grad():
        assert torch.equal(built(*images), ejected(*images))


def test_source_that_python_cannot_read_is_not_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("archc.export.source.write.docstring_text", lambda text: text)
    spec = tmp_path / "spec.json"
    spec.write_text(compiled('a""" (').document.text)
    assert main(["eject", str(spec), "-o", str(tmp_path / "m.py")]) == 2
    assert "no Python source" in capsys.readouterr().err
    assert not (tmp_path / "m.py").exists()


def words_of(document: ElementTree.Element) -> str:
    return "".join(document.itertext())


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_text_in_drawings(name: str) -> None:
    plan = compiled(name).plan
    document = ElementTree.fromstring(svg(plan))
    tags = {each.tag.rpartition("}")[2] for each in document.iter()}
    assert tags <= {"svg", "title", "style", "defs", "marker", "path", "rect", "g", "text"}
    assert not [key for each in document.iter() for key in each.attrib if key.startswith("on")]
    assert name in words_of(document)
    assert mermaid(plan).splitlines()[0] == "flowchart TD"


@given(hostile)
def test_xml_of_any_text_is_text(text: str) -> None:
    document = ElementTree.fromstring(f'<a b="{xml_attribute(text)}">{xml_text(text)}</a>')
    assert len(list(document)) == 0
    assert list(document.attrib) == ["b"]
    assert not text.isprintable() or (document.text or "", document.attrib["b"]) == (text, text)


@given(hostile)
def test_a_mermaid_label_ends_nowhere_before_its_quote(text: str) -> None:
    label = mermaid_label(text)
    assert label.isprintable()
    assert not set(label) & set('"<>`\\&')


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.found.append(tag)


@given(hostile)
def test_markdown_of_any_text_is_one_cell(text: str) -> None:
    for cell in (markdown_text(text), markdown_code(text)):
        assert "\n" not in cell
        assert "|" not in cell.replace("\\|", "")
    parser = _Tags()
    parser.feed(markdown_text(text))
    assert not parser.found
    assert not set(markdown_text(text)) & set("`*_[]<>@|~\\")


@pytest.mark.parametrize("name", NAMES)
def test_a_spec_written_out_has_the_name_it_had(name: str) -> None:
    result = compiled(name)
    text = written_text(result.spec, result.plan)
    again = compile_document(read_text(text, "again.toml", "toml"))
    assert again.plan.name == name
    assert text.startswith("# ")
    assert [line for line in text.splitlines() if line.startswith("archc")] == ["archc = 1"]


FILES = ("a\x1b[31mb", 'q"""; import os; """', "n\nl", "\u202egnp", "x" * 240, "$(id)`id`")


@pytest.mark.parametrize("name", FILES)
def test_the_name_of_a_file_is_text_as_well(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    data = json.loads(compiled("x").document.text)
    del data["name"]
    Path(f"{name}.json").write_text(json.dumps(data))
    for look in ("table", "plan", "spec", "svg", "mermaid"):
        assert main(["build", f"{name}.json", "--emit", look]) == 0
        assert all(line.isprintable() for line in capsys.readouterr().out.split("\n"))
    assert main(["eject", f"{name}.json", "-o", "m.py"]) == 0
    assert statements(Path("m.py").read_text("utf-8")) == PLAIN


PATHS = ("../../evil", "/tmp/evil", "C:\\evil", "..", "CON", "x" * 200, "\u6f22" * 200, "-o", "a:b*c?")


@pytest.mark.parametrize("name", PATHS)
def test_an_exported_file_stays_where_the_command_was_given(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("onnxruntime")
    inside = tmp_path / "a" / "b"
    inside.mkdir(parents=True)
    monkeypatch.chdir(inside)
    data = json.loads(compiled("x").document.text)
    Path("spec.json").write_text(json.dumps(data | {"name": name}))
    before = set(tmp_path.rglob("*"))
    assert main(["export", "spec.json", "--onnx", "--quiet"]) == 0
    (made,) = set(tmp_path.rglob("*")) - before
    assert made.parent == inside
    assert made.suffix == ".onnx"


@pytest.mark.parametrize("name", PATHS)
def test_a_run_stays_below_its_folder(name: str, tmp_path: Path) -> None:
    from archc.run.create import Record, next_run

    record = Record(spec="archc = 1\n", form="toml", plan="{}", environment={})
    runs = tmp_path / "a" / "runs"
    paths = [next_run(runs, name, record).path for _ in range(2)]
    assert {path.parent for path in paths} == {runs}
    assert paths[0].name.endswith("-1")
    assert paths[1].name.endswith("-2")


def test_a_table_shows_every_name_on_one_line() -> None:
    table = aligned(("class", "count"), [("a\x1b[31mb", "1"), ("n\n::error::x", "2"), ("\u202e\u200bx", "3")])
    header, rule, *rows = table.splitlines()
    assert len(rows) == 3
    assert all(line.isprintable() for line in (header, rule, *rows))
    assert all(len(row) <= len(rule) for row in rows)


def test_names_of_folders_and_images_are_text_in_what_data_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    image = pytest.importorskip("PIL.Image")
    for name in ("a\x1b[31mred", "b\n::error::x"):
        (tmp_path / "data" / name).mkdir(parents=True)
        for i in range(4):  # one picture twice, which is told by its name
            image.new("RGB", (16, 16), (i // 2, len(name), 0)).save(
                tmp_path / "data" / name / f"{i}\x1b]0;t\x07.png"
            )
    model = {"kind": "classifier", "classes": 2, "body": {"ref": "torchvision/resnet18"}}
    data = {"kind": "image_folder", "root": "data", "valid": 0.5}
    spec = {"archc": 1, "input": {"size": [64, 64]}, "model": model, "data": data}
    (tmp_path / "spec.json").write_text(json.dumps(spec))
    assert main(["data", str(tmp_path / "spec.json")]) == 0
    said = capsys.readouterr()
    assert "\\x1b[31mred" in said.out
    assert all(line.isprintable() for line in f"{said.out}{said.err}".split("\n"))
    assert not [line for line in said.out.splitlines() if line.startswith("::")]


@pytest.mark.parametrize("name", ["z" * 5_000, "a\nb", "\ud800", "\u202eabc", "\0"])
def test_a_legend_has_room_for_any_name_of_a_class(name: str) -> None:
    numpy = pytest.importorskip("numpy")
    image = pytest.importorskip("PIL.Image")
    from archc.runtime.overlays import overlaid

    made = overlaid(image.new("RGB", (64, 64)), numpy.zeros((64, 64), numpy.uint8), [name])
    assert made.width < 1_000
    assert made.height < 200
