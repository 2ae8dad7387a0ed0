"""One mistake is one error: each example spec, each place in it, each way to get it wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from archc.plan.compile import compile_document
from archc.source.diagnostics.diagnostic import Diagnostic
from archc.source.document.document import SpecError, read, read_text
from tests.plan.mutations import Mutation, mutations

SPECS = sorted((Path(__file__).parents[2] / "specs").glob("*.toml"))
EVERY = 11
"""The share of mutations that usual runs try: one in so many, other ones of each spec."""


def errors(mutation: Mutation, spec: Path) -> tuple[Diagnostic, ...]:
    """The errors of a mutated spec, read as the spec beside which it would lie."""
    document = read_text(json.dumps(mutation.data), str(spec.with_suffix(".json")), "json")
    try:
        compile_document(document)
    except SpecError as error:
        return tuple(each for each in error.diagnostics if each.severity == "error")
    return ()


def one_each(spec: Path, every: int) -> None:
    """Nothing, where each mutation that is an error is one error, and a good part of them is."""
    found = []
    for index, mutation in enumerate(mutations(read(spec).data)):
        if index % every == SPECS.index(spec) % every:
            faults = errors(mutation, spec)
            assert len(faults) <= 1, (str(mutation), [(each.code, each.message) for each in faults])
            found += faults
    assert len(found) > 10


@pytest.mark.parametrize("spec", SPECS, ids=lambda path: path.stem)
def test_some(spec: Path) -> None:
    one_each(spec, EVERY)


@pytest.mark.slow
@pytest.mark.parametrize("spec", SPECS, ids=lambda path: path.stem)
def test_all(spec: Path) -> None:
    one_each(spec, 1)


@pytest.mark.parametrize(
    ("text", "help"),
    [
        ("[inputs]\nsize = [64, 64]\n", "`inputs` holds several"),
        ("[input.left]\nsize = [64, 64]\n[input.right]\nsize = [64, 64]\n", "`inputs` holds several"),
        ("[input]\nsize = [64, 64]\n[losses]\nkind = 'cross_entropy'\n", "`losses` holds several"),
        ("[input]\nsize = [64, 64]\n[loss.scores]\nkind = 'cross_entropy'\n", "`losses` holds several"),
    ],
)
def test_one_for_several(text: str, help: str) -> None:
    model = "[model]\nkind = 'classifier'\nclasses = 3\nbody = { ref = 'torchvision/resnet18' }\n"
    with pytest.raises(SpecError) as caught:
        compile_document(read_text(f"archc = 1\n{text}{model}", "spec.toml"))
    (fault,) = caught.value.diagnostics
    assert help in fault.help[0]
    assert fault.fix is not None
