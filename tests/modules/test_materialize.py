"""Bodies of the catalog at work, and their weights: the library's own output, names and files."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from archc.bodies.catalog import PublishedWeights, find
from archc.files.errors import WorldError
from archc.modules import starts
from archc.modules.build import build
from archc.modules.materialize import materialize
from archc.plan.plan import Plan
from archc.weights.files import save_weights
from tests.modules.plans import linked
from tests.views.test_written_names import BODY as WRITTEN_BODY
from tests.views.test_written_names import graph as compiled_graph

BODIES = ["alexnet", "resnet18", "densenet121", "mobilenet_v3_small", "shufflenet_v2_x0_5", "googlenet"]
MORE = ["vgg11_bn", "squeezenet1_1", "inception_v3", "mnasnet0_5", "efficientnet_b0", "regnet_y_400mf"]
MORE += ["convnext_tiny", "vit_b_32", "swin_t", "swin_v2_t", "maxvit_t"]


def _library(name: str) -> nn.Module:
    models = pytest.importorskip("torchvision.models")
    options = {"aux_logits": False, "init_weights": False} if name in ("googlenet", "inception_v3") else {}
    model: nn.Module = models.get_model(name, weights=None, **options).eval()
    generator = torch.Generator().manual_seed(0)
    for key, tensor in model.named_buffers():  # off their first values, where a wrong order would not show
        if key.endswith(("running_mean", "running_var")):
            tensor.add_(torch.rand(tensor.shape, generator=generator) * 0.1)
    return model


@pytest.mark.parametrize("below", ["tail", "stem.tail", "stages"])
def test_weights_of_a_body_leave_alone_what_the_spec_calls_by_its_path(below: str, tmp_path: Path) -> None:
    def plan(weights: str) -> Plan:
        name = f"encoder.{below}"
        return compiled_graph(
            {"name": "features", "use": "encoder", "from": "image"},
            {"name": name, "from": "features", "op": {"op": "conv2d", "out_channels": 2, "kernel_size": 1}},
            outputs={"map": name},
            modules={"encoder": {"body": {**WRITTEN_BODY, "weights": weights}}},
        ).plan

    first = materialize(plan("none"), seed=1).state_dict()
    own = {key.removeprefix("encoder."): value for key, value in first.items() if below not in key}
    path = tmp_path / "weights.safetensors"
    save_weights(path, own)
    made = materialize(plan(str(path)), seed=2).state_dict()
    assert made.keys() == first.keys()
    assert all(torch.equal(made[f"encoder.{key}"], value) for key, value in own.items())
    started = materialize(plan("none"), seed=2).state_dict()
    assert all(torch.equal(made[key], started[key]) for key in made if below in key)


def _loaded(name: str, model: nn.Module, folder: Path) -> tuple[nn.Module, Plan]:
    path = folder / "weights.safetensors"
    save_weights(path, model.state_dict())
    plan = linked(f"torchvision/{name}", weights=str(path))
    return materialize(plan, seed=0).eval(), plan


@pytest.mark.parametrize("name", [*BODIES, *(pytest.param(name, marks=pytest.mark.slow) for name in MORE)])
def test_output_is_the_librarys(name: str, tmp_path: Path) -> None:
    record = find(f"torchvision/{name}")
    theirs = _library(name)
    ours, _ = _loaded(name, theirs, tmp_path)
    size = (
        record.size if record.fixed_size else (max(record.min_size, 64) + 11, max(record.min_size, 64) + 32)
    )
    x = torch.randn(2, 3, *size)
    with torch.no_grad():
        made, wanted = ours(x), theirs(x)
    assert [k.removeprefix("body.") for k in ours.state_dict()] == list(theirs.state_dict())
    assert made.shape == wanted.shape
    assert (made - wanted).abs().max() <= 1e-5 * wanted.abs().max()


def test_a_file_of_the_whole_model_fills_a_cut_body(tmp_path: Path) -> None:
    theirs = _library("resnet18")
    save_weights(tmp_path / "w.safetensors", theirs.state_dict())
    plan = linked("torchvision/resnet18", weights=str(tmp_path / "w.safetensors"), cut="layer2.0.conv1")
    ours = materialize(plan, seed=0)
    assert torch.equal(
        ours.get_parameter("body.layer1.1.conv2.weight"), theirs.get_parameter("layer1.1.conv2.weight")
    )
    assert "body.layer2.0.bn1.weight" not in ours.state_dict()
    assert all(p.requires_grad for p in ours.parameters())


def test_names_of_before_fit_a_cut_body(tmp_path: Path) -> None:
    """torchvision's DenseNet files say `norm.1` where the model says `norm1`, also below a cut."""
    theirs = _library("densenet121")
    old = {_aged(key): tensor for key, tensor in theirs.state_dict().items()}
    torch.save(old, tmp_path / "w.pth")
    plan = linked("torchvision/densenet121", weights=str(tmp_path / "w.pth"), cut="features.denseblock2")
    ours = materialize(plan, seed=0)
    key = "features.denseblock1.denselayer2.norm2.weight"
    assert _aged(key) in old
    assert torch.equal(ours.get_parameter(f"body.{key}"), theirs.get_parameter(key))


