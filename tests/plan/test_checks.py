"""What the checks let pass, and what they do not; how faults read is in `tests/broken`."""

from __future__ import annotations

import pytest

from tests.plan.texts import CLASSIFIER, DIGITS_SPEC, SIAMESE, TRAIN, UNET, body, compiled, faults_of

MASKS = """\
[data]
kind = "segmentation"
root = "../elsewhere"
train = { images = "train/**/*.jpg", masks = "masks/{stem}.png" }
valid = { images = "valid/*.jpg", masks = "masks/{stem}.png" }
classes = ["road", "sky"]
ignore = 255
"""
UNET_SPEC = UNET.replace("classes = 10\n", "") + MASKS + TRAIN


@pytest.mark.parametrize(
    ("text", "flags"),
    [
        (DIGITS_SPEC, ("train.phases.0.lr=[1e-5, 1e-3]",)),
        (
            DIGITS_SPEC,
            (
                "train.phases.0.lr=0.1",
                "train.groups=per_block",
                "train.phases.0.train=['body.layer1', 'head']",
            ),
        ),
        (DIGITS_SPEC, ("train.phases.0.size=[64, 96]", "train.phases.0.batch_size=2")),
        (DIGITS_SPEC, ("input.channels=1",)),
        (UNET_SPEC, ("data.augment.scale=[1.5, 1.5]", "data.augment.horizontal_flip=1.0")),
        (UNET_SPEC, ()),
        (UNET_SPEC, ("input.channels=4", "train.batch_size=1")),
        (UNET_SPEC, ("data.ignore=2",)),
        (UNET_SPEC, ("model.decoder.last_cross=false",)),
        (UNET_SPEC, ("model.decoder.blur=true", "model.decoder.blur_final=false")),
        (UNET_SPEC, ("model.decoder.self_attention=true",)),
        (UNET_SPEC, ("data.train.images=one.jpg", "data.train.masks=one.png")),
        (UNET_SPEC, ("data.classes=['straße', 'ciel bleu']",)),
        (SIAMESE, ("model.classes=3",)),
    ],
)
def test_what_is_fine(text: str, flags: tuple[str, ...]) -> None:
    assert compiled(text, *flags).warnings == ()


@pytest.mark.parametrize(
    ("text", "flag", "code"),
    [
        (DIGITS_SPEC, "train.batch_size=1", "ARC408"),
        (DIGITS_SPEC, "train.phases.0.batch_size=1", "ARC408"),
        (DIGITS_SPEC, "train.phases.0.augment.scale=[2.0, 1.0]", "ARC110"),
        (DIGITS_SPEC, "train.phases.0.size=[200000, 200000]", "ARC351"),
        (DIGITS_SPEC, "train.phases.0.lr=[]", "ARC407"),
        (DIGITS_SPEC, "train.groups=[]", "ARC401"),
        (DIGITS_SPEC, "train.groups=[{ name = \"a\\nb\", match = ['*'] }]", "ARC213"),
        (DIGITS_SPEC, "input.channels=5000", "ARC107"),
        (DIGITS_SPEC, 'model.body.weights="a\\u0000.pth"', "ARC213"),
        (UNET_SPEC, "data.ignore=65536", "ARC107"),
        (UNET_SPEC, "data.train.images='C:/x/*.jpg'", "ARC510"),
        (UNET_SPEC, 'data.train.images="a\\\\b.jpg"', "ARC510"),
        (UNET_SPEC, "data.train.masks=''", "ARC510"),
        (UNET_SPEC, "data.augment.hue=0.6", "ARC107"),
        (UNET_SPEC, "data.augment.rotate=181.0", "ARC107"),
        (UNET_SPEC, "data.augment.vertical_flip=1.01", "ARC107"),
        (UNET_SPEC, "data.augment.scale=[0.0, 1.0]", "ARC107"),
        (UNET_SPEC, "data.root=''", "ARC108"),
    ],
)
def test_what_is_not(text: str, flag: str, code: str) -> None:
    assert [fault.code for fault in faults_of(text, flag)] == [code]


def test_a_batch_of_one_is_fine_where_the_norms_are_at_rest() -> None:
    frozen = DIGITS_SPEC + 'train = ["body"]\ntrain_norm = "none"\nbatch_size = 1\n'
    assert faults_of(frozen) == ()
    assert [f.code for f in faults_of(frozen.replace('"none"', '"statistics"'))] == ["ARC408"]


def test_a_vision_transformer_takes_no_other_size_in_a_phase() -> None:
    flags = (body("vit_b_32"), "input.size=[224, 224]", "train.phases.0.size=[192, 192]")
    (fault,) = faults_of(DIGITS_SPEC, *flags)
    assert fault.code == "ARC304"
    assert fault.labels[0].path == ("train", "phases", 0, "size")


def test_huge_sizes_are_refused_without_being_made() -> None:
    for size in ("[1000000, 1000000]", "[2147483647, 2147483647]"):
        (fault,) = faults_of(UNET_SPEC, f"input.size={size}")
        assert fault.code == "ARC351"
        assert fault.labels[0].path == ("input", "size")
    (fault,) = faults_of(CLASSIFIER, "model.classes=2147483647")
    assert fault.code == "ARC350"
