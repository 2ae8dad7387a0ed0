"""Specs whose checks are the work: the product of two long lists."""

from __future__ import annotations

from tests.hostile.model_bombs import (
    CONV,
    DENSENET,
    RELU,
    TRAIN,
    classifier,
    graph,
    node,
    repeat,
    spec,
    written,
)


def work() -> dict[str, str]:
    """Against checks whose work is a product: patterns and names, sizes and nodes, slips and names."""
    alike = "ab" * 45
    block = {"op": "residual", "layers": [CONV]}
    resnet = {"ref": "torchvision/resnet18"}
    return {
        "groups": classifier(
            DENSENET,
            train={**TRAIN, "groups": [{"name": f"g{i}", "match": [f"*.*.*.*.x{i}"]} for i in range(3_900)]},
        ),
        "patterns": classifier(
            DENSENET,
            train={**TRAIN, "groups": [{"name": "g", "match": [f"{'a.' * 50}{i}" for i in range(1_640)]}]},
        ),
        "patterns-near": classifier(
            DENSENET,
            train={
                **TRAIN,
                "groups": [
                    {"name": f"g{i}", "match": [f"body.features.denseblock3.denselayerx.conv{i}"]}
                    for i in range(1_640)
                ],
            },
        ),
        "blocks": written(
            CONV, *[repeat(1000, block)] * 9, data={"kind": "digits"}, train={**TRAIN, "groups": "per_block"}
        ),
        "phase-sizes": written(
            CONV,
            repeat(1000, *[RELU] * 15),
            data={"kind": "digits"},
            train={"phases": [{"epochs": 1, "size": [64 + i, 64]} for i in range(100)]},
        ),
        "phase-groups": classifier(
            resnet,
            train={
                "phases": [{"epochs": 1, "train": [f"{alike}x{i}" for i in range(800)]}],
                "groups": [{"name": f"{alike}g{i}", "match": ["*"]} for i in range(1_000)],
            },
        ),
        "near-names": graph(
            [node(f"{alike}{i:05d}", f"{'ba' * 45}x" if i else "image", op=CONV) for i in range(900)]
        ),
        "near-modules": graph(
            [node("n", "image", use=f"{'ba' * 45}x")],
            {"o": "n"},
            {f"{alike}{i:05d}": {"layers": [CONV]} for i in range(1_500)},
        ),
        "circle": graph([node(f"n{i}", f"n{(i + 1) % 2_500}", op=CONV) for i in range(2_500)], {"o": "n0"}),
        "expected-outputs": graph(
            [
                *(node(f"n{i}", "image", op=CONV) for i in range(63)),
                node("r", "image", layers=[repeat(1000, *[RELU] * 15)]),
            ],
            {**{f"o{i}": f"n{i}" for i in range(63)}, "r": "r"},
            expect={"outputs": {f"o{i}": ["N", f"H/{i + 2}*W", "H", "W"] for i in range(63)}},
        ),
        "expected-nothing": graph(
            [node("n0", "image", op=CONV)],
            {"o": "n0"},
            expect={"outputs": {f"o{i}": ["N"] for i in range(5_000)}},
        ),
        "unused-modules": graph(
            [node("n0", "image", op=CONV)], {"o": "n0"}, {f"m{i}": {"layers": [CONV]} for i in range(2_000)}
        ),
        "same-classes": spec(
            {"kind": "unet", "body": resnet},
            data={"kind": "image_folder", "root": "x", "classes": ["a"] * 9_999},
        ),
        "skips": spec(
            {
                "kind": "unet",
                "classes": 2,
                "body": {"ref": "torchvision/vgg19_bn"},
                "decoder": {"stages": [{"skip": "features.1", "layers": []}] * 4_000},
            }
        ),
        "regex-repeated": classifier(
            resnet, data={"kind": "image_regex", "root": "x", "label": "(?P<label>" + "\\pL{30}" * 120 + ")"}
        ),
        "regex-nested": classifier(
            resnet,
            data={
                "kind": "image_regex",
                "root": "x",
                "label": "(?P<label>" + "(" * 300 + "a" + ")+" * 300 + ")",
            },
        ),
        "regex-backtracking": classifier(
            resnet, data={"kind": "image_regex", "root": "x", "label": "(?P<label>(a|a|aa)+)+$" * 10}
        ),
        "globs": classifier(
            resnet,
            data={
                "kind": "image_regex",
                "root": "x",
                "label": "(?P<label>a)",
                "images": ["**/" * 1_000 + "*"] * 15,
            },
        ),
    }