def _aged(key: str) -> str:
    for part in ("norm", "conv"):
        for number in "12":
            if "denselayer" in key:
                key = key.replace(f".{part}{number}.", f".{part}.{number}.")
    return key


def test_auxiliary_heads_of_a_published_file_are_passed_over(tmp_path: Path) -> None:
    state = _library("googlenet").state_dict()
    save_weights(tmp_path / "w.safetensors", state | {"aux1.fc2.bias": torch.zeros(1000)})
    made = materialize(linked("torchvision/googlenet", weights=str(tmp_path / "w.safetensors"))).state_dict()
    assert torch.equal(made["body.conv1.conv.weight"], state["conv1.conv.weight"])
    assert not any("aux1" in key for key in made)


@pytest.mark.parametrize("name", ["resnet18", "densenet121", "swin_t"])
@pytest.mark.parametrize("channels", [1, 2, 4])
def test_first_layer_is_adapted(name: str, channels: int, tmp_path: Path) -> None:
    theirs = _library(name)
    save_weights(tmp_path / "w.safetensors", theirs.state_dict())
    record = find(f"torchvision/{name}")
    plan = linked(record.ref, weights=str(tmp_path / "w.safetensors"), channels=channels, cut=record.cut)
    key, kernel = next((k, p) for k, p in theirs.named_parameters() if p.ndim == 4)
    made = materialize(plan).state_dict()[f"body.{key}"]
    wanted = {
        1: lambda: kernel.sum(1, keepdim=True),
        2: lambda: kernel[:, :2] * 1.5,
        4: lambda: torch.cat([kernel, torch.zeros_like(kernel[:, :1])], 1),
    }[channels]()
    assert torch.equal(made, wanted)


def test_what_does_not_fit_is_named(tmp_path: Path) -> None:
    state = dict(_library("resnet18").state_dict())
    state["layer1.7.conv1.weight"] = torch.zeros(3)
    del state["layer2.0.bn1.bias"]
    save_weights(tmp_path / "w.safetensors", state)
    plan = linked("torchvision/resnet18", weights=str(tmp_path / "w.safetensors"), cut="layer4")
    with pytest.raises(WorldError, match=r"layer2\.0\.bn1\.bias") as caught:
        materialize(plan)
    assert "layer1.7.conv1.weight" in str(caught.value)
    assert "fc." not in str(caught.value)


def test_without_weights_nothing_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starts, "open_checkpoint", _never)
    monkeypatch.setattr(starts, "fetch", _never)
    plan = linked("torchvision/resnet18", cut="layer1")
    ours, plain = materialize(plan, seed=3).state_dict(), build(plan, seed=3).state_dict()
    assert all(torch.equal(ours[k], plain[k]) for k in plain)


def _never(*_: object, **__: object) -> None:
    raise AssertionError("a file was asked for")


def test_a_published_name_is_fetched_from_the_records_address(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[object] = []
    theirs = _library("resnet18").state_dict()

    save_weights(tmp_path / "a.safetensors", theirs)

    def given(url: str, directory: Path | None, *, progress: object) -> Path:
        asked.extend([url, directory, progress])
        return tmp_path / "a.safetensors"

    record = replace(
        find("torchvision/resnet18"),
        weights={
            "NEWEST": PublishedWeights("https://x.test/a.pth", (0.0,) * 3, (1.0,) * 3, (8, 8), 8, "bilinear")
        },
    )
    monkeypatch.setattr(starts, "fetch", given)
    plan = linked("torchvision/resnet18", weights="NEWEST", cut="layer1")
    made = materialize(plan, record_of=lambda ref: record, directory=tmp_path).state_dict()
    assert asked == ["https://x.test/a.pth", tmp_path, None]
    assert torch.equal(made["body.conv1.weight"], theirs["conv1.weight"])


def test_a_path_that_is_not_there() -> None:
    plan = linked("torchvision/resnet18", weights="nowhere.safetensors")
    with pytest.raises(WorldError, match=r"nowhere\.safetensors"):
        materialize(plan)


def test_a_librarys_own_modules_start_from_the_seed_alone() -> None:
    plan = linked("torchvision/swin_t", cut="features.1")
    torch.manual_seed(1)
    first = build(plan, seed=3).state_dict()
    torch.manual_seed(2)
    before = torch.get_rng_state()
    second = build(plan, seed=3).state_dict()
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(first[k], second[k]) for k in first)
    assert not torch.equal(
        first["body.features.1.0.attn.qkv.weight"],
        build(plan, seed=4).state_dict()["body.features.1.0.attn.qkv.weight"],
    )


_FRESH = """
import sys
from archc.modules.materialize import materialize
from tests.modules.plans import linked
from tests.views.test_written_names import BODY as WRITTEN_BODY
from tests.views.test_written_names import graph as compiled_graph
materialize(linked({ref!r}), seed=0)
print([name for name in ("torchvision", "torch._dynamo", "pydantic", "timm") if name in sys.modules])
"""


@pytest.mark.parametrize("ref", ["torchvision/resnet34"])
def test_a_linked_body_needs_no_library(
    ref: str, fresh_python: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    done = fresh_python("-c", _FRESH.format(ref=ref))
    assert done.stdout.strip() == "[]", done.stdout + done.stderr
