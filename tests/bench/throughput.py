"""Different valid specs in one process, from text to checked plan: how many a second and core.

    python -m tests.bench.throughput [--specs 1000] [--target 500] [--profile]

The mix, drawn by a generator with a fixed seed: four classifiers, four U-Nets and two Siamese models in every
ten; 12 bodies of torchvision; ten usual sizes; heads of the preset with widths and dropouts, or written layer
by layer; decoders of every upsampling, with and without norm, blur, attention and the image's join; half of
them with data, loss, metrics and phases of training. No two are equal, but two may have one body at one size.
Exit 1 where it is fewer than the target by CPU time.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from random import Random

from archc.plan.compile import compile_document
from archc.source.document.document import read_text

BODIES = (
    "resnet18",
    "resnet34",
    "resnet50",
    "vgg11_bn",
    "mobilenet_v2",
    "mobilenet_v3_small",
    "efficientnet_b0",
    "regnet_y_400mf",
    "densenet121",
    "convnext_tiny",
    "squeezenet1_1",
    "shufflenet_v2_x1_0",
)
SQUARES = (96, 128, 160, 192, 224, 256, 320, 384)
SIZES = (*((side, side) for side in SQUARES), (360, 480), (512, 384))
ENCODERS = ("resnet18", "resnet34", "resnet50", "vgg11_bn", "mobilenet_v2", "regnet_y_400mf")


def spec(number: int, draw: Random) -> str:
    """One spec."""
    kind: Callable[[Random], str] = draw.choices((classifier, unet, siamese), (4, 4, 2))[0]
    height, width = draw.choice(SIZES)
    head = f'archc = 1\nname = "spec {number}"\n[input]\nsize = [{height}, {width}]\n'
    return f"{head}{kind(draw)}"


def classifier(draw: Random) -> str:
    """A body and a head, the preset or written out."""
    classes = draw.randrange(2, 200)
    text = f'[model]\nkind = "classifier"\nclasses = {classes}\n{body(draw, BODIES)}[model.head]\n'
    if draw.random() < 0.5:
        text += f"hidden = [{draw.randrange(64, 1024)}]\ndropout = {draw.randrange(10) / 10}\n"
        text += 'preset = "concat_pool_mlp"\n'
    else:
        text += 'layers = [{ op = "global_avg_pool2d" }, { op = "flatten" }, { op = "dropout", p = 0.2 }, '
        text += f'{{ op = "linear", out_features = {classes} }}]\n'
    return text + (training("image_folder", draw) if draw.random() < 0.5 else "")


def unet(draw: Random) -> str:
    """An encoder and a decoder in one of its forms."""
    text = f'[model]\nkind = "unet"\nclasses = {{}}\n{body(draw, ENCODERS)}{decoder(draw)}'
    classes = draw.randrange(2, 40)
    masks = training("segmentation", draw, classes) if draw.random() < 0.5 else ""
    return text.replace("{}", str(classes)) + masks


def siamese(draw: Random) -> str:
    """Two pictures compared: merged before a head, or embedded."""
    text = '[model]\nkind = "siamese"\n'
    if draw.random() < 0.3:
        text += f"embedding = {draw.randrange(16, 1024)}\n{body(draw, BODIES)}"
        return text + '[loss]\nkind = "contrastive"\n'
    merge = draw.choice(("concat", "abs_difference", "squared_difference", "product"))
    head = f'[model.head]\npreset = "concat_pool_mlp"\nhidden = [{draw.randrange(64, 1024)}]\n'
    return f'{text}merge = "{merge}"\n{body(draw, BODIES)}{head}'


def body(draw: Random, names: tuple[str, ...]) -> str:
    """A library's body up to its usual cut."""
    return f'[model.body]\nref = "torchvision/{draw.choice(names)}"\nweights = "IMAGENET1K_V1"\n'


def decoder(draw: Random) -> str:
    """A decoder's settings."""
    upsample = draw.choice(("pixel_shuffle", "nearest", "bilinear", "transposed"))
    flags = {name: draw.random() < 0.5 for name in ("blur", "self_attention", "last_cross")}
    lines = [f"{name} = {str(value).lower()}" for name, value in flags.items()]
    norm = draw.choice(("none", "batch"))
    return "\n".join(["[model.decoder]", f'upsample = "{upsample}"', f'norm = "{norm}"', *lines, ""])


def training(kind: str, draw: Random, classes: int = 0) -> str:
    """Data, loss, metrics and phases."""
    text = f'[data]\nkind = "{kind}"\nroot = "data"\n'
    if kind == "segmentation":
        text += f"classes = {[f'class {i}' for i in range(classes)]}\n"
        for split in ("train", "valid"):
            text += f'{split} = {{ images = "{split}/*.jpg", masks = "{split}/{{stem}}.png" }}\n'
    text += f'[data.augment]\nhorizontal_flip = {draw.random():.2f}\n[loss]\nkind = "cross_entropy"\n'
    text += f'[metrics]\nkinds = ["{"mean_iou" if classes else "accuracy"}"]\n'
    groups = draw.choice(("body_head", "per_stage", "per_block"))
    text += f'[train]\nbatch_size = {draw.randrange(2, 64)}\ngroups = "{groups}"\n'
    part = "decoder" if classes else "head"
    text += f'[[train.phases]]\nepochs = {draw.randrange(1, 9)}\nlr = 1e-3\ntrain = ["{part}"]\n'
    return text + f"[[train.phases]]\nepochs = {draw.randrange(1, 99)}\nlr = [1e-5, 1e-3]\n"


def main() -> int:
    """Measures, prints, and returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--specs", type=int, default=1000)
    parser.add_argument("--target", type=float, default=500.0)
    parser.add_argument("--profile", action="store_true", help="also print where the time goes")
    chosen = parser.parse_args()
    draw = Random(20)
    texts = [spec(number, draw) for number in range(chosen.specs)]
    assert len({text.partition("[input]")[2] for text in texts}) == chosen.specs
    start, cpu = time.perf_counter(), time.process_time()
    nodes = run(texts)
    wall, spent = time.perf_counter() - start, time.process_time() - cpu
    print(
        f"{chosen.specs} different specs, {nodes / chosen.specs:.0f} nodes each, from text to checked plan:"
    )
    each = f"{chosen.specs / wall:.0f} a second; CPU {spent:.2f} s, {chosen.specs / spent:.0f} a second"
    print(f"  wall {wall:.2f} s, {each}")
    if chosen.profile:
        import cProfile

        cProfile.runctx("run(texts)", globals(), locals(), sort="tottime")
    return 0 if chosen.specs / spent >= chosen.target else 1


def run(texts: list[str]) -> int:
    """All of them compiled; how many nodes they have together."""
    return sum(len(compile_document(read_text(t, f"{i}.toml")).plan.nodes) for i, t in enumerate(texts))


if __name__ == "__main__":
    sys.exit(main())
