"""`archc diff`: its three formats, runs, and its exit status."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from archc.cli import main
from archc.source.text.cells import columns
from archc.views.compare.markdown import _code, _text
from tests.views.test_compare import DIGITS, UNET

Write = Callable[[str, "str | bytes"], Path]
SPECS = sorted((Path(__file__).parents[2] / "specs").glob("*.toml"))


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr("archc.cli.diff.terminal_width", lambda: 80)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """A function that runs `archc diff ARGUMENT...`: status, standard output."""

    def call(*arguments: object) -> tuple[int, str]:
        status = main(["diff", *map(str, arguments)])
        return status, capsys.readouterr().out

    return call


Run = Callable[..., tuple[int, str]]


def test_the_text_of_a_small_change(run: Run, write: Write) -> None:
    before = write("a.toml", DIGITS)
    after = write("b.toml", DIGITS.replace("out_features = 64", "out_features = 32").replace("1e-5", "1e-4"))
    status, out = run(before, after)
    assert status == 0
    assert (
        out.replace(f"{before.parent}/", "")
        == """\
- a.toml
+ b.toml

settings
~ model.head.layers.2.out_features  64 → 32
~ train.phases.1.lr                 [1e-05, 0.001] → [0.0001, 0.001]

layers
  body … head.1  52 layers unchanged
~ head.2         linear               64 → 32  16,448 → 8,224 parameters
~     out_features 64 → 32
~ head.3         relu resized         64 → 32
~ head.4         linear               10  650 → 330 parameters
~     in_features 64 → 32

size
                            before      after   change
  parameters             2,793,610  2,785,066   -0.3 %
  buffers                    4,495      4,495        =
  multiply-adds            27.03 M    27.03 M   -0.0 %
  activations kept          0.6 MB     0.6 MB   -0.0 %
  parameters of head        17,098      8,554  -50.0 %
  multiply-adds of head     17,024      8,512  -50.0 %

parameter groups
        holds                                 rate by phase
- body  45 tensors, 2,776,512                 frozen, 1e-05
+ body  45 tensors, 2,776,512                 frozen, 0.0001
~ head  4 tensors, 17,098 → 4 tensors, 8,554  as before

weights of the first in the second
  91 of 94 tensors load, 3 changed shape
~ head.2.weight  64x256 → 32x256
~ head.2.bias  64 → 32
~ head.4.weight  10x64 → 10x32
"""
    )


def test_exit_code_is_like_gits(run: Run, write: Write) -> None:
    before, after = write("a.toml", UNET), write("b.toml", UNET.replace("classes = 3", "classes = 4"))
    assert run(before, after)[0] == 0
    assert run("--exit-code", before, after)[0] == 1
    status, out = run("--exit-code", before, write("c.toml", f"# the same\n{UNET}"))
    assert status == 0
    assert "nothing differs" in out


def test_faults_of_either_are_shown(capsys: pytest.CaptureFixture[str], write: Write) -> None:
    bad = write("bad.toml", UNET.replace("layer4", "layer44"))
    assert main(["diff", str(write("a.toml", UNET)), str(bad)]) == 1
    assert "error[ARC202]" in capsys.readouterr().err
    assert main(["diff", str(bad.parent), str(bad)]) == 2
    assert "is not a run" in capsys.readouterr().err


PAIRS = list(itertools.pairwise([*SPECS, SPECS[0]]))


@pytest.mark.parametrize(("before", "after"), PAIRS, ids=lambda path: path.stem)
def test_any_two_specs_in_every_format(run: Run, before: Path, after: Path) -> None:
    status, out = run("--exit-code", before, after)
    assert status == 1
    assert [line for line in out.splitlines()[2:] if columns(line) > 80] == []
    told = json.loads(run("--format", "json", before, after)[1])
    assert told["differs"] is True
    comment = run("--format", "markdown", before, after)[1]
    assert len(comment) < 65_536
    assert comment.count("<details>") == comment.count("</details>") >= 1
    for table in re.findall(r"(?m)(?:^\|.*\n)+", comment):
        pipes = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(pipes) == 1, table
    assert run("--exit-code", before, before)[0] == 0


def safetensors(shapes: dict[str, tuple[int, ...]]) -> bytes:
    """A file of zeros."""
    header, at = {}, 0
    for name, shape in shapes.items():
        size = 4
        for dim in shape:
            size *= dim
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + bytes(at)


def test_a_run_counts_with_its_overrides_and_its_weights(run: Run, write: Write) -> None:
    write("runs/one/spec.toml", DIGITS)
    write("runs/one/plan.json", "{}")
    write("runs/one/overrides.json", '[["train.phases.0.epochs", 5]]')
    folder = write(
        "runs/one/weights.safetensors", safetensors({"head.2.bias": (64,), "old.bias": (2,)})
    ).parent
    other = write("b.toml", DIGITS)
    assert run(folder, other)[0] == 2  # nothing tells whether its files are as archc wrote them
    told = json.loads(run("--format", "json", "--modified", folder, other)[1])
    assert [each["path"] for each in told["settings"]] == ["train.phases.0.epochs"]
    assert told["tensors"]["loads"] == ["head.2.bias"]
    assert told["tensors"]["gone"] == ["old.bias"]
    assert told["before"] == str(folder)


def test_hostile_text_stays_text(run: Run, write: Write) -> None:
    hostile = "(?P<label>x)|`z``<img src=x> @everyone \x1b\n::error::"
    data = f'[data]\nkind = "image_regex"\nroot = "x"\nlabel = {json.dumps(hostile)}\n'
    text = DIGITS.replace('[data]\nkind = "digits"\n', data).replace("[model]\n", "[model]\nclasses = 10\n")
    before, other = write("a|`b`.toml", UNET), write("b.toml", text)
    for format in ("text", "markdown"):
        out = run("--format", format, before, other)[1]
        assert "\x1b" not in out
        assert not re.search(r"(?m)^::error", out)
    (row,) = [line for line in out.splitlines() if line.startswith("| `data`")]
    assert re.search(r"\| ``` .*`z``<img src=x> @everyone .*``` \|$", row)
    assert len(re.findall(r"(?<!\\)\|", row)) == 4


def test_markdown_is_escaped_in_and_out_of_code() -> None:
    assert _code("a|b") == r"`a\|b`"
    assert _code("`a`") == "`` `a` ``"
    assert _code("a``b`c") == "``` a``b`c ```"
    assert _text("<b> @me a_b [x](y) &") == "&#60;b&#62; &#64;me a&#95;b &#91;x&#93;(y) &#38;"


def test_no_tensor_library_is_needed(loaded_by: Callable[..., set[str]], write: Write) -> None:
    specs = [str(write("a.toml", UNET)), str(write("b.toml", DIGITS))]
    assert loaded_by("diff", *specs).isdisjoint({"torch", "torchvision", "numpy", "onnx", "pydantic"})
