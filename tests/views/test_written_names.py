"""Names with dots: a node of the spec's own below a module's path stays what it is, written out and built."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings

from archc.plan.compile import Compiled, compile_document
from archc.plan.groups.partition import _by_block
from archc.plan.parameters import named_parameters
from archc.source.document.document import SpecError, read_text
from archc.views.written_text import written_text
from tests.generated.strategies import seeds, valid_spec
from tests.views.test_written_out import canonical

BODY = {
    "stages": [
        {"name": "stem", "layers": [{"op": "conv2d", "out_channels": 4, "kernel_size": 3, "stride": 2}]},
        {
            "name": "deep",
            "layers": [
                {"op": "residual", "layers": [{"op": "conv2d", "out_channels": 4, "kernel_size": 3}]},
                {"op": "relu"},
            ],
        },
    ]
}
CONV = {"op": "conv2d", "out_channels": 4, "kernel_size": 1}
WORDS = ("tail", "stem", "deep", "deep.0", "deep.1", "0", "1", "x_at_y", "body", "layer1", "_", "stem.more")


def compiled(data: dict[str, Any]) -> Compiled:
    return compile_document(read_text(json.dumps(data), "graph.json", "json"))


def again(result: Compiled) -> Compiled:
    """The spec written out as text, read back and compiled."""
    return compile_document(read_text(written_text(result.spec, result.plan), "again.toml", "toml"))


def graph(*nodes: dict[str, Any], outputs: dict[str, str], modules: dict[str, Any] | None = None) -> Compiled:
    """A graph over one image; the module `encoder` is a body unless others are given."""
    model: dict[str, Any] = {"kind": "graph", "nodes": list(nodes), "outputs": outputs}
    model["modules"] = modules or {"encoder": {"body": BODY}}
    return compiled({"archc": 1, "input": {"size": [16, 16]}, "model": model})


def tail(name: str, source: str = "features") -> dict[str, Any]:
    return {"name": name, "from": source, "op": CONV}


FEATURES = {"name": "features", "use": "encoder", "from": "image"}


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(
            lambda: graph(FEATURES, tail("encoder.tail"), outputs={"map": "encoder.tail"}),
            id="below the module",
        ),
        pytest.param(
            lambda: graph(
                {**FEATURES, "name": "encoder"},
                tail("encoder.tail", "encoder"),
                outputs={"map": "encoder.tail"},
            ),
            id="below the node that uses it",
        ),
        pytest.param(
            lambda: graph(
                FEATURES,
                {"name": "encoder.deep", "from": "features.stem", "op": {"op": "tanh"}},
                tail("last", "encoder.deep"),
                {"name": "sum", "from": ["last", "features.deep.1"], "op": {"op": "add"}},
                outputs={"map": "sum"},
            ),
            id="of a stage's own name",
        ),
        pytest.param(
            lambda: graph(
                FEATURES,
                {"name": "second", "use": "encoder", "from": "image"},
                tail("encoder_at_second", "second.stem"),
                {"name": "sum", "from": ["features.stem", "encoder_at_second"], "op": {"op": "add"}},
                outputs={"map": "sum", "end": "second"},
            ),
            id="of a second use's name",
        ),
        pytest.param(
            lambda: graph(
                {"name": "one", "use": "a", "from": "image"},
                {"name": "two", "use": "a.b", "from": "image"},
                {"name": "sum", "from": ["one", "two.stem"], "op": {"op": "concat"}},
                outputs={"map": "sum", "last": "two"},
                modules={"a": {"body": BODY}, "a.b": {"body": BODY}},
            ),
            id="a body below a body",
        ),
        pytest.param(
            lambda: graph(
                {"name": "x" * 200, "use": "shared", "from": "image"},
                {"name": "y" * 200, "use": "shared", "from": "image"},
                {"name": "sum", "from": ["x" * 200, "y" * 200], "op": {"op": "add"}},
                outputs={"map": "sum"},
                modules={"shared": {"layers": [CONV, {"op": "relu"}]}},
            ),
            id="as long as names may be",
        ),
    ],
)
def test_a_graph_with_dotted_names_is_written_out_whole(made: Any) -> None:
    result = made()
    assert canonical(again(result).plan) == canonical(result.plan)


def test_a_module_with_the_inputs_name_is_written_out() -> None:
    sides = {name: {"size": [32, 32]} for name in ("encoder", "other")}
    model = {"kind": "siamese", "body": BODY, "embedding": 4}
    result = compiled({"archc": 1, "inputs": sides, "model": model})
    assert canonical(again(result).plan) == canonical(result.plan)


def renamed(data: dict[str, Any], draw: random.Random) -> dict[str, Any]:
    """The graph with many of its nodes called by dotted paths below modules and other nodes."""
    model = data["model"]
    owners = [*(model.get("modules") or {}), *(node["name"] for node in model["nodes"])]
    names: dict[str, str] = {}
    for node in model["nodes"]:
        wanted = f"{draw.choice(owners)}.{draw.choice(WORDS)}" if draw.random() < 0.6 else node["name"]
        names[node["name"]] = node["name"] if wanted in names.values() else wanted

    def called(value: str) -> str:
        return names.get(value, value)

    nodes = [
        {
            **node,
            "name": called(node["name"]),
            "from": [called(v) for v in node["from"]]
            if isinstance(node["from"], list)
            else called(node["from"]),
        }
        for node in model["nodes"]
    ]
    outputs = {name: called(value) for name, value in model["outputs"].items()}
    return {**data, "model": {**model, "nodes": nodes, "outputs": outputs}}


def check_renamed(seed: int) -> bool:
    """Whether the seed's graph may have such names; where it may, written out it is the same plan."""
    data = valid_spec(seed)
    if data["model"]["kind"] != "graph":
        return False
    try:
        result = compiled(renamed(data, random.Random(seed)))
    except SpecError:
        return False
    assert canonical(again(result).plan) == canonical(result.plan)
    return True


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(seeds)
def test_random_graphs_with_dotted_names_are_written_out_whole(seed: int) -> None:
    assume(check_renamed(seed))


@pytest.mark.nightly
@pytest.mark.parametrize("first", range(0, 4000, 200))
def test_many_random_graphs_with_dotted_names_are_written_out_whole(first: int) -> None:
    assert sum(check_renamed(seed) for seed in range(first, first + 200)) > 10


def test_a_body_holds_its_own_nodes_alone() -> None:
    result = graph(FEATURES, tail("encoder.tail"), outputs={"map": "encoder.tail"})
    (body,) = result.plan.bodies
    outside = [node.name for node in result.plan.nodes if not body.holds(node)]
    assert outside == ["encoder.tail"]
    assert result.plan.body_of(result.plan.nodes[0]) == body


def test_blocks_of_a_body_are_counted_without_its_neighbors() -> None:
    result = graph(FEATURES, tail("encoder.tail"), outputs={"map": "encoder.tail"})
    groups = {g.name: g.parameters for g in _by_block(result.plan, tuple(named_parameters(result.plan)))}
    assert groups["encoder"] == ("encoder.tail.weight", "encoder.tail.bias")
