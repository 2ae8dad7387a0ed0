"""A body that the spec writes itself is a body like any other."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from archc.modules.build import build
from archc.modules.materialize import materialize
from archc.plan.groups.partition import parameter_groups
from archc.source.document.document import SpecError
from archc.spec.train import Train
from archc.weights.files import save_weights
from tests.parity.specs import compiled

STAGES = """
[[model.body.stages]]
name = "stem"
layers = [
  { op = "conv2d", out_channels = 8, kernel_size = 3, stride = 2 },
  { op = "relu" },
]
[[model.body.stages]]
name = "deep"
layers = [
  { op = "conv2d", out_channels = 16, kernel_size = 3, stride = 2, bias = false },
  { op = "batch_norm2d" },
  { op = "relu" },
]
[[model.body.stages]]
name = "again"
layers = [{ op = "conv2d", out_channels = 16, kernel_size = 3 }]
[[model.body.stages]]
name = "deepest"
layers = [{ op = "conv2d", out_channels = 32, kernel_size = 3, stride = 2 }]
"""


def spec(kind: str, *, body: str = "", more: str = "", channels: int = 1) -> str:
    return (
        f"archc = 1\n[input]\nsize = [65, 97]\nchannels = {channels}\n"
        f'[model]\nkind = "{kind}"\nclasses = 3\n{more}[model.body]\n{body}\n{STAGES}'
    )


@pytest.mark.parametrize("channels", [1, 3, 5])
def test_a_unet_takes_the_last_stage_at_each_resolution(channels: int) -> None:
    plan = compiled(spec("unet", channels=channels)).plan
    skips = [node.inputs[0] for node in plan.nodes if node.module.endswith(".skip_norm")]
    assert skips == ["body.again.0", "body.stem.1"]
    module = build(plan, seed=0).eval()
    values = module.forward_values(torch.rand(2, channels, 65, 97))
    assert all(tuple(values[n.name].shape[1:]) == n.out.shape[1:] for n in plan.nodes)
    assert {key.rpartition(".")[0] for key in module.state_dict() if key.startswith("body.")} == {
        "body.stem.0",
        "body.deep.0",
        "body.deep.1",
        "body.again.0",
        "body.deepest.0",
    }


@pytest.mark.parametrize(
    ("cut", "last", "channels"),
    [('"deep"', "body.deep.2", 16), ("-1", "body.again.0", 16), ('"stem.0"', "body.stem.0", 8)],
)
def test_a_cut_is_a_stage_a_layer_or_a_number(cut: str, last: str, channels: int) -> None:
    plan = compiled(spec("classifier", body=f"cut = {cut}")).plan
    node = [node for node in plan.nodes if node.module.startswith("body.")][-1]
    assert (node.name, node.out.shape[1]) == (last, channels)


def test_an_unknown_cut_names_the_stages() -> None:
    with pytest.raises(SpecError) as caught:
        compiled(spec("classifier", body='cut = "deepst"'))
    [fault] = caught.value.diagnostics
    assert fault.code == "ARC202"
    assert fault.help == ("did you mean `deepest`?", "its parts are `stem`, `deep`, `again`, `deepest`")


def test_a_layer_that_does_not_fit_is_shown_where_it_stands() -> None:
    broken = spec("classifier").replace(
        "out_channels = 32, kernel_size = 3", "out_channels = 32, kernel_size = 3, groups = 5"
    )
    with pytest.raises(SpecError) as caught:
        compiled(broken)
    [fault] = caught.value.diagnostics
    assert fault.labels[0].path[:6] == ("model", "body", "stages", 3, "layers", 0)


def test_new_weights_start_as_init_says() -> None:
    kaiming = build(compiled(spec("classifier")).plan, seed=0).state_dict()
    wide = kaiming["body.deepest.0.weight"]
    assert float(wide.std()) == pytest.approx((2 / wide[0].numel()) ** 0.5, rel=0.1)
    assert not kaiming["body.deepest.0.bias"].any()
    plain = build(compiled(spec("classifier", body='init = "torch"')).plan, seed=0).state_dict()
    assert plain["body.deepest.0.bias"].any()


def test_one_body_is_applied_to_twins() -> None:
    plan = compiled(spec("siamese")).plan
    module = build(plan, seed=0).eval()
    same = torch.rand(2, 1, 65, 97)
    values = module.forward_values(same, same)
    assert torch.equal(values["body.deepest.0"], values["body.deepest.0@right"])
    assert sum(key.startswith("body.") for key in module.state_dict()) == 12


def test_its_weights_come_from_a_file(tmp_path: Path) -> None:
    body = build(compiled(spec("classifier")).plan, seed=1).get_submodule("body")
    save_weights(tmp_path / "own.safetensors", {key: t.clone() for key, t in body.state_dict().items()})
    path = (tmp_path / "own.safetensors").as_posix()
    plan = compiled(spec("classifier", body=f'weights = "{path}"')).plan
    found = materialize(plan, seed=2).get_submodule("body").state_dict()
    assert all(torch.equal(tensor, found[key]) for key, tensor in body.state_dict().items())


def test_groups_see_it_as_a_body() -> None:
    plan = compiled(spec("classifier")).plan
    groups = parameter_groups(plan, Train(phases=(), groups="body_head"))
    assert [group.name for group in groups] == ["body", "head"]
