"""Specs that stand for endless models, or hold thousands of faults."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

Data = dict[str, Any]
CONV: Data = {"op": "conv2d", "out_channels": 2, "kernel_size": 1}
RELU: Data = {"op": "relu"}
TRAIN: Data = {"phases": [{"epochs": 1}]}
DENSENET: Data = {"ref": "torchvision/densenet201"}


def spec(model: Data, **others: Any) -> str:
    """A spec as JSON."""
    return json.dumps({"archc": 1, "input": {"size": [64, 64]}, "model": model, **others})


def written(*layers: Data, **others: Any) -> str:
    """A classifier whose body is these layers."""
    body = {"stages": [{"name": "a", "layers": list(layers)}]}
    return spec({"kind": "classifier", "classes": 10, "body": body}, **others)


def classifier(body: Data, **others: Any) -> str:
    """A classifier on a library's body, over digits."""
    model = {"kind": "classifier", "classes": 10, "body": body}
    return spec(model, **{"data": {"kind": "digits"}, **others})


def graph(nodes: list[Data], outputs: Data | None = None, modules: Data | None = None, **others: Any) -> str:
    """A graph; its last node is the output."""
    model = {"kind": "graph", "outputs": outputs or {"o": nodes[-1]["name"]}, "nodes": nodes}
    return spec(model | ({"modules": modules} if modules else {}), **others)


def repeat(times: int, *layers: Data) -> Data:
    return {"op": "repeat", "times": times, "layers": list(layers)}


def nested(levels: int, wrap: Callable[[Data], Data], inner: Data) -> Data:
    for _ in range(levels):
        inner = wrap(inner)
    return inner


def node(name: str, reads: Any, **form: Any) -> Data:
    return {"name": name, "from": reads, **form}


def structures() -> dict[str, str]:
    """Against thousands of faults at once: `Structure` searches and probes for the first few alone."""
    return {
        "layers-numbers": written(*[1] * 19_000),  # type: ignore[list-item]
        "layers-strings": written(*["relu"] * 15_000),  # type: ignore[list-item]
        "layers-unknown": written(*[{"op": "relux"}] * 9_000),
        "layers-without-op": written(*[{}] * 19_000),
        "layers-no-arguments": written(*[{"op": "conv2d"}] * 9_000),
        "layers-wrong-unions": written(
            *[{"op": "conv2d", "out_channels": "x", "kernel_size": ["a", "b"], "stride": [1, 2, 3]}] * 1_700
        ),
        "unknown-keys": json.dumps({"archc": 1, **{f"inputz{i}": 1 for i in range(11_000)}}),
        "unknown-tables": json.dumps({"archc": 1, **{f"t{i}": {"valid": {}} for i in range(6_000)}}),
        "unknown-in-modules": spec(
            {"kind": "graph", "modules": {f"m{i}": {"bodyx": {}, "layerz": 1} for i in range(4_000)}}
        ),
        "nodes-wrong": graph([{"name": 1, "from": [1, 2, 3]} for _ in range(3_000)], {"o": "x"}),
        "nodes-empty": graph([{} for _ in range(9_000)], {"o": "x"}),
        "phases-wrong": classifier(DENSENET, train={"phases": [{"epoch": 1}] * 9_000}),
        "groups-wrong": classifier(DENSENET, train={**TRAIN, "groups": [{"nam": 1}] * 6_000}),
        "size-endless": json.dumps({"archc": 1, "input": {"size": [1] * 19_000}}),
        "classes-numbers": classifier(
            DENSENET, data={"kind": "image_folder", "root": "x", "classes": [1] * 9_000}
        ),
        "version-huge": json.dumps({"archc": 2**62}),
        "deep-residuals": written(nested(14, lambda i: {"op": "residual", "layers": [i], "x": 1}, RELU)),
    }


