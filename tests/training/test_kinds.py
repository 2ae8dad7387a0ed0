"""Every kind of data and answer from spec to trained module, on pictures that can be learned in seconds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from archc.data.datasets import open_data
from archc.files.errors import WorldError
from archc.modules.materialize import materialize
from archc.plan.compile import compile_document
from archc.plan.groups.partition import parameter_groups
from archc.source.document.document import read_text
from archc.training.engine import PlainEngine
from archc.training.events import EpochEnd
from archc.training.fit import fit

BODY = """
[[model.body.stages]]
name = "one"
layers = [
    { op = "conv2d", out_channels = 8, kernel_size = 3, stride = 2, bias = false },
    { op = "batch_norm2d" },
    { op = "relu" },
    { op = "conv2d", out_channels = 16, kernel_size = 3, stride = 2 },
    { op = "relu" },
]
"""
TRAIN = """
[train]
batch_size = 4
workers = 0
[[train.phases]]
epochs = 12
lr = 0.01
"""


def head(width: int) -> str:
    linear = f'{{ op = "linear", out_features = {width} }}'
    layers = '{ op = "adaptive_concat_pool2d" }, { op = "flatten" }, ' + linear
    return f"[model.head]\nlayers = [{layers}]\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """`set`: 40 noisy pictures, dark or light, a bright square in half of them; labels.csv says it all."""
    random = np.random.default_rng(0)
    root = tmp_path / "set"
    root.mkdir()
    rows = ["image,shade,tags,level,mask,split"]
    for number in range(40):
        light, square = number % 2, number // 2 % 2
        picture = random.integers(0, 30, (16, 16)) + 90 * light
        mask = np.zeros((16, 16), dtype=np.uint8)
        mask[4:12, 4:12] = square
        picture = picture + 100 * mask
        name = f"{('dark', 'light')[light]}_{number}"
        Image.fromarray(picture.astype(np.uint8)).save(root / f"{name}.png")
        Image.fromarray(mask).save(root / f"{name}_mask.png")
        tags = " ".join(["light"] * light + ["square"] * square)
        split = "valid" if number >= 28 else "train"
        rows.append(f"{name}.png,{('dark', 'light')[light]},{tags},{light},{name}_mask.png,{split}")
    (root / "labels.csv").write_text("\n".join(rows) + "\n")
    return tmp_path


def last(text: str, folder: Path) -> EpochEnd:
    """The last epoch of training a spec."""
    compiled = compile_document(read_text("archc = 1\n" + text + TRAIN, "spec.toml"))
    assert compiled.spec.train is not None
    data = open_data(compiled.spec, folder)
    module = materialize(compiled.plan, seed=1)
    groups = parameter_groups(compiled.plan, compiled.spec.train)
    engine = PlainEngine(torch.device("cpu"))
    told: list[Any] = list(fit(compiled.spec, compiled.plan, module, data, groups, engine=engine))
    return [event for event in told if isinstance(event, EpochEnd)][-1]


CSV = """
[data]
kind = "image_csv"
root = "set"
valid = { by = "column", column = "split" }
"""
INPUT = """
[input]
size = [16, 16]
channels = 1
"""


def test_several_labels_an_image(folder: Path) -> None:
    target = 'target = { kind = "tags", column = "tags", classes = ["light", "square"] }\n'
    end = last(INPUT + '[model]\nkind = "classifier"\n' + BODY + head(2) + CSV + target, folder)
    assert end.metrics["f1"] > 0.8
    assert end.class_iou == ()


def test_numbers(folder: Path) -> None:
    target = 'target = { kind = "values", columns = ["level"] }\n[metrics]\nkinds = ["rmse", "mae"]\n'
    end = last(INPUT + '[model]\nkind = "classifier"\n' + BODY + head(1) + CSV + target, folder)
    assert end.metrics["rmse"] < 0.45  # always saying the mean gives 0.5
    assert list(end.metrics) == ["rmse", "mae"]


def test_counts(folder: Path) -> None:
    target = 'target = { kind = "values", columns = ["level"] }\n[loss]\nkind = "poisson"\n'
    end = last(INPUT + '[model]\nkind = "classifier"\n' + BODY + head(1) + CSV + target, folder)
    assert list(end.metrics) == ["mae"]
    assert end.metrics["mae"] < 0.45  # always saying the mean gives 0.5


def test_counts_below_zero_are_refused_before_the_first_step(folder: Path) -> None:
    table = folder / "set" / "labels.csv"
    table.write_text(table.read_text("utf-8").replace(",1,light_3_mask", ",-1,light_3_mask"), "utf-8")
    target = 'target = { kind = "values", columns = ["level"] }\n[loss]\nkind = "poisson"\n'
    with pytest.raises(WorldError, match="`level` has the number -1"):
        last(INPUT + '[model]\nkind = "classifier"\n' + BODY + head(1) + CSV + target, folder)


def test_several_outputs_with_a_loss_and_a_metric_each(folder: Path) -> None:
    text = """
