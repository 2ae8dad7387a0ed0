"""What other repositories take from this one: the pre-commit hook and the GitHub Action."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

Write = Callable[[str, "str | bytes"], Path]
Script = Callable[..., subprocess.CompletedProcess[str]]

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
BAD = GOOD.replace("classes", "class")


@pytest.fixture
def action(root: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((root / "action.yml").read_text("utf-8"))
    return loaded


@pytest.fixture
def run_hook(root: Path, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """A function that runs a hook on files of a folder, as pre-commit does."""
    hooks = {
        hook["id"]: hook for hook in yaml.safe_load((root / ".pre-commit-hooks.yaml").read_text("utf-8"))
    }

    def run(name: str, *files: Path) -> subprocess.CompletedProcess[str]:
        hook = hooks[name]
        assert hook["types_or"] == ["toml", "json"]
        assert re.search(hook["exclude"], "web/package-lock.json")
        assert not re.search(hook["exclude"], "specs/unet.toml")
        entry = shlex.split(hook["entry"])
        assert entry[:4] == ["python", "-I", "-m", "archc"]  # nothing of the folder is imported
        command = [sys.executable, "-m", *entry[3:], *(each.name for each in files)]
        env = os.environ | {"PYTHONPATH": str(root)}
        return subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True)

    return run


def test_the_checking_hook_leaves_other_files_alone(run_hook: Script, write: Write) -> None:
    done = run_hook("archc-validate", write("bad.toml", BAD), write("pyproject.toml", "[project]\n"))
    assert done.returncode == 1
    assert done.stdout.startswith("error[ARC101]")
    assert "pyproject" not in done.stdout


def test_the_formatting_hook_changes_specs_alone(run_hook: Script, write: Write) -> None:
    untidy = "b={}\n[project]\n"
    spec, other, data = write("a.toml", GOOD), write("pyproject.toml", untidy), write("x.json", "{ }")
    done = run_hook("archc-fmt", spec, other, data)
    assert (done.returncode, done.stdout) == (0, "a.toml\n")
    assert spec.read_text() != GOOD
    assert (other.read_text(), data.read_text()) == (untidy, "{ }")
    assert run_hook("archc-fmt", spec, other, data).stdout == ""
    done = run_hook("archc-fmt", other, data)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_inputs_reach_the_shell_as_variables_alone(action: dict[str, Any]) -> None:
    steps = action["runs"]["steps"]
    assert action["runs"]["using"] == "composite"
    assert all("${{" not in step.get("run", "") for step in steps)
    (validate,) = (step for step in steps if "run" in step)
    read = {re.fullmatch(r"\$\{\{ inputs\.([\w-]+) \}\}", each) for each in validate["env"].values()}
    given = {found[1] for found in read if found}
    assert given | {"python-version"} == set(action["inputs"])


def test_the_action_asks_for_no_secret_and_no_permission(action: dict[str, Any]) -> None:
    text = json.dumps(action)
    assert "secrets" not in text
    assert "token" not in text.lower()
    assert "permissions" not in text


STUB = """#!/usr/bin/env bash
# The runner's Python: makes a "virtual environment" whose Python is this one, and installs nothing.
echo "$PWD" >>"$RUNNER_TEMP/folders"
env >>"$RUNNER_TEMP/environment"
[ "$1" = -I ] || exit 70
case "$2 $3 $4" in
    "-m venv"*)
        mkdir -p "$4/bin"
        cp "$0" "$4/bin/python"
        ;;
    "-m pip --isolated")
        echo "$@" >>"$RUNNER_TEMP/installed"
        [ ! -e wanted.txt ] || cat wanted.txt >>"$RUNNER_TEMP/wanted"
        ;;
    *)
        shift # -I would hide the checkout from it
        PYTHONPATH="$ARCHC_ACTION" exec "$REAL_PYTHON" "$@"
        ;;
esac
"""


@pytest.fixture
def run_action(root: Path, write: Write, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """A function that runs the action's script in a workspace, its inputs given by name."""
    stub = write("bin/python", STUB)
    stub.chmod(0o755)
    workspace = tmp_path / "work"
    workspace.mkdir()

    def run(environment: dict[str, str] | None = None, **inputs: str) -> subprocess.CompletedProcess[str]:
        env = (
            os.environ
            | (environment or {})
            | {
                "PATH": f"{stub.parent}:{os.environ['PATH']}",
                "REAL_PYTHON": sys.executable,
                "RUNNER_TEMP": str(tmp_path),
                "GITHUB_WORKSPACE": str(workspace),
                "GITHUB_OUTPUT": str(tmp_path / "output"),
                "ARCHC_ACTION": str(root),
            }
        )
        told = {f"ARCHC_{name.upper()}": value for name, value in inputs.items()}
        script = ["bash", str(root / "scripts/action")]
        return subprocess.run(script, cwd=workspace, env=env | told, capture_output=True, text=True)

    return run


