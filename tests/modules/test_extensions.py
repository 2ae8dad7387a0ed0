"""Ops of other packages: known by an entry point, at work from the spec to ONNX."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import onnx
import pytest
import torch

from archc.export.faults import ExportFault
from archc.export.onnx.write import export_onnx
from archc.files.errors import WorldError
from archc.modules.build import build
from archc.ops import extensions
from archc.plan.parameters import named_parameters
from tests.plan.texts import CLASSIFIER, faults_of, plan_of

EXAMPLE = Path(__file__).parents[1] / "plugin_example"


def install(folder: Path, points: dict[str, str]) -> None:
    """What a package manager leaves of a package: its name, its version, its entry points."""
    info = folder / "archc_example_ops-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: archc-example-ops\nVersion: 1.0\n")
    lines = [f"{name} = {value}" for name, value in points.items()]
    (info / "entry_points.txt").write_text("\n".join(["[archc.ops]", *lines, ""]))


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    declared = tomllib.loads((EXAMPLE / "pyproject.toml").read_text("utf-8"))
    points = declared["project"]["entry-points"]["archc.ops"]
    install(tmp_path, points | {"gone": "archc_no_such_module:Op", "plain": "archc_example_ops:Named"})
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.syspath_prepend(str(EXAMPLE))
    extensions._declared.cache_clear()
    yield
    extensions._declared.cache_clear()


def spec(op: str) -> str:
    layers = [
        op,
        '{ op = "global_avg_pool2d" }',
        '{ op = "flatten" }',
        '{ op = "linear", out_features = 10 }',
    ]
    small = CLASSIFIER.replace("resnet34", "resnet18").replace("[128, 128]", "[64, 64]")
    return f"{small}[model.head]\nlayers = [{', '.join(layers)}]\n"


SCALE = '{ op = "extension", name = "layer_scale", arguments = { start_at = 0.5 } }'


@pytest.mark.usefixtures("installed")
def test_an_installed_op_works_from_the_spec_to_onnx(tmp_path: Path) -> None:
    plan = plan_of(spec(SCALE))
    scale = next(n for n in plan.nodes if n.name == "head.0")
    assert [(t.name, t.shape) for t in named_parameters(plan)][-3] == ("head.0.weight", (512, 1, 1))
    module = build(plan, seed=1)
    assert set(module.state_dict()["head.0.weight"].unique().tolist()) == {0.5}
    assert tuple(module.eval()(torch.rand(2, 3, 64, 64)).shape) == (2, 10)
    assert export_onnx(plan, module, tmp_path / "one.onnx").worst < 1e-5
    written = onnx.load(tmp_path / "one.onnx").graph
    assert [n.op_type for n in written.node if scale.name in n.output] == ["Mul"]
    assert "head.0.weight" in {w.name for w in written.initializer}


@pytest.mark.usefixtures("installed")
def test_an_op_without_an_onnx_form_builds_and_says_so_at_export(tmp_path: Path) -> None:
    plan = plan_of(spec('{ op = "extension", name = "wrap", arguments = { rows = 1 } }'))
    module = build(plan, seed=1)
    with pytest.raises(ExportFault, match="the op `wrap`, whose package has no ONNX form"):
        export_onnx(plan, module, tmp_path / "one.onnx")


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("op", "field", "says"),
    [
        ('name = "layer_scal"', "name", "no installed package has the op `layer_scal`"),
        ('name = "os:system"', "name", "no installed package has the op `os:system`"),
        ('name = "wrap"', "arguments", "needs its field `rows`"),
        ('name = "wrap", arguments = { rows = 0 }', "arguments", "field `rows` of `wrap` cannot be 0"),
        ('name = "wrap", arguments = { row = 1 }', "arguments", "`wrap` has no field `row`"),
        ('name = "layer_scale", arguments = { channels = 7 }', "arguments", "channels is 7, but 512 come in"),
    ],
)
def test_what_is_wrong_with_one_is_said_in_its_place(op: str, field: str, says: str) -> None:
    (found,) = faults_of(spec(f'{{ op = "extension", {op} }}'))
    assert found.code == "ARC302"
    assert says in found.message
    assert found.labels[0].path[-1] == field


@pytest.mark.usefixtures("installed")
def test_a_near_name_is_meant() -> None:
    (found,) = faults_of(spec('{ op = "extension", name = "layer_scal" }'))
    assert found.help == ("did you mean `layer_scale`?",)


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(("name", "says"), [("gone", "cannot be imported"), ("plain", "is no dataclass")])
def test_a_broken_package_is_a_fault_of_the_world(name: str, says: str) -> None:
    with pytest.raises(WorldError, match=says):
        faults_of(spec(f'{{ op = "extension", name = "{name}" }}'))


def test_nothing_is_looked_up_for_a_spec_without_one() -> None:
    code = (
        "import sys; from archc.plan.compile import compile_document;"
        "from archc.source.document.document import read;"
        "compile_document(read(sys.argv[1])); print('importlib.metadata' in sys.modules)"
    )
    spec = Path(__file__).parents[2] / "specs" / "unet_camvid.toml"
    done = subprocess.run([sys.executable, "-c", code, str(spec)], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
