"""Nothing here sends anybody to a public index for archc: the name there is another project's."""

from __future__ import annotations

import re
import subprocess
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

INSTALL = re.compile(
    r"""(?:\b(?:pip[\d.]*|pipx|uv\ tool|uv\ pip|conda|mamba|micromamba|poetry|pdm|rye|hatch|uv)["',\ ]+
        (?:--?[a-z][-a-z=]*["',\ ]+)* (?:install|add|run|inject)
      | \b(?:uvx|easy_install) )["',]*[ \t]+ (?P<rest>[^\n]*)""",
    re.VERBOSE,
)
"""A command that installs by name, as a shell's words or as a list of strings."""
WORD = re.compile(r"""\s*("[^"]*"|'[^']*'|[^\s`;&|)]+)""")
DIRECT = re.compile(r"archc-compiler(\[[\w,]+\])? @ git\+https://\S+")
"""A requirement that says where it comes from: no index is asked for that name."""
OUTSIDERS = {
    "uv": "the installer that scripts/setup brings for itself",
}
"""Whose packages the project's own scripts install by name."""
EXTRA = re.compile(r"\barchc(?:[-_.]compiler)?\[[a-z,. -]+\]")


def named(word: str) -> str:
    """Return the distribution that a requirement names, in its normal form."""
    found = re.match(r"[A-Za-z0-9][-A-Za-z0-9._]*", word)
    return re.sub(r"[-_.]+", "-", found[0]).lower() if found else ""


def installed(text: str) -> Iterator[str]:
    """Yield what the text's install commands name: no options, files or folders."""
    for command in INSTALL.finditer(text):
        rest = re.split(r"#|`|\\n|\bin a clone\b", command["rest"])[0]
        words = (found[1].strip("\"'`,") for found in WORD.finditer(rest))
        for word in words:
            if DIRECT.fullmatch(word):
                continue
            if re.match(r"[A-Za-z0-9]", word) and not word.endswith((".txt", ".whl", ".toml")):
                yield word


@pytest.fixture
def texts(root: Path) -> dict[str, str]:
    """Every tracked text file but locks, by name."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    names = [name for name in listed.stdout.split("\0") if name and name != f"tests/{Path(__file__).name}"]
    return {
        name: (root / name).read_text("utf-8", errors="replace") for name in names if (root / name).is_file()
    }


def test_no_file_installs_archc_from_an_index(texts: dict[str, str]) -> None:
    wrong = [
        f"{name}: {word}"
        for name, text in texts.items()
        for word in installed(text)
        if named(word).startswith("archc")
    ]
    assert not wrong


def test_no_requirement_names_archc_but_the_project_itself(texts: dict[str, str]) -> None:
    wrong = []
    for name, text in texts.items():
        for found in EXTRA.finditer(text):
            own = name == "pyproject.toml" and found[0].startswith("archc-compiler[")
            if not own and not DIRECT.match(text, found.start()):
                wrong.append(f"{name}: {found[0]}")
    assert not wrong


def test_scripts_install_what_is_known(texts: dict[str, str]) -> None:
    scripts = [name for name in texts if name.startswith(("scripts/", ".ci/")) or name.endswith(".yml")]
    for script in scripts:
        assert {named(word) for word in installed(texts[script])} <= set(OUTSIDERS), script


def test_the_distribution_has_a_name_of_its_own(root: Path) -> None:
    for file in (root / "pyproject.toml", root / "tests/plugin_example/pyproject.toml"):
        project = tomllib.loads(file.read_text("utf-8"))["project"]
        assert project["name"] != "archc"
        extras = project.get("optional-dependencies", {}).values()
        wanted = [word for each in (project["dependencies"], *extras) for word in each]
        assert "archc" not in {named(word) for word in wanted}


@pytest.mark.parametrize(
    "line",
    [
        "pip install archc",
        "  - run: pip install --upgrade archc==0.1.0",
        "python -m pip install -U 'archc[train,cpu]'",
        "Run `pip3 install Archc` first",
        "uv pip install numpy archc>=0.1",
        "uv tool install archc",
        "uvx archc validate",
        "pipx run archc",
        '["pip", "install", "archc"]',
        "poetry add archc",
        "conda install -c conda-forge archc",
    ],
)
def test_an_install_command_is_seen(line: str) -> None:
    assert "archc" in {named(word) for word in installed(line)}


@pytest.mark.parametrize(
    "line",
    [
        "pip install '.[train]' in a clone",
        'pip install "archc-compiler @ git+https://github.com/OWNER/archc@v0.1.0"',
        '"$bin/python" -I -m pip install --quiet "$action"',
        "uv pip install --require-hashes -r requirements.txt",
    ],
)
def test_what_names_its_place_is_no_fault(line: str) -> None:
    assert not [word for word in installed(line) if named(word).startswith("archc")]


def test_the_distribution_holds_the_package(root: Path) -> None:
    tool = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["tool"]["uv"]["build-backend"]
    assert (root / tool["module-root"] / tool["module-name"] / "__init__.py").is_file()
    assert tool["module-name"] == "archc"  # else the backend looks for one called as the distribution


def test_a_wheel_is_built_offline(root: Path, tmp_path: Path) -> None:
    uv = root / ".tools/bin/uv"
    if not uv.exists():
        pytest.skip("scripts/setup has not brought uv here")
    build = [str(uv), "build", "--wheel", "--offline", "--quiet", "--out-dir", str(tmp_path), str(root)]
    done = subprocess.run(build, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    assert wheel.name.startswith("archc_compiler-")
    with zipfile.ZipFile(wheel) as held:
        tops = {name.partition("/")[0] for name in held.namelist()}
        points = held.read(next(n for n in held.namelist() if n.endswith("entry_points.txt"))).decode()
    assert tops == {"archc", next(top for top in tops if top.endswith(".dist-info"))}
    assert "archc = archc.__main__:main" in points
