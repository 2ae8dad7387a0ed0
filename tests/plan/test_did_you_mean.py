"""Slips of the pen, and words of other libraries: each is one fault, whose first help says what was meant."""

from __future__ import annotations

import pytest

from tests.plan.texts import DIGITS_SPEC, MASKS_SPEC, faults_of

GRAPH_SPEC = """\
archc = 1
[input]
size = [64, 64]
[model]
kind = "graph"
outputs = { scores = "classify" }
[model.modules.encoder]
body = { ref = "torchvision/resnet18" }
[[model.nodes]]
name = "features"
use = "encoder"
from = "image"
[[model.nodes]]
name = "classify"
from = "features"
head = { preset = "concat_pool_mlp" }
classes = 3
"""

SLIPS = [
    # keys: one letter, two letters, swapped, other case, another separator
    ("input.chanels=1", "did you mean `channels`?"),
    ("input.chnnels=1", "did you mean `channels`?"),
    ("input.channles=1", "did you mean `channels`?"),
    ("model.clases=2", "did you mean `classes`?"),
    ("train.batchsize=2", "did you mean `batch_size`?"),
    ("train.batch-size=2", "did you mean `batch_size`?"),
    ("train.batchSize=2", "did you mean `batch_size`?"),
    ("train.BATCH_SIZE=2", "did you mean `batch_size`?"),
    ("train.phases.0.shedule='cosine'", "did you mean `schedule`?"),
    ("train.phases.0.epochs_=1", "`epochs` is written already"),
    ("nme='x'", "did you mean `name`?"),
    ("metric={ kinds = ['accuracy'] }", "did you mean `metrics`?"),
    # kinds, losses, metrics, optimizers, schedules
    ("model.kind='Classifier'", "did you mean `classifier`?"),
    ("model.kind='clasifer'", "did you mean `classifier`?"),
    ("data.kind='ImageFolder'", "did you mean `image_folder`?"),
    ("loss={ kind = 'crossentropy' }", "did you mean `cross_entropy`?"),
    ("metrics={ kinds = ['acuracy'] }", "did you mean `accuracy`?"),
    ("metrics={ kinds = ['top5'] }", "did you mean `top_5`?"),
    ("train.optimizer={ kind = 'sdg' }", "did you mean `sgd`?"),
    ("train.optimizer={ kind = 'Adam' }", "did you mean `adam`?"),
    ("train.groups='per-stage'", "did you mean `per_stage`?"),
    ("train.phases.0.schedule='onecycle'", "did you mean `one_cycle`?"),
    ("export={ dynamic = ['heigth'] }", "did you mean `height`?"),
    # bodies, cuts, weights, groups
    ("model.body.ref='torchvision/resnet_34'", "did you mean `torchvision/resnet34`?"),
    ("model.body.ref='torchvison/resnet34'", "did you mean `torchvision/resnet34`?"),
    ("model.body.ref='torchvision.resnet34'", "did you mean `torchvision/resnet34`?"),
    ("model.body.ref='ResNet34'", "did you mean `torchvision/resnet34`?"),
    ("model.body.ref='resnet34'", "did you mean `torchvision/resnet34`?"),
    ("model.body.ref='resnt34'", "did you mean `torchvision/resnet34`?"),
    ("model.body.cut='Layer4'", "did you mean `layer4`?"),
    ("model.body.cut='layer-4'", "did you mean `layer4`?"),
    ("model.body.cut='layre4'", "did you mean `layer4`?"),
    ("model.body.weights='imagenet1k_v1'", "did you mean `IMAGENET1K_V1`?"),
    ("model.body.weights='IMAGENET1K-V1'", "did you mean `IMAGENET1K_V1`?"),
    ("train.phases.0.train=['haed']", "did you mean `head`?"),
    ("train.phases.0.train=['Body']", "did you mean `body`?"),
    # ops, as torch and others write them
    ("model.head={ layers = [{ op = 'Conv2d' }] }", "did you mean `conv2d`?"),
    ("model.head={ layers = [{ op = 'nn.ReLU' }] }", "did you mean `relu`?"),
    ("model.head={ layers = [{ op = 'MaxPool2d' }] }", "did you mean `max_pool2d`?"),
    ("model.head={ layers = [{ op = 'BatchNorm2d' }] }", "did you mean `batch_norm2d`?"),
    ("model.head={ layers = [{ op = 'rellu' }] }", "did you mean `relu`?"),
]
HABITS = [
    ("model.arch='resnet34'", "write `ref` in `model.body`"),
    ("model.backbone='resnet34'", "write `ref` in `model.body`"),
    ("model.pretrained=true", "write `weights` in `model.body`"),
    ("model.body.pretrained=true", "did you mean `weights`? it is a name such as"),
    ("model.body.weights=true", 'for example weights = "IMAGENET1K_V1"'),
    ("model.body.weights='DEFAULT'", "did you mean `IMAGENET1K_V1`?"),
    ("model.body.weights='imagenet'", "did you mean `IMAGENET1K_V1`?"),
    ("model.n_out=2", "did you mean `classes`?"),
    ("model.num_classes=2", "did you mean `classes`?"),
    ("model.kind='classification'", "did you mean `classifier`?"),
    ("input.in_chans=1", "did you mean `channels`?"),
    ("input.img_size=[64, 64]", "`size` is written already"),
    ("input.size=224", "for example size = [224, 224]"),
    ("lr=1e-3", "`lr` belongs in `train.phases`"),
    ("train.lr=1e-3", "`lr` belongs in `train.phases`"),
    ("train.learning_rate=1e-3", "write `lr` in `train.phases`"),
    ("train.epochs=3", "`epochs` belongs in `train.phases`"),
    ("train.phases.0.lr_max=1e-3", "did you mean `lr`?"),
    ("train.phases.0.freeze=true", "did you mean `train`? it lists the groups that are trained"),
    ("train.bs=2", "did you mean `batch_size`?"),
    ("bs=2", "write `batch_size` in `train`"),
    ("train.num_workers=2", "did you mean `workers`?"),
    ("train.wd=0.1", "write `weight_decay` in `train.optimizer`"),
    ("train.optimizer='adam'", 'write it as a table: { kind = "adam" }'),
    ("train.optimizer={ kind = 'adamw' }", "did you mean `adam`? its weight decay is decoupled"),
    ("train.optimizer={ kind = 'adam', wd = 0.1 }", "did you mean `weight_decay`?"),
    ("loss={ kind = 'ce' }", "did you mean `cross_entropy`?"),
    ("loss={ kind = 'CrossEntropyLoss' }", "did you mean `cross_entropy`?"),
    ("loss={ kind = 'bce' }", "did you mean `binary_cross_entropy`?"),
    ("loss='cross_entropy'", 'write it as a table: { kind = "cross_entropy" }'),
    ("metrics={ kinds = ['acc'] }", "did you mean `accuracy`?"),
    ("metrics=['accuracy']", 'write it as a table: { kinds = ["accuracy"] }'),
    ("train.phases.0.schedule='OneCycleLR'", "did you mean `one_cycle`?"),
    ("model.head={ layers = [{ op = 'conv' }] }", "did you mean `conv2d`?"),
    ("model.head={ layers = [{ op = 'maxpool' }] }", "did you mean `max_pool2d`?"),
    ("model.head={ layers = [{ op = 'Dense' }] }", "did you mean `linear`?"),
    ("model.head={ layers = [{ op = 'bn' }] }", "did you mean `batch_norm2d`? behind `flatten`"),
    ("model.head={ layers = [{ type = 'relu' }] }", "did you mean `op`?"),
    ("model.head={ layers = [{ op = 'linear', units = 10 }] }", "did you mean `out_features`?"),
    ("model.head={ layers = [{ op = 'conv2d', out_channels = 3, ks = 3 }] }", "did you mean `kernel_size`?"),
    ("model.head={ layers = [{ op = 'dropout', rate = 0.3 }] }", "did you mean `p`?"),
    ("model.head={ lin_ftrs = [3] }", "did you mean `hidden`?"),
    ("model.head={ ps = 0.3 }", "did you mean `dropout`?"),
    ("data.valid_pct=0.1", "did you mean `valid`?"),
    ("data.augment={ hflip = 0.5 }", "did you mean `horizontal_flip`?"),
    ("augment={ rotate = 5.0 }", "`augment` belongs in `data`"),
    ("export={ opset_version = 17 }", "did you mean `opset`?"),
]


