"""Slips and words that are none: repaired right, or left alone; never taken for something else."""

from __future__ import annotations

import pytest
import tomli

from archc.plan.compile import compile_document
from archc.plan.repair import Repaired, repaired
from archc.source.diagnostics.suggest import is_slip
from archc.source.document.document import SpecError, read_text

CLASSIFIER = """\
archc = 1
[input]
size = [64, 64]
[model]
kind = "classifier"
classes = 4
[model.body]
ref = "torchvision/resnet18"
weights = "none"
cut = "layer3"
[model.head]
layers = [
    { op = "conv2d", out_channels = 8, kernel_size = 3, groups = 8, padding = 1 },
    { op = "relu" },
    { op = "global_avg_pool2d" },
    { op = "linear", out_features = 4 },
]
[data]
kind = "image_folder"
root = "images"
valid = 0.2
[loss]
kind = "cross_entropy"
label_smoothing = 0.1
[train]
batch_size = 8
optimizer = { kind = "sgd", momentum = 0.9 }
gradient_clip = 1.0
seed = 3
[[train.phases]]
epochs = 5
lr = 3e-3
schedule = "one_cycle"
"""

REPAIRED = {
    "a letter swapped": ("optimizer =", "optimizre ="),
    "swapped in a short value": ('op = "relu"', 'op = "rleu"'),
    "swapped in a cut": ('"layer3"', '"laeyr3"'),
    "swapped in a table": ("[model", "[modle"),
    "swapped in a kind": ('"classifier"', '"classifeir"'),
    "a letter doubled": ("momentum", "mommentum"),
    "doubled in a short key": ("cut =", "cutt ="),
    "a doubled letter single": ("classes =", "clases ="),
    "a letter missing": ("schedule =", "schedle ="),
    "missing in a body": ("torchvision/resnet18", "torchvison/resnet18"),
    "a letter added": ("padding", "paddingh"),
    "a letter mistaken": ("gradient_clip", "gradiemt_clip"),
    "mistaken in a value": ('"cross_entropy"', '"cross_entropi"'),
    "another hyphen": ("batch_size", "batch-size"),
    "no hyphen": ("label_smoothing", "labelsmoothing"),
    "capitals": ('"linear"', '"Linear"'),
    "capitals and no hyphen": ('"global_avg_pool2d"', '"GlobalAvgPool2d"'),
    "library left out": ('"torchvision/resnet18"', '"resnet18"'),
    "its name in torch": ("kernel_size", "kernel"),
    "its name in fastai": ("batch_size", "bs"),
    "its name in Keras": ("out_channels", "num_filters"),
    "its name in timm": ("classes =", "num_classes ="),
    "learning rate": ("lr = 3e-3", "learning_rate = 3e-3"),
    "the list's singular, which is not there": ("[[train.phases]]", "[[train.phase]]"),
    "an integer in quotes": ("epochs = 5", 'epochs = "5"'),
    "an integer with a fraction": ("classes = 4", "classes = 4.0"),
}

