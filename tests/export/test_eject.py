"""Ejected source: it stands alone, reads well, and computes what the module computes, bit for bit."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from archc.cli import main
from archc.export.faults import ExportFault
from archc.export.source import parts
from archc.export.source.forward import shape_text
from archc.export.source.write import _TAKEN, eject
from archc.modules.build import build
from archc.plan.compile import compile_document
from archc.plan.plan import Plan
from archc.source.document.document import read, read_text
from archc.source.document.overrides import with_overrides
from tests.parity.specs import classifier, lowered, settings, sizes_of, unet

ROOT = Path(__file__).parents[2]
SPECS = sorted((ROOT / "specs").glob("*.toml"))
IN_PARTS = ("maxvit_t", "swin_t", "swin_v2_t")
FAMILIES = (
    "alexnet",
    "convnext_tiny",
    "densenet121",
    "efficientnet_b0",
    "googlenet",
    "inception_v3",
    "mnasnet0_5",
    "mobilenet_v2",
    "mobilenet_v3_small",
    "regnet_y_400mf",
    "resnet50",
    "shufflenet_v2_x0_5",
    "squeezenet1_1",
    "vgg11_bn",
    "vit_b_32",
)
UNETS = (
    "convnext_tiny",
    "densenet121",
    "efficientnet_b0",
    "googlenet",
    "mobilenet_v2",
    "regnet_y_400mf",
    "resnet34",
    "vgg11_bn",
)
LARGE = ("convnext_tiny", "densenet121", "efficientnet_b0", "googlenet", "vgg11_bn")
OPTIONS: dict[str, dict[str, Any]] = {
    "attention and blur": {"self_attention": True, "blur": True, "bottleneck": True},
    "transposed": {"upsample": "transposed", "last_cross": False},
    "bilinear with norms": {"upsample": "bilinear", "norm": "batch"},
    "a range": {"upsample": "nearest", "output_range": [-1.0, 2.0]},
}


def imported(text: str) -> ModuleType:
    """The text as a module of its own."""
    module = ModuleType("ejected")
    exec(compile(text, "ejected.py", "exec"), module.__dict__)
    return module


def model_of(module: ModuleType) -> nn.Module:
    """The last class of the file is the model."""
    classes = [v for v in vars(module).values() if isinstance(v, type) and v.__module__ == "ejected"]
    model: nn.Module = classes[-1]()
    return model


def images(plan: Plan, batch: int = 2) -> list[Tensor]:
    generator = torch.Generator().manual_seed(0)
    sizes = [[d for d in i.type.shape[1:] if isinstance(d, int)] for i in plan.inputs]
    return [torch.rand(batch, *size, generator=generator) for size in sizes]


def answers(module: nn.Module, given: list[Tensor]) -> dict[str, Tensor]:
    with torch.no_grad():
        out = module(*given)
    return out if isinstance(out, dict) else {"": out}


def agrees(plan: Plan) -> nn.Module:
    """The ejected module, which has the built one's keys and, with its weights, gives its numbers."""
    built = build(plan, seed=0)
    for name, buffer in built.named_buffers():
        if name.endswith(("running_mean", "running_var")):
            buffer.uniform_(0.5, 1.5)
    ejected = model_of(imported(eject(plan)))
    assert set(ejected.state_dict()) == set(built.state_dict())
    assert {n for n, _ in ejected.named_parameters()} == {n for n, _ in built.named_parameters()}
    ejected.load_state_dict(built.state_dict())
    built.eval()
    ejected.eval()
    given = images(plan)
    one, other = answers(built, given), answers(ejected, given)
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)
    return ejected