@pytest.mark.parametrize(("flag", "help"), [*SLIPS, *HABITS])
def test_in_a_classifier(flag: str, help: str) -> None:
    (fault,) = faults_of(DIGITS_SPEC, flag)
    assert fault.help[0].startswith(help)


@pytest.mark.parametrize(
    ("flag", "help"),
    [
        ("model.decoder.upsample='pixelshuffle'", "did you mean `pixel_shuffle`?"),
        ("model.decoder.upsample='deconv'", "did you mean `transposed`?"),
        ("model.decoder.skip='auto'", "did you mean `skips`?"),
        ("model.decoder.skips=['layr3', 'layer2']", "did you mean `layer3`?"),
        ("model.decoder.skips=['layer-3', 'layer2']", "did you mean `layer3`?"),
        ("data.ignore_index=2", "did you mean `ignore`?"),
        ("data.codes=['road', 'sky']", "`classes` is written already"),
        ("data.masks='masks/{stem}.png'", "`masks` belongs in `data.train`"),
        ("metrics={ kinds = ['miou'] }", "did you mean `mean_iou`?"),
        ("metrics={ kinds = ['jaccard'] }", "did you mean `mean_iou`?"),
    ],
)
def test_in_a_unet(flag: str, help: str) -> None:
    (fault,) = faults_of(MASKS_SPEC, flag)
    assert fault.help[0].startswith(help)


@pytest.mark.parametrize(
    ("flag", "help"),
    [
        ("model.nodes.0.use='Encoder'", "did you mean `encoder`?"),
        ("model.nodes.0.use='encodre'", "did you mean `encoder`?"),
        ("model.nodes.1.from='feature'", "did you mean `features`?"),
        ("model.nodes.1.from='features.layr3'", "did you mean `layer3`?"),
        ("model.nodes.0.from='Image'", "did you mean `image`?"),
        ("model.outputs={ scores = 'clasify' }", "did you mean `classify`?"),
        ("losses={ score = { kind = 'cross_entropy' } }", "did you mean `scores`?"),
        (
            "model.nodes.1={ name = 'classify', input = 'features', head = {}, classes = 3 }",
            "did you mean `from`?",
        ),
    ],
)
def test_in_a_graph(flag: str, help: str) -> None:
    (fault,) = faults_of(GRAPH_SPEC, flag)
    assert fault.help[0].startswith(help)


def test_what_is_far_from_all_gets_no_guess() -> None:
    for flag in ("model.body.ref='mylab/net'", "loss={ kind = 'hinge9' }", "train.zzz=1", "export.mode='x'"):
        (fault,) = faults_of(DIGITS_SPEC, flag)
        assert not any("did you mean" in help for help in fault.help)
