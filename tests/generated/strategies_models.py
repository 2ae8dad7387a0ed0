"""Bodies, heads and decoders that fit each other, as plain data."""

from __future__ import annotations

import random
from typing import Any

Data = dict[str, Any]
Draw = random.Random

LIBRARY = ("resnet18", "squeezenet1_1", "shufflenet_v2_x0_5", "mobilenet_v3_small", "mnasnet0_5", "alexnet")
"""Small bodies, each with a cut that a head and, but for alexnet, a decoder stands on."""
SHARE = 0.12
"""Of specs on a library's body: they take ten times as long to build."""
CUTS = {"resnet18": ("layer1", "layer2", "layer3", "layer4")}
ACTIVATIONS = ("relu", "silu", "gelu", "elu", "mish", "hardswish", "leaky_relu", "tanh", "prelu")
NORMS: tuple[Data, ...] = (
    {"op": "batch_norm2d"},
    {"op": "group_norm", "num_groups": 2},
    {"op": "layer_norm2d"},
)


def a_size(draw: Draw) -> list[int]:
    """Height and width that every body here can take."""
    return [draw.randint(64, 100), draw.randint(64, 100)]


def a_body(draw: Draw, size: list[int], channels: int, *, for_decoder: bool = False) -> Data:
    """A body, mostly written in the spec; for a decoder it halves the map in its stages."""
    if draw.random() < SHARE:
        name = draw.choice(LIBRARY[:-1] if for_decoder else LIBRARY)
        body: Data = {"ref": f"torchvision/{name}"}
        if name in CUTS and draw.random() < 0.5:
            body["cut"] = draw.choice(CUTS[name][1 if for_decoder else 0 :])
        return body
    width, stages = draw.choice((4, 8)), []
    for index in range(draw.randint(2, 4)):
        strided = index > 0 or draw.random() < 0.7
        stages.append({"name": f"s{index}", "layers": _stage(draw, width, 2 if strided else 1)})
        width *= draw.choice((1, 2))
    body = {"stages": stages}
    if draw.random() < 0.3:
        body["init"] = draw.choice(("kaiming_normal", "kaiming_uniform", "xavier_normal", "torch"))
    if draw.random() < 0.2:
        body["cut"] = stages[-1]["name"]
    return body


def _stage(draw: Draw, width: int, stride: int) -> list[Data]:
    """Layers that end in a map of `width` channels, halved or not."""
    kernel = draw.choice((1, 3, 3, 5))
    first: Data = {"op": "conv2d", "out_channels": width, "kernel_size": kernel, "stride": stride}
    if draw.random() < 0.3:
        first = {"op": "separable_conv2d", "out_channels": width, "kernel_size": 3, "stride": stride}
    layers = [first]
    if draw.random() < 0.7:
        layers[0] = {**first, "bias": False}
        layers.append(dict(draw.choice(NORMS)))
    layers.append({"op": draw.choice(ACTIVATIONS)})
    layers += _more(draw, width) if draw.random() < 0.6 else []
    return layers


def _more(draw: Draw, width: int) -> list[Data]:
    """Layers that keep the map's shape."""
    conv: Data = {"op": "conv2d", "out_channels": width, "kernel_size": 3, "bias": False}
    block: list[Data] = [conv, {"op": "batch_norm2d"}, {"op": "relu"}]
    return [
        draw.choice(
            (
                {"op": "residual", "layers": block},
                {
                    "op": "repeat",
                    "times": draw.randint(1, 3),
                    "layers": [{"op": "residual", "layers": block}],
                },
                {"op": "repeat", "times": 2, "layers": [{"op": "repeat", "times": 2, "layers": block}]},
                {"op": "squeeze_excitation", "squeeze_channels": 2},
                {"op": "depthwise_conv2d", "kernel_size": 3},
                {"op": "relu_squared"},
                {"op": "dropout2d", "p": 0.1},
                {"op": "residual", "layers": [conv], "shortcut": [{**conv, "kernel_size": 1}]},
            )
        )
    ]


def a_head(draw: Draw, count: int) -> Data:
    """A preset with some of its settings, or layers, that answer with `count` numbers."""
    if draw.random() < 0.3:
        pool = draw.choice(("adaptive_avg_pool2d", "adaptive_concat_pool2d", "global_max_pool2d"))
        between = draw.choice(
            ([], [{"op": "linear", "out_features": 7}, {"op": "relu"}], [{"op": "dropout", "p": 0.2}])
        )
        return {
            "layers": [{"op": pool}, {"op": "flatten"}, *between, {"op": "linear", "out_features": count}]
        }
    hidden = [draw.randint(2, 12) for _ in range(draw.randint(0, 2))]
    head: Data = {"hidden": hidden, "pool": draw.choice(("concat", "avg", "max"))}
    if draw.random() < 0.3:
        head["dropout"] = [round(draw.random() * 0.5, 2) for _ in range(len(hidden) + 1)]
    for key in ("first_norm", "linear_first", "final_norm"):
        if draw.random() < 0.2:
            head[key] = draw.random() < 0.5
    if draw.random() < 0.2:
        head["init"] = draw.choice(("kaiming_uniform", "xavier_normal", "torch"))
    if draw.random() < 0.2:
        head["before"] = [{"op": "conv2d", "out_channels": 6, "kernel_size": 1}]
    return head


def a_decoder(draw: Draw, body: Data) -> Data:
    """An automatic decoder with some of its settings."""
    decoder: Data = {"upsample": draw.choice(("pixel_shuffle", "nearest", "bilinear", "transposed"))}
    if draw.random() < 0.3:
        decoder["blur"] = True
    if draw.random() < 0.3:
        decoder["last_cross"] = draw.random() < 0.5
    if decoder.get("last_cross") is not False and draw.random() < 0.3:
        decoder["bottleneck"] = True
    if draw.random() < 0.4:
        decoder["norm"] = "batch"
    if draw.random() < 0.3 and body.get("ref") == "torchvision/resnet18" and "cut" not in body:
        decoder["self_attention"] = True
    if draw.random() < 0.1:
        decoder["output_range"] = [-1.0, 2.0]
    return decoder


def decoder_by_hand(draw: Draw) -> Data:
    """Stages that go up from the last stage of a written body, without skips."""
    steps = []
    for _ in range(draw.randint(1, 2)):
        layers = [{"op": "conv2d", "out_channels": draw.choice((4, 8)), "kernel_size": 3}, {"op": "relu"}]
        step: Data = {"layers": layers[: draw.randint(1, 2)]}
        if draw.random() < 0.6:
            step["upsample"] = [
                {"op": "upsample", "scale_factor": 2, "mode": draw.choice(("nearest", "bilinear"))}
            ]
        steps.append(step)
    return {"stages": steps}