def nodes() -> dict[str, str]:
    """Against models of endless nodes: `Builder.add` counts them; `repeat` holds at least one layer."""
    stem = {"op": "conv2d", "out_channels": 3, "kernel_size": 1}
    use = {"b": {"layers": [repeat(1000, RELU)]}}
    return {
        "repeats-of-nothing": written(
            CONV, nested(10, lambda i: repeat(1000, i), {**repeat(1000), "layers": []})
        ),
        "repeats-nested": written(nested(10, lambda i: repeat(1000, i), RELU)),
        "repeat-of-many": written(repeat(1000, *[RELU] * 4_000)),
        "repeats-of-sums": written(repeat(1000, repeat(1000, {"op": "residual", "layers": []}))),
        "residuals-both-ways": written(
            CONV, nested(11, lambda i: repeat(3, {"op": "residual", "layers": [i], "shortcut": [i]}), RELU)
        ),
        "attention-layers": written(
            CONV,
            {"op": "flatten", "start_dim": 2},
            *[{"op": "transformer_encoder_layer", "nhead": 1}] * 3_000,
        ),
        "body-used-often": graph(
            [node(f"n{i}", "image", use="b") for i in range(4_900)], {"o": "n0"}, {"b": {"body": DENSENET}}
        ),
        "layers-used-often": graph(
            [node("n0", "image", op=stem), *(node(f"n{i}", f"n{i - 1}", use="b") for i in range(1, 4_000))],
            None,
            use,
        ),
        "many-bodies": graph(
            [node(f"n{i}", "image", use=f"b{i}") for i in range(1_500)],
            {f"o{i}": f"n{i}" for i in range(60)},
            {f"b{i}": {"body": DENSENET} for i in range(1_500)},
        ),
        "many-decoders": graph(
            [
                node("b", "image", use="m"),
                *(node(f"d{i}", "b", decoder={"skips": []}, classes=2) for i in range(1_500)),
            ],
            {f"o{i}": f"d{i}" for i in range(60)},
            {"m": {"body": DENSENET}},
        ),
        "repeat-in-a-decoder": spec(
            {
                "kind": "unet",
                "classes": 2,
                "body": {"ref": "torchvision/resnet18"},
                "decoder": {"stages": [{"layers": [repeat(1000, repeat(1000, RELU))]}]},
            }
        ),
        "repeat-in-a-head": spec(
            {
                "kind": "siamese",
                "body": {"ref": "torchvision/resnet18"},
                "head": {"before": [repeat(1000, repeat(1000, RELU))]},
            }
        ),
    }


def sizes() -> dict[str, str]:
    """Against endless integers, dimensions and expressions: `endless`, the budgets, `dims.MOST_ATOMS`."""
    grow = {"op": "upsample", "scale_factor": 2**31 - 1}
    return {
        "dimensions": written(*[{"op": "unsqueeze", "dim": 2}] * 4_900),
        "dimensions-repeated": written(repeat(1000, repeat(19, {"op": "unsqueeze", "dim": 1}))),
        "upsampled": written(*[grow] * 4_000),
        "upsampled-repeated": written(CONV, repeat(1000, repeat(19, grow))),
        "doubled": graph(
            [
                node("n0", "image", op=CONV),
                *(node(f"n{i}", [f"n{i - 1}"] * 64, op={"op": "concat"}) for i in range(1, 250)),
            ]
        ),
        "shuffled": written(
            repeat(1000, {"op": "pixel_shuffle_icnr", "out_channels": 2**31 - 1, "upscale_factor": 2**31 - 1})
        ),
        "widths": spec(
            {
                "kind": "classifier",
                "classes": 2**31 - 1,
                "body": {"ref": "torchvision/resnet18"},
                "head": {"hidden": [2**31 - 1] * 15_000},
            }
        ),
        "picture": json.dumps(
            {
                "archc": 1,
                "input": {"size": [2**31 - 1, 2**31 - 1]},
                "model": {"kind": "unet", "classes": 2**31 - 1, "body": {"ref": "torchvision/resnet18"}},
            }
        ),
        "kernel": written(
            {"op": "conv2d", "out_channels": 2**31 - 1, "kernel_size": 2**31 - 1, "padding": 2**31 - 1}
        ),
        "reshaped": written({"op": "reshape", "shape": [1] * 15_000}),
        "permuted": written({"op": "permute", "dims": [0] * 15_000}),
        "open-sums": graph(_sums(1_000), export={"dynamic": ["height"]}),
        "open-doubling": graph(_doubling(30), export={"dynamic": ["height"]}),
        "expected-doubling": graph(_doubling(30), expect={"output": ["N", 2, "H", "W"]}),
        "expected-powers": graph(
            [node("n0", "image", op=CONV)], expect={"output": ["N", "*".join(["(N+H+W)"] * 24), "H", "W"]}
        ),
    }


def _sums(count: int) -> list[Data]:
    """The sum of as many strided heights, under a thousand convolutions."""
    strided = [node(f"c{i}", "image", op={**CONV, "stride": [i + 1, 1]}) for i in range(count)]
    groups = [
        node(f"k{j}", [n["name"] for n in strided[j : j + 60]], op={"op": "concat", "dim": 2})
        for j in range(0, count, 60)
    ]
    whole = node("z", [n["name"] for n in groups], op={"op": "concat", "dim": 2})
    last = node("y", "z", layers=[repeat(1000, RELU, {**CONV, "kernel_size": 3})])
    return [*strided, *groups, whole, last]


def _doubling(count: int) -> list[Data]:
    """A height whose expression doubles with each step."""
    nodes = [node("y0", "image", op=CONV)]
    for i in range(count):
        half = node(f"h{i}", f"y{i}", op={**CONV, "stride": [2 + i % 3, 1]})
        nodes += [half, node(f"y{i + 1}", [f"y{i}", f"h{i}"], op={"op": "concat", "dim": 2})]
    return nodes
