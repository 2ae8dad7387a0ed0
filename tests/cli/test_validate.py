"""`archc validate`: what it answers, where, and with which exit status."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from archc.cli import main

Write = Callable[[str, "str | bytes"], Path]
FreshPython = Callable[..., subprocess.CompletedProcess[str]]

GOOD = """\
archc = 1
[input]
size = [64, 64]
[model]
kind = "unet"
classes = 3
[model.body]
ref = "torchvision/resnet18"
cut = "layer4"
"""
BAD = GOOD.replace("resnet18", "resnet81")
PYPROJECT = '[project]\nname = "no-spec"\n'


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """A function that runs `archc ARGUMENT...`: status, standard output, standard error."""

    def call(*arguments: object) -> tuple[int, str, str]:
        status = main([str(each) for each in arguments])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return call


Run = Callable[..., tuple[int, str, str]]


def test_a_spec_that_is_fine(run: Run, write: Write) -> None:
    path = write("good.toml", GOOD)
    assert run("validate", path) == (0, f"{path}: fine\n1 fine\n", "")


def test_a_spec_at_fault(run: Run, write: Write) -> None:
    status, out, _ = run("validate", write("bad.toml", BAD))
    assert status == 1
    assert "error[ARC201]" in out
    assert "did you mean `torchvision/resnet" in out
    assert out.endswith("0 fine, 1 at fault\n")


def test_the_worst_of_several_counts(run: Run, write: Write) -> None:
    good, bad = write("good.toml", GOOD), write("bad.toml", BAD)
    assert run("validate", good, bad)[0] == 1
    status, out, err = run("validate", good, bad, "missing.toml")
    assert status == 2
    assert "missing.toml: no such file" in err
    assert "1 fine, 1 at fault" in out


def test_a_missing_file_is_one_line(run: Run) -> None:
    status, _, err = run("validate", "nowhere/spec.toml")
    assert status == 2
    assert err.startswith("error: nowhere/spec.toml: no such file")
    assert "Traceback" not in err


def test_a_folder_is_searched_for_specs(run: Run, write: Write, tmp_path: Path) -> None:
    write("specs/a.toml", GOOD)
    write(
        "specs/deep/b.json", json.dumps({"archc": 1, "input": {"size": [64, 64]}, "model": {"kind": "unet"}})
    )
    write("specs/pyproject.toml", PYPROJECT)
    write("specs/notes.txt", "archc = 1")
    status, out, _ = run("validate", tmp_path / "specs")
    assert status == 1
    assert "pyproject" not in out
    assert "1 fine, 1 at fault" in out


def test_a_folder_without_specs_is_a_fault_of_the_world(run: Run, write: Write) -> None:
    folder = write("specs/pyproject.toml", PYPROJECT).parent
    status, _, err = run("validate", folder)
    assert status == 2
    assert "no spec in this folder" in err


def test_standard_input(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(GOOD))
    assert run("validate", "-")[0] == 0
    monkeypatch.setattr(sys, "stdin", io.StringIO(BAD))
    status, out, _ = run("validate", "-")
    assert status == 1
    assert "<stdin>:8:7" in out


def test_overrides_are_checked_like_the_file(run: Run, write: Write) -> None:
    path = write("good.toml", GOOD)
    assert run("validate", path, "--set", "model.body.cut=layer3")[0] == 0
    status, out, _ = run("validate", path, "--set", "model.body.cut=layer9")
    assert status == 1
    assert "--set model.body.cut=layer9" in out
    assert run("validate", path, "--set", "nonsense")[0] == 1


def test_quiet_says_only_what_is_wrong(run: Run, write: Write) -> None:
    assert run("validate", "--quiet", write("good.toml", GOOD)) == (0, "", "")
    status, out, _ = run("validate", "--quiet", write("bad.toml", BAD))
    assert status == 1
    assert "ARC201" in out
    assert "at fault" not in out


def test_concise_is_a_line_for_each_fault(run: Run, write: Write) -> None:
    path = write("bad.toml", BAD + 'colour = "red"\n')
    status, out, _ = run("validate", "--format", "concise", path)
    lines = out.splitlines()
    assert status == 1
    assert lines[0].startswith(f"{path}:10:1: error[ARC101]")
    assert len(lines) == 2


def test_json_is_for_machines(run: Run, write: Write) -> None:
    status, out, _ = run("validate", "--format", "json", write("bad.toml", BAD))
    assert status == 1
    (found,) = json.loads(out)["diagnostics"]
    assert found["code"] == "ARC201"
    assert found["name"] == "unknown-body"
    assert found["labels"][0]["line"] == 8
    assert found["labels"][0]["path"] == ["model", "body", "ref"]


def test_warnings_are_shown_and_stop_nothing(run: Run, write: Write) -> None:
    path = write("tiny.toml", GOOD.replace("[64, 64]", "[32, 32]"))
    status, out, _ = run("validate", path)
    assert status == 0
    assert "warning[ARC701]" in out
    assert "1 fine" in out


TRAINED = (
    GOOD.replace('"unet"', '"classifier"').replace("classes = 3\n", "")
    + """\
