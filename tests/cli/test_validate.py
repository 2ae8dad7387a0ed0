"""`archc validate`: what it answers, where, and with which exit status."""

from __future__ import annotations

import io
import json
import os
import shlex
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


def feed(monkeypatch: pytest.MonkeyPatch, content: str | bytes) -> None:
    """Standard input holds `content`."""
    raw = content.encode() if isinstance(content, str) else content
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))


def test_a_spec_that_is_fine(run: Run, write: Write) -> None:
    path = write("good.toml", GOOD)
    assert run("validate", path) == (0, f"{path}: fine\n1 spec: 1 fine\n", "")


def test_a_spec_at_fault(run: Run, write: Write) -> None:
    status, out, _ = run("validate", write("bad.toml", BAD))
    assert status == 1
    assert "error[ARC201]" in out
    assert "did you mean `torchvision/resnet" in out
    assert out.endswith("1 spec: 0 fine, 1 at fault (1 error)\n")


def test_the_worst_of_several_counts(run: Run, write: Write) -> None:
    good, bad = write("good.toml", GOOD), write("bad.toml", BAD)
    assert run("validate", good, bad)[0] == 1
    status, out, err = run("validate", good, bad, "missing.toml")
    assert status == 2
    assert "missing.toml: no such file" in err
    assert "3 specs: 1 fine, 1 at fault, 1 not checked (1 error)" in out


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
    feed(monkeypatch, GOOD)
    assert run("validate", "-")[0] == 0
    feed(monkeypatch, BAD)
    status, out, _ = run("validate", "-")
    assert status == 1
    assert "<stdin>:8:7" in out


def test_standard_input_may_be_json_and_have_a_name(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    feed(monkeypatch, '{"archc": 1,\n "color": 3}')
    status, out, _ = run("validate", "--format", "concise", "-", "--stdin-filename", "specs/x.toml")
    assert status == 1
    assert "specs/x.toml:2:2: error[ARC101]" in out


@pytest.mark.parametrize(("raw", "code"), [(b"\xff\xfea\x00", "ARC002"), (b"#" * 300_000, "ARC003")])
def test_standard_input_may_be_anything(
    run: Run, monkeypatch: pytest.MonkeyPatch, raw: bytes, code: str
) -> None:
    feed(monkeypatch, raw)
    status, out, _ = run("validate", "-")
    assert status == 1
    assert f"error[{code}]" in out


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
    path = write("bad.toml", BAD + 'color = "red"\n')
    status, out, _ = run("validate", "--format", "concise", path)
    lines = out.splitlines()
    assert status == 1
    assert lines[0].startswith(f"{path}:10:1: error[ARC101]")
    assert len(lines) == 2


def test_json_is_one_document(run: Run, write: Write) -> None:
    bad, good = write("bad.toml", BAD), write("good.toml", GOOD)
    status, out, err = run("validate", "--format", "json", bad, good, "missing.toml")
    assert status == 2
    assert err == "3 specs: 1 fine, 1 at fault, 1 not checked (1 error)\n"
    told = json.loads(out)
    assert [each["outcome"] for each in told["specs"]] == ["fault", "fine", "unchecked"]
    assert told["specs"][2]["error"]["message"] == "missing.toml: no such file"
    (found,) = told["specs"][0]["diagnostics"]
    assert found["code"] == "ARC201"
    assert found["name"] == "unknown-body"
    assert found["labels"][0]["line"] == 8
    assert found["labels"][0]["path"] == ["model", "body", "ref"]
    assert told["summary"] == {
        "specs": 3, "fine": 1, "at_fault": 1, "not_checked": 1, "errors": 1, "warnings": 0,
    }  # fmt: skip


def test_warnings_are_faults_where_one_is_strict(run: Run, write: Write) -> None:
    path = write("tiny.toml", GOOD.replace("[64, 64]", "[32, 32]"))
    assert run("validate", "--quiet", path) == (0, "", "")
    status, out, _ = run("validate", "--quiet", "--strict", path)
    assert status == 1
    assert "warning[ARC701]" in out


def test_skip_others_leaves_out_what_is_no_spec(run: Run, write: Write) -> None:
    paths = [write("pyproject.toml", PYPROJECT), write("a.json", "[1]"), write("notes.md", "archc = 1\n")]
    assert run("validate", "--skip-others", *paths) == (0, "0 specs: 0 fine\n", "")
    assert run("validate", *paths)[0] == 1
    assert run("validate", "--skip-others", *paths, write("bad.toml", BAD))[0] == 1
    assert run("validate", "--skip-others", "gone.toml")[0] == 2
    assert run("validate", "--skip-others", write("empty.arch.toml", ""))[0] == 1


def test_each_spec_is_checked_once(run: Run, write: Write) -> None:
    path = write("good.toml", GOOD)
    status, out, _ = run("validate", path, path.parent, f"{path.parent}/./good.toml")
    assert status == 0
    assert out.endswith("1 spec: 1 fine\n")


def test_many_at_once_agree(fresh_python: FreshPython, root: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "archc", "validate", str(root / "specs"), str(root / "tests/broken")]
    started = [
        subprocess.Popen(
            command, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(root)}, stdout=subprocess.PIPE
        )
        for _ in range(4)
    ]
    answers = {each.communicate()[0] for each in started}
    assert len(answers) == 1
    assert b" at fault" in answers.pop()
    assert {each.returncode for each in started} == {1}


def test_warnings_are_shown_and_stop_nothing(run: Run, write: Write) -> None:
    path = write("tiny.toml", GOOD.replace("[64, 64]", "[32, 32]"))
    status, out, _ = run("validate", path)
    assert status == 0
    assert "warning[ARC701]" in out
    assert out.endswith("1 spec: 1 fine (1 warning)\n")


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


@pytest.mark.parametrize("arguments", [("validate", "specs"), ("--help",), ("explain", "ARC301")])
def test_a_cold_start_stays_light(
    loaded_by: Callable[..., set[str]], root: Path, arguments: tuple[str, ...]
) -> None:
    placed = [str(root / each) if each == "specs" else each for each in arguments]
    heavy = {"torch", "torchvision", "onnx", "onnxruntime", "numpy", "pydantic", "PIL"}
    assert loaded_by(*placed).isdisjoint(heavy)


def _shell(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    env = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2]), "XDG_CACHE_HOME": str(folder)}
    line = f"{shlex.quote(sys.executable)} -m archc {command}"
    return subprocess.run(["sh", "-c", line], cwd=folder, env=env, capture_output=True, text=True)


@pytest.mark.parametrize("command", ["validate a.toml", "schema"])
def test_output_that_nobody_takes_is_no_fault_of_the_spec(command: str, tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "specs" / "digits.toml").read_text("utf-8")
    (tmp_path / "a.toml").write_text(text, "utf-8")
    assert _shell(command, tmp_path).returncode == 0
    done = _shell(f"{command} >&-", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    if Path("/dev/full").exists():
        done = _shell(f"{command} >/dev/full", tmp_path)
        assert done.returncode == 2
        assert done.stderr.startswith("error: cannot write what there is to say")
        assert "Traceback" not in done.stderr
    assert _shell("validate gone.toml 2>&-", tmp_path).returncode == 2