[model]
kind = "graph"
outputs = { where = "segment", shade = "classify" }
[[model.nodes]]
name = "features"
from = "image"
layers = [{ op = "conv2d", out_channels = 8, kernel_size = 3 }, { op = "batch_norm2d" }, { op = "relu" }]
[[model.nodes]]
name = "segment"
from = "features"
layers = [{ op = "conv2d", out_channels = 2, kernel_size = 3 }]
[[model.nodes]]
name = "classify"
from = "features"
layers = [{ op = "global_avg_pool2d" }, { op = "flatten" }, { op = "linear", out_features = 2 }]
[losses.where]
kind = "cross_entropy"
[losses.shade]
kind = "cross_entropy"
weight = 0.5
[metrics]
of = { shade = ["accuracy"], where = ["mean_iou"] }
"""
    targets = """targets.where = { kind = "mask", classes = ["ground", "square"] }
targets.shade = { kind = "label", column = "shade", classes = ["dark", "light"] }
"""
    end = last(INPUT + text + CSV + targets, folder)
    assert end.metrics["shade.accuracy"] > 0.8
    assert end.metrics["where.mean_iou"] > 0.5


PAIRS = """
[data.of]
kind = "image_regex"
root = "set"
images = "*[0-9].png"
label = "^(?P<label>[a-z]+)_"
"""


@pytest.mark.parametrize("loss", ["contrastive", "triplet"])
def test_embeddings(folder: Path, loss: str) -> None:
    pairs = loss == "contrastive"
    inputs = ["left", "right"] if pairs else ["anchor", "positive", "negative"]
    given = "".join(f"[inputs.{name}]\nsize = [16, 16]\nchannels = 1\n" for name in inputs)
    model = '[model]\nkind = "siamese"\nembedding = 4\n' + BODY + head(4)
    data = f'[loss]\nkind = "{loss}"\n[data]\nkind = "{"pairs" if pairs else "triplets"}"\n' + PAIRS
    assert last(given + model + data, folder).metrics["verification_accuracy"] >= 0.7


def test_changes_between_two_pictures(folder: Path) -> None:
    for side in ("before", "after"):
        (folder / "set" / side).mkdir()
    for number in range(12):
        after = Image.open(folder / "set" / f"{('dark', 'light')[number % 2]}_{number}.png")
        before = after.copy()
        shade = int(np.asarray(after)[0].mean())
        before.paste(shade, (4, 4, 12, 12))  # no square yet
        before.save(folder / "set" / "before" / f"{number}.png")
        after.save(folder / "set" / "after" / f"{number}.png")
        mask = Image.open(folder / "set" / f"{('dark', 'light')[number % 2]}_{number}_mask.png")
        mask.save(folder / "set" / f"changed_{number}.png")
    text = """
[inputs.before]
size = [16, 16]
channels = 1
[inputs.after]
size = [16, 16]
channels = 1
[model]
kind = "siamese"
merge = "abs_difference"
[model.decoder]
skips = []
last_cross = false
upsample = "nearest"
[data]
kind = "segmentation"
root = "set"
classes = ["same", "changed"]
[data.train]
images = "before/?.png"
others = ["after/{stem}.png"]
masks = "changed_{stem}.png"
[data.valid]
images = "before/1?.png"
others = ["after/{stem}.png"]
masks = "changed_{stem}.png"
[data.augment]
horizontal_flip = 0.5
rotate = 5.0
"""
    end = last(text.replace("[data]\n", BODY + "[data]\n"), folder)
    assert end.metrics["pixel_accuracy"] > 0.75
