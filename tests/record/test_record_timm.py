"""timm's bodies: recorded on demand, proven before they are written, found from the spec's folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from archc.bodies.catalog import BodyRecord, find
from archc.bodies.project import FOLDER, project_folders
from archc.bodies.reading import read_record
from archc.files.errors import WorldError
from archc.modules.build import build
from archc.modules.materialize import materialize
from archc.plan.compile import compile_document
from archc.plan.parameters import named_buffers, named_parameters
from archc.plan.plan import Plan
from archc.record.faults import Unrecordable
from archc.record.library import source
from archc.record.proof import prove
from archc.record.text import text_of
from archc.record.write import record_all
from archc.source.document.document import SpecError, read, read_text
from archc.weights.files import save_weights
from tests.parity.specs import Size, classifier, unet

pytest.importorskip("timm", reason="timm is not installed: it is in the extra `timm`")

LINKED, IN_PARTS, LAST_CHANNELS, WHOLE = (
    "timm/mobilenetv3_small_050",
    "timm/convnextv2_atto",
    "timm/swin_tiny_patch4_window7_224",
    "timm/levit_128s",
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with records of four bodies."""
    folder = tmp_path_factory.mktemp("project")
    (folder / ".git").mkdir()
    record_all((LINKED, IN_PARTS, LAST_CHANNELS, WHOLE), folder / FOLDER)
    return folder


def found(project: Path, ref: str) -> BodyRecord:
    return find(ref, (project / FOLDER,))


def plan_of(project: Path, text: str) -> Plan:
    return compile_document(read_text(text, str(project / "specs" / "spec.toml"))).plan


def test_what_is_known_of_each(project: Path) -> None:
    linked, parts, last, whole = (found(project, ref) for ref in (LINKED, IN_PARTS, LAST_CHANNELS, WHOLE))
    assert (linked.parts, linked.fixed_size, linked.cut) == (0, False, "blocks")
    assert (parts.parts, parts.fixed_size) == (12, False)
    assert {node.module.rpartition(".")[2] for node in parts.nodes if node.op.op == "library_part"} == {"grn"}
    assert (last.fixed_size, last.size) == (True, (224, 224))
    assert [stage[:3] for stage in last.stages][1:5] == [
        ("layers.0", 96, 4),
        ("layers.1", 192, 8),
        ("layers.2", 384, 16),
        ("layers.3", 768, 32),
    ]
    assert (len(whole.nodes), whole.cut, whole.stages) == (1, "forward_head", ())
    assert all(record.recorded_with["timm"] for record in (linked, parts, last, whole))


def test_weights_are_tags_with_plain_addresses_and_their_normalization(project: Path) -> None:
    weights = found(project, IN_PARTS).weights
    assert {"fcmae", "fcmae_ft_in1k"} <= set(weights)
    tag = weights["fcmae_ft_in1k"]
    assert tag.url.startswith("https://")
    assert tag.url.endswith("convnextv2_atto.fcmae_ft_in1k/resolve/main/model.safetensors")
    assert tag.mean == (0.485, 0.456, 0.406)
    plan = plan_of(project, classifier(IN_PARTS, (64, 64), body='weights = "fcmae"'))
    assert plan.inputs[0].std == (0.229, 0.224, 0.225)
    with pytest.raises(SpecError) as caught:
        plan_of(project, classifier(IN_PARTS, (64, 64), body='weights = "fcmea"'))
    [fault] = caught.value.diagnostics
    assert fault.code == "ARC212"
    assert "did you mean `fcmae`?" in fault.help
    assert ".safetensors" in fault.help[-1]


@pytest.mark.parametrize(
    ("ref", "size"),
    [(LINKED, (65, 97)), (IN_PARTS, (65, 97)), (LAST_CHANNELS, (224, 224))],
)
def test_they_are_encoders_of_unets(project: Path, ref: str, size: Size) -> None:
    plan = plan_of(project, unet(ref, size))
    skips = [node for node in plan.nodes if node.module.endswith(".skip_norm")]
    assert len(skips) >= 3
    check_module(plan, size)


@pytest.mark.parametrize("ref", [LINKED, IN_PARTS, WHOLE])
def test_they_are_bodies_of_classifiers(project: Path, ref: str) -> None:
    size = (224, 224) if ref == WHOLE else (65, 97)
    check_module(plan_of(project, classifier(ref, size)), size)


def check_module(plan: Plan, size: Size) -> None:
    """Every predicted shape and every predicted key is the built module's."""
    module = build(plan, seed=0).eval()
    with torch.no_grad():
        values = module.forward_values(torch.rand(2, 3, *size))
    for node in plan.nodes:
        assert tuple(values[node.name].shape[1:]) == node.out.shape[1:], node.name
    predicted = {t.name: t.shape for t in (*named_parameters(plan), *named_buffers(plan))}
    assert predicted == {key: tuple(t.shape) for key, t in module.state_dict().items()}
    assert torch.isfinite(values[plan.outputs[0].value]).all()