[data]
kind = "digits"
[train]
batch_size = 16
[[train.phases]]
epochs = 2
"""
)
LAYERS = "out_features = 10\nin_features = 256\n[data]"
LINEAR = '[[model.head.layers]]\nop = "flatten"\n[[model.head.layers]]\nop = "linear"\n'


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (TRAINED.replace("batch_size", "bacth_size"), "ARC101"),
        (GOOD.replace("resnet18", "resnet19"), "ARC201"),
        (GOOD.replace("layer4", "layer44"), "ARC202"),
        (GOOD + '[model.decoder]\nskips = ["layer1"]\n', "ARC301"),
        (TRAINED.replace("[data]", LINEAR + LAYERS), "ARC302"),
        (TRAINED.replace("epochs = 2", "epochs = -2"), "ARC107"),
        (GOOD.replace("classes = 3", 'classes = "3"'), "ARC103"),
        (GOOD.replace("[64, 64]", "[64]"), "ARC108"),
        (GOOD.replace("archc = 1\n", ""), "ARC105"),
        (GOOD.replace('"unet"', "unet"), "ARC001"),
        (GOOD.replace('"unet"', '"u-net"'), "ARC104"),
        (TRAINED + 'train = ["backbone"]\n', "ARC405"),
    ],
)
def test_newcomers_mistakes_are_one_diagnostic_each(run: Run, write: Write, text: str, code: str) -> None:
    status, out, err = run("validate", write("spec.toml", text))
    assert status == 1
    assert out.count("error[") == 1
    assert f"error[{code}]" in out
    assert "= help:" in out or "must be" in out or "expected" in out
    assert "Traceback" not in out + err


def test_hostile_text_reaches_the_terminal_escaped(run: Run, write: Write) -> None:
    status, out, err = run("validate", write("x.toml", GOOD + '"\\u001b[31m\\n::error::" = 1\n'))
    assert status == 1
    assert "\x1b" not in out + err
    assert "\n::error::" not in out


LOADED = """
import runpy, sys
sys.argv = ["archc", *sys.argv[1:]]
try:
    runpy.run_module("archc", run_name="__main__")
except SystemExit as exit:
    assert not exit.code, exit.code
print("LOADED", *sorted(sys.modules))
"""


@pytest.mark.parametrize("arguments", [("validate", "specs"), ("--help",), ("explain", "ARC301")])
def test_a_cold_start_stays_light(fresh_python: FreshPython, root: Path, arguments: tuple[str, ...]) -> None:
    placed = [str(root / each) if each == "specs" else each for each in arguments]
    done = fresh_python("-c", LOADED, *placed)
    assert done.returncode == 0, done.stdout + done.stderr
    loaded = set(done.stdout.rsplit("LOADED ", 1)[1].split())
    assert loaded.isdisjoint({"torch", "torchvision", "onnx", "onnxruntime", "numpy", "pydantic", "PIL"})
