"""Each bound, at its edge, and the flag that raises it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from archc.cli import main
from archc.ops import dims
from archc.ops.faults import ShapeFault
from archc.plan.bounds import MOST_DIMENSIONS, USUAL, Bounds
from archc.plan.compile import compile_document
from archc.record.text import text_of
from archc.source.document.document import SpecError, read_text
from tests.hostile.model_bombs import CONV, RELU, classifier, repeat, written

WIDE = {"op": "conv2d", "out_channels": 8_000, "kernel_size": 50, "padding": 25}


def codes(text: str, bounds: Bounds = USUAL) -> set[str]:
    """The codes of what is wrong."""
    try:
        compile_document(read_text(text, "x.json", "json"), bounds=bounds)
    except SpecError as error:
        return {d.code for d in error.diagnostics if d.severity == "error"}
    return set()


def nodes(text: str) -> int:
    return len(compile_document(read_text(text, "x.json", "json")).plan.nodes)


def test_nodes_to_the_one() -> None:
    text = written(CONV, repeat(10, RELU))
    count = nodes(text)
    assert codes(text, Bounds(nodes=count)) == set()
    assert codes(text, Bounds(nodes=count - 1)) == {"ARC352"}


def test_parameters_to_the_one() -> None:
    text = written(CONV)
    from archc.plan.parameters import named_parameters

    plan = compile_document(read_text(text, "x.json", "json")).plan
    count = sum(t.size for t in named_parameters(plan))
    assert codes(text, Bounds(parameters=count)) == set()
    assert codes(text, Bounds(parameters=count - 1)) == {"ARC350"}


def test_values_of_a_map_to_the_one() -> None:
    text = written({**CONV, "out_channels": 4})
    assert codes(text, Bounds(activation=4 * 64 * 64)) == set()
    assert codes(text, Bounds(activation=4 * 64 * 64 - 1)) == {"ARC351"}


def test_dimensions_to_the_one() -> None:
    squeezed = [{"op": "squeeze", "dim": 1}] * (MOST_DIMENSIONS - 4)
    fine = written(CONV, *[{"op": "unsqueeze", "dim": 1}] * (MOST_DIMENSIONS - 4), *squeezed)
    assert codes(fine) == set()
    assert codes(written(CONV, *[{"op": "unsqueeze", "dim": 1}] * (MOST_DIMENSIONS - 3))) == {"ARC353"}


@pytest.mark.parametrize(
    ("flag", "value", "text"),
    [
        ("--max-nodes", "30_000", written(CONV, repeat(1000, *[RELU] * 21))),
        ("--max-parameters", "7e9", written({"op": "conv2d", "out_channels": 90_000, "kernel_size": 150})),
        ("--max-activation", "30e9", written({**CONV, "out_channels": 5_000_000})),
    ],
)
def test_a_flag_raises_each(
    flag: str, value: str, text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The error's help names the flag, and the flag lets the model through."""
    path = tmp_path / "x.json"
    path.write_text(text)
    assert main(["validate", str(path)]) == 1
    assert flag in "".join(capsys.readouterr())
    raised = {"--max-parameters": "7e9", "--max-activation": "30e9", "--max-nodes": "30000", flag: value}
    flags = [part for pair in raised.items() for part in pair]
    assert main(["validate", *flags, str(path)]) == 0, "".join(capsys.readouterr())


def test_a_flag_is_a_number(tmp_path: Path) -> None:
    for wrong in ("many", "-1", "0", "1e999", "1.5", ""):
        with pytest.raises(SystemExit):
            main(["validate", "--max-nodes", wrong, str(tmp_path)])


def test_an_expression_that_doubles_is_stopped() -> None:
    def doubled(size: Any, times: int) -> Any:
        return doubled(size + (size + 1) // 2, times - 1) if times else size

    assert doubled(dims.symbol("H"), 6)
    with pytest.raises(ShapeFault, match="more than 500 parts"):
        doubled(dims.symbol("H"), 40)


def test_phases_with_project_bodies_are_checked_at_their_sizes(tmp_path: Path) -> None:
    """A phase's size is checked with the records beside the spec, as the spec itself is."""
    from archc.bodies.catalog import SHIPPED

    record = json.loads((SHIPPED / "torchvision" / "resnet18.json").read_text("utf-8"))
    folder = tmp_path / "archc_bodies" / "timm"
    folder.mkdir(parents=True)
    (folder / "mine.json").write_text(text_of({**record, "ref": "timm/mine"}))
    train = {"phases": [{"epochs": 1, "size": [96, 96]}]}
    path = tmp_path / "x.json"
    path.write_text(classifier({"ref": "timm/mine"}, train=train))
    assert main(["validate", str(path)]) == 0