def test_the_action_annotates_and_writes_sarif(
    run_action: Script, write: Write, tmp_path: Path, root: Path
) -> None:
    write("work/specs/a b.toml", BAD)
    done = run_action(paths="specs", sarif="out.sarif", source="someone/archc", ref="v1")
    assert done.returncode == 1, done.stderr
    assert "::error file=specs/a b.toml,line=6,col=1," in done.stdout
    (run,) = json.loads((tmp_path / "work/out.sarif").read_text("utf-8"))["runs"]
    uri = run["tool"]["driver"]["rules"][0]["helpUri"]
    assert uri == "https://github.com/someone/archc/blob/v1/archc/source/diagnostics/pages/ARC101.md"
    assert (root / "archc/source/diagnostics/pages/ARC101.md").is_file()
    assert (tmp_path / "output").read_text() == "exit-code=1\nsarif-file=out.sarif\n"
    assert str(Path(__file__).parents[1]) in (tmp_path / "installed").read_text()


def test_inputs_are_data_to_the_script(run_action: Script, tmp_path: Path) -> None:
    done = run_action(paths="$(touch pwned)\n; touch pwned\n--help\n`touch pwned`")
    assert done.returncode == 2
    assert done.stdout.count("::error") == 4
    assert not list(tmp_path.rglob("pwned"))


@pytest.mark.parametrize(
    "inputs",
    [
        {"version": "@ git+https://example.org/x"},
        {"version": "$(touch pwned)"},
        {"version": "0.1.0\nother"},
        {"version": "-evil"},
        {"version": ".evil"},
        {"version": "[train]"},
        {"version": "0.1.0 evil"},
        {"version": ">=0.1 @ file:///tmp/x"},
        {"version": "0.1; python_version > '3'"},
        {"version": "==0.1,,>=0"},
        {"version": "1" * 101},
        {"version": " "},
        {"strict": "maybe"},
        {"sarif": "a\nexit-code=0"},
        {"sarif": "a\rexit-code=0"},
    ],
)
def test_inputs_that_mean_something_else_are_refused(
    run_action: Script, tmp_path: Path, inputs: dict[str, str]
) -> None:
    done = run_action(**inputs)
    assert done.returncode == 2
    assert done.stdout.startswith("::error title=archc::")
    assert not (tmp_path / "installed").exists()


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("0.1.0", "==0.1.0"),
        (">=0.1,<0.2", ">=0.1,<0.2"),
        ("~= 0.1, != 0.1.3", "~=0.1,!=0.1.3"),
        ("==0.1.*", "==0.1.*"),
        ("1.0rc1+local.2", "==1.0rc1+local.2"),
        ("<2, 0.1.0", "<2,==0.1.0"),
    ],
)
def test_a_version_bounds_what_the_action_brings_and_chooses_nothing(
    run_action: Script, write: Write, tmp_path: Path, root: Path, given: str, read: str
) -> None:
    write("work/x.toml", BAD)
    assert run_action(version=given).returncode == 1
    (installed,) = (tmp_path / "installed").read_text().splitlines()
    assert installed.split()[-3:] == ["--constraint", "wanted.txt", str(root)]
    assert (tmp_path / "wanted").read_text() == f"archc-compiler{read}\n"


def test_only_the_checkout_of_the_action_is_installed(
    run_action: Script, write: Write, tmp_path: Path, root: Path
) -> None:
    write("work/x.toml", BAD)
    assert run_action().returncode == 1
    words = (tmp_path / "installed").read_text().split()
    assert [word for word in words[words.index("install") + 1 :] if word[0] != "-"] == [str(root)]


def test_nothing_but_the_check_starts_in_the_workspace(
    run_action: Script, write: Write, tmp_path: Path
) -> None:
    write("work/x.toml", BAD)
    assert run_action().returncode == 1
    making, installing, checking = map(Path, (tmp_path / "folders").read_text().splitlines())
    assert making == installing
    assert making.parent == tmp_path
    assert checking == tmp_path / "work"


def test_variables_that_lead_python_or_pip_elsewhere_are_dropped(
    run_action: Script, write: Write, tmp_path: Path
) -> None:
    write("work/x.toml", BAD)
    workspace = str(tmp_path / "work")
    names = ("PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "PIP_CONFIG_FILE", "PIP_TARGET", "PIP_FIND_LINKS")
    assert run_action(environment=dict.fromkeys(names, workspace)).returncode == 1
    seen = {line.partition("=")[0] for line in (tmp_path / "environment").read_text().splitlines()}
    assert not seen & set(names)


def test_programs_are_not_looked_up_in_the_workspace(
    run_action: Script, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("work/x.toml", BAD)
    for name in ("sed", "mktemp", "env"):
        for folder in ("work", "work/.venv/bin"):
            write(f"{folder}/{name}", f"#!/bin/sh\ntouch {tmp_path}/pwned\n").chmod(0o755)
    monkeypatch.setenv("PATH", f".::{tmp_path / 'work'}/.venv/bin:{os.environ['PATH']}")
    assert run_action().returncode == 1
    assert not (tmp_path / "pwned").exists()


def test_the_step_takes_no_startup_file_and_the_python_that_it_set_up(action: dict[str, Any]) -> None:
    setup, validate = action["runs"]["steps"]
    assert validate["env"]["BASH_ENV"] == ""
    assert validate["env"]["ARCHC_PYTHON"] == f"${{{{ steps.{setup['id']}.outputs.python-path }}}}"
    assert validate["run"].startswith("bash -p ")


def test_warnings_fail_where_they_are_to(run_action: Script, write: Write) -> None:
    write("work/x.toml", GOOD.replace("[64, 64]", "[32, 32]"))
    assert run_action().returncode == 0
    assert run_action(strict="true").returncode == 1
