"""A folder `archc_bodies` may come with a stranger's spec: what its files say is bounded and checked."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from archc.bodies.catalog import SHIPPED
from archc.cli import main
from archc.record.text import text_of

Record = dict[str, Any]
RESNET: Record = json.loads((SHIPPED / "torchvision" / "resnet18.json").read_text("utf-8"))


def chain(count: int, op: Record, **others: Any) -> Record:
    """A record of one op over and over."""
    nodes = [[f"n{i}", f"n{i}", 0, [i - 1], {}] for i in range(count)]
    last = f"n{count - 1}"
    return {
        **RESNET,
        "ops": [op],
        "inits": [],
        "nodes": nodes,
        "exits": {last: count - 1},
        "children": [last],
        "stages": [],
        "cut": last,
        **others,
    }


def with_nodes(change: Callable[[list[Any]], None]) -> Record:
    made: Record = json.loads(json.dumps(RESNET))
    change(made["nodes"])
    return made


HOSTILE: dict[str, Record | str] = {
    "no object": "[1]",
    "not JSON": "{" * 100_000,
    "deep": "[" * 300_000,
    "deep and closed": "[" * 200_000 + "]" * 200_000,
    "many tables": "[" + "{}," * 300_000 + "{}]",
    "long number": '{"format": ' + "9" * 500_000 + "}",
    "not a number": '{"format": NaN}',
    "larger than a record": " " * (2 << 20),
    "another format": {**RESNET, "format": 2},
    "endless nodes": chain(20_000, {"op": "relu"}),
    "more nodes than allowed": chain(20_001, {"op": "relu"}),
    "endless size": chain(8_000, {"op": "upsample", "scale_factor": 2**31 - 1}),
    "endless dimensions": chain(8_000, {"op": "unsqueeze", "dim": 1}),
    "endless stages": chain(4_000, {"op": "relu"}, stages=[[f"n{i}", 64, 2, i] for i in range(4_000)]),
    "doubled channels": chain(
        3_000, {"op": "concat"}, nodes=[[f"n{i}", f"n{i}", 0, [i - 1, i - 1], {}] for i in range(3_000)]
    ),
    "huge channels": chain(2, {"op": "conv2d", "out_channels": 2**40, "kernel_size": 1}),
    "huge kernel": chain(2, {"op": "conv2d", "out_channels": 2**31 - 1, "kernel_size": 2**31 - 1}),
    "no such op": chain(2, {"op": "os.system"}),
    "an extension": chain(2, {"op": "extension", "name": "x"}),
    "unknown field": chain(2, {"op": "relu", "inplace": True}),
    "later input": with_nodes(lambda nodes: nodes[1].__setitem__(3, [5])),
    "itself as input": with_nodes(lambda nodes: nodes[1].__setitem__(3, [1])),
    "negative input": with_nodes(lambda nodes: nodes[1].__setitem__(3, [-7])),
    "climbing module": with_nodes(lambda nodes: nodes[1].__setitem__(1, "../../x")),
    "escape in a name": with_nodes(lambda nodes: nodes[1].__setitem__(0, "\x1b[31m")),
    "long name": with_nodes(lambda nodes: nodes[1].__setitem__(0, "x" * 100_000)),
    "same name twice": with_nodes(lambda nodes: nodes[1].__setitem__(0, nodes[0][0])),
    "a file's address": {**RESNET, "weights": {"a": {"url": "file:///etc/passwd"}}},
    "another ref": {**RESNET, "ref": "timm/other"},
    "parts and state": {
        **chain(400, {"op": "library_part", "ref": "timm/evil", "path": "x", "out": [[0, 1, 0]]}),
        "state": [[f"x.{i}", [1]] for i in range(15_000)],
    },
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_record_costs_little(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without `_LARGEST`, `_NODES`, `_STAGES`, `_SAVED` and `endless`, in `survey` too, some take minutes."""
    (tmp_path / ".git").mkdir()
    folder = tmp_path / "archc_bodies" / "timm"
    folder.mkdir(parents=True)
    given = HOSTILE[name]
    if isinstance(given, dict) and given["ref"] == RESNET["ref"]:
        given = {**given, "ref": "timm/evil"}
    (folder / "evil.json").write_text(given if isinstance(given, str) else text_of(given))
    spec = tmp_path / "spec.toml"
    text = (
        "archc = 1\ninput.size = [64, 64]\nmodel = { kind = 'unet', classes = 2, body.ref = 'timm/evil' }\n"
    )
    spec.write_text(text)
    commands = {"validate": [str(spec)], "bodies": ["evil", "--spec", str(spec)]}
    for command, arguments in commands.items():
        start = time.process_time()
        cheap = command == "bodies" and name == "endless nodes"
        assert main([command, *arguments]) in ((0,) if cheap else (1, 2)), command
        assert time.process_time() - start < 8
        said = "".join(capsys.readouterr())
        assert len(said.encode()) < 8_192
        assert all(c.isprintable() or c == "\n" for c in said)
