"""`archc init`: what it writes is valid, in canonical form, and never in another file's place."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import tomli

from archc.cli import main
from archc.plan.compile import compile_document
from archc.source.document.canonical import canonical
from archc.source.document.document import read

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """A function that runs `archc init ARGUMENT...`: status, standard output, standard error."""

    def call(*arguments: object) -> tuple[int, str, str]:
        status = main(["init", *map(str, arguments)])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return call


def check(name: str) -> dict[str, object]:
    """The spec's data. It compiles without a warning, and is in canonical form."""
    document = read(name)
    assert compile_document(document).warnings == ()
    assert canonical(document) == document.text
    return tomli.loads(document.text)


@pytest.mark.parametrize("kind", ["classifier", "unet", "siamese", "graph"])
def test_each_kind_without_data(run: Run, kind: str) -> None:
    status, out, _ = run("--kind", kind)
    assert (status, out) == (0, f"wrote {kind}.toml\n")
    assert check(f"{kind}.toml")["name"] == kind


@pytest.mark.parametrize(
    ("kind", "folder"),
    [
        ("unet", "camvid"),
        *((kind, "omniglot/small1") for kind in ("classifier", "siamese", "graph")),
        *((kind, "hymenoptera") for kind in ("classifier", "siamese", "graph")),
    ],
)
def test_each_kind_on_real_data(run: Run, shared_data: Path, kind: str, folder: str) -> None:
    assert run(shared_data / folder, "--kind", kind, "--output", "a.toml")[0] == 0
    check("a.toml")


@pytest.mark.parametrize(("kind", "folder"), [("classifier", "camvid"), ("unet", "hymenoptera")])
def test_a_kind_that_cannot_learn_from_the_data(run: Run, shared_data: Path, kind: str, folder: str) -> None:
    status, _, err = run(shared_data / folder, "--kind", kind)
    assert status == 2
    assert f"a `{kind}` cannot learn from this data" in err


def test_the_root_is_seen_from_the_spec(run: Run, shared_data: Path) -> None:
    Path("specs").mkdir()
    assert run(shared_data / "hymenoptera", "--output", "specs/a.toml")[0] == 0
    data = tomli.loads(Path("specs/a.toml").read_text())["data"]
    assert (Path("specs") / data["root"]).resolve() == (shared_data / "hymenoptera").resolve()
    assert data["classes"] == ["ants", "bees"]


def test_flags_say_what_is_written(run: Run) -> None:
    assert run("--kind", "classifier", "--body", "resnet50", "--size", "96x128", "--output", "a.toml")[0] == 0
    data = tomli.loads(Path("a.toml").read_text())
    assert data["input"]["size"] == [96, 128]
    assert data["model"]["body"]["ref"] == "torchvision/resnet50"


def test_a_file_is_replaced_only_by_force(run: Run) -> None:
    Path("classifier.toml").write_text("precious")
    status, _, err = run()
    assert status == 2
    assert "--force" in err
    assert Path("classifier.toml").read_text() == "precious"
    assert run("--force")[0] == 0
    check("classifier.toml")
    if os.name != "nt":
        Path("link.toml").symlink_to("gone.toml")
        assert run("--output", "link.toml")[0] == 2


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["--body", "resnt18"], 2, "did you mean `torchvision/resnet18`?"),
        (["--size", "big"], 2, "is no size"),
        (["--size", "0"], 2, "is no size"),
        (["--body", "vit_b_16", "--size", "100"], 1, "ARC304"),
        (["--weights", "none such"], 1, "ARC212"),
        (["nowhere"], 2, "is no folder"),
        (["."], 2, "no images"),
        (["--output", "missing/a.toml"], 2, "does not exist"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_written(
    run: Run, arguments: list[str], status: int, said: str
) -> None:
    found, _, err = run("--kind", "classifier", *arguments)
    assert found == status
    assert said in err
    assert not list(Path().iterdir())


def test_names_of_folders_are_written_as_text(run: Run) -> None:
    for name in ('qu"ote', "ba\\ck", "has # hash", "[x]"):
        folder = Path("my data") / name
        folder.mkdir(parents=True)
        (folder / "a.gif").write_bytes(b"GIF89a\x40\0\x30\0" + bytes(20))
    assert run("my data")[0] == 0
    data = check("my_data.toml")["data"]
    assert isinstance(data, dict)
    assert sorted(data["classes"]) == sorted(['qu"ote', "ba\\ck", "has # hash", "[x]"])


def test_it_asks_on_a_terminal_and_asks_again(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["tree", "classifier", "", "64", "", "asked.toml"])
    questions = []

    def answer(question: str) -> str:
        questions.append(question)
        return next(answers)

    monkeypatch.setattr("archc.cli.init._somebody_there", lambda: True)
    monkeypatch.setattr("builtins.input", answer)
    assert run()[0] == 0
    assert questions[:3] == ["kind [classifier]: ", "kind [classifier]: ", "body [torchvision/resnet18]: "]
    assert tomli.loads(Path("asked.toml").read_text())["input"]["size"] == [64, 64]


def test_it_never_asks_where_nobody_answers(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(question: str) -> str:
        raise AssertionError(question)

    monkeypatch.setattr("builtins.input", refused)
    monkeypatch.setattr(sys, "stdin", None)
    assert run()[0] == 0


def test_standard_output(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["init", "--kind", "unet", "--output", "-"]) == 0
    sys.stdout.flush()
    assert tomli.loads(capfdbinary.readouterr().out.decode())["model"]["kind"] == "unet"
    assert not list(Path().iterdir())


@pytest.fixture(autouse=True)
def _no_libraries() -> Iterator[None]:
    """Looking at a folder brings in no tensor library."""
    before = {name for name in ("torch", "numpy") if name in sys.modules}
    yield
    assert {name for name in ("torch", "numpy") if name in sys.modules} == before