def small(path: Path) -> Plan:
    """An example at its own size, the largest at a smaller one."""
    sides = ("inputs.before", "inputs.after") if path.stem == "change_detection" else ("input",)
    large = ("change_detection", "unet_camvid", "unet_pixel_shuffle", "unet_nearest")
    overrides = [f"{side}.size=[64, 97]" for side in sides] if path.stem in large else []
    return compile_document(with_overrides(read(path), overrides)).plan


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the source of every example, and of a model of each family."""
    folder = tmp_path_factory.mktemp("ejected")
    for path in SPECS:
        text = eject(compile_document(read(path)).plan)
        (folder / f"example_{path.stem}.py").write_text(text, encoding="utf-8")
    for name in FAMILIES:
        ref = f"torchvision/{name}"
        text = eject(lowered(classifier(ref, sizes_of(ref)[0])))
        (folder / f"family_{name}.py").write_text(text, encoding="utf-8")
    return folder


def checked(*command: str) -> None:
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, text=True, capture_output=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_an_example_gives_the_same_numbers(path: Path) -> None:
    agrees(small(path))


@pytest.mark.parametrize("name", [n for n in FAMILIES if n not in ("vit_b_32", "inception_v3")])
def test_a_family_gives_the_same_numbers(name: str) -> None:
    ref = f"torchvision/{name}"
    agrees(lowered(classifier(ref, sizes_of(ref)[0])))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["vit_b_32", "inception_v3"])
def test_a_large_family_gives_the_same_numbers(name: str) -> None:
    ref = f"torchvision/{name}"
    agrees(lowered(classifier(ref, sizes_of(ref)[0])))


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow if name in LARGE else ()) for name in UNETS]
)
def test_a_unet_gives_the_same_numbers_at_an_odd_size(name: str) -> None:
    agrees(lowered(unet(f"torchvision/{name}", (97, 71), decoder='upsample = "nearest"')))


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_a_decoders_options_give_the_same_numbers(options: dict[str, Any]) -> None:
    agrees(lowered(unet("torchvision/resnet18", (64, 97), decoder=settings(options))))


def test_training_mode_gives_the_same_numbers_where_nothing_is_drawn() -> None:
    plan = lowered(unet("torchvision/resnet18", (64, 64), decoder="self_attention = true"))
    built = build(plan, seed=0)
    ejected = model_of(imported(eject(plan)))
    ejected.load_state_dict(built.state_dict())
    given = images(plan)
    for _ in range(2):  # running statistics and power iteration move alike
        one, other = answers(built, given), answers(ejected, given)
        assert torch.equal(one[""], other[""])
    assert all(torch.equal(a, ejected.state_dict()[k]) for k, a in built.state_dict().items())


def test_it_is_written_as_formatters_and_linters_want_it(sources: Path) -> None:
    checked("ruff", "format", "--isolated", "--check", str(sources))
    checked("ruff", "format", "--config", "pyproject.toml", "--check", str(sources))
    checked("ruff", "check", "--config", "pyproject.toml", str(sources))


def test_it_passes_a_strict_type_check(sources: Path) -> None:
    checked("mypy", "--strict", str(sources))  # from the top: what is known of torch is kept there


def test_it_needs_torch_alone(sources: Path) -> None:
    for path in sources.glob("*.py"):
        nodes = [*ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
        names = {n.module or "" for n in nodes if isinstance(n, ast.ImportFrom)}
        names |= {a.name for n in nodes if isinstance(n, ast.Import) for a in n.names}
        assert {name.partition(".")[0] for name in names} <= {"__future__", "collections", "torch"}


def test_repeated_blocks_are_classes_with_what_differs_as_arguments() -> None:
    text = eject(lowered(classifier("torchvision/resnet50", (64, 64))))
    classes = re.findall(r"^class (\w+)", text, re.M)
    assert classes[-2:] == ["Resnet50Body", "Model"]
    assert sum(name.startswith("Bottleneck") for name in classes) == 2
    assert "Bottleneck(256, 512, width=128, stride=2),  # (N, 512, 8, 8)" in text
    assert len(text.splitlines()) < 250


def test_dense_layers_are_one_class_that_takes_any_number_of_maps() -> None:
    text = eject(lowered(classifier("torchvision/densenet121", (64, 64))))
    assert text.count("class DenseLayer(") == 1
    assert "def forward(self, *features: Tensor) -> Tensor:" in text


VOLUMES = """\
archc = 1
[input]
size = [16, 16]
[model]
kind = "graph"
outputs = {scores = "end"}
[[model.nodes]]
name = "volume"
from = "image"
op = {op = "unflatten", dim = 1, unflattened_size = [1, 3]}
[[model.nodes]]
name = "end"
from = "volume"
layers = [
    {op = "conv3d", out_channels = 2, kernel_size = 3, padding = 1},
    {op = "residual", layers = [{op = "conv3d", out_channels = 2, kernel_size = 3}, {op = "relu"}]},
    {op = "max_pool3d", kernel_size = [1, 2, 2]},
    {op = "residual", layers = [{op = "conv3d", out_channels = 2, kernel_size = 3}, {op = "relu"}]},
    {op = "conv3d", out_channels = 4, kernel_size = 1},
    {op = "residual", layers = [{op = "conv3d", out_channels = 4, kernel_size = 3}, {op = "relu"}]},
]
"""


def test_volumes_of_several_sizes_in_one_class() -> None:
    plan = compile_document(read_text(VOLUMES, "volumes.toml")).plan
    agrees(plan)
    assert "# (N, channels, 3, H, W)" in eject(plan)


@pytest.mark.parametrize("rank", range(1, 9))
def test_shapes_of_any_rank_have_letters(rank: int) -> None:
    one, other = ((2,) * rank, (3,) * rank)
    letters = shape_text([one, other])
    assert letters.count(",") == max(rank - 1, 1)
    assert len(set(re.findall(r"\w+", letters))) == rank


def test_shapes_stand_on_the_lines_of_forward() -> None:
    text = eject(lowered(classifier("torchvision/resnet18", (64, 64))))
    assert "        x = self.maxpool(x)  # (N, 64, 16, 16)\n" in text
    assert "        out = self.bn1(out)  # (N, channels, H, W)\n" in text


def test_twins_call_one_part_twice() -> None:
    text = eject(small(ROOT / "specs" / "siamese_omniglot.toml"))
    assert text.count("= self.body(") == 2
    assert text.count("self.body = ") == 1


def test_several_outputs_are_a_dict() -> None:
    text = eject(small(ROOT / "specs" / "multi_task.toml"))
    assert "-> dict[str, Tensor]:" in text


@pytest.mark.parametrize("name", ["resnet18", "regnet_y_400mf", "convnext_tiny", "mobilenet_v2"])
def test_it_starts_as_the_plan_says(name: str) -> None:
    plan = lowered(classifier(f"torchvision/{name}", (96, 96)))
    torch.manual_seed(0)
    built, ejected = build(plan, seed=0), model_of(imported(eject(plan)))
    theirs = dict(ejected.named_parameters())
    for key, ours in built.named_parameters():
        assert theirs[key].mean().item() == pytest.approx(ours.mean().item(), abs=0.2 * spread(ours)), key
        assert spread(theirs[key]) == pytest.approx(spread(ours), rel=0.35, abs=1e-6), key


def spread(tensor: Tensor) -> float:
    """The deviation of many numbers; for few, which scatter, the largest size they may have."""
    if tensor.numel() < 500 and tensor.std() > 0:
        return 1.0
    return tensor.std().item() if tensor.numel() > 1 else 0.0


def test_upsampling_starts_without_checkerboards() -> None:
    plan = lowered(unet("torchvision/resnet18", (64, 64)))
    weight = model_of(imported(eject(plan))).state_dict()["decoder.blocks.0.up.conv.weight"]
    assert torch.equal(weight[0], weight[3])
    assert not torch.equal(weight[0], weight[4])


@pytest.mark.parametrize("name", IN_PARTS)
def test_a_body_with_a_librarys_own_modules_is_refused(name: str) -> None:
    ref = f"torchvision/{name}"
    plan = lowered(classifier(ref, sizes_of(ref)[-1]))
    with pytest.raises(ExportFault, match="is a library's own module"):
        eject(plan)


def test_the_command_writes_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = str(ROOT / "specs" / "digits.toml")
    target = tmp_path / "digits.py"
    assert main(["eject", spec]) == 0
    printed = capsys.readouterr().out
    assert main(["eject", spec, "--out", str(target)]) == 0
    assert target.read_text(encoding="utf-8") == printed


def test_it_is_written_without_torch(fresh_python: Any) -> None:
    spec = str(ROOT / "specs" / "digits.toml")
    code = (
        "import sys; from archc.cli import main; "
        f"assert main(['eject', {spec!r}]) == 0; assert 'torch' not in sys.modules"
    )
    done = fresh_python("-c", code)
    assert done.returncode == 0, done.stderr


def test_names_of_torch_modules_are_known() -> None:
    public = {name for name in dir(nn.Module()) if not name.startswith("_")}
    assert public <= _TAKEN


def test_parts_are_laid_out_for_every_line_length() -> None:
    checked("ruff", "format", "--isolated", "--check", str(Path(str(parts.__file__))))