def test_a_body_starts_from_the_seed(project: Path) -> None:
    plan = plan_of(project, classifier(IN_PARTS, (64, 64)))
    first, again, other = (build(plan, seed=seed).state_dict() for seed in (1, 1, 2))
    assert all(torch.equal(first[key], again[key]) for key in first)
    assert not all(torch.equal(first[key], other[key]) for key in first)


@pytest.mark.parametrize("channels", [1, 4])
@pytest.mark.parametrize("ref", [LINKED, WHOLE])
def test_weights_from_a_file_and_other_channels(
    project: Path, ref: str, channels: int, tmp_path: Path
) -> None:
    torch.manual_seed(0)
    state = {key: tensor.clone() for key, tensor in source(ref).make().state_dict().items()}
    save_weights(tmp_path / "weights.safetensors", state)
    size = (224, 224) if ref == WHOLE else (64, 64)
    weights = json.dumps((tmp_path / "weights.safetensors").as_posix())
    plan = plan_of(project, classifier(ref, size, body=f"weights = {weights}", channels=channels))
    body = materialize(plan, seed=0).get_submodule("body").state_dict()
    first = next(key for key, tensor in state.items() if tensor.ndim == 4)
    assert body[first].shape[1] == channels
    if channels == 1:
        assert torch.allclose(body[first], state[first].sum(1, keepdim=True))
    assert all(torch.equal(tensor, state[key]) for key, tensor in body.items() if key != first)


def test_an_unrecorded_body_is_answered_with_the_command(tmp_path: Path) -> None:
    with pytest.raises(SpecError) as caught:
        plan_of(tmp_path, classifier("timm/tinynet_e", (64, 64)))
    [fault] = caught.value.diagnostics
    assert fault.code == "ARC201"
    assert fault.help[0].startswith("`archc record timm/tinynet_e` records it into the project")


def test_records_are_found_from_the_specs_folder_up_to_the_repository(tmp_path: Path) -> None:
    top = tmp_path / "repository"
    deep = top / "a" / "b"
    deep.mkdir(parents=True)
    (top / ".git").mkdir()
    folders = project_folders(str(deep / "spec.toml"))
    assert folders[:3] == (deep / FOLDER, top / "a" / FOLDER, top / FOLDER)
    assert folders[3:] == (Path.cwd() / FOLDER,)
    assert project_folders("<stdin>")[0] == Path.cwd() / FOLDER
    assert len(project_folders(str(tmp_path.joinpath(*"abcdefgh") / "spec.toml"))) <= 6


def test_a_spec_in_a_folder_finds_them(project: Path) -> None:
    path = project / "specs" / "deep" / "net.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(classifier(LINKED, (64, 64)))
    assert compile_document(read(path)).plan.bodies[0].ref == LINKED


def test_a_record_that_says_something_else_is_never_written(project: Path) -> None:
    data = json.loads((project / FOLDER / f"{LINKED}.json").read_text())
    changed = next(op for op in data["ops"] if op["op"] == "hardswish")
    changed["op"] = "silu"
    record = read_record(json.dumps(data), "changed", trusted=False)
    with pytest.raises(Unrecordable, match="from the library's"):
        prove(record, source(LINKED).make)
    assert prove(found(project, LINKED), source(LINKED).make) < 1e-5


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda data, op: op.update(ref="timm/resnet18"), "part of another model"),
        (lambda data, op: op.update(path="stages.0"), "part of another model"),
        (lambda data, op: op.update(out=[[0, 0, 0]]), "out"),
        (lambda data, op: data.update(state=[["x", [1], "more"]]), "buffer"),
        (lambda data, op: data["nodes"][0].__setitem__(1, ""), "of no module"),
    ],
)
def test_a_strangers_part_is_checked(project: Path, change: Any, said: str) -> None:
    data = json.loads((project / FOLDER / f"{IN_PARTS}.json").read_text())
    change(data, next(op for op in data["ops"] if op["op"] == "library_part"))
    with pytest.raises(WorldError, match=said):
        read_record(json.dumps(data), "theirs", trusted=False)


def test_a_library_that_has_changed_is_told_not_built(project: Path) -> None:
    data = json.loads((project / FOLDER / f"{IN_PARTS}.json").read_text())
    row = next(row for row in data["state"] if row[0].endswith("grn.weight"))
    row[1] = [row[1][0] + 1]
    path = project / "changed" / FOLDER / f"{IN_PARTS}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text_of(data))
    plan = compile_document(
        read_text(classifier(IN_PARTS, (64, 64)), str(project / "changed" / "s.toml"))
    ).plan
    with pytest.raises(WorldError, match=r"another model in the installed library .*archc record timm/"):
        build(plan, seed=0)


@pytest.mark.parametrize(
    ("name", "near"), [("tinynet_f", "did you mean `tinynet_"), ("hf-hub:a/b", "timm has no model")]
)
def test_unknown_models_are_one_clear_line(name: str, near: str) -> None:
    with pytest.raises(WorldError, match=near):
        source(f"timm/{name}")