LEFT = {
    "out is not cut": ('cut = "layer3"', "out = 4"),
    "nor where it would fit": ('cut = "layer3"', 'out = "layer3"'),
    "date is not data": ("archc = 1\n", 'archc = 1\ndate = "2024-05-01"\n'),
    "form is not norm": ("[model.head]", '[model.head]\nform = "batch"'),
    "speed is not seed": ("seed = 3", "speed = 3"),
    "sizes is not size": ("size = [64, 64]", "sizes = 128"),
    "groupe is not groups": ("groups = 8", "groupe = 8"),
    "nor is group": ("groups = 8", "group = 8"),
    "root is not boot": ('root = "images"', 'boot = "images"'),
    "lost is not loss": ("[loss]", "[lost]"),
    "brain is not train": ("[train]\nbatch_size = 8", "[brain]\nx = 8\n[train]\nbatch_size = 8"),
    "head is not lead": ("[model.head]", "[model.lead]"),
    "body is not bodi": ("valid = 0.2", "vlad = 0.2"),
    "a plural": ("momentum = 0.9", "momentums = 0.9"),
    "output is not outputs": ("classes = 4\n", "output = 4\n"),
    "another number": ('"torchvision/resnet18"', '"torchvision/resnet19"'),
    "a letter behind a number": ('"torchvision/resnet18"', '"torchvision/resnet18d"'),
    "a letter for a size": ('"torchvision/resnet18"', '"torchvision/swin_x"'),
    "another layer": ('"layer3"', '"layer6"'),
    "another norm's name": ('op = "relu"', 'op = "batch_norm"'),
    "rrelu is not relu": ('op = "relu"', 'op = "rrelu"'),
    "celu is not relu": ('op = "relu"', 'op = "xelu"'),
    "adamax is not adam": ('kind = "sgd", momentum = 0.9', 'kind = "adamax"'),
    "nadam is not adam": ('kind = "sgd", momentum = 0.9', 'kind = "nadam"'),
    "lars is not adam": ('kind = "sgd", momentum = 0.9', 'kind = "lars"'),
    "another schedule": ('"one_cycle"', '"on_cycles"'),
    "another loss": ('"cross_entropy"', '"entropy"'),
    "zoom is not scale": ("[loss]", "[data.augment]\nzoom = [1.0, 1.2]\n[loss]"),
    "rate may be two things": ("lr = 3e-3", "rate = 3e-3"),
    "maxnorm is not gradient_clip": ("gradient_clip", "max_norm"),
    "freeze_epochs is not train": ("lr = 3e-3", "freeze_epochs = 2\nlr = 3e-3"),
    "a name that the table has": ("batch_size = 8", "batch_size = 8\nbatchsize = 16"),
    "two that want one name": ("gradient_clip = 1.0", "gradient_clp = 1.0\ngradientclip = 2.0"),
    "a key of another table": ("seed = 3", "seed = 3\nsize = [32, 32]"),
    "a value that does not fit": ("momentum = 0.9", "momemtum = 'much'"),
    "a value where a table belongs": ('optimizer = { kind = "sgd", momentum = 0.9 }', "optimizre = 3"),
}


def repair(text: str) -> Repaired:
    with pytest.raises(SpecError) as caught:
        compile_document(read_text(text, "a.toml"))
    return repaired(caught.value)


@pytest.mark.parametrize("what", REPAIRED)
def test_a_slip_is_repaired(what: str) -> None:
    right, wrong = REPAIRED[what]
    assert right in CLASSIFIER
    result = repair(CLASSIFIER.replace(right, wrong))
    assert tomli.loads(result.document.text) == tomli.loads(CLASSIFIER)


@pytest.mark.parametrize("what", LEFT)
def test_another_word_is_left_alone(what: str) -> None:
    right, wrong = LEFT[what]
    assert right in CLASSIFIER
    bad = CLASSIFIER.replace(right, wrong)
    result = repair(bad)
    assert result.repairs == ()
    assert result.document.text == bad


@pytest.mark.parametrize(
    ("word", "name", "key", "awaited", "slip"),
    [
        ("form", "from", True, True, True),
        ("form", "norm", True, True, False),
        ("siz", "size", True, True, True),
        ("siz", "size", True, False, False),
        ("opp", "op", True, True, True),
        ("cutt", "cut", True, False, True),
        ("cutt", "cut", False, False, False),
        ("_elu", "elu", False, False, False),
        ("branch_c", "branch_a", False, False, False),
        ("resnet18d", "resnet18", False, False, False),
        ("resnet34", "resnet18", False, False, False),
        ("regnet_z_400mf", "regnet_y_400mf", False, False, False),
    ],
)
def test_what_a_slip_is(word: str, name: str, key: bool, awaited: bool, slip: bool) -> None:
    assert is_slip(word, name, key=key, awaited=awaited) is slip
