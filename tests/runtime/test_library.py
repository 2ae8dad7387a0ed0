"""onnxruntime is imported in one place, without telemetry and log; files hold operators of a closed set."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import onnx
import pytest

from archc.runtime import operators
from archc.runtime.library import MOST_OPTIMIZED, out_of_memory, said

Written = Callable[..., Path]
FreshPython = Callable[..., subprocess.CompletedProcess[str]]


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
        elif isinstance(node, ast.Call) and "import" in ast.unparse(node.func):
            yield from (
                c.value for c in ast.walk(node) if isinstance(c, ast.Constant) and isinstance(c.value, str)
            )


def test_one_file_imports_onnxruntime(root: Path) -> None:
    found = {
        path.relative_to(root).as_posix()
        for path in (root / "archc").rglob("*.py")
        if any(name.split(".")[0] == "onnxruntime" for name in imports(path))
    }
    assert found == {"archc/runtime/library.py"}


_SET = """
import os, sys
from archc.runtime.library import new_session
os.environ.pop("ORT_DISABLE_TELEMETRY", None)
class Watch:
    def find_spec(self, name, path=None, target=None):
        if name == "onnxruntime":
            print("SET", os.environ.get("ORT_DISABLE_TELEMETRY"))
sys.meta_path.insert(0, Watch())
from pathlib import Path
new_session(Path(sys.argv[1]), ["CPUExecutionProvider"])
"""


def test_the_variable_is_set_before_the_import(fresh_python: FreshPython, write_model: Written) -> None:
    done = fresh_python("-c", _SET, str(write_model()))
    assert done.stdout == "SET 1\n", done.stderr


def test_the_log_is_silent(fresh_python: FreshPython, write_model: Written) -> None:
    """An initializer that nothing reads is a warning in onnxruntime's log, with its name as it is."""
    path = write_model()
    model = onnx.load(path)
    model.graph.initializer[0].name = "\n::error::\x1b[31m"
    model.graph.node[0].input[1] = "\n::error::\x1b[31m"
    extra = model.graph.initializer.add()
    extra.CopyFrom(model.graph.initializer[0])
    extra.name = "\n::error::unread\x1b[31m"
    onnx.save(model, path)
    script = "import sys; from pathlib import Path; from archc.runtime.library import new_session\n"
    script += "new_session(Path(sys.argv[1]), ['CPUExecutionProvider'])"
    done = fresh_python("-c", script, str(path))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_predicting_leaves_no_file_in_an_empty_home(
    fresh_python: FreshPython, write_model: Written, write_picture: Written, tmp_path: Path
) -> None:
    home, temporary = tmp_path / "home", tmp_path / "temporary"
    home.mkdir()
    temporary.mkdir()
    places = {"HOME": home, "XDG_CACHE_HOME": home / "c", "TMPDIR": temporary}
    script = "import os, sys; os.environ.update(dict(a.split('=') for a in sys.argv[1].split(';')))\n"
    script += "from archc.cli import main; sys.exit(main(['predict', *sys.argv[2:]]))"
    said = ";".join(f"{name}={place}" for name, place in places.items())
    done = fresh_python("-c", script, said, str(write_model("scores")), str(write_picture()))
    assert done.returncode == 0, done.stderr
    assert [*home.rglob("*"), *temporary.rglob("*")] == []


def test_words_of_onnxruntime_are_one_line() -> None:
    assert said(RuntimeError("[ONNXRuntimeError] : 6 : RUNTIME_EXCEPTION : a\n  b")) == "a b"
    assert said(RuntimeError("")) == "RuntimeError"
    assert len(said(RuntimeError("x" * 9999))) == 300


def test_want_of_memory_is_recognized() -> None:
    assert out_of_memory(RuntimeError("... Failed to allocate memory for requested buffer of size 4"))
    assert out_of_memory(RuntimeError("std::bad_alloc"))
    assert out_of_memory(MemoryError())
    assert not out_of_memory(RuntimeError("Got invalid dimensions"))


def texts(root: Path, calls: tuple[str, ...] = ()) -> Iterator[str]:
    """Texts in the exporter's source; with `calls`, first arguments of calls of the builder's methods."""
    for path in (root / "archc" / "export").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and not calls:
                yield node.value
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in calls
            ):
                yield from (arg.value for arg in node.args[:1] if isinstance(arg, ast.Constant))


def test_what_the_writer_writes_is_what_files_may_hold(root: Path) -> None:
    assert {*texts(root, ("one", "add", "chain"))} <= operators.WRITTEN
    said_in_parts = {"AveragePool", "GlobalAveragePool", "GlobalMaxPool", "MaxPool"}
    assert {*texts(root)} | said_in_parts >= operators.WRITTEN


def test_the_writer_writes_nothing_else() -> None:
    from archc.export.onnx.builder import Builder

    with pytest.raises(AssertionError, match="Loop"):
        Builder(weights={}, opset=20, types={}, values={}, graph=onnx.GraphProto()).add("Loop", "x")


def test_the_operators_exist_and_none_runs_others() -> None:
    schemas = {s.name: s for s in onnx.defs.get_all_schemas() if s.domain == ""}
    plain = operators.WRITTEN | operators.TRACED | operators.QUANTIZED
    later = {"Swish", "RMSNormalization", "Attention"}  # of newer releases of onnx
    assert plain <= schemas.keys() | later
    for name in plain - later:
        kinds = {attribute.type for attribute in schemas[name].attributes.values()}
        assert kinds.isdisjoint({onnx.defs.OpSchema.AttrType.GRAPH, onnx.defs.OpSchema.AttrType.GRAPHS}), name
    assert not plain & {"If", "Loop", "Scan", "SequenceMap", "Optional", "RandomNormal", "StringConcat"}


@pytest.mark.parametrize(
    ("domain", "op", "fine"),
    [
        ("", "Conv", True),
        ("ai.onnx", "Conv", True),
        ("com.microsoft", "FusedConv", True),
        ("com.microsoft", "Conv", False),
        ("", "FusedConv", False),
        ("x", "Conv", False),
        ("", "Loop", False),
        ("", "", False),
    ],
)
def test_operators_are_known_by_their_domain(domain: str, op: str, fine: bool) -> None:
    assert operators.known(domain, op) is fine


def test_long_chains_open_soon(write_model: Written) -> None:
    """Their optimization would take seconds: its time grows with the square of their length."""
    from archc.runtime.limits import Limits
    from archc.runtime.session import open_model

    path = write_model("scores", preprocess=False)
    model = onnx.load(path)
    last = model.graph.node.pop()
    before = last.input[0]
    for i in range(3 * MOST_OPTIMIZED):
        model.graph.node.add(op_type="Add", input=[before, before], output=[f"n{i}"])
        before = f"n{i}"
    last.input[0] = before
    model.graph.node.append(last)
    onnx.save(model, path)
    assert open_model(path, device="cpu", modified=True, limits=Limits(seconds=60)).outputs == ("scores",)
